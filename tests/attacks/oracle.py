"""What would be signed, by independent libraries."""

import base64
import hashlib

from embit.psbt import PSBT
from embit.transaction import SIGHASH
from eth_utils.crypto import keccak

from tests.attacks.case import Case

MANY = 10


def digests(case: Case) -> list[str] | None:
    """The digests in hexadecimal, None where this oracle has no answer."""
    if case.kind == "psbt" and case.encoding == "b64":
        return _bitcoin(base64.b64decode(case.payload))
    if case.encoding != "hex":
        return None
    data = bytes.fromhex(case.payload.removeprefix("0x"))
    match case.kind:
        case "eth-unsigned-tx":
            return [keccak(data).hex()]
        case "tron-raw-data":
            return [hashlib.sha256(data).hexdigest()]
        case _:
            return None


def _bitcoin(data: bytes) -> list[str] | None:
    parsed = PSBT.parse(data)
    required = any({b"\x11", b"\x12"} & set(each.unknown) for each in parsed.inputs)
    if len(parsed.inputs) > MANY or required:  # embit knows no locktime of an input (BIP-370)
        return None
    scripts = [each.utxo.script_pubkey for each in parsed.inputs]
    amounts = [each.utxo.value for each in parsed.inputs]
    found = []
    for index, each in enumerate(parsed.inputs):
        if scripts[index].script_type() == "p2tr":
            kind = each.sighash_type or SIGHASH.DEFAULT
            digest = parsed.tx.sighash_taproot(index, scripts, amounts, sighash=kind)
        else:
            digest = parsed.sighash(index, sighash=SIGHASH.ALL)
        found.append(digest.hex())
    return found
