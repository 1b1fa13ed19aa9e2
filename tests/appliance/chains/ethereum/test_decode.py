"""Decoding: plain transfers are cleared for signing, everything else is refused and explained."""

from dataclasses import replace
from typing import Any

import pytest
import rlp
from coincurve import PrivateKey
from eth_abi import abi as eth_abi
from eth_utils.crypto import keccak
from hypothesis import given
from hypothesis import strategies as st

from appliance.chains.ethereum.digest import calldata_digest
from appliance.chains.ethereum.transaction import LegacyTransaction, serialize
from appliance.chains.interface import Registered
from appliance.errors import DecodeError
from appliance.model.money import Asset
from appliance.model.transaction import (
    DecodedTransaction,
    EthereumFee,
    Fact,
    Reservation,
    SigningDigest,
    Transfer,
)
from appliance.wire.epochs import BitcoinAccount, EthereumAccount, Token
from appliance.wire.terms import Chain, Severity
from tests.appliance.chains.ethereum import world
from tests.appliance.chains.ethereum.world import (
    ACCOUNT,
    CLIENT,
    PUBLIC_KEY,
    SOURCE,
    TOKENS,
    USDT,
    decode,
    decode_with,
    refusals,
    rules,
    says,
)

ETH = Asset(Chain.ETHEREUM, "1", None, "ETH", 18)


def test_says_everything_about_a_transfer_of_coins() -> None:
    decoded = decode(world.fee_market())
    assert decoded == DecodedTransaction(
        chain=Chain.ETHEREUM,
        network="1",
        format="eip-1559",
        account="hot",
        source=SOURCE,
        transfers=(Transfer(ETH, 1_500_000_000_000_000_000, CLIENT, "value"),),
        change=(),
        fee=EthereumFee(21000, 30 * world.GWEI),
        reserves=(Reservation(Chain.ETHEREUM, "1", SOURCE, 7),),
        signing=(SigningDigest(0, PUBLIC_KEY, decoded.digest),),
        digest=decoded.digest,
        calldata_digest=None,
        facts=(
            Fact("Nonce", "7"),
            Fact("Gas limit", "21,000"),
            Fact("Max fee per gas", "30 gwei (30,000,000,000 wei)"),
            Fact("Max priority fee per gas", "2 gwei (2,000,000,000 wei)"),
        ),
        findings=(),
    )


def test_says_what_token_a_transfer_pays() -> None:
    decoded = decode(world.token_transfer())
    token = Asset(Chain.ETHEREUM, "1", USDT, "USDT", 6)
    assert decoded.transfers == (Transfer(token, 10**9, CLIENT, "calldata"),)
    assert decoded.calldata_digest == calldata_digest(world.transfer(CLIENT, 10**9))
    assert decoded.signing


def test_legacy_fees_are_its_gas_price() -> None:
    decoded = decode(world.legacy(gas_price=1_234_567_890))
    assert decoded.fee == EthereumFee(21000, 1_234_567_890)
    assert Fact("Gas price", "1.23456789 gwei (1,234,567,890 wei)") in decoded.facts


@pytest.mark.parametrize("case", world.own_vectors("cleared.jsonl"), ids=lambda case: case["id"])
def test_clears_plain_transfers(case: dict[str, Any]) -> None:
    decoded = decode(bytes.fromhex(case["hex"]))
    (transfer,) = decoded.transfers
    assert decoded.findings == ()
    assert decoded.format == case["format"]
    assert str(decoded.fee.maximum) == case["max_fee"]
    assert decoded.signing[0].digest.hex() == decoded.digest.hex() == case["signing_hash"]
    assert case["transfer"] == {
        "asset": transfer.asset.symbol,
        "token": transfer.asset.token,
        "amount": str(transfer.amount),
        "destination": transfer.destination,
    }


@pytest.mark.parametrize("case", world.own_vectors("refused.jsonl"), ids=lambda case: case["id"])
def test_refuses_and_explains_everything_else(case: dict[str, Any]) -> None:
    decoded = decode(bytes.fromhex(case["hex"]))
    assert rules(decoded) == set(case["rules"])
    assert case["says"] in says(decoded)
    assert decoded.signing == ()


