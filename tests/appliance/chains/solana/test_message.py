"""Messages: strict, canonical, and told apart from what only looks like one."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from solders.hash import Hash
from solders.instruction import CompiledInstruction, Instruction
from solders.message import (
    Message,
    MessageAddressTableLookup,
    MessageHeader,
    MessageV0,
    MessageV1,
    TransactionConfig,
    from_bytes_versioned,
    to_bytes_versioned,
)
from solders.pubkey import Pubkey
from solders.transaction import VersionedTransaction

from appliance.chains.solana.message import Lookup, parse, serialize
from appliance.errors import DecodeError, MalformedTransaction, UnsupportedTransaction
from tests.appliance.chains.solana.world import (
    BLOCKHASH,
    PAYER,
    attempt,
    create_account,
    legacy,
    memo,
    meta,
    pay,
    pay_token,
    versioned,
)

KEYS = st.builds(Pubkey, st.binary(min_size=32, max_size=32))


@st.composite
def messages(draw: st.DrawFn) -> Message | MessageV0:
    """Any message that the network's own checks let pass."""
    keys = draw(st.lists(KEYS, min_size=2, max_size=12, unique=True))
    required = draw(st.integers(1, len(keys)))
    readonly_signed = draw(st.integers(0, required - 1))
    readonly_unsigned = draw(st.integers(0, len(keys) - required))
    header = MessageHeader(required, readonly_signed, readonly_unsigned)
    lookups = [
        MessageAddressTableLookup(table, writable, readonly)
        for table in draw(st.lists(KEYS, max_size=2))
        for writable, readonly in [(draw(st.binary(max_size=3)), draw(st.binary(max_size=3)))]
        if writable + readonly
    ]
    is_legacy = draw(st.booleans())
    loaded = sum(len(each.writable_indexes) + len(each.readonly_indexes) for each in lookups)
    last = len(keys) - 1 + (0 if is_legacy else loaded)
    instructions = [
        CompiledInstruction(
            draw(st.integers(1, len(keys) - 1)),
            draw(st.binary(max_size=200)),
            bytes(draw(st.lists(st.integers(0, last), max_size=140))),
        )
        for _ in range(draw(st.integers(0, 4)))
    ]
    blockhash = Hash(draw(st.binary(min_size=32, max_size=32)))
    if is_legacy:
        head = (required, readonly_signed, readonly_unsigned)
        return Message.new_with_compiled_instructions(*head, keys, blockhash, instructions)
    return MessageV0(header, keys, blockhash, instructions, lookups)


@settings(max_examples=300)
@given(messages())
def test_reads_what_another_library_writes_and_writes_it_back(
    message: Message | MessageV0,
) -> None:
    data = bytes(to_bytes_versioned(message))
    read = parse(data)
    assert serialize(read) == data
    assert [bytes(key) for key in message.account_keys] == list(read.keys)
    assert bytes(message.recent_blockhash) == read.blockhash
    assert [
        (each.program_id_index, bytes(each.accounts), bytes(each.data))
        for each in message.instructions
    ] == [(each.program, each.accounts, each.data) for each in read.instructions]
    tables = message.address_table_lookups if isinstance(message, MessageV0) else []
    assert (
        tuple(
            Lookup(
                bytes(each.account_key), bytes(each.writable_indexes), bytes(each.readonly_indexes)
            )
            for each in tables
        )
        == read.lookups
    )
    signers = message.header.num_required_signatures
    assert [bytes(key) for key in message.account_keys[:signers]] == list(read.signers)


@settings(max_examples=300)
@given(messages())
def test_knows_what_may_be_changed_as_the_network_does(message: Message | MessageV0) -> None:
    header, keys = message.header, len(message.account_keys)
    read = parse(bytes(to_bytes_versioned(message)))
    signed = header.num_required_signatures
    for index in range(keys):
        readonly = (
            signed - header.num_readonly_signed_accounts <= index < signed
            or index >= keys - header.num_readonly_unsigned_accounts
        )
        assert read.is_writable(index) == (not readonly)
    loaded = sum(len(each.writable) for each in read.lookups)
    for index in range(keys, len(read.accounts)):
        assert read.is_writable(index) == (index < keys + loaded)


@settings(max_examples=500)
@given(st.data())
def test_what_is_changed_is_refused_or_read_as_it_is_written(data: st.DataObject) -> None:
    samples = (legacy(pay()), versioned(pay()), legacy(create_account(), pay_token(), memo("hi")))
    sample = bytearray(data.draw(st.sampled_from(samples)))
    for _ in range(data.draw(st.integers(1, 3))):
        at = data.draw(st.integers(0, len(sample) - 1))
        match data.draw(st.integers(0, 2)):
            case 0:
                sample[at] = data.draw(st.integers(0, 255))
            case 1:
                del sample[at]
            case _:
                sample.insert(at, data.draw(st.integers(0, 255)))
    changed = bytes(sample)
    read = attempt(parse, changed)
    if isinstance(read, DecodeError):
        return
    assert serialize(read) == changed
    assert bytes(to_bytes_versioned(from_bytes_versioned(changed))) == changed


