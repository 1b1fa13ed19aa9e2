"""Decoding: plain transfers are cleared for signing, everything else is refused and explained."""

from dataclasses import replace
from hashlib import sha256

import pytest
from coincurve import PrivateKey
from tronpy.proto import tron_pb2

from appliance.chains.interface import Registered
from appliance.errors import DecodeError
from appliance.hashes import keccak256
from appliance.model.money import Asset
from appliance.model.rule import Rule
from appliance.model.transaction import (
    DecodedTransaction,
    Fact,
    Reservation,
    SigningDigest,
    Transfer,
    TronFee,
)
from appliance.wire.epochs import EthereumAccount, Token, TronAccount
from appliance.wire.terms import Chain, Severity
from tests.appliance.chains.tron import world
from tests.appliance.chains.tron.world import (
    ACCOUNT,
    CLIENT,
    PUBLIC_KEY,
    SOURCE,
    STRANGER,
    SUN,
    TOKENS,
    URL,
    USDT,
    decode,
    decode_with,
    rules,
    says,
)

TRX = Asset(Chain.TRON, "mainnet", None, "TRX", 6)
ZERO = "T9yD14Nj9j7xAB4dbGeiX9h8unkKHxuWwb"


def test_says_everything_about_a_transfer_of_coins() -> None:
    data = world.transfer()
    digest = sha256(data).digest()
    assert decode(data) == DecodedTransaction(
        chain=Chain.TRON,
        network="mainnet",
        format="tron-transfer",
        account="trx",
        source=SOURCE,
        transfers=(Transfer(TRX, 25 * SUN, CLIENT, "contract"),),
        change=(),
        fee=TronFee(0),
        reserves=(Reservation(Chain.TRON, "mainnet", digest.hex(), 0),),
        signing=(SigningDigest(0, PUBLIC_KEY, digest),),
        digest=digest,
        calldata_digest=None,
        facts=(
            Fact("Timestamp", "2025-11-07 07:20:00 UTC"),
            Fact("Expiration", "2025-11-07 07:21:00 UTC"),
            Fact("Reference block", "e942 6394747da9fee421"),
        ),
        findings=(),
        expires=1_762_500_060_000,
    )


def test_says_what_token_a_transfer_pays() -> None:
    decoded = decode(world.call())
    token = Asset(Chain.TRON, "mainnet", USDT, "USDT", 6)
    assert decoded.format == "tron-trc20"
    assert decoded.transfers == (Transfer(token, 10**9, CLIENT, "contract"),)
    assert decoded.fee == TronFee(30 * SUN)
    assert decoded.calldata_digest == keccak256((68).to_bytes(32, "big") + world.calldata())
    assert decoded.findings == ()
    assert decoded.signing
    assert Fact("Fee limit", "30 TRX (30,000,000 base units)") in decoded.facts


@pytest.mark.parametrize("limit", [0, 1, 15_000 * SUN])
def test_reports_the_fee_limit_and_leaves_it_to_the_policy(limit: int) -> None:
    decoded = decode(world.transfer(fee_limit=limit))
    assert (decoded.findings, decoded.fee.maximum) == ((), limit)


def test_a_timestamp_is_not_needed() -> None:
    decoded = decode(world.transfer(timestamp=0))
    assert decoded.findings == ()
    assert [fact.label for fact in decoded.facts] == ["Expiration", "Reference block"]


@pytest.mark.parametrize("amount", [1, (1 << 63) - 1])
def test_clears_every_positive_amount_of_coins(amount: int) -> None:
    (transfer,) = decode(world.transfer(amount=amount)).transfers
    assert transfer.amount == amount


@pytest.mark.parametrize("amount", [1, (1 << 256) - 1])
def test_clears_every_positive_amount_of_a_token(amount: int) -> None:
    decoded = decode(world.call(world.calldata(amount=amount)))
    assert (decoded.findings, decoded.transfers[0].amount) == ((), amount)


# The memo


def test_shows_a_memo() -> None:
    decoded = decode(world.transfer(data=b"invoice 2025/17 [paid]"))
    assert decoded.findings == ()
    assert Fact("Memo", "invoice 2025/17 [paid]") in decoded.facts
    assert decoded.signing


def test_shows_a_memo_in_another_script() -> None:
    decoded = decode(world.transfer(data="客户".encode()))
    assert decoded.findings == ()
    assert Fact("Memo", "客户") in decoded.facts


