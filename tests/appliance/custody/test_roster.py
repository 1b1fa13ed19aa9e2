"""Nobody serves two conflicting duties, by key or by name, and nobody decides alone."""

from dataclasses import replace
from itertools import permutations

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from appliance.custody.roster import (
    CONFLICTS,
    people,
    person_named,
    person_with_key,
    verify_roster,
)
from appliance.errors import ApprovalError, SettingsError
from appliance.wire.epochs import Person, Roster
from appliance.wire.terms import Role


def key(number: int) -> bytes:
    return bytes((number,)) * 32


ROSTER = Roster(
    people=(
        Person("Mia", Role.MAKER, key(2)),
        Person("Chris", Role.CHECKER, key(3)),
        Person("Sam", Role.SIGNER, key(4)),
        Person("Sue", Role.SIGNER, key(5)),
        Person("Sam", Role.OFFICER, key(4)),
        Person("Sue", Role.OFFICER, key(5)),
    ),
    signers_required=2,
    officers_required=2,
)


def joined_by(*newcomers: Person) -> Roster:
    return replace(ROSTER, people=(*ROSTER.people, *newcomers))


def without(role: Role) -> Roster:
    return replace(
        ROSTER, people=tuple(person for person in ROSTER.people if person.role is not role)
    )


def test_the_smallest_desk_is_four_people() -> None:
    verify_roster(ROSTER)


@pytest.mark.parametrize(
    ("held", "taken"), permutations((Role.MAKER, Role.CHECKER, Role.SIGNER), 2)
)
def test_refuses_one_person_in_two_conflicting_roles(held: Role, taken: Role) -> None:
    assert frozenset((held, taken)) in CONFLICTS
    person = people(ROSTER, held)[0]
    with pytest.raises(SettingsError, match=f"{person.name} cannot be {held} and {taken}"):
        verify_roster(joined_by(Person(person.name, taken, person.key)))
    with pytest.raises(SettingsError, match=f"{person.name} cannot be {held} and {taken}"):
        verify_roster(joined_by(Person(person.name, taken, key(9))))


def test_refuses_one_key_under_two_names() -> None:
    with pytest.raises(SettingsError, match="Mia and Max have the same key"):
        verify_roster(joined_by(Person("Max", Role.CHECKER, key(2))))
    with pytest.raises(SettingsError, match="Sam and Sid have the same key"):
        verify_roster(joined_by(Person("Sid", Role.SIGNER, key(4))))


def test_refuses_one_person_twice_in_one_role() -> None:
    with pytest.raises(SettingsError, match="Sam is entered twice as signer"):
        verify_roster(joined_by(Person("Sam", Role.SIGNER, key(9))))


def test_an_officer_may_be_anyone() -> None:
    verify_roster(joined_by(Person("Mia", Role.OFFICER, key(2))))
    verify_roster(joined_by(Person("Olga", Role.OFFICER, key(9))))


@pytest.mark.parametrize("role", [Role.MAKER, Role.CHECKER])
def test_refuses_a_desk_without(role: Role) -> None:
    with pytest.raises(SettingsError, match=f"the roster has no {role}"):
        verify_roster(without(role))


@pytest.mark.parametrize("required", [0, 1])
def test_refuses_a_quorum_of_one(required: int) -> None:
    with pytest.raises(SettingsError, match="signers is below 2"):
        verify_roster(replace(ROSTER, signers_required=required))
    with pytest.raises(SettingsError, match="officers is below 2"):
        verify_roster(replace(ROSTER, officers_required=required))


def test_refuses_a_quorum_larger_than_the_people() -> None:
    with pytest.raises(SettingsError, match="3 signers are required and the roster has 2"):
        verify_roster(replace(ROSTER, signers_required=3))
    with pytest.raises(SettingsError, match="2 signers are required and the roster has 0"):
        verify_roster(without(Role.SIGNER))
    with pytest.raises(SettingsError, match="2 officers are required and the roster has 0"):
        verify_roster(without(Role.OFFICER))


SMALL_ORDER = [
    "0100000000000000000000000000000000000000000000000000000000000000",
    "0100000000000000000000000000000000000000000000000000000000000080",
    "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "0000000000000000000000000000000000000000000000000000000000000000",
    "0000000000000000000000000000000000000000000000000000000000000080",
    "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
    "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85",
    "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
    "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa",
]


@pytest.mark.parametrize("point", SMALL_ORDER)
def test_refuses_a_key_by_which_anybody_signs(point: str) -> None:
    with pytest.raises(SettingsError, match="anybody could sign by the key of Olga"):
        verify_roster(joined_by(Person("Olga", Role.OFFICER, bytes.fromhex(point))))


def test_such_a_key_indeed_verifies_a_signature_that_nobody_made() -> None:
    identity = bytes.fromhex(SMALL_ORDER[0])
    Ed25519PublicKey.from_public_bytes(identity).verify(identity + bytes(32), b"pay the thief")


def test_finds_people_by_role_and_name_or_key() -> None:
    assert person_named(ROSTER, Role.OFFICER, "Sue") == Person("Sue", Role.OFFICER, key(5))
    assert person_with_key(ROSTER, Role.CHECKER, key(3)).name == "Chris"
    assert [person.name for person in people(ROSTER, Role.SIGNER)] == ["Sam", "Sue"]


def test_refuses_who_does_not_hold_the_role() -> None:
    with pytest.raises(ApprovalError, match="no signer of that name"):
        person_named(ROSTER, Role.SIGNER, "Mia")
    with pytest.raises(ApprovalError, match="no signer's in the roster"):
        person_with_key(ROSTER, Role.SIGNER, key(2))
