"""What is sealed to a person opens by their passphrase, for what it was sealed for, and no cheaper
than the floor allows."""

from dataclasses import replace
from typing import Any

import pytest

from appliance.custody.sealing import (
    LEAST_COST,
    MAX_SECRET,
    MOST_COST,
    PassphraseCost,
    SealBinding,
    SealedSecret,
    SealPurpose,
    SealRandomness,
    is_acceptable,
    seal,
    unseal,
    verify_passphrase,
)
from appliance.errors import ApprovalError, WrongPassphrase
from appliance.wire import record
from appliance.wire.errors import NotCanonical
from appliance.wire.terms import Realm

TYPED = "correct horse battery"
SECRET = b"a share of a PIN"
RANDOMNESS = SealRandomness(bytes(range(16)), bytes(range(12)))
BINDING = SealBinding(
    SealPurpose.USER_PIN_SHARE, "Alice", b"appliance-000001", Realm.TEST, "f08ed6359bcbf53b"
)


@pytest.fixture(scope="module")
def sealed() -> SealedSecret:
    return seal(SECRET, TYPED, BINDING, RANDOMNESS)


def test_opens_by_its_passphrase(sealed: SealedSecret) -> None:
    assert unseal(sealed, TYPED, BINDING) == SECRET


def test_survives_the_data_volume(sealed: SealedSecret) -> None:
    read_back = record.decode(SealedSecret, record.encode(sealed))
    assert read_back == sealed
    assert SECRET not in record.encode(sealed)


@pytest.mark.parametrize("wrong", ["correct horse batterY", "", "short", "\udc80" * 12, "x" * 9999])
def test_refuses_another_passphrase(sealed: SealedSecret, wrong: str) -> None:
    with pytest.raises(WrongPassphrase, match="Alice"):
        unseal(sealed, wrong, BINDING)


@pytest.mark.parametrize(
    "change",
    [
        {"purpose": SealPurpose.PERSONAL_KEY},
        {"person": "Bob"},
        {"appliance": b"appliance-000002"},
        {"realm": Realm.PRODUCTION},
        {"subject": "another token"},
    ],
    ids=lambda change: next(iter(change)),
)
def test_is_bound_to_what_it_was_sealed_for(sealed: SealedSecret, change: dict[str, Any]) -> None:
    other = replace(BINDING, **change)
    with pytest.raises(ApprovalError, match="another person, purpose or appliance"):
        unseal(sealed, TYPED, other)
    relabelled = replace(sealed, binding=other)
    with pytest.raises(WrongPassphrase):
        unseal(relabelled, TYPED, other)


@pytest.mark.parametrize("field", ["salt", "nonce", "ciphertext"])
def test_refuses_changed_bytes(sealed: SealedSecret, field: str) -> None:
    changed = bytearray(getattr(sealed, field))
    changed[-1] ^= 1
    change: dict[str, Any] = {field: bytes(changed)}
    with pytest.raises(WrongPassphrase):
        unseal(replace(sealed, **change), TYPED, BINDING)


@pytest.mark.parametrize(
    "cost",
    [
        replace(LEAST_COST, memory=LEAST_COST.memory - 1),
        replace(LEAST_COST, passes=LEAST_COST.passes - 1),
        replace(LEAST_COST, lanes=LEAST_COST.lanes - 1),
        replace(LEAST_COST, memory=MOST_COST.memory + 1),
        replace(LEAST_COST, passes=MOST_COST.passes + 1),
        replace(LEAST_COST, lanes=MOST_COST.lanes + 1),
        PassphraseCost(memory=0xFFFFFFFF, passes=0xFFFFFFFF, lanes=0xFFFFFFFF),
        PassphraseCost(memory=0, passes=0, lanes=0),
    ],
)
def test_refuses_a_cost_out_of_bounds(sealed: SealedSecret, cost: PassphraseCost) -> None:
    assert not is_acceptable(cost)
    with pytest.raises(ApprovalError, match="outside the accepted bounds"):
        unseal(replace(sealed, cost=cost), TYPED, BINDING)
    with pytest.raises(ValueError, match="out of bounds"):
        seal(SECRET, TYPED, BINDING, RANDOMNESS, cost)


def test_a_stored_cost_is_authenticated(sealed: SealedSecret) -> None:
    dearer = replace(LEAST_COST, passes=LEAST_COST.passes + 1)
    with pytest.raises(WrongPassphrase):
        unseal(replace(sealed, cost=dearer), TYPED, BINDING)
    again = seal(SECRET, TYPED, BINDING, RANDOMNESS, dearer)
    assert unseal(again, TYPED, BINDING) == SECRET


def test_both_spellings_of_an_accent_are_one_passphrase() -> None:
    composed, decomposed = "caf\u00e9 au lait noir", "cafe\u0301 au lait noir"
    sealed = seal(SECRET, composed, BINDING, RANDOMNESS)
    assert unseal(sealed, decomposed, BINDING) == SECRET


@pytest.mark.parametrize("passphrase", ["twelve chars", "\u4e2d\u6587" * 6, "x" * 256])
def test_a_long_passphrase_may_be_chosen(passphrase: str) -> None:
    verify_passphrase(passphrase)


@pytest.mark.parametrize(
    "passphrase",
    [
        "eleven char",
        "",
        "x" * 257,
        "twelve\tchars",
        "twelve chars\n",
        "\udc80" * 12,
        "e\u0301" * 11,
    ],
    ids=["short", "empty", "long", "tab", "newline", "surrogates", "short once composed"],
)
def test_refuses_a_passphrase_that_may_not_be_chosen(passphrase: str) -> None:
    with pytest.raises(ApprovalError):
        verify_passphrase(passphrase)
    with pytest.raises(ApprovalError):
        seal(SECRET, passphrase, BINDING, RANDOMNESS)


@pytest.mark.parametrize("secret", [b"", bytes(MAX_SECRET + 1)])
def test_refuses_a_secret_out_of_bounds(secret: bytes) -> None:
    with pytest.raises(ValueError, match="out of bounds"):
        seal(secret, TYPED, BINDING, RANDOMNESS)


@pytest.mark.parametrize(
    "randomness", [SealRandomness(bytes(15), bytes(12)), SealRandomness(bytes(16), bytes(13))]
)
def test_refuses_salt_or_nonce_of_the_wrong_size(randomness: SealRandomness) -> None:
    with pytest.raises(ValueError, match="wrong size"):
        seal(SECRET, TYPED, BINDING, randomness)


def test_a_truncated_file_is_refused(sealed: SealedSecret) -> None:
    with pytest.raises(NotCanonical):
        record.decode(SealedSecret, record.encode(sealed)[:-1])
