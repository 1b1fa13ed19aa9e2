"""Operators: who may be proposed, and what an appliance's roster says of them."""

from appliance.wire.epochs import Person, Roster
from appliance.wire.terms import Role
from online_coordinator.errors import AnnouncementRefused, InputRefused
from online_coordinator.people.models import Operator

ROLES = (Role.MAKER, Role.CHECKER)
KEY_SIZE = 32


def add_operator(name: str, role: Role, key: bytes) -> Operator:
    """Record an operator; the same again changes nothing. Raises InputRefused."""
    if not 1 <= len(name.encode()) <= 64 or not name.isprintable():
        raise InputRefused("a name has 1 to 64 printable characters")
    if len(key) != KEY_SIZE:
        raise InputRefused(f"an Ed25519 public key has {KEY_SIZE} bytes, this has {len(key)}")
    operator, created = Operator.objects.get_or_create(
        key=key.hex(), defaults={"name": name, "role": role.value}
    )
    if not created and (operator.name, operator.role) != (name, role.value):
        raise InputRefused(f"this key is already that of {operator}")
    return operator


def known_operators() -> tuple[Person, ...]:
    """Return every operator as a proposal states them."""
    return tuple(
        Person(operator.name, Role(operator.role), bytes.fromhex(operator.key))
        for operator in Operator.objects.all()
    )


def record_roster(roster: Roster) -> None:
    """Record the operators of an announced roster. Raises AnnouncementRefused on a conflict."""
    for person in roster.people:
        if person.role in ROLES:
            try:
                add_operator(person.name, person.role, person.key)
            except InputRefused as conflict:
                raise AnnouncementRefused(f"{person.name}: {conflict.what}") from None
