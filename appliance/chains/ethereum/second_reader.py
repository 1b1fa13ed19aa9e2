"""The second reading of an unsigned Ethereum transaction: its closed grammar as one expression.

A plain transfer has so few shapes that they are a regular language over bytes: every number of
canonical RLP, the two calldata, the three envelopes. What the expression does not match is not
signed; the lengths that RLP states in front of its lists are checked by subtraction. Shares no code
with the first reading (law 2). Sources: the yellow paper's appendix B, EIP-155, EIP-2718, EIP-2930,
EIP-1559, EIP-2681, EIP-55, ERC-20.
"""

import re
from functools import lru_cache
from typing import Final

from appliance.errors import MalformedTransaction, UnsupportedTransaction
from appliance.hashes import keccak256
from appliance.model.testimony import Payment, Testimony

_LIST: Final = rb"(?:[\xc0-\xf7]|\xf8[\x38-\xff]|\xf9[\x01-\xff].|\xfa[\x01-\xff]..)"


def _number(name: bytes, most: int) -> bytes:
    """Write the expression of an integer of `most` bytes: no leading zero, zero itself as 0x80."""
    longer = (b"\\x%02x[\\x01-\\xff].{%d}" % (0x80 + n, n - 1) for n in range(2, most + 1))
    one = rb"\x80|[\x01-\x7f]|\x81[\x80-\xff]|"
    return b"(?P<" + name + b">" + one + b"|".join(longer) + b")"


_NONCE: Final = _number(b"nonce", 8)
_GAS: Final = _number(b"gas", 8)
_PRICE: Final = _number(b"price", 32)
_CHAIN: Final = _number(b"chain", 8)
_PAYMENT: Final = (
    rb"\x94(?P<to>.{20})"
    + _number(b"value", 32)
    + rb"(?:\x80|\xb8\x44\xa9\x05\x9c\xbb\x00{12}(?P<recipient>.{20})(?P<amount>.{32}))"
)
_ACCESS: Final = rb"(?P<access>" + _LIST + rb")(?P<entries>.*)"
_SHAPES: Final = (
    _LIST + b"(?P<body>" + _NONCE + _PRICE + _GAS + _PAYMENT + _CHAIN + rb"\x80\x80)",
    rb"\x01" + _LIST + b"(?P<body>" + _CHAIN + _NONCE + _PRICE + _GAS + _PAYMENT + _ACCESS + b")",
    rb"\x02"
    + _LIST
    + b"(?P<body>"
    + (_CHAIN + _NONCE + _number(b"tip", 32) + _PRICE + _GAS + _PAYMENT + _ACCESS + b")"),
)
_TRANSACTION: Final = tuple(re.compile(shape, re.DOTALL) for shape in _SHAPES)
_ENTRY: Final = re.compile(
    b"(?P<entry>" + _LIST + rb")\x94.{20}(?P<keys>" + _LIST + rb")(?P<slots>(?:\xa0.{32})*)",
    re.DOTALL,
)
_LIMIT: Final = 1 << 64
_FEE_MARKET: Final = 2


def second_reader(data: bytes, network: str) -> Testimony:
    """State what an unsigned transaction of type 0 (EIP-155), 1 or 2 pays, whatever `network` is.

    Fees in wei, amounts in wei or the token's base units, addresses as in EIP-55, the network as
    the chain id that the bytes name. Raises MalformedTransaction where a list states another length
    than it has, UnsupportedTransaction for all that is not a plain transfer in canonical form.
    """
    del network
    form = 0 if data[:1] >= b"\xc0" else int.from_bytes(data[:1], "big") or len(_TRANSACTION)
    found = _TRANSACTION[form].fullmatch(data) if form < len(_TRANSACTION) else None
    if found is None:
        raise UnsupportedTransaction("these bytes are no plain transfer in canonical form")
    head = data[form > 0 : found.start("body")]
    if _stated(head) != len(found["body"]):
        raise MalformedTransaction("the transaction's list is not as long as it says")
    if form:
        _check_access_list(found["access"], found["entries"])
    chain, nonce, gas, price = (_value(found[name]) for name in ("chain", "nonce", "gas", "price"))
    if chain == 0 or nonce >= _LIMIT - 1:
        raise UnsupportedTransaction("the transaction is for chain id 0, or its nonce is the last")
    tip = _value(found["tip"]) if form == _FEE_MARKET else 0
    if tip > price or (gas * price + _value(found["value"])) >> 256:
        raise UnsupportedTransaction("the fee cannot be paid: the tip, or all of it, is too much")
    return Testimony(
        sources=frozenset(),
        payments=(_payment(found),),
        fee=gas * price,
        network=str(chain),
        guard=frozenset((str(nonce),)),
        digest=keccak256(data),
    )


def _payment(found: re.Match[bytes]) -> Payment:
    value, to = _value(found["value"]), _spelled(found["to"])
    if found["amount"] is None:
        return Payment("", value, to)
    if value:
        raise UnsupportedTransaction("a token transfer carries ether as well")
    return Payment(to, int.from_bytes(found["amount"], "big"), _spelled(found["recipient"]))


def _value(item: bytes) -> int:
    """Return an integer of the expression: the item without its head, where it has one."""
    return int.from_bytes(item[item >= b"\x80" :], "big")


def _stated(head: bytes) -> int:
    """Return the length that a list's head states."""
    return head[0] - 0xC0 if len(head) == 1 else int.from_bytes(head[1:], "big")


def _check_access_list(head: bytes, entries: bytes) -> None:
    """Walk the entries of an access list; they move nothing, but they have to be what they seem."""
    at = 0
    while found := _ENTRY.match(entries, at):
        inner = found.end() - found.start() - len(found["entry"])
        if _stated(found["entry"]) != inner or _stated(found["keys"]) != len(found["slots"]):
            raise MalformedTransaction("an entry of the access list is not as long as it says")
        at = found.end()
    if at != len(entries) or _stated(head) != at:
        raise MalformedTransaction("the access list is not one")


@lru_cache(maxsize=4096)
def _spelled(address: bytes) -> str:
    """Spell an address as in EIP-55: upper case where the hash has a nibble of 8 or more."""
    plain = address.hex()
    digest = keccak256(plain.encode()).hex()
    return "0x" + "".join(
        letter.upper() if nibble > "7" else letter
        for letter, nibble in zip(plain, digest, strict=False)
    )
