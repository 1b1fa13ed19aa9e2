"""Answers in the form of other wallets: the published ones byte by byte."""

from typing import Any

import cbor2
import pytest

from appliance.wire.formats import gathered
from appliance.wire.sign_answer import ethereum_signature, solana_signature, tron_signature
from tests.shared_vectors import need, shared

UUID = bytes.fromhex("9b1deb4d3b7d4bad9bdd2b0d7b3dcb6d")


def published(group: str) -> tuple[bytes, list[bytes]]:
    """The signature and the bodies of the URs of a published case."""
    cases = need(shared("ur/keystone_types.jsonl"))
    case: dict[str, Any] = next(each for each in cases if each["group"] == group)
    return bytes.fromhex(case["hex"][0]), [gathered([ur.encode()]).data for ur in case["ur"]]


def test_the_published_ethereum_signature_is_written_as_published() -> None:
    signature, bodies = published("EthSignature")
    assert [ethereum_signature(UUID, signature, "keystone")] == bodies


def test_the_published_tron_signature_is_written_as_published() -> None:
    signature, bodies = published("TronSignature")
    assert {tron_signature(UUID, signature)} == set(bodies)


@pytest.mark.parametrize("uuid", [None, UUID])
def test_what_is_not_known_is_left_out(uuid: bytes | None) -> None:
    expected = {2: bytes(65)} if uuid is None else {1: cbor2.CBORTag(37, uuid), 2: bytes(65)}
    for body in (ethereum_signature(uuid, bytes(65), None), tron_signature(uuid, bytes(65))):
        assert body == cbor2.dumps(expected)
    assert cbor2.loads(solana_signature(uuid, bytes(64)))[2] == bytes(64)


def test_signatures_of_other_sizes_are_a_mistake() -> None:
    with pytest.raises(ValueError, match="Ethereum"):
        ethereum_signature(None, bytes(64), None)
    with pytest.raises(ValueError, match="Solana"):
        solana_signature(None, bytes(65))
    with pytest.raises(ValueError, match="TRON"):
        tron_signature(None, bytes(64))