@pytest.mark.parametrize(
    ("memo", "shown"),
    [
        (b"a\x1b[8mb", "a\x1b[8mb"),
        ("a\u202eb".encode(), "a\u202eb"),
        ("a\u200bb".encode(), "a\u200bb"),
        ("p\u0430ypal".encode(), "p\u0430ypal"),
        (b"a\nb", "a\nb"),
        (b"\0", "\0"),
        (bytes.fromhex("deaddead"), "\u07ad\u07ad"),
        (b"\xff\xfe", "hex fffe"),
    ],
)
def test_asks_for_attention_where_a_memo_does_not_read_as_it_stands(
    memo: bytes, shown: str
) -> None:
    decoded = decode(world.transfer(data=memo))
    assert Fact("Memo", shown) in decoded.facts
    assert {(each.rule, each.severity, each.where) for each in decoded.findings} == {
        ("TEXT-UNSAFE", Severity.ATTENTION, "memo")
    }
    assert decoded.signing


def test_refuses_a_memo_that_is_too_long_to_read() -> None:
    assert rules(decode(world.transfer(data=b"a" * 1024))) == set()
    decoded = decode(world.transfer(data=b"a" * 1025))
    assert rules(decoded) == {"UNSUPPORTED"}
    assert "1,025 bytes" in says(decoded)


# What is refused: each case names the rule, and words that say the true cause

Case = tuple[bytes, set[Rule], str]


def permission(number: int) -> bytes:
    one = world.transfer_contract()
    one.Permission_id = number
    return world.raw(one)


def altered(**fields: object) -> bytes:
    one = world.transfer_contract()
    for name, value in fields.items():
        setattr(one, name, value)
    return world.raw(one)


def mistyped(number: int, name: str, prefix: str = URL) -> bytes:
    value = world.transfer_contract().parameter.value
    return world.raw(
        world.contract("TransferContract", value, number=number, url=f"{prefix}{name}")
    )


def of_addresses(owner: bytes, to: bytes) -> bytes:
    value = tron_pb2.TransferContract(owner_address=owner, to_address=to, amount=1)
    return world.raw(world.contract("TransferContract", value.SerializeToString()))


def inner(extra: str) -> bytes:
    value = world.transfer_contract().parameter.value + bytes.fromhex(extra)
    return world.raw(world.contract("TransferContract", value))


def token_inner(extra: str) -> bytes:
    value = world.trigger_contract(world.calldata()).parameter.value + bytes.fromhex(extra)
    return world.raw(world.contract("TriggerSmartContract", value), fee_limit=SUN)


