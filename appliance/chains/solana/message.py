"""Messages: what their bytes look like, and back. A message is what the signatures are over.

Sources: Solana's transaction format, legacy and versioned (v0), and the checks by which nodes
sanitise a message before they run it.
"""

from dataclasses import dataclass

from appliance.codecs import shortvec
from appliance.codecs.reader import Reader
from appliance.errors import DecodeError, MalformedTransaction, UnsupportedTransaction

MAX_BYTES = 4096
"""More bytes are not even read; MAX_PACKET says what the network carries."""
MAX_PACKET = 1232
"""The bytes of a whole transaction that fit one packet (IPv6's least MTU less headers)."""
SIGNATURE_BYTES = 64
KEY_BYTES = 32

_VERSIONED = 0x80
_OFFCHAIN = b"\xffsolana offchain"


@dataclass(frozen=True, slots=True)
class Instruction:
    """A call of a program. `program` and each byte of `accounts` are indexes of accounts."""

    program: int
    accounts: bytes
    data: bytes


@dataclass(frozen=True, slots=True)
class Lookup:
    """Accounts taken from a table on chain, by their indexes in it."""

    table: bytes
    writable: bytes
    readonly: bytes


@dataclass(frozen=True, slots=True)
class Message:
    """What is signed. `version` is None for the legacy form.

    The first `required_signatures` keys must sign, the last `readonly_signed` of them cannot be
    changed; of the others the last `readonly_unsigned` cannot. The first pays the fee.
    """

    version: int | None
    required_signatures: int
    readonly_signed: int
    readonly_unsigned: int
    keys: tuple[bytes, ...]
    blockhash: bytes
    """A recent block's hash, or the nonce in a nonce account."""
    instructions: tuple[Instruction, ...]
    lookups: tuple[Lookup, ...]

    @property
    def signers(self) -> tuple[bytes, ...]:
        """The keys that must sign, the fee payer's first."""
        return self.keys[: self.required_signatures]

    @property
    def accounts(self) -> tuple[bytes, ...]:
        """Every account by its index: an address, or 33 bytes for one that a table holds.

        Those are the table's address and the index in it, since what stands there is unknown.
        """
        if not self.lookups:
            return self.keys
        writable = (each.table + bytes((n,)) for each in self.lookups for n in each.writable)
        readonly = (each.table + bytes((n,)) for each in self.lookups for n in each.readonly)
        return (*self.keys, *writable, *readonly)

    def is_writable(self, index: int) -> bool:
        """Return whether the transaction may change an account."""
        if index < self.required_signatures:
            return index < self.required_signatures - self.readonly_signed
        if index < len(self.keys):
            return index < len(self.keys) - self.readonly_unsigned
        return index < len(self.keys) + sum(len(each.writable) for each in self.lookups)


def parse(data: bytes) -> Message:
    """Read exactly one message.

    Raises MalformedTransaction where the bytes break their own encoding, and UnsupportedTransaction
    where they are something else: a transaction around a message, a text, another version.
    """
    if len(data) > MAX_BYTES:
        raise MalformedTransaction(f"{len(data):,} bytes are more than any message has")
    if data.startswith(_OFFCHAIN):
        raise UnsupportedTransaction("an off-chain message for signing, not a transaction")
    if data[:1] > bytes((_VERSIONED,)):
        raise _other_version(data)
    try:
        return _parse(data)
    except MalformedTransaction:
        _refuse_transaction(data)
        raise


def serialize(message: Message) -> bytes:
    """Return the bytes, which are what the signatures are over."""
    prefix = () if message.version is None else (_VERSIONED | message.version,)
    header = (
        *prefix,
        message.required_signatures,
        message.readonly_signed,
        message.readonly_unsigned,
    )
    parts = [
        bytes(header),
        shortvec.encode(len(message.keys)),
        *message.keys,
        message.blockhash,
        shortvec.encode(len(message.instructions)),
    ]
    for each in message.instructions:
        accounts = shortvec.prefixed(each.accounts)
        parts += (bytes((each.program,)), accounts, shortvec.prefixed(each.data))
    if message.version is not None:
        parts.append(shortvec.encode(len(message.lookups)))
        for lookup in message.lookups:
            writable = shortvec.prefixed(lookup.writable)
            parts += (lookup.table, writable, shortvec.prefixed(lookup.readonly))
    return b"".join(parts)