@given(st.binary(max_size=300))
def test_no_bytes_do_more_than_to_be_refused(data: bytes) -> None:
    read = attempt(parse, data)
    assert isinstance(read, DecodeError) or serialize(read) == data


def test_every_cut_is_malformed() -> None:
    for sample in (legacy(pay()), versioned(pay()), legacy(pay_token())):
        for size in range(len(sample)):
            with pytest.raises(MalformedTransaction):
                parse(sample[:size])


@pytest.mark.parametrize(
    "data",
    [
        legacy(pay()) + b"\0",
        versioned(pay()) + b"\0",
        versioned(pay())[:-1],
        b"\0" + legacy(pay())[1:],
        b"\1\2" + legacy(pay())[2:],
        b"\4" + legacy(pay())[1:],
        legacy(pay())[:2] + b"\3" + legacy(pay())[3:],
        legacy(pay())[:3] + b"\x83\0" + legacy(pay())[4:],
        legacy(pay()).replace(b"\1\2\2\0\1\x0c", b"\1\0\2\0\1\x0c"),
        legacy(pay()).replace(b"\1\2\2\0\1\x0c", b"\1\3\2\0\1\x0c"),
        legacy(pay()).replace(b"\1\2\2\0\1\x0c", b"\1\2\2\0\3\x0c"),
        versioned(pay())[:-1] + b"\1" + bytes(34),
        bytes(5000),
        b"hello, sign in please",
        b"",
    ],
    ids=[
        "trailing",
        "trailing v0",
        "no lookup count",
        "no signer",
        "more read-only signers than signers",
        "more signers than accounts",
        "more read-only accounts than accounts",
        "a longer form of a length",
        "the program is the fee payer",
        "no such program",
        "no such account",
        "an empty lookup",
        "too large",
        "a text",
        "nothing",
    ],
)
def test_refuses_what_breaks_its_own_encoding(data: bytes) -> None:
    with pytest.raises(MalformedTransaction):
        parse(data)


@pytest.mark.parametrize("message", [legacy(pay()), versioned(pay()), legacy(pay_token())])
def test_refuses_a_whole_transaction_and_says_so(message: bytes) -> None:
    whole = bytes(VersionedTransaction.populate(from_bytes_versioned(message), []))
    unsigned = b"\1" + bytes(64) + message
    for data in (whole, unsigned, b"\1" + b"\xa5" * 64 + message):
        with pytest.raises(UnsupportedTransaction, match="whole transaction"):
            parse(data)


def test_refuses_other_versions_and_names_them() -> None:
    config = TransactionConfig(priority_fee=5, compute_unit_limit=200_000)
    message = MessageV1.try_compile(PAYER, [pay(), memo("hi")], BLOCKHASH, config)
    for data, version in (
        (bytes(to_bytes_versioned(message)), 1),
        (b"\x82" + versioned(pay())[1:], 2),
        (b"\xff" + versioned(pay())[1:], 127),
    ):
        with pytest.raises(UnsupportedTransaction, match=f"version {version},"):
            parse(data)
    with pytest.raises(MalformedTransaction, match="version 120"):
        parse(b"\xf8" + bytes(40))


def test_refuses_an_off_chain_message_and_says_so() -> None:
    with pytest.raises(UnsupportedTransaction, match="off-chain message"):
        parse(b"\xffsolana offchain\0" + bytes(20))


def test_counts_the_accounts_of_lookup_tables_in_the_order_of_the_network() -> None:
    data = bytes(
        to_bytes_versioned(
            MessageV0(
                MessageHeader(1, 0, 1),
                [PAYER, Pubkey.default()],
                BLOCKHASH,
                [CompiledInstruction(1, b"\0", bytes([0, 2, 3, 4, 5]))],
                [
                    MessageAddressTableLookup(Pubkey(b"\7" * 32), b"\x0a", b"\x0b"),
                    MessageAddressTableLookup(Pubkey(b"\x08" * 32), b"\x0c", b"\x0d"),
                ],
            )
        )
    )
    read = parse(data)
    assert [each[-1] for each in read.accounts[2:]] == [10, 12, 11, 13]
    assert [read.is_writable(index) for index in range(6)] == [
        True,
        False,
        True,
        True,
        False,
        False,
    ]


def test_instructions_of_every_size_are_read() -> None:
    for size in (0, 127, 128, 300):
        instruction = Instruction(
            Pubkey(b"\x05" * 32), bytes(size), [meta(PAYER, signer=True, writable=True)] * 130
        )
        assert parse(legacy(instruction)).instructions[0].data == bytes(size)