REFUSED: dict[str, Case] = {
    "two contracts": (
        world.raw(world.transfer_contract(), world.transfer_contract(to=STRANGER)),
        {Rule.UNSUPPORTED},
        "2 contracts, not one",
    ),
    "no contract": (world.raw(), {Rule.UNSUPPORTED}, "0 contracts, not one"),
    "contract without a parameter": (
        world.raw(tron_pb2.Transaction.Contract(type=1)),
        {Rule.MALFORMED, Rule.OPERATION_FORBIDDEN},
        "TransferContract has no parameter",
    ),
    "permission 2": (permission(2), {Rule.PERMISSION}, "under permission 2"),
    "permission -1": (permission(-1), {Rule.PERMISSION}, "under permission -1"),
    "provider": (altered(provider=b"x"), {Rule.UNSUPPORTED}, "1 bytes of provider"),
    "contract name": (altered(ContractName=b"x"), {Rule.UNSUPPORTED}, "bytes of ContractName"),
    "authorities": (
        world.transfer(auths=[tron_pb2.authority(permission_name=b"x")]),
        {Rule.UNSUPPORTED},
        "1 authorities",
    ),
    "scripts": (world.transfer(scripts=b"xy"), {Rule.UNSUPPORTED}, "2 bytes of scripts"),
    "ref_block_num": (world.transfer(ref_block_num=7), {Rule.UNSUPPORTED}, "ref_block_num"),
    "no reference block": (
        world.transfer(ref_block_bytes=b""),
        {Rule.MALFORMED},
        "ref_block_bytes has 0 bytes, not 2",
    ),
    "long reference block": (
        world.transfer(ref_block_bytes=b"abcd"),
        {Rule.MALFORMED},
        "ref_block_bytes has 4 bytes, not 2",
    ),
    "short block hash": (
        world.transfer(ref_block_hash=bytes(7)),
        {Rule.MALFORMED},
        "ref_block_hash has 7 bytes, not 8",
    ),
    "no expiration": (world.transfer(expiration=0), {Rule.EXPIRED}, "no expiration"),
    "negative expiration": (world.transfer(expiration=-1), {Rule.EXPIRED}, "no expiration"),
    "expiration at the timestamp": (
        world.transfer(expiration=world.RAW["timestamp"]),
        {Rule.EXPIRED},
        "not after its own time",
    ),
    "expiration before the timestamp": (
        world.transfer(timestamp=world.RAW["expiration"] + 1),
        {Rule.EXPIRED},
        "expires at 2025-11-07 07:21:00 UTC",
    ),
    "negative timestamp": (world.transfer(timestamp=-5), {Rule.AMOUNT_INVALID}, "timestamp of -5"),
    "negative fee limit": (world.transfer(fee_limit=-5), {Rule.AMOUNT_INVALID}, "fee_limit of -5"),
    "nothing": (world.transfer(amount=0), {Rule.TRANSFER_ZERO}, "0 sun"),
    "negative amount": (world.transfer(amount=-1), {Rule.AMOUNT_INVALID}, "an amount of -1 sun"),
    "to itself": (world.transfer(to=SOURCE), {Rule.OPERATION_FORBIDDEN}, "pays itself"),
    "to nobody": (world.transfer(to=ZERO), {Rule.OPERATION_FORBIDDEN}, "zero address"),
    "to a token": (world.transfer(to=USDT), {Rule.CONTRACT_FORBIDDEN}, "token contract of USDT"),
    "testnet's old prefix": (
        of_addresses(world.address(SOURCE), b"\xa0" + bytes(20)),
        {Rule.MALFORMED},
        "to_address is not 41 and twenty bytes: 21 bytes that are no address (a000",
    ),
    "short recipient": (
        of_addresses(world.address(SOURCE), bytes(20)),
        {Rule.MALFORMED},
        "20 bytes that are no address",
    ),
    "no recipient": (of_addresses(world.address(SOURCE), b""), {Rule.MALFORMED}, "no address"),
    "no owner": (
        of_addresses(b"", world.address(CLIENT)),
        {Rule.MALFORMED},
        "owner_address is not",
    ),
    "transfer named a permission update": (
        mistyped(1, "AccountPermissionUpdateContract"),
        {Rule.UNSUPPORTED, Rule.OPERATION_FORBIDDEN},
        f'its parameter is said to be of "{URL}AccountPermissionUpdateContract',
    ),
    "permission update named a transfer": (
        mistyped(46, "TransferContract"),
        {Rule.UNSUPPORTED, Rule.OPERATION_FORBIDDEN},
        "transfers 25 TRX (25,000,000 base units) to THetzx",
    ),
    "call named a transfer": (
        mistyped(31, "TransferContract"),
        {Rule.UNSUPPORTED, Rule.OPERATION_FORBIDDEN},
        "its type is TriggerSmartContract (31)",
    ),
    "other prefix of the type": (
        mistyped(1, "TransferContract", "example.com/protocol."),
        {Rule.UNSUPPORTED, Rule.OPERATION_FORBIDDEN},
        'said to be of "example.com/protocol.TransferContract"',
    ),
    "no type_url": (
        mistyped(1, "", ""),
        {Rule.UNSUPPORTED, Rule.OPERATION_FORBIDDEN},
        'said to be of ""',
    ),
    "unknown field outside": (
        world.transfer() + bytes.fromhex("980101"),
        {Rule.UNSUPPORTED},
        "raw data has field 19",
    ),
    "unknown field inside": (inner("2001"), {Rule.UNSUPPORTED}, "TransferContract has field 4"),
    "unknown field in a call": (
        token_inner("3801"),
        {Rule.UNSUPPORTED},
        "TriggerSmartContract has field 7",
    ),
    "zero written": (
        world.transfer() + bytes.fromhex("900100"),
        {Rule.MALFORMED},
        "fee_limit is written although",
    ),
    "zero written inside": (
        token_inner("2800"),
        {Rule.MALFORMED},
        "call_token_value is written although",
    ),
    "fields out of order": (
        world.transfer(fee_limit=1) + bytes.fromhex("620178"),
        {Rule.MALFORMED, Rule.UNSUPPORTED},
        "scripts out of order",
    ),
    "padded number": (
        world.transfer() + bytes.fromhex("9001818000"),
        {Rule.MALFORMED},
        "more bytes than it needs",
    ),
    # Calls of a token
    "unpinned token": (
        world.call(token=STRANGER),
        {Rule.TOKEN_UNKNOWN},
        f"{STRANGER} is not a pinned token on mainnet",
    ),
    "coins with a call": (
        world.call(call_value=5 * SUN),
        {Rule.CONTRACT_FORBIDDEN},
        "sends 5 TRX (5,000,000 base units) to the contract as well (call_value)",
    ),
    "tokens with a call": (
        world.call(call_token_value=7, token_id=1_002_000),
        {Rule.CONTRACT_FORBIDDEN},
        "7 base units of TRC-10 token 1002000",
    ),
    "token id alone": (world.call(token_id=1), {Rule.CONTRACT_FORBIDDEN}, "TRC-10 token 1"),
    "negative call value": (world.call(call_value=-1), {Rule.CONTRACT_FORBIDDEN}, "call_value"),
    "prefix in the padding": (
        world.call(world.calldata(padding=bytes(11) + b"\x41")),
        {Rule.CONTRACT_FORBIDDEN},
        f"prefix 41, where its padding must be zero: only some contracts take it for {CLIENT}",
    ),
    "dirty padding": (
        world.call(world.calldata(padding=b"\1" + bytes(11))),
        {Rule.CONTRACT_FORBIDDEN},
        f"the padding before the recipient {CLIENT} is not zero, but 0100",
    ),
    "bytes after the arguments": (
        world.call(world.calldata() + b"\0"),
        {Rule.CONTRACT_FORBIDDEN},
        "1 bytes of calldata follow",
    ),
    "a byte short": (
        world.call(world.calldata()[:-1]),
        {Rule.CONTRACT_FORBIDDEN},
        "1 bytes of arguments are missing",
    ),
    "no tokens": (world.call(world.calldata(amount=0)), {Rule.TRANSFER_ZERO}, "0 base units"),
    "tokens to itself": (
        world.call(world.calldata(to=SOURCE)),
        {Rule.OPERATION_FORBIDDEN},
        "pays itself",
    ),
    "tokens to nobody": (
        world.call(world.calldata(to=ZERO)),
        {Rule.OPERATION_FORBIDDEN},
        f"zero address {ZERO}",
    ),
    "tokens to their contract": (
        world.call(world.calldata(to=USDT)),
        {Rule.CONTRACT_FORBIDDEN},
        "the recipient is the token contract of USDT",
    ),
    "unpinned tokens to their contract": (
        world.call(world.calldata(to=STRANGER), token=STRANGER),
        {Rule.CONTRACT_FORBIDDEN, Rule.TOKEN_UNKNOWN},
        "the token's own contract",
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_refuses_and_says_why(name: str) -> None:
    data, expected, words = REFUSED[name]
    decoded = decode(data)
    assert rules(decoded) == {rule.value for rule in expected}
    assert words in says(decoded)
    assert decoded.signing == ()
    assert all(len(each.message) <= 512 for each in decoded.findings)


@pytest.mark.parametrize(
    "name",
    ["two contracts", "permission 2", "unknown field outside", "zero written", "no expiration"],
)
def test_reports_what_a_refused_transfer_would_pay(name: str) -> None:
    decoded = decode(REFUSED[name][0])
    assert decoded.transfers[0] == replace(
        Transfer(TRX, 25 * SUN, CLIENT, "contract"), where=decoded.transfers[0].where
    )
    assert decoded.source == SOURCE


@pytest.mark.parametrize("name", ["prefix in the padding", "dirty padding", "coins with a call"])
def test_reports_what_a_refused_token_transfer_would_pay(name: str) -> None:
    (transfer,) = decode(REFUSED[name][0]).transfers
    assert (transfer.amount, transfer.destination) == (10**9, CLIENT)


def test_reports_an_unpinned_token_without_decimals() -> None:
    (transfer,) = decode(world.call(token=STRANGER)).transfers
    assert transfer.asset == Asset(Chain.TRON, "mainnet", STRANGER, "unknown token", None)


def test_refuses_a_field_that_stands_twice() -> None:
    for data in (inner("18e807"), world.transfer(fee_limit=1) + bytes.fromhex("900102")):
        with pytest.raises(DecodeError, match="twice"):
            decode(data)


# Which account pays


def test_takes_the_account_whose_address_is_the_owner_whatever_is_claimed() -> None:
    other = TronAccount("other", "mainnet", CLIENT, None, 0)
    decoder = decode_with(Registered((other, ACCOUNT), TOKENS))
    for wallet in (None, "other", "trx", "nobody"):
        assert decoder(world.transfer(), wallet).account == "trx"


def test_knows_no_account_where_the_owner_is_not_registered() -> None:
    decoded = decode(world.transfer(owner=STRANGER))
    assert (decoded.account, decoded.source, decoded.network) == (None, STRANGER, "mainnet")
    assert (decoded.findings, decoded.signing) == ((), ())


def test_knows_no_account_of_another_chain() -> None:
    ethereum = EthereumAccount("eth", "1", "0x" + "11" * 20, None, 0)
    decoded = decode_with(Registered((ethereum,)))(world.transfer(), "eth")
    assert (decoded.account, decoded.signing) == (None, ())


def test_the_network_is_the_accounts_and_so_are_its_tokens() -> None:
    nile = replace(ACCOUNT, network="nile")
    assert rules(decode_with(Registered((nile,), TOKENS))(world.call(), None)) == {"TOKEN-UNKNOWN"}
    tokens = (replace(TOKENS[0], network="nile", symbol="TEST"),)
    decoded = decode_with(Registered((nile,), tokens))(world.call(), None)
    assert (decoded.network, decoded.findings) == ("nile", ())
    assert decoded.transfers[0].asset == Asset(Chain.TRON, "nile", USDT, "TEST", 6)


def test_refuses_where_the_bytes_do_not_tell_the_network() -> None:
    nile = replace(ACCOUNT, name="test", network="nile")
    decoded = decode_with(Registered((ACCOUNT, nile), TOKENS))(world.transfer(), "trx")
    assert rules(decoded) == {"AMBIGUOUS"}
    assert "mainnet, nile" in says(decoded)
    assert decoded.signing == ()


def test_refuses_where_an_account_is_registered_twice_alike() -> None:
    twice = (ACCOUNT, replace(ACCOUNT, name="again"))
    assert rules(decode_with(Registered(twice))(world.transfer(), None)) == {"AMBIGUOUS"}


def test_accepts_the_registered_permission_and_no_other() -> None:
    active = replace(ACCOUNT, permission_id=2)
    decoder = decode_with(Registered((active,)))
    decoded = decoder(permission(2), None)
    assert decoded.findings == ()
    assert Fact("Permission", "2") in decoded.facts
    assert decoded.signing
    assert rules(decoder(world.transfer(), None)) == {"PERMISSION"}
    assert rules(decoder(permission(3), None)) == {"PERMISSION"}


def test_takes_of_two_permissions_the_one_that_the_bytes_claim() -> None:
    both = (ACCOUNT, replace(ACCOUNT, name="active", permission_id=2))
    decoder = decode_with(Registered(both))
    assert decoder(world.transfer(), None).account == "trx"
    assert decoder(permission(2), None).account == "active"
    assert rules(decoder(permission(3), None)) == {"PERMISSION"}


def test_signs_nothing_where_the_account_has_no_key() -> None:
    decoded = decode_with(Registered((replace(ACCOUNT, public_key=None),)))(world.transfer(), None)
    assert (decoded.findings, decoded.signing) == ((), ())


@pytest.mark.parametrize("key", [PrivateKey(b"\x47" * 32).public_key.format(), bytes(33)])
def test_refuses_an_account_whose_key_is_not_that_of_its_address(key: bytes) -> None:
    decoded = decode_with(Registered((replace(ACCOUNT, public_key=key),)))(world.transfer(), None)
    assert rules(decoded) == {"KEY-NOT-ON-TOKEN"}
    assert decoded.signing == ()


def test_refuses_a_registered_address_that_is_none() -> None:
    with pytest.raises(DecodeError):
        decode_with(Registered((replace(ACCOUNT, address=SOURCE.lower()),)))


def test_does_not_know_a_token_that_is_pinned_in_two_ways() -> None:
    twice = (*TOKENS, Token(Chain.TRON, "mainnet", USDT, "USDT", 18))
    decoded = decode_with(Registered((ACCOUNT,), twice))(world.call(), None)
    assert rules(decoded) == {"TOKEN-UNKNOWN"}
    alike = decode_with(Registered((ACCOUNT,), (*TOKENS, *TOKENS)))(world.call(), None)
    assert rules(alike) == set()