def _parse(data: bytes) -> Message:
    reader = Reader(data)
    first = reader.byte()
    version = first & ~_VERSIONED if first & _VERSIONED else None
    required = first if version is None else reader.byte()
    readonly_signed, readonly_unsigned = reader.byte(), reader.byte()
    message = Message(
        version,
        required,
        readonly_signed,
        readonly_unsigned,
        tuple([reader.take(KEY_BYTES) for _ in range(shortvec.read(reader))]),
        reader.take(KEY_BYTES),
        tuple([_instruction(reader) for _ in range(shortvec.read(reader))]),
        () if version is None else _lookups(reader),
    )
    reader.expect_end("the message")
    _verify(message)
    return message


def _instruction(reader: Reader) -> Instruction:
    return Instruction(reader.byte(), shortvec.read_bytes(reader), shortvec.read_bytes(reader))


def _lookups(reader: Reader) -> tuple[Lookup, ...]:
    count = shortvec.read(reader)
    return tuple([_lookup(reader) for _ in range(count)])


def _lookup(reader: Reader) -> Lookup:
    table = reader.take(KEY_BYTES)
    lookup = Lookup(table, shortvec.read_bytes(reader), shortvec.read_bytes(reader))
    if not lookup.writable and not lookup.readonly:
        raise MalformedTransaction("a lookup table is named, and nothing is taken from it")
    return lookup


def _verify(message: Message) -> None:
    required, keys = message.required_signatures, len(message.keys)
    if required == 0:
        raise MalformedTransaction("the header names no signer")
    if message.readonly_signed > required:
        raise MalformedTransaction("the header has more read-only signers than signers")
    if required + message.readonly_unsigned > keys:
        raise MalformedTransaction("the header counts more accounts than are listed")
    accounts = keys + sum(len(each.writable) + len(each.readonly) for each in message.lookups)
    for each in message.instructions:
        if not 0 < each.program < keys:
            raise MalformedTransaction("an instruction's program is not a listed account's index")
        if each.accounts and max(each.accounts) >= accounts:
            raise MalformedTransaction("an instruction names an account that is not there")


def _refuse_transaction(data: bytes) -> None:
    """Raise UnsupportedTransaction if the bytes are a message behind its signatures."""
    count = data[0] if data else 0
    message = data[1 + count * SIGNATURE_BYTES :]
    try:
        required = _parse(message).required_signatures
    except MalformedTransaction:
        return
    if count in (0, required):
        raise UnsupportedTransaction(
            f"a whole transaction with room for {count} signatures, not the message inside it alone"
        )


def _other_version(data: bytes) -> DecodeError:
    """Say which version a message has, if it looks like one at all."""
    version = data[0] - _VERSIONED
    try:
        if version == 1:
            _skip_version_1(Reader(data[1:]))
        else:
            _parse(b"\x80" + data[1:])
    except MalformedTransaction:
        return MalformedTransaction(
            f"the first byte states version {version}; only the legacy form and version 0 are read"
        )
    return UnsupportedTransaction(f"a message of version {version}, which is not signed here")


def _skip_version_1(reader: Reader) -> None:
    """Walk over a message as SIMD-0385 lays it out. Raises MalformedTransaction for another."""
    reader.take(3)
    settings = reader.integer(4).bit_count()
    reader.take(KEY_BYTES)
    instructions, accounts = reader.byte(), reader.byte()
    reader.take(accounts * KEY_BYTES + settings * 4)
    payload = 0
    for _ in range(instructions):
        reader.byte()
        payload += reader.byte() + reader.integer(2)
    reader.take(payload)
    reader.expect_end("the message")