@pytest.mark.parametrize(
    "name", ["malformed.jsonl", "unsupported.jsonl"], ids=["malformed", "unsupported"]
)
def test_raises_what_cannot_be_said_as_a_transaction(name: str) -> None:
    for case in world.own_vectors(name):
        with pytest.raises(DecodeError):
            decode(bytes.fromhex(case["hex"]))


def test_reports_the_transfer_that_trailing_calldata_spoils() -> None:
    decoded = decode(world.token_transfer(data=world.transfer(CLIENT, 5) + b"\0"))
    assert [transfer.amount for transfer in decoded.transfers] == [5]


def test_reports_the_transfer_of_an_unpinned_token_without_decimals() -> None:
    decoded = decode(world.token_transfer(to=world.STRANGER))
    (transfer,) = decoded.transfers
    assert transfer.asset == Asset(
        Chain.ETHEREUM, "1", world.STRANGER, "unknown token", decimals=None
    )


def test_reports_the_coins_that_a_refused_call_sends_along() -> None:
    decoded = decode(world.fee_market(to=b"", data=b"\1"))
    assert Fact("Sent along", "1.5 ETH (1,500,000,000,000,000,000 base units)") in decoded.facts


def test_lists_only_the_first_of_many_authorizations() -> None:
    one = [1, world.STRANGER, 8, 1, b"\x11" * 32, b"\x22" * 32]
    decoded = decode(world.set_code([one] * 100))
    assert "100 accounts" in says(decoded)
    assert len(decoded.findings) < 10


def test_names_no_chain_where_the_bytes_name_none() -> None:
    decoded = decode(world.encode(7, 1, 21000, CLIENT, 1, b""))
    assert (decoded.format, decoded.network) == ("legacy-unprotected", "0")


# What cannot be meant


@pytest.mark.parametrize(
    "data", [world.fee_market(to=SOURCE), world.token_transfer(data=world.transfer(SOURCE, 5))]
)
def test_points_out_payments_to_the_paying_account_itself(data: bytes) -> None:
    decoded = decode(data)
    (finding,) = decoded.findings
    assert (finding.rule, finding.severity) == ("TRANSFER-ZERO", Severity.ATTENTION)
    assert "only the fee leaves it" in finding.message
    assert decoded.signing


@pytest.mark.parametrize(
    ("data", "needed"),
    [
        (world.fee_market(gas_limit=20_999), "21,000"),
        (world.fee_market(gas_limit=0), "21,000"),
        (world.token_transfer(gas_limit=21_000), "21,596"),
    ],
)
def test_points_out_gas_that_does_not_suffice(data: bytes, needed: str) -> None:
    (finding,) = decode(data).findings
    assert (finding.rule, finding.severity) == ("GAS-TOO-LOW", Severity.ATTENTION)
    assert f"below the {needed} that it needs" in finding.message


def test_clears_gas_that_just_suffices() -> None:
    assert decode(world.fee_market(gas_limit=21_000)).findings == ()
    assert decode(world.token_transfer(gas_limit=21_596)).findings == ()


def test_says_what_a_transfer_with_unclean_padding_would_pay() -> None:
    call = bytearray(world.transfer(CLIENT, 5_000_000))
    call[4] = 1
    decoded = decode(world.token_transfer(data=bytes(call)))
    assert rules(decoded) == {"CONTRACT-FORBIDDEN"}
    assert f"0x{'01' + '00' * 11}; a token that ignores it would transfer 5 USDT" in says(decoded)
    assert decoded.transfers == ()


def test_shows_amounts_beyond_any_float_exactly() -> None:
    amount = (1 << 87) + 1
    (transfer,) = decode(world.fee_market(value=amount)).transfers
    assert transfer.amount == amount
    (transfer,) = decode(world.token_transfer(amount=(1 << 255) + 1)).transfers
    assert transfer.amount == (1 << 255) + 1


