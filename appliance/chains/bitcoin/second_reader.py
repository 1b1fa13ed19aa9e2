"""The second reading of a PSBT: offsets into the buffer, and the outputs as one expression.

The key-value pairs are noted flat, by map number and key. Transactions are walked only to learn
where their outpoints and outputs lie and which bytes their txid is the hash of. Version 2 is first
written out as the unsigned transaction it describes, then walked like version 0. Shares no code
with the first reading (law 2). Sources: BIP-174, BIP-370, BIP-144, BIP-173, BIP-350, BIP-341.
"""

import re
from functools import reduce
from typing import Final, TypeAlias

from appliance.errors import MalformedTransaction, UnsupportedTransaction
from appliance.hashes import sha256d
from appliance.model.testimony import Payment, Testimony

Fields: TypeAlias = dict[tuple[int, bytes], bytes]
"""Map number (0 is the global one) and whole key, to the value."""

_NETWORKS: Final = {
    "mainnet": ("bc", b"\x00", b"\x05"),
    "regtest": ("bcrt", b"\x6f", b"\xc4"),
    **dict.fromkeys(("testnet", "testnet4", "signet"), ("tb", b"\x6f", b"\xc4")),
}
_MOST: Final = 21_000_000 * 100_000_000
_FIRST_TIME: Final = 500_000_000
_SCRIPT: Final = re.compile(
    rb"\x19\x76\xa9\x14(?P<p2pkh>.{20})\x88\xac|\x17\xa9\x14(?P<p2sh>.{20})\x87|"
    rb"\x16\x00\x14(?P<p2wpkh>.{20})|\x22\x00\x20(?P<p2wsh>.{32})|\x22\x51\x20(?P<p2tr>.{32})|"
    rb"(?:[\x01-\xfc]|\xfd..|\xfe....)(?P<data>\x6a.*)|(?P<other>.*)",
    re.DOTALL,
)
_NOBODY: Final = ("data", "other")
_BARE: Final = (b"\x00\x02\x03\x04\x05\x06\xfb", b"\x00\x01\x03\x0e\x0f\x10\x11\x12", b"\x03\x04")
_ONLY_IN_VERSION_2: Final = (b"\x02\x03\x04\x05\x06", b"\x0e\x0f\x10\x11\x12", b"\x03\x04")
_BASE58: Final = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
_BECH32: Final = "qpzry9x8gf2tvdw0s3jn54khce6mua7l"
_GENERATOR: Final = (29, 22, 20, 21, 29, 18)  # coefficients in GF(32), from x^5 down (BIP-173)


def _times(one: int, other: int) -> int:
    """Multiply in GF(32), built by x^5 + x^3 + 1."""
    product = 0
    for bit in range(4, -1, -1):
        product = product << 1 ^ (one if other >> bit & 1 else 0)
        product ^= 0x29 if product & 0x20 else 0
    return product


_FOLDED: Final = [
    reduce(lambda word, term: word << 5 | _times(top, term), _GENERATOR, 0) for top in range(32)
]


def second_reader(data: bytes, network: str) -> Testimony:
    """State what a PSBT of version 0 or 2 spends and pays; addresses are those of `network`.

    Amounts and the fee in sat; the digest is the unsigned transaction's txid as it is displayed,
    `network` None, since the bytes name none. Raises MalformedTransaction for broken bytes or
    fields that contradict one another, UnsupportedTransaction for what is not in the grammar.
    """
    if network not in _NETWORKS:
        raise UnsupportedTransaction("this is no network of Bitcoin")
    fields, maps = _fields(data)
    raw = _unsigned(fields, maps)
    inputs, outputs, txid = _layout(raw)
    _check_keys(fields, len(inputs), maps - 1 - len(inputs) - len(outputs))
    points = [raw[at : at + 36] for at in inputs]
    if any(raw[at + 36] for at in inputs) or len(set(points)) != len(points):
        raise MalformedTransaction("an outpoint is spent twice, or an input is signed already")
    spent = [_read(_spent(fields, number, point)) for number, point in enumerate(points, 1)]
    paid = [_read(raw[where]) for where in outputs]
    fee = sum(amount for amount, _ in spent) - sum(amount for amount, _ in paid)
    if fee < 0:
        raise UnsupportedTransaction("the outputs are worth more than the inputs")
    ways = {script[0]: script for _, script in spent if script.lastgroup not in _NOBODY}
    named = [(amount, script) for amount, script in paid if amount or not script["data"]]
    return Testimony(
        sources=frozenset(_address(script, network) for script in ways.values()),
        payments=tuple(Payment("", amount, _address(to, network)) for amount, to in named),
        fee=fee,
        network=None,
        guard=frozenset(
            f"{point[31::-1].hex()}:{int.from_bytes(point[32:], 'little')}" for point in points
        ),
        digest=txid[::-1],
    )


