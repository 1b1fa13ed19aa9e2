"""PSBTs that are broken, that can be read in two ways, or that say more than a payment does."""

import struct
from collections.abc import Iterator

from tests.attacks.bitcoin import MULTISIG, payment
from tests.attacks.bitcoin_inputs import refused
from tests.attacks.case import Case
from tests.attacks.psbt import (
    GLOBAL_INPUTS,
    GLOBAL_MODIFIABLE,
    GLOBAL_OUTPUTS,
    GLOBAL_TX,
    GLOBAL_TX_VERSION,
    GLOBAL_VERSION,
    IN_WITNESS_UTXO,
    Place,
    pair,
    section,
    utxo,
    version_0,
    version_2,
)

BROKEN = ("MALFORMED",)
FIELD = (
    "FIELD-UNKNOWN",
    "FIELD-FORBIDDEN",
    "UNKNOWN-FIELD",
    "UNSUPPORTED",
    "MESSAGE-FORBIDDEN",
    "MALFORMED",
)


def cases() -> Iterator[Case]:
    yield from _broken()
    yield from _compact_sizes()
    yield from _duplicates()
    yield from _version_2()
    yield from _version_2_counts()


def broken(name: str, data: bytes, reason: str) -> Case:
    return refused(f"mal-{name}", payment("mal"), reason, BROKEN, data=data)