def test_names_the_account_that_hands_itself_to_code() -> None:
    message = b"\x05" + rlp.encode([0, world.address(world.STRANGER), 8])
    signature = world.PRIVATE_KEY.sign_recoverable(keccak(message), hasher=None)
    one = [
        0,
        world.STRANGER,
        8,
        signature[64],
        signature[:32].lstrip(b"\0"),
        signature[32:64].lstrip(b"\0"),
    ]
    decoded = decode(world.set_code([one]))
    assert f"sets code of account {SOURCE} to {world.STRANGER} on EVERY chain" in says(decoded)


def test_says_where_each_call_within_a_call_stands() -> None:
    calls = [world.transfer(world.STRANGER, 1), world.transfer(world.STRANGER, 2)]
    data = keccak(text="multicall(bytes[])")[:4] + eth_abi.encode(["bytes[]"], [calls])
    decoded = decode(world.token_transfer(data=data))
    assert [finding.where for finding in decoded.findings] == [
        "calldata",
        "calldata, call 1",
        "calldata, call 2",
    ]
    assert "0.000002 USDT" in decoded.findings[2].message


# Which account pays


def test_takes_the_named_account_of_several_on_one_chain() -> None:
    other = replace(ACCOUNT, name="other", address=CLIENT, public_key=None)
    decoder = decode_with(Registered((ACCOUNT, other), TOKENS))
    assert decoder(world.fee_market(), "other").source == CLIENT
    assert decoder(world.fee_market(), "hot").source == SOURCE


def test_takes_no_account_where_several_could_pay_and_none_is_named() -> None:
    other = replace(ACCOUNT, name="other", address=CLIENT, public_key=None)
    decoded = decode_with(Registered((ACCOUNT, other), TOKENS))(world.fee_market(), None)
    assert (decoded.account, decoded.source, decoded.signing) == (None, None, ())
    assert decoded.reserves == (Reservation(Chain.ETHEREUM, "1", "unknown sender", 7),)


def test_takes_the_only_account_on_the_chain_where_none_is_named() -> None:
    test = EthereumAccount("test", "11155111", CLIENT, None, 0)
    decoder = decode_with(Registered((ACCOUNT, test), TOKENS))
    assert decoder(world.fee_market(), None).account == "hot"
    assert decoder(world.fee_market(chain_id=11155111), None).account == "test"


@pytest.mark.parametrize("wallet", ["nobody", "bitcoin", ""])
def test_takes_no_account_where_the_named_one_is_not_of_this_chain(wallet: str) -> None:
    bitcoin = BitcoinAccount("bitcoin", "mainnet", (), 0)
    decoded = decode_with(Registered((ACCOUNT, bitcoin), TOKENS))(world.fee_market(), wallet)
    assert (decoded.account, decoded.signing) == (None, ())


def test_reports_the_named_account_on_another_chain_and_signs_nothing() -> None:
    decoded = decode(world.fee_market(chain_id=56))
    assert (decoded.account, decoded.network, decoded.signing) == ("hot", "56", ())


def test_names_a_chain_that_no_account_is_registered_for() -> None:
    decoded = decode_with(Registered((ACCOUNT,), TOKENS))(world.fee_market(chain_id=56), None)
    assert rules(decoded) == {"CHAIN-MISMATCH"}
    assert "chain 56" in says(decoded)


def test_reads_without_any_account() -> None:
    decoded = decode_with(Registered((), ()))(world.fee_market(), None)
    assert (decoded.findings, decoded.account, decoded.signing) == ((), None, ())


def test_signs_nothing_where_the_account_has_no_key() -> None:
    watched = replace(ACCOUNT, public_key=None)
    decoded = decode_with(Registered((watched,), TOKENS))(world.fee_market(), "hot")
    assert (decoded.findings, decoded.signing) == ((), ())


@pytest.mark.parametrize(
    "key", [PrivateKey(b"\x47" * 32).public_key.format(), b"\x05" + bytes(32), bytes(32)]
)
def test_refuses_an_account_whose_key_is_not_that_of_its_address(key: bytes) -> None:
    wrong = replace(ACCOUNT, public_key=key)
    decoded = decode_with(Registered((wrong,), TOKENS))(world.fee_market(), "hot")
    assert rules(decoded) == {"KEY-NOT-ON-TOKEN"}
    assert decoded.signing == ()


