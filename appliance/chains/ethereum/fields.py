"""What an RLP item must be to be a field of a transaction, and back."""

from dataclasses import dataclass

from appliance.codecs.rlp import Item
from appliance.errors import MalformedTransaction

MAX_NONCE = (1 << 64) - 2
"""EIP-2681."""


@dataclass(frozen=True, slots=True)
class AccessListEntry:
    """An account, and the storage of it, that a transaction pays to have warm (EIP-2930)."""

    address: bytes
    """Twenty bytes."""
    storage_keys: tuple[bytes, ...]
    """Thirty-two bytes each."""

    @property
    def item(self) -> Item:
        """Its RLP item."""
        return self.address, self.storage_keys


@dataclass(frozen=True, slots=True)
class Authorization:
    """An account's signed consent to run a contract's code as its own (EIP-7702)."""

    chain_id: int
    """The chain it is valid on; 0 means every chain."""
    address: bytes
    """The contract whose code the account is to run; twenty bytes."""
    nonce: int
    """The account's nonce at which it is valid."""
    y_parity: int
    """With `r` and `s` the account's signature, from which the account is recovered."""
    r: int
    s: int

    @property
    def item(self) -> Item:
        """Its RLP item."""
        return (
            from_integer(self.chain_id),
            self.address,
            from_integer(self.nonce),
            from_integer(self.y_parity),
            from_integer(self.r),
            from_integer(self.s),
        )


def from_integer(value: int) -> bytes:
    """Return an integer as a field: big-endian, without leading zeros, zero as no bytes."""
    return value.to_bytes((value.bit_length() + 7) // 8, "big")


def integer(item: Item, name: str, bits: int) -> int:
    """Return an unsigned integer below 2^bits, written without leading zeros.

    Raises MalformedTransaction, naming the field, for any other item; so do all that follow.
    """
    digits = byte_string(item, name)
    if digits and digits[0] == 0:
        raise MalformedTransaction(f"the {name} is written with leading zeros")
    if len(digits) > bits // 8:
        raise MalformedTransaction(f"the {name} has more than {bits} bits")
    return int.from_bytes(digits, "big")


def nonce(item: Item) -> int:
    """Return a nonce of at most 64 bits; the last one can never be used (EIP-2681)."""
    return integer(item, "nonce", 64)


def address(item: Item, name: str) -> bytes:
    """Return the twenty bytes of an address."""
    return _sized(item, name, 20)


def recipient(item: Item) -> bytes | None:
    """Return the twenty bytes of an address, or None where a contract is to be created."""
    return None if item == b"" else address(item, "recipient")


def hashes(item: Item, name: str) -> tuple[bytes, ...]:
    """Return thirty-two bytes for each item of a list."""
    return tuple(_sized(each, name, 32) for each in items(item, f"list of {name}s"))


def access_list(item: Item) -> tuple[AccessListEntry, ...]:
    """Return the entries of an access list."""
    return tuple(_entry(entry) for entry in items(item, "access list"))


def authorizations(item: Item) -> tuple[Authorization, ...]:
    """Return the entries of an authorization list."""
    return tuple(_authorization(entry) for entry in items(item, "authorization list"))


def byte_string(item: Item, name: str) -> bytes:
    """Return a byte string of any length."""
    if not isinstance(item, bytes):
        raise MalformedTransaction(f"the {name} is a list where a byte string belongs")
    return item


def items(item: Item, name: str) -> tuple[Item, ...]:
    """Return the items of a list."""
    if isinstance(item, bytes):
        raise MalformedTransaction(f"the {name} is a byte string where a list belongs")
    return item


def _sized(item: Item, name: str, size: int) -> bytes:
    content = byte_string(item, name)
    if len(content) != size:
        raise MalformedTransaction(f"the {name} has {len(content)} bytes, not {size}")
    return content


def _entry(item: Item) -> AccessListEntry:
    match items(item, "access list entry"):
        case (account, keys):
            return AccessListEntry(
                address(account, "access list address"), hashes(keys, "storage key")
            )
        case fields:
            raise MalformedTransaction(f"an access list entry has {len(fields)} fields, not 2")


def _authorization(item: Item) -> Authorization:
    match items(item, "authorization"):
        case (chain_id, contract, account_nonce, y_parity, r, s):
            return Authorization(
                chain_id=integer(chain_id, "authorization's chain id", 256),
                address=address(contract, "authorization's address"),
                nonce=integer(account_nonce, "authorization's nonce", 64),
                y_parity=integer(y_parity, "authorization's parity", 8),
                r=integer(r, "authorization's r", 256),
                s=integer(s, "authorization's s", 256),
            )
        case fields:
            raise MalformedTransaction(f"an authorization has {len(fields)} fields, not 6")
