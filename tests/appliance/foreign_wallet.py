"""Requests in the public formats as other wallets make them, by other code than ours."""

from dataclasses import dataclass
from typing import Any

import cbor2

from appliance.wire.bbqr import Encoding, FileType
from appliance.wire.public_message import BbqrFile, UniformResource, serialize
from tests import hostile_coordinator as hostile
from tests.hostile_coordinator import BTC_CLIENT, CHAIN_ID, Coordinator

UUID = bytes.fromhex("9b1deb4d3b7d4bad9bdd2b0d7b3dcb6d")
PATH = cbor2.CBORTag(304, {1: [44, True, 60, True, 0, True, 0, False, 0, False], 2: 0x12345678})
LEGACY, TYPED_DATA, MESSAGE, TYPED = 1, 2, 3, 4


def as_ur(psbt: bytes, ur_type: str = "crypto-psbt") -> bytes:
    """A PSBT as a UR, recorded as the link hands it on."""
    return serialize(UniformResource(ur_type, cbor2.dumps(psbt)))


def as_bbqr(data: bytes, encoding: str = "Z", file_type: str = "P") -> bytes:
    """A file as a BBQr, recorded as the link hands it on."""
    return serialize(BbqrFile(Encoding(encoding), FileType(file_type), data))


def ethereum_body(data: bytes, kind: int = TYPED, **changes: Any) -> bytes:
    """The body of an `eth-sign-request`; a change of None leaves the field out."""
    said = {
        "uuid": cbor2.CBORTag(37, UUID),
        "data": data,
        "kind": kind,
        "chain_id": CHAIN_ID,
        "path": PATH,
        "address": None,
        "origin": None,
    } | changes
    fields = {key: value for key, value in enumerate(said.values(), 1) if value is not None}
    return cbor2.dumps(fields)


def as_eth(data: bytes, kind: int = TYPED, **changes: Any) -> bytes:
    """An `eth-sign-request`, recorded as the link hands it on."""
    return serialize(UniformResource("eth-sign-request", ethereum_body(data, kind, **changes)))


@dataclass(frozen=True)
class ForeignWallet:
    """A wallet that watches the appliance's accounts, and knows nothing else of it."""

    coordinator: Coordinator

    def psbt(self, salt: int = 1, destination: str = BTC_CLIENT, paid: int = 60_000_000) -> bytes:
        """A payment out of one coin, with change."""
        account = self.coordinator.bitcoin
        spent = hostile.coin(account, 100_000_000, salt)
        change = 100_000_000 - paid - 2_000
        outputs = [
            (hostile.address_script(destination), paid),
            (hostile.change_script(account), change),
        ]
        return hostile.psbt([spent], outputs)

    @property
    def address(self) -> bytes:
        """The address of the appliance's Ethereum account."""
        return bytes.fromhex(self.coordinator.ethereum.address[2:])

    def transfer(self, nonce: int = 0, **changes: Any) -> bytes:
        """An `eth-sign-request` of a transfer."""
        said = {"address": self.address} | changes
        return as_eth(hostile.ethereum_transfer(nonce), **said)