def _size(data: bytes, at: int) -> tuple[int, int]:
    """Return the compact size at an offset, and the offset behind it."""
    if at >= len(data):
        raise MalformedTransaction("the bytes end too early")
    head = data[at]
    if head < 0xFD:
        return head, at + 1
    stop = at + 1 + (2 << (head - 0xFD))
    value = int.from_bytes(data[at + 1 : stop], "little")
    if value < (0xFD, 1 << 16, 1 << 32)[head - 0xFD]:
        raise MalformedTransaction("a size is written longer than it needs to be")
    return value, stop


def _fields(data: bytes) -> tuple[Fields, int]:
    """Note every key-value pair, and count the maps (BIP-174)."""
    if data[:5] != b"psbt\xff":
        raise MalformedTransaction("these bytes do not begin as a PSBT")
    fields: Fields = {}
    at, number, closed = 5, 0, False
    while at < len(data):
        length, key = _size(data, at)
        at, closed = key + length, not length
        if closed:
            number += 1
            continue
        named = number, data[key:at]
        length, value = _size(data, at)
        at = value + length
        if at > len(data) or named in fields:
            raise MalformedTransaction("a field is cut off, or stands twice")
        fields[named] = data[value:at]
    if not closed:
        raise MalformedTransaction("the last map does not end")
    return fields, number


def _check_keys(fields: Fields, inputs: int, surplus: int) -> None:
    """Refuse what could hide, or be mistaken for, one of the fields that are read here."""
    if surplus:
        raise MalformedTransaction("there are more or fewer maps than inputs and outputs")
    first = (0, b"\x00") in fields
    for number, key in fields:
        kind = min(number, 1) + (number > inputs)
        if key[0] > 0xFC or (len(key) > 1 and key[0] in _BARE[kind]):
            raise MalformedTransaction("a key is of no known type, or longer than its type allows")
        if first and key[0] in _ONLY_IN_VERSION_2[kind]:
            raise MalformedTransaction("a field of version 2 stands in version 0")


def _fixed(fields: Fields, number: int, key: bytes, width: int, default: bytes = b"") -> bytes:
    """Return a field that has to have this width."""
    value = fields.get((number, key), default)
    if len(value) != width:
        raise MalformedTransaction("a field is missing, or not as wide as it has to be")
    return value


def _unsigned(fields: Fields, maps: int) -> bytes:
    """Return the unsigned transaction, without witness."""
    version = int.from_bytes(_fixed(fields, 0, b"\xfb", 4, bytes(4)), "little")
    raw = fields.get((0, b"\x00"))
    if version == 2 and raw is None:
        return _written_out(fields, maps)
    if version or raw is None:
        raise UnsupportedTransaction("this is neither version 0 nor version 2 of a PSBT")
    if raw[4:6] == b"\x00\x01":
        raise MalformedTransaction("the unsigned transaction has a witness, or no inputs")
    return raw


def _written_out(fields: Fields, maps: int) -> bytes:
    """Write a version 2 PSBT as the unsigned transaction it stands for (BIP-370)."""
    stated = [fields.get((0, key), b"") for key in (b"\x04", b"\x05")]
    counts = [_size(value, 0) for value in stated]
    inputs = counts[0][0]
    if [stop for _, stop in counts] != [len(value) for value in stated] or inputs >= maps:
        raise MalformedTransaction("the number of inputs or outputs is not right")
    parts = [_fixed(fields, 0, b"\x02", 4), stated[0]]
    for number in range(1, inputs + 1):
        parts += _fixed(fields, number, b"\x0e", 32), _fixed(fields, number, b"\x0f", 4), b"\x00"
        parts.append(_fixed(fields, number, b"\x10", 4, b"\xff" * 4))
    parts.append(stated[1])
    for number in range(inputs + 1, maps):
        parts += _fixed(fields, number, b"\x03", 8), _sized(fields.get((number, b"\x04"), b""))
    parts.append(_locktime(fields, range(1, inputs + 1)))
    return b"".join(parts)


def _sized(script: bytes) -> bytes:
    """Write a script, its length as a compact size in front."""
    length = len(script)
    width = (length >= 0xFD) + (length >= 1 << 16)
    return (b"", b"\xfd", b"\xfe")[width] + length.to_bytes(1 << width, "little") + script


def _locktime(fields: Fields, inputs: range) -> bytes:
    """Return the locktime that all inputs accept: the highest height, else the latest time."""
    kinds = (b"\x12", range(1, _FIRST_TIME)), (b"\x11", range(_FIRST_TIME, 1 << 32))
    asking = [n for n in inputs if (n, b"\x11") in fields or (n, b"\x12") in fields]
    answer = b"" if asking else _fixed(fields, 0, b"\x03", 4, bytes(4))
    for key, allowed in kinds:
        asked = [_fixed(fields, n, key, 4) for n in asking if (n, key) in fields]
        values = [int.from_bytes(value, "little") for value in asked]
        if any(value not in allowed for value in values):
            raise MalformedTransaction("a required locktime is of the wrong kind")
        if not answer and len(values) == len(asking):
            answer = max(values).to_bytes(4, "little")
    if not answer:
        raise UnsupportedTransaction("one input demands a height and another a time")
    return answer


