"""The token of a sealed volume: read exactly as it was written, or refused."""

import json
from contextlib import suppress

import pytest
from airlock_os.volume import header_token, recovery_quorum
from airlock_os.volume.header_token import LARGEST_RECOVERY, Held
from airlock_os.volume.luks import LARGEST_TOKEN, VolumeFailed
from hypothesis import given, settings
from hypothesis import strategies as st

from appliance.custody.sealing import (
    LEAST_COST,
    MOST_COST,
    PassphraseCost,
    SealBinding,
    SealedSecret,
    SealPurpose,
)
from appliance.custody.shares import MAX_HOLDERS
from appliance.wire import record
from appliance.wire.terms import Realm

HELD = Held(2, b"sealed by a TPM", b"")
READ = json.loads(header_token.encoded(HELD))
BODY = READ["held"]


@pytest.mark.parametrize(
    "held", [HELD, Held(0, b"s" * 2048, b"r" * LARGEST_RECOVERY), Held(0, b"s", b"r")]
)
def test_reads_what_it_wrote(held: Held) -> None:
    token = header_token.encoded(held)
    assert header_token.decoded(token) == held
    assert len(token) < LARGEST_TOKEN


def test_names_the_slots_of_the_keys_that_it_is_about() -> None:
    assert READ["keyslots"] == ["2"]
    assert json.loads(header_token.encoded(Held(0, b"s", b"r")))["keyslots"] == ["0", "1"]


def test_reads_a_token_of_which_cryptsetup_has_dropped_a_slot() -> None:
    assert header_token.decoded(json.dumps({**READ, "keyslots": []}).encode()) == HELD


@pytest.mark.parametrize(
    "token",
    [
        b"",
        b"[]",
        b"\xff",
        b"[" * 9000,
        json.dumps({**READ, "type": "luks2-keyring"}).encode(),
        json.dumps({**READ, "held": BODY.upper()}).encode(),
        json.dumps({**READ, "held": BODY + "00"}).encode(),
        json.dumps({**READ, "held": BODY[:-2]}).encode(),
        json.dumps({**READ, "held": 7}).encode(),
        json.dumps({**READ, "keyslots": "0"}).encode(),
        json.dumps({**READ, "more": 1}).encode(),
        b'{"type": "other", ' + header_token.encoded(HELD)[1:],
        header_token.encoded(Held(1, b"s", b"")),
    ],
)
def test_refuses_what_was_not_written_here(token: bytes) -> None:
    with pytest.raises(VolumeFailed):
        header_token.decoded(token)


@settings(deadline=None)
@given(st.integers(0, len(BODY) // 2 - 1), st.integers(1, 255))
def test_a_changed_byte_is_refused_or_changes_what_is_read(at: int, change: int) -> None:
    body = bytearray.fromhex(BODY)
    body[at] ^= change
    with suppress(VolumeFailed):
        assert header_token.decoded(json.dumps({**READ, "held": body.hex()}).encode()) != HELD


def shares(count: int, threshold: int, cost: PassphraseCost = LEAST_COST) -> bytes:
    """What a token may hold of officers, without a secret in it."""
    purpose = SealPurpose.VOLUME_RECOVERY_SHARE
    binding = SealBinding(purpose, "officer 16", bytes(16), Realm.PRODUCTION, "data volume")
    sealed = SealedSecret(binding, cost, bytes(16), bytes(12), bytes(70))
    return record.encode(recovery_quorum.Recovery(bytes(16), threshold, (sealed,) * count))


def test_the_largest_quorum_fits() -> None:
    body = shares(MAX_HOLDERS, MAX_HOLDERS)
    assert len(body) <= LARGEST_RECOVERY
    assert recovery_quorum.encoded(recovery_quorum.decoded(body)) == body


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"\xa0",
        shares(3, 2) + b"\0",
        shares(2, 3),
        shares(3, 1),
        shares(3, 0),
        shares(2, 2, MOST_COST),
        shares(2, 2, PassphraseCost(8, 1, 1)),
    ],
)
def test_refuses_shares_that_no_quorum_left_or_that_would_cost_too_much(body: bytes) -> None:
    with pytest.raises(VolumeFailed):
        recovery_quorum.decoded(body)
