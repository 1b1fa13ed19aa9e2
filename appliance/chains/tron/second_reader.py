"""The second reading of a TRON transaction's `raw_data`: offsets over a buffer, and nothing built.

A message is held against a layout: the tags it may carry, each at most once and in the ascending
order of their numbers, which is how a canonical writer puts them. The walk notes where each field's
bytes begin and end; whatever is left over was repeated, out of order or unknown. (Protocol Buffers
encoding; `Transaction.raw`, `TransferContract`, `TriggerSmartContract` of java-tron's protocol.)
"""

from hashlib import sha256
from typing import TypeAlias

from appliance.errors import MalformedTransaction, UnsupportedTransaction
from appliance.hashes import sha256d
from appliance.model.testimony import Payment, Testimony

_Span: TypeAlias = tuple[int, int]
"""Where a field's bytes begin and end in the buffer; both the same where the field is absent."""

_VARINT = 0

# ref_block_bytes, ref_block_hash, expiration, data, contract, timestamp, fee_limit
_RAW = (b"\x0a", b"\x22", b"\x40", b"\x52", b"\x5a", b"\x70", b"\x90\x01")
# type, parameter, Permission_id
_CONTRACT = (b"\x08", b"\x12", b"\x28")
# Any: type_url, value
_ANY = (b"\x0a", b"\x12")
# owner_address, to_address, amount
_TRANSFER = (b"\x0a", b"\x12", b"\x18")
# owner_address, contract_address, data; call_value and the token fields are foreign to a transfer
_TRIGGER = (b"\x0a", b"\x12", b"\x22")

_TRANSFER_KIND = (b"\x01", b"type.googleapis.com/protocol.TransferContract")
_TRIGGER_KIND = (b"\x1f", b"type.googleapis.com/protocol.TriggerSmartContract")

_TRANSFER_CALL = bytes.fromhex("a9059cbb") + bytes(12)
_MAINNET = 0x41
_LAST_PERMISSION = 9
_ALPHABET = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
_PAIRS = tuple(high + low for high in _ALPHABET for low in _ALPHABET)


def second_reader(data: bytes, network: str) -> Testimony:  # noqa: ARG001  the bytes name none
    """Return what `raw_data` states: who pays what to whom, for at most how many sun.

    Reads exactly one TransferContract, or one TriggerSmartContract that calls
    `transfer(address,uint256)` and carries no value. Raises MalformedTransaction for bytes that are
    no canonical message, UnsupportedTransaction for any other content.
    """
    reference, block, expiration, _, contract, _, fee = _spans(data, (0, len(data)), _RAW)
    if (_size(reference), _size(block)) != (2, 8):
        raise MalformedTransaction("the reference block is not 2 and 8 bytes")
    if not _number(data, expiration):
        raise MalformedTransaction("there is no expiration")
    owner, payment = _contract(data, contract)
    return Testimony(
        sources=frozenset((owner,)),
        payments=(payment,),
        fee=_number(data, fee),
        network=None,
        guard=frozenset(),
        digest=sha256(data).digest(),
    )


def _contract(data: bytes, contract: _Span) -> tuple[str, Payment]:
    """Return the owner, and what the contract pays."""
    kind, parameter, permission = _spans(data, contract, _CONTRACT)
    if _number(data, permission) > _LAST_PERMISSION:
        raise UnsupportedTransaction("the permission's number is over 9")
    url, message = _spans(data, parameter, _ANY)
    named = data[slice(*kind)], data[slice(*url)]
    if named == _TRANSFER_KIND:
        owner, destination, amount = _spans(data, message, _TRANSFER)
        payment = Payment("", _number(data, amount), _address(data, destination))
    elif named == _TRIGGER_KIND:
        owner, token, call = _spans(data, message, _TRIGGER)
        payment = _token_payment(data, _address(data, token), call)
    else:
        raise UnsupportedTransaction("the contract is neither a transfer nor a contract call")
    return _address(data, owner), payment


def _token_payment(data: bytes, token: str, call: _Span) -> Payment:
    """Return what 68 bytes of calldata pay: selector and padding, address, and a 256-bit amount."""
    start, end = call
    if end - start != 68 or not data.startswith(_TRANSFER_CALL, start):
        raise UnsupportedTransaction("the call is no plain transfer(address,uint256)")
    amount = int.from_bytes(data[start + 36 : end])
    return Payment(token, amount, _base58check(b"\x41" + data[start + 16 : start + 36]))


def _spans(data: bytes, within: _Span, layout: tuple[bytes, ...]) -> list[_Span]:
    """Return where each field of the layout stands. A field that is written holds something."""
    at, end = within
    spans: list[_Span] = []
    for tag in layout:
        start = at
        if data.startswith(tag, at, end):
            start, at = _value(data, at + len(tag), end, tag[0] & 7)
        spans.append((start, at))
    if at != end:
        raise UnsupportedTransaction(f"a field is repeated, out of order or unknown, at byte {at}")
    return spans


def _value(data: bytes, at: int, end: int, wire_type: int) -> _Span:
    """Return where the bytes of a field's value begin and end, its tag standing before `at`."""
    after = _varint_end(data, at, end)
    number = _number(data, (at, after))
    if not number:
        raise MalformedTransaction("a field is written although it is empty or zero")
    if wire_type == _VARINT:
        return at, after
    if after + number > end:
        raise MalformedTransaction("a field is longer than what holds it")
    return after, after + number


def _varint_end(data: bytes, at: int, end: int) -> int:
    """Return where a variable-length number ends.

    Nine bytes hold every 64-bit signed number that is not negative.
    """
    for stop in range(at + 1, min(at + 9, end) + 1):
        last = data[stop - 1]
        if last < 0x80:
            if not last and stop - at > 1:
                raise MalformedTransaction("a number is written longer than it is")
            return stop
    raise MalformedTransaction("a number is cut short, negative, or over 63 bits")


def _number(data: bytes, span: _Span) -> int:
    """Return the number whose septets stand at a span, the lowest first; zero if absent."""
    start, end = span
    if end - start == 1:
        return data[start]
    return sum((data[at] & 0x7F) << 7 * (at - start) for at in range(start, end))


def _size(span: _Span) -> int:
    return span[1] - span[0]


def _address(data: bytes, span: _Span) -> str:
    start, end = span
    if end - start != 21 or data[start] != _MAINNET:
        raise MalformedTransaction("an address is not 21 bytes that begin with 41")
    return _base58check(data[start:end])


def _base58check(payload: bytes) -> str:
    """Return an address as text, which has 34 digits whatever stands behind 41."""
    number = int.from_bytes(payload + sha256d(payload)[:4])
    text = ""
    while number:
        number, four = divmod(number, len(_PAIRS) ** 2)
        high, low = divmod(four, len(_PAIRS))
        text = _PAIRS[high] + _PAIRS[low] + text
    return text[-34:]