def _layout(raw: bytes) -> tuple[list[int], list[slice], bytes]:
    """Return where each outpoint begins, where each output lies, and the txid as it is hashed."""
    body = 6 if raw[4:6] == b"\x00\x01" else 4
    inputs, outputs = [], []
    count, at = _size(raw, body)
    for _ in range(count):
        inputs.append(at)
        length, script = _size(raw, at + 36)
        at = script + length + 4
    count, at = _size(raw, at)
    for _ in range(count):
        length, script = _size(raw, at + 8)
        outputs.append(slice(at, script + length))
        at = script + length
    stop = at if body == 4 else _behind_witness(raw, at, len(inputs))
    if stop + 4 != len(raw) or not inputs or not outputs:
        raise MalformedTransaction("a transaction does not end where it should, or moves nothing")
    return inputs, outputs, sha256d(raw[:4] + raw[body:at] + raw[stop:])


def _behind_witness(raw: bytes, start: int, inputs: int) -> int:
    at = start
    for _ in range(inputs):
        count, at = _size(raw, at)
        for _ in range(count):
            length, item = _size(raw, at)
            at = item + length
    if at == start + inputs:
        raise MalformedTransaction("a transaction has the mark of a witness, but none")
    return at


def _spent(fields: Fields, number: int, outpoint: bytes) -> bytes:
    """Return the output that an input spends, proven by its txid or committed to (BIP-341)."""
    previous, stated = fields.get((number, b"\x00")), fields.get((number, b"\x01"))
    spent = stated or b""
    if previous is not None:
        _, outputs, txid = _layout(previous)
        which = int.from_bytes(outpoint[32:], "little")
        if txid != outpoint[:32] or which >= len(outputs):
            raise MalformedTransaction("the previous transaction is not the one being spent")
        spent = previous[outputs[which]]
    taproot = spent[8:11] == b"\x22\x51\x20"
    if (previous is None and not taproot) or stated not in (None, spent):
        raise UnsupportedTransaction("the previous transaction is missing or says otherwise")
    sighash = fields.get((number, b"\x03"), b"\x01\x00\x00\x00")
    if sighash != b"\x01\x00\x00\x00" and not (taproot and sighash == bytes(4)):
        raise UnsupportedTransaction("a signature type other than ALL is asked for")
    return spent


def _read(output: bytes) -> tuple[int, re.Match[bytes]]:
    """Return an output's amount, and its script as it is matched."""
    amount, found = int.from_bytes(output[:8], "little", signed=True), _SCRIPT.fullmatch(output, 8)
    if found is None or not 0 <= amount <= _MOST:
        raise MalformedTransaction("an output has an impossible amount")
    return amount, found


def _address(script: re.Match[bytes], network: str) -> str:
    prefix, *versions = _NETWORKS[network]
    kind = script.lastgroup or ""
    if kind in _NOBODY:
        raise UnsupportedTransaction("an output of no known type is paid, or coins are destroyed")
    if kind in ("p2pkh", "p2sh"):
        return _base58check(versions[kind == "p2sh"] + script[kind])
    return _segwit(prefix, int(kind == "p2tr"), script[kind])


def _base58check(payload: bytes) -> str:
    whole = payload + sha256d(payload)[:4]
    number, text = int.from_bytes(whole, "big"), ""
    while number:
        number, digit = divmod(number, 58)
        text = _BASE58[digit] + text
    return "1" * (len(whole) - len(whole.lstrip(b"\x00"))) + text


def _segwit(prefix: str, version: int, program: bytes) -> str:
    """Write a witness program, in bech32 (version 0) or bech32m (BIP-173, BIP-350)."""
    groups = -(-len(program) * 8 // 5)
    number = int.from_bytes(program, "big") << (groups * 5 - len(program) * 8)
    symbols = [version, *(number >> 5 * at & 31 for at in range(groups - 1, -1, -1))]
    high, low = [ord(letter) >> 5 for letter in prefix], [ord(letter) & 31 for letter in prefix]
    checksum = 1
    for symbol in (*high, 0, *low, *symbols, 0, 0, 0, 0, 0, 0):
        checksum = (checksum & 0x1FFFFFF) << 5 ^ symbol ^ _FOLDED[checksum >> 25]
    checksum ^= 0x2BC830A3 if version else 1
    symbols += (checksum >> 5 * at & 31 for at in range(5, -1, -1))
    return f"{prefix}1" + "".join(_BECH32[symbol] for symbol in symbols)
