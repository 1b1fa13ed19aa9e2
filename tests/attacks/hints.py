"""The bytes decide: payloads without a hint, and payloads that are hinted to be something else."""

import base64
from collections.abc import Iterator
from dataclasses import replace

from tests.attacks import bitcoin, ethereum, solana, solana_payments, tron
from tests.attacks.case import CHAIN_OF, Case
from tests.attacks.world import ETHEREUM_CLIENTS, TRON_CLIENTS, tron_text

KIND = {
    "bitcoin": "psbt",
    "ethereum": "eth-unsigned-tx",
    "tron": "tron-raw-data",
    "solana": "sol-message",
}


def cases() -> Iterator[Case]:
    for honest in _honest():
        yield honest
        yield replace(honest, id=f"{honest.id}-unhinted", kind="qr-text")
        data = _bytes(honest)
        if honest.encoding == "hex":
            text = base64.b64encode(data).decode()
            yield replace(honest, id=f"{honest.id}-base64", encoding="b64", payload=text)
        else:
            yield replace(honest, id=f"{honest.id}-hex", encoding="hex", payload=data.hex())
        yield from _misnamed(honest)


def _bytes(case: Case) -> bytes:
    if case.encoding == "hex":
        return bytes.fromhex(case.payload)
    return base64.b64decode(case.payload)


def _misnamed(honest: Case) -> Iterator[Case]:
    for chain, kind in KIND.items():
        if chain != honest.chain_name:
            yield replace(
                honest,
                id=f"{honest.id}-as-{chain}",
                chain=chain,
                kind=kind,
                expected="reject",
                also_ok=(),
                fields=None,
                reason=f"a payload of {honest.chain_name} that is called {chain}",
                cause=("HINT-MISMATCH", "MALFORMED"),
            )


def _honest() -> Iterator[Case]:
    draft = bitcoin.payment("hint")
    yield bitcoin.accepted("hint", draft, "a PSBT")
    for kind in (0, 1, 2):
        data = ethereum.transaction(value=ethereum.ETHER, gas=21_000, kind=kind)
        told = {"asset": "ETH", "amount": "1", "to": ETHEREUM_CLIENTS[0]}
        yield ethereum.case(f"ok-hint-{kind}", data, "accept", "a transaction", fields=told)
    data = tron.raw_data(tron.transfer(4 * tron.SUN))
    told = {"asset": "TRX", "amount": "4", "to": tron_text(TRON_CLIENTS[0])}
    yield tron.case("ok-hint", data, "accept", "raw data", fields=told)
    for name, data in {
        "legacy": solana.legacy(solana.pay(7)),
        "v0": solana.version_0(solana.send("USDC", 7)),
    }.items():
        told = solana_payments.native(7) if name == "legacy" else solana_payments.token("USDC", 7)
        yield solana.case(f"ok-hint-{name}", data, "accept", "a message", fields=told)
    assert set(KIND) == set(CHAIN_OF.values()) - {"any"}
