"""What an instruction that is refused would have done, in words: how operations are described.

Nothing here makes an instruction acceptable: one that no table describes is refused all the same,
only with less said about it.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TypeAlias

from appliance.chains.solana.address import spell_address
from appliance.codecs.reader import Reader
from appliance.errors import MalformedTransaction
from appliance.model.money import format_amount, native_asset
from appliance.model.text import literal
from appliance.wire.terms import Chain

UNLIMITED = (1 << 64) - 1
MAX_TEXT = 64
"""Characters of foreign text that a message may show."""
MAX_LISTED = 3
"""Accounts that an operation gets beyond those it takes, shown one by one."""

Read: TypeAlias = Callable[[Reader], str]
"""Reads one field of an instruction's data, and returns it in words."""
NameOf: TypeAlias = Callable[[bytes], str]
"""An account, as `Message.accounts` has it, in words."""

_COINS = native_asset(Chain.SOLANA, "")


@dataclass(frozen=True, slots=True)
class Operation:
    """An instruction of a program.

    `accounts` are what its accounts are for, `fields` its data in order, and `says` a clause with
    both of them in braces.
    """

    name: str
    accounts: tuple[str, ...]
    fields: tuple[tuple[str, Read], ...]
    says: str


@dataclass(frozen=True, slots=True)
class Catalogue:
    """A program's operations by the bytes that their data begins with, of these `widths`."""

    widths: tuple[int, ...]
    operations: Mapping[bytes, Operation]


def explain(catalogue: Catalogue, accounts: tuple[bytes, ...], data: bytes, name_of: NameOf) -> str:
    """Return one clause that says what an instruction does, as far as that is known."""
    width, operation = _find(catalogue, data)
    if len(data) < width:
        return f"data of {len(data)} bytes, too short to name an operation"
    if operation is None:
        tag = int.from_bytes(data[:width], "little")
        return f"an unknown operation {tag} with {len(data) - width} bytes of data"
    reader = Reader(data[width:])
    try:
        words = {name: read(reader) for name, read in operation.fields}
    except MalformedTransaction:
        return f"{operation.name}, but its data of {len(data)} bytes is not what it takes"
    present = dict(zip(operation.accounts, map(name_of, accounts), strict=False))
    words |= {role: present.get(role, "(no account)") for role in operation.accounts}
    clause = operation.says.format_map(words)
    return f"{operation.name}: {clause}{_rest(operation, accounts, reader.left, name_of)}"


def _find(catalogue: Catalogue, data: bytes) -> tuple[int, Operation | None]:
    for width in catalogue.widths:
        operation = catalogue.operations.get(data[:width])
        if operation and len(data) >= width:
            return width, operation
    return catalogue.widths[-1], None


def _rest(operation: Operation, accounts: tuple[bytes, ...], left: int, name_of: NameOf) -> str:
    """Say what the operation does not explain: hidden accounts and data."""
    more = [name_of(each) for each in accounts[len(operation.accounts) :]]
    listed = ", ".join(more[:MAX_LISTED]) + (", ..." if len(more) > MAX_LISTED else "")
    hidden_accounts = f", with {len(more)} accounts more: {listed}" if more else ""
    hidden_data = f", then {left} bytes of data more" if left else ""
    return hidden_accounts + hidden_data


def catalogue(
    width: int,
    operations: Mapping[int, tuple[str, str]],
    kinds: Mapping[str, Read] | None = None,
) -> Catalogue:
    """Return a program's operations by the little-endian number of `width` bytes they begin with.

    Each is a signature, `Name account account / field field:kind`, and the clause that it says. A
    field's kind is its name where none is given; `kinds` are those beyond `KINDS`.
    """
    readers = {**KINDS, **(kinds or {})}
    return Catalogue(
        (width,),
        {
            tag.to_bytes(width, "little"): _operation(signature, says, readers)
            for tag, (signature, says) in operations.items()
        },
    )


def merged(*catalogues: Catalogue) -> Catalogue:
    """Return one catalogue of several, in which the longest beginning decides."""
    widths = {width for each in catalogues for width in each.widths}
    operations = {tag: it for each in catalogues for tag, it in each.operations.items()}
    return Catalogue(tuple(sorted(widths, reverse=True)), operations)


def _operation(signature: str, says: str, readers: Mapping[str, Read]) -> Operation:
    left, _, right = signature.partition(" / ")
    name, *accounts = left.split()
    fields = [field.partition(":") for field in right.split()]
    read = tuple((field, readers[kind or field]) for field, _, kind in fields)
    return Operation(name, tuple(accounts), read, says)


def one_of(size: int, *names: str) -> Read:
    """Return a reader of a number of `size` bytes that stands for one of some names."""

    def read(reader: Reader) -> str:
        number = reader.integer(size)
        return names[number] if number < len(names) else f"unknown kind {number}"

    return read


def _integer(size: int) -> Read:
    return lambda reader: f"{reader.integer(size):,}"


def _key(reader: Reader) -> str:
    return spell_address(reader.take(32))


def _optional_key(reader: Reader) -> str:
    return _key(reader) if reader.byte() else "nobody"


def _coins(reader: Reader) -> str:
    return format_amount(reader.integer(8), _COINS)


def _units(reader: Reader) -> str:
    amount = reader.integer(8)
    return "an unlimited amount" if amount == UNLIMITED else f"{amount:,} base units"


def _text(reader: Reader) -> str:
    data = reader.take(reader.integer(8))
    return f"'{literal(data.decode('utf-8', 'replace'))[:MAX_TEXT]}'"


KINDS: dict[str, Read] = {
    "u8": _integer(1),
    "u32": _integer(4),
    "u64": _integer(8),
    "key": _key,
    "key?": _optional_key,
    "coins": _coins,
    "units": _units,
    "text": _text,
}
"""Numbers, an address, one behind a byte that says whether it is there, lamports, base units of a
token, and a text behind its length."""