def _broken() -> Iterator[Case]:
    data = version_0(payment("mal"))
    yield broken("trunc-half", data[: len(data) // 2], "truncated")
    yield broken("trunc-one", data[:-1], "the last byte is missing")
    yield broken("trailing-zero", data + b"\x00", "a byte follows")
    yield broken("trailing-psbt", data + data, "a second PSBT follows")
    yield broken("magic-only", b"psbt\xff", "nothing follows the magic")
    yield broken("magic-case", b"PSBT\xff" + data[5:], "another magic")
    yield broken("magic-separator", b"psbt\x00" + data[5:], "another separator")
    yield broken("no-global-end", data[:5] + data[6:], "lengths are shifted")
    yield broken("empty-key-value", data[:-1] + b"\x00\x00\x00", "more maps than outputs")
    huge = b"psbt\xff\x01\x00\xff" + struct.pack("<Q", 2**62)
    yield broken("huge-claim", huge + data[8:], "claims a value of 2^62 bytes")
    many = payment("mal").transaction().serialize()
    yield broken(
        "huge-inputs",
        b"psbt\xff" + pair(b"\x00", many[:4] + b"\xfe\xff\xff\xff\x7f" + many[5:]),
        "2^31 inputs",
    )
    yield broken(
        "map-missing",
        version_0(payment("mal/two", inputs=(10**6,) * 2)).replace(
            section(payment("mal/two", inputs=(10**6,) * 2).inputs[1].fields), b"", 1
        ),
        "an input's map is missing",
    )
    value = bytes([255]) * 200
    yield broken("random-tail", data[:60] + value, "noise")


def _compact_sizes() -> Iterator[Case]:
    draft = payment("compact")
    data = version_0(draft)
    transaction = draft.transaction().serialize()
    good = pair(GLOBAL_TX, transaction)
    for name, prefix in (
        ("fd", b"\xfd" + struct.pack("<H", len(transaction))),
        ("fe", b"\xfe" + struct.pack("<I", len(transaction))),
        ("ff", b"\xff" + struct.pack("<Q", len(transaction))),
    ):
        changed = b"\x01\x00" + prefix + transaction
        yield broken(
            f"compact-{name}", data.replace(good, changed, 1), "a value's length is not minimal"
        )
    yield broken(
        "compact-key",
        data.replace(b"\x01\x00", b"\xfd\x01\x00\x00", 1),
        "a key's length is not minimal",
    )
    long_count = transaction[:4] + b"\xfd\x01\x00" + transaction[5:]
    yield broken(
        "compact-tx-count", version_0(draft, long_count), "the transaction's count is not minimal"
    )
    spent = draft.inputs[0]
    paid = spent.previous.vout[spent.position].script_pubkey
    lying = struct.pack("<Q", spent.amount) + b"\xfd\x16\x00" + paid.data
    spent.fields = [(k, lying if k == IN_WITNESS_UTXO else v) for k, v in spent.fields]
    yield broken("compact-witness-utxo", version_0(draft), "inside witness_utxo")
    draft = payment("compact/trailing")
    spent = draft.inputs[0]
    paid = spent.previous.vout[spent.position].script_pubkey
    spent.fields = [
        (k, utxo(spent.amount, paid) + b"\x00" if k == IN_WITNESS_UTXO else v)
        for k, v in spent.fields
    ]
    yield broken("witness-utxo-trailing", version_0(draft), "a byte after witness_utxo")


def _duplicates() -> Iterator[Case]:
    draft = payment("dup/global")
    other = payment("dup/global/2", paid=(("Client-5", 10_000),)).transaction().serialize()
    draft.globals.append((GLOBAL_TX, other))
    yield broken("dup-unsigned-tx", version_0(draft), "two transactions in one PSBT")
    draft = payment("dup/input")
    spent = draft.inputs[0]
    spent.fields.insert(2, (IN_WITNESS_UTXO, utxo(5, Place("wpkh", 0, 0).script())))
    yield broken("dup-witness-utxo", version_0(draft), "two amounts for one input")
    draft = payment("dup/output")
    draft.outputs[-1].fields *= 2
    yield broken("dup-output-key", version_0(draft), "one output field twice")
    draft = payment("dup/v2")
    data = version_2(draft, (GLOBAL_OUTPUTS, b"\x02"))
    yield broken("dup-v2-count", data, "the number of outputs twice")


def _version_2() -> Iterator[Case]:
    for flags in (1, 2, 4, 7, 0x80):
        draft = payment(f"modifiable/{flags}", MULTISIG)
        data = version_2(draft, (GLOBAL_MODIFIABLE, bytes([flags])))
        reason = f"TX_MODIFIABLE {flags:#x}: others may still change it"
        cause = ("MODIFIABLE", "TX-MODIFIABLE", "UNSUPPORTED", "SIGHASH-TYPE")
        yield refused(f"v2-modifiable-{flags}", draft, reason, cause, data=data)
    draft = payment("v2/mixed")
    data = version_2(draft, (GLOBAL_TX, draft.transaction().serialize()))
    yield broken("v2-with-unsigned-tx", data, "v2 forbids the v0 transaction")
    draft = payment("v2/fields-in-0")
    draft.outputs[0].fields.append((b"\x03", struct.pack("<q", 1)))
    yield broken("v0-with-v2-amount", version_0(draft), "a second amount, in a v2 field")
    draft = payment("v0/version-2")
    draft.globals.append((GLOBAL_VERSION, struct.pack("<I", 2)))
    yield broken("v0-says-version-2", version_0(draft), "a v0 body says it is v2")
    for number in (1, 3):
        draft = payment(f"version-{number}")
        draft.globals.append((GLOBAL_VERSION, struct.pack("<I", number)))
        reason = f"PSBT version {number} does not exist"
        yield refused(f"psbt-version-{number}", draft, reason, ("UNSUPPORTED", "MALFORMED"))


def _version_2_counts() -> Iterator[Case]:
    for name, key in (
        ("inputs", GLOBAL_INPUTS),
        ("outputs", GLOBAL_OUTPUTS),
        ("tx-version", GLOBAL_TX_VERSION),
    ):
        yield broken(
            f"v2-without-{name}", version_2(payment("v2/without"), without=key), f"no {name}"
        )
    for name, key, value in (
        ("inputs", GLOBAL_INPUTS, b"\x02"),
        ("outputs", GLOBAL_OUTPUTS, b"\x01"),
    ):
        data = version_2(payment("v2/count"), (key, value), without=key)
        yield broken(f"v2-count-{name}", data, f"the number of {name} is another")
    draft = payment("v2/height")
    draft.inputs[0].fields.append((b"\x12", struct.pack("<I", 2_000_000)))
    draft.locktime = 0
    reason = "an input demands height 2,000,000: the locktime is not the fallback"
    cause = ("LOCKTIME", "UNSUPPORTED")
    yield refused(
        "v2-required-height",
        draft,
        reason,
        cause,
        data=version_2(draft),
        also_ok=("warn", "accept"),
    )
