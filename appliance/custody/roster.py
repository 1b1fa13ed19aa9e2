"""Who may hold which roles together, and who is who.

A person is a name; a key speaks for one person. Duties are separated by keys and names alike, so
that nobody serves two of them with two keys.
"""

from collections import Counter
from collections.abc import Iterable
from itertools import combinations

from appliance.errors import ApprovalError, SettingsError
from appliance.wire.epochs import Person, Roster
from appliance.wire.terms import Role

CONFLICTS = frozenset(
    frozenset(pair) for pair in combinations((Role.MAKER, Role.CHECKER, Role.SIGNER), 2)
)
"""The pairs of roles that no person may hold together. An officer may hold any other role."""

LEAST_QUORUM = 2
"""Of signers and of officers: nobody moves assets, or changes the rules for it, alone."""

_FIELD = 2**255 - 19
_ORDER_8 = 0x05FC536D880238B13933C6D305ACDFD5F098EFF289F4C345B027B2C28F95E826
_SMALL_ORDER = frozenset((0, 1, _FIELD - 1, _FIELD, _FIELD + 1, _ORDER_8, _FIELD - _ORDER_8))
"""The y of edwards25519's points of small order, also unreduced: anybody can sign by such a key."""


def verify_roster(roster: Roster) -> None:
    """Raise SettingsError, naming the conflict, for a roster that nobody may work by."""
    _verify_keys(roster.people)
    _verify_duties(roster.people)
    for role in (Role.MAKER, Role.CHECKER):
        if not people(roster, role):
            raise SettingsError(f"the roster has no {role}")
    _verify_quorum(roster, Role.SIGNER, roster.signers_required)
    _verify_quorum(roster, Role.OFFICER, roster.officers_required)


def people(roster: Roster, role: Role) -> tuple[Person, ...]:
    """Return everybody who holds a role, in the roster's order."""
    return tuple(person for person in roster.people if person.role is role)


def person_named(roster: Roster, role: Role, name: str) -> Person:
    """Return who holds a role under a name. Raises ApprovalError."""
    for person in people(roster, role):
        if person.name == name:
            return person
    raise ApprovalError(f"the roster has no {role} of that name")


def person_with_key(roster: Roster, role: Role, key: bytes) -> Person:
    """Return who holds a role by a key. Raises ApprovalError."""
    for person in people(roster, role):
        if person.key == key:
            return person
    raise ApprovalError(f"that key is no {role}'s in the roster")


def _verify_keys(roster_people: tuple[Person, ...]) -> None:
    names: dict[bytes, str] = {}
    for person in roster_people:
        if names.setdefault(person.key, person.name) != person.name:
            raise SettingsError(f"{names[person.key]} and {person.name} have the same key")
        if int.from_bytes(person.key, "little") % 2**255 in _SMALL_ORDER:
            raise SettingsError(f"anybody could sign by the key of {person.name}")


def _verify_duties(roster_people: tuple[Person, ...]) -> None:
    held: dict[str, tuple[Role, ...]] = {}
    for person in roster_people:
        held[person.name] = (*held.get(person.name, ()), person.role)
    for name, roles in held.items():
        repeated = _repeated(roles)
        if repeated is not None:
            raise SettingsError(f"{name} is entered twice as {repeated}")
        for first, second in combinations(roles, 2):
            if frozenset((first, second)) in CONFLICTS:
                raise SettingsError(f"{name} cannot be {first} and {second}")


def _repeated(roles: Iterable[Role]) -> Role | None:
    role, count = Counter(roles).most_common(1)[0]
    return role if count > 1 else None


def _verify_quorum(roster: Roster, role: Role, required: int) -> None:
    held = len(people(roster, role))
    if required < LEAST_QUORUM:
        raise SettingsError(f"a quorum of {required} {role}s is below {LEAST_QUORUM}")
    if required > held:
        raise SettingsError(f"{required} {role}s are required and the roster has {held}")