def test_reports_the_account_in_its_one_spelling() -> None:
    lower = replace(ACCOUNT, address=SOURCE.lower())
    assert decode_with(Registered((lower,), TOKENS))(world.fee_market(), "hot").source == SOURCE


def test_refuses_a_registered_address_that_is_none() -> None:
    with pytest.raises(DecodeError):
        decode_with(Registered((replace(ACCOUNT, address=SOURCE.swapcase()),), TOKENS))


# Which tokens are pinned


def test_knows_a_token_however_its_contract_was_spelled() -> None:
    lower = Token(Chain.ETHEREUM, "1", USDT.lower(), "USDT", 6)
    (transfer,) = decode_with(Registered((ACCOUNT,), (lower,)))(
        world.token_transfer(), "hot"
    ).transfers
    assert transfer.asset == Asset(Chain.ETHEREUM, "1", USDT, "USDT", 6)


def test_does_not_know_a_token_that_is_pinned_in_two_ways() -> None:
    twice = (*TOKENS, Token(Chain.ETHEREUM, "1", USDT, "USDT", 18))
    decoded = decode_with(Registered((ACCOUNT,), twice))(world.token_transfer(), "hot")
    assert rules(decoded) == {"TOKEN-UNKNOWN"}


def test_knows_a_token_that_is_pinned_twice_alike() -> None:
    decoded = decode_with(Registered((ACCOUNT,), (*TOKENS, *TOKENS)))(world.token_transfer(), "hot")
    assert decoded.findings == ()


# Hostile bytes


def shown(decoded: DecodedTransaction) -> DecodedTransaction:
    """What people see, without the digests, which change with every bit."""
    return replace(decoded, digest=b"", calldata_digest=None, signing=())


SIGNED_FORMS = st.sampled_from(
    [world.fee_market(), world.legacy(), world.access_list(), world.token_transfer()]
)


@given(SIGNED_FORMS, st.data())
def test_a_flipped_bit_is_refused_or_seen(encoded: bytes, data: st.DataObject) -> None:
    bit = data.draw(st.integers(0, 8 * len(encoded) - 1))
    changed = bytearray(encoded)
    changed[bit // 8] ^= 1 << bit % 8
    try:
        decoded = decode(bytes(changed))
    except DecodeError:
        return
    assert refusals(decoded) or shown(decoded) != shown(decode(encoded))
    assert decoded.digest != decode(encoded).digest


@given(SIGNED_FORMS, st.data())
def test_raises_nothing_but_decode_errors_on_mutations(encoded: bytes, data: st.DataObject) -> None:
    at = data.draw(st.integers(0, len(encoded)))
    end = data.draw(st.integers(at, len(encoded)))
    inserted = data.draw(st.binary(max_size=40))
    try:
        decoded = decode(encoded[:at] + inserted + encoded[end:])
    except DecodeError:
        return
    assert all(finding.message.isascii() for finding in decoded.findings)


@given(
    st.integers(0, (1 << 64) - 1),
    st.binary(max_size=20).filter(lambda to: len(to) in {0, 20}),
    st.integers(0, (1 << 256) - 1),
    st.binary(max_size=200) | st.binary(max_size=64).map(lambda rest: b"\xa9\x05\x9c\xbb" + rest),
)
def test_signs_nothing_but_plain_transfers(
    chain_id: int, to: bytes, value: int, data: bytes
) -> None:
    transaction = LegacyTransaction(chain_id, 7, 1, 21000, to or None, value, data)
    decoded = decode(serialize(transaction))
    if decoded.signing:
        assert chain_id == 1
        assert to
        assert not any(finding.severity is Severity.REFUSE for finding in decoded.findings)
        if data:
            assert data == world.transfer(
                decoded.transfers[0].destination, decoded.transfers[0].amount
            )
            assert value == 0
        else:
            assert decoded.transfers[0].amount == value > 0
