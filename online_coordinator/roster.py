"""Who may approve what, by an appliance's roster: shared by the console and the station."""

from appliance.wire.epochs import Person, Roster
from appliance.wire.terms import Role
from online_coordinator.errors import OperatorUnknown


def person_in_role(roster: Roster, role: Role, key: bytes) -> Person:
    """Return whom a roster holds under a key in a role. Raises OperatorUnknown."""
    for person in roster.people:
        if person.key == key and person.role is role:
            return person
    raise OperatorUnknown(f"the appliance's roster holds no {role.value} with key {key.hex()[:16]}")
