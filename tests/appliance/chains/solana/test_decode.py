"""What clears: payments and what goes with them, each shown exactly."""

from dataclasses import replace

import pytest
from solders.compute_budget import set_loaded_accounts_data_size_limit
from solders.instruction import Instruction
from solders.pubkey import Pubkey

from appliance.chains.interface import Registered
from appliance.errors import DecodeError
from appliance.model.money import Asset
from appliance.model.transaction import Reservation, SolanaFee, Transfer
from appliance.wire.epochs import SolanaAccount, Token
from appliance.wire.terms import Chain
from tests.appliance.chains.solana.world import (
    ACCOUNT,
    BLOCKHASH,
    CLIENT,
    MEMO_1,
    NONCE,
    PAYER,
    PYUSD,
    REGISTERED,
    RENT,
    SOL,
    STRANGER,
    SYSTEM,
    TOKEN_2022,
    TOKENS,
    UNPINNED,
    USDC,
    advance,
    budget,
    create_account,
    decode,
    decode_with,
    facts,
    legacy,
    memo,
    pay,
    pay_token,
    read,
    rules,
    token_account,
    versioned,
)

COIN = Asset(Chain.SOLANA, "mainnet", None, "SOL", 9)
DOLLARS = Asset(Chain.SOLANA, "mainnet", str(USDC), "USDC", 6)
CLIENT_USDC = str(token_account(CLIENT))


@pytest.mark.parametrize("write", [legacy, versioned])
def test_a_transfer(write: object) -> None:
    data = write(pay())  # type: ignore[operator]  # either writer
    decoded = decode(data)
    assert decoded.findings == ()
    assert decoded.transfers == (Transfer(COIN, SOL, str(CLIENT), "instruction 1"),)
    assert (decoded.account, decoded.source) == ("sol", str(PAYER))
    assert decoded.network == "mainnet"
    assert decoded.format == ("solana-legacy" if write is legacy else "solana-v0")
    assert decoded.fee == SolanaFee(5000, 0)
    assert decoded.signing == ()
    assert decoded.expires is None
    assert facts(decoded) == {"Valid for about a minute": f"recent blockhash {BLOCKHASH}"}
    held = Reservation(Chain.SOLANA, "mainnet", decoded.digest.hex(), 0)
    assert decoded.reserves == (held,)


def test_several_transfers_of_both_kinds() -> None:
    decoded = read(pay(1), pay(2, STRANGER), pay_token(3))
    assert decoded.findings == ()
    assert [(each.amount, each.destination) for each in decoded.transfers] == [
        (1, str(CLIENT)),
        (2, str(STRANGER)),
        (3, str(CLIENT)),
    ]
    assert [each.where for each in decoded.transfers] == [f"instruction {n}" for n in (1, 2, 3)]


def test_a_token_transfer_to_the_owner_of_the_rederived_account() -> None:
    decoded = read(pay_token())
    assert decoded.findings == ()
    expected = Transfer(DOLLARS, 1_500_000, str(CLIENT), "instruction 1", CLIENT_USDC)
    assert decoded.transfers == (expected,)


def test_a_token_of_token_2022_and_what_cannot_be_seen_of_it() -> None:
    decoded = read(pay_token(program=TOKEN_2022, mint=PYUSD))
    (paid,) = decoded.transfers
    assert decoded.findings == ()
    assert paid.destination == str(CLIENT)
    assert paid.token_account == str(token_account(CLIENT, PYUSD, TOKEN_2022))
    assert "Token-2022" in facts(decoded)["Token program"]


def test_a_token_account_of_nobody_known_is_its_own_destination() -> None:
    account = token_account(STRANGER)
    (paid,) = read(pay_token(to=account)).transfers
    assert paid.destination == paid.token_account == str(account)


def test_a_token_account_that_is_listed_itself_is_its_own_destination() -> None:
    account = str(token_account(STRANGER))
    listed = replace(REGISTERED, destinations=(("mainnet", account),))
    data = legacy(create_account(STRANGER), pay_token(to=token_account(STRANGER)))
    decoded = decode_with(listed)(data, None)
    assert decoded.findings == ()
    assert decoded.transfers[0].destination == account


def test_our_own_token_account_is_named_by_our_address() -> None:
    account = token_account(PAYER, USDC, TOKEN_2022)
    (paid,) = read(pay_token(to=account, program=TOKEN_2022)).transfers
    assert paid.destination == str(PAYER)


def test_an_owner_named_by_the_creation_of_the_account_that_is_paid() -> None:
    """Policy then judges the owner; that the account is theirs was derived, not believed."""
    decoded = read(create_account(STRANGER), pay_token(to=token_account(STRANGER)))
    assert decoded.findings == ()
    assert decoded.transfers[0].destination == str(STRANGER)


@pytest.mark.parametrize("data", [b"", b"\0", b"\1"])
@pytest.mark.parametrize("more", [(), (RENT,)])
def test_the_creation_of_a_token_account(data: bytes, more: tuple[Pubkey, ...]) -> None:
    decoded = read(create_account(data=data, more=more), pay_token())
    assert decoded.findings == ()
    assert facts(decoded)["Creates token account"] == (
        f"{CLIENT_USDC} of USDC for {CLIENT}; rent up to 2,039,280 lamports"
    )


@pytest.mark.parametrize("owner", [CLIENT, PAYER])
def test_the_creation_alone_for_who_is_listed_and_for_ourselves(owner: Pubkey) -> None:
    decoded = read(create_account(owner))
    (found,) = decoded.findings
    assert (found.rule, found.severity.value) == ("TRANSFER-ZERO", "attention")
    assert decoded.transfers == ()


def test_the_creation_of_a_larger_account_says_that_its_rent_is_more() -> None:
    decoded = read(create_account(mint=PYUSD, program=TOKEN_2022), pay())
    assert decoded.findings == ()
    assert "2,074,080 lamports, or more" in facts(decoded)["Creates token account"]


@pytest.mark.parametrize(
    ("limit", "price", "priority"),
    [
        (100_000, 20_000, 2000),
        (100_000, 1, 1),
        (3, 333_333, 1),
        (0, 10**15, 0),
        (1_400_000, 10**6, 1_400_000),
        (4_000_000_000, 10**6, 1_400_000),
        (1_400_000, (1 << 64) - 1, -(-1_400_000 * ((1 << 64) - 1) // 10**6)),
    ],
)
def test_the_priority_fee_is_the_limit_times_the_price_rounded_up(
    limit: int, price: int, priority: int
) -> None:
    decoded = read(*budget(limit, price), pay())
    assert decoded.findings == ()
    assert decoded.fee == SolanaFee(5000, priority)
    assert facts(decoded)["Compute unit limit"] == f"{limit:,}"
    assert facts(decoded)["Compute unit price"] == f"{price:,} micro-lamports"


def test_without_a_limit_the_default_bounds_the_priority_fee() -> None:
    price = budget(0, 10**6)[1]
    assert read(price, pay()).fee.maximum == 5000 + 200_000
    assert read(price, pay(), pay(2), memo("hi")).fee.maximum == 5000 + 600_000
    many = [pay(amount) for amount in range(1, 12)]
    assert read(price, *many).fee.maximum == 5000 + 1_400_000
    assert read(budget(5, 0)[0], pay()).fee.maximum == 5000


def test_a_limit_on_the_size_of_accounts_is_shown() -> None:
    decoded = read(set_loaded_accounts_data_size_limit(65_536), pay())
    assert decoded.findings == ()
    assert facts(decoded)["Loaded accounts at the most"] == "65,536 bytes"


@pytest.mark.parametrize(
    ("text", "shown", "unsafe"),
    [
        ("invoice 4711", "invoice 4711", False),
        ("", "", True),
        ("發票", "發票", False),
        ("back\\slash", "back\\slash", False),
        ("\x1b[31mred", "\x1b[31mred", True),
        ("two\nlines", "two\nlines", True),
        ("a\u202eb", "a\u202eb", True),
        ("a\u200bb", "a\u200bb", True),
        (b"\xff\xfe", "hex fffe", True),
        (b"\x1b" * 700, "hex " + "1b" * 700, True),
        ("p\u0430ypal", "p\u0430ypal", True),
    ],
)
def test_a_memo_is_told_whole(text: str | bytes, shown: str, unsafe: bool) -> None:
    decoded = read(pay(), memo(text, PAYER))
    assert rules(decoded) == set()
    assert facts(decoded)["Memo"] == shown
    assert {each.rule for each in decoded.findings} == ({"TEXT-UNSAFE"} if unsafe else set())


def test_a_memo_of_the_older_program_and_without_a_signer() -> None:
    decoded = read(pay(), memo("hi", program=MEMO_1), memo("ho"))
    assert decoded.findings == ()
    assert [each.value for each in decoded.facts if each.label == "Memo"] == ["hi", "ho"]


@pytest.mark.parametrize("write", [legacy, versioned])
def test_a_durable_nonce_is_what_is_used_up(write: object) -> None:
    decoded = decode(write(advance(), *budget(), pay()))  # type: ignore[operator]  # either writer
    assert decoded.findings == ()
    subject = f"{NONCE}:{BLOCKHASH}"
    assert decoded.reserves == (Reservation(Chain.SOLANA, "mainnet", subject, 0),)
    assert facts(decoded)["Valid until used"] == f"nonce {BLOCKHASH} of {NONCE}"
    assert "Cancels" not in facts(decoded)


@pytest.mark.parametrize("more", [(), budget()])
def test_the_nonce_alone_cancels_what_else_was_signed_with_it(
    more: tuple[Instruction, ...],
) -> None:
    decoded = read(advance(), *more)
    assert decoded.findings == ()
    assert decoded.transfers == ()
    assert f"only advances the nonce of {NONCE}" in facts(decoded)["Cancels"]
    assert decoded.reserves[0].subject == f"{NONCE}:{BLOCKHASH}"


def test_without_accounts_the_grammar_alone_is_judged() -> None:
    decoder = decode_with(Registered())
    for data in (legacy(pay()), legacy(advance(), pay()), legacy(advance())):
        decoded = decoder(data, None)
        assert decoded.findings == ()
        assert (decoded.account, decoded.source) == (None, str(PAYER))
        assert decoded.network == "mainnet"


def test_the_network_is_that_of_the_account() -> None:
    account = replace(ACCOUNT, network="devnet")
    pins = (*TOKENS, Token(Chain.SOLANA, "devnet", str(UNPINNED), "TEST", 2))
    decoder = decode_with(Registered((account,), pins, (("devnet", str(CLIENT)),)))
    assert decoder(legacy(pay()), None).network == "devnet"
    assert rules(decoder(legacy(pay_token()), None)) == {"TOKEN-UNKNOWN"}
    (paid,) = decoder(legacy(pay_token(mint=UNPINNED, decimals=2)), None).transfers
    assert paid.asset == Asset(Chain.SOLANA, "devnet", str(UNPINNED), "TEST", 2)
    assert paid.destination == str(CLIENT)
    assert decoder(legacy(pay(), payer=PAYER), None).transfers[0].asset.network == "devnet"


def test_an_address_on_two_networks_needs_a_name() -> None:
    accounts = (ACCOUNT, SolanaAccount("test", "devnet", str(PAYER), ()))
    decoder = decode_with(Registered(accounts))
    assert decoder(legacy(pay()), None).account is None
    for account in accounts:
        decoded = decoder(legacy(pay()), account.name)
        assert (decoded.account, decoded.network) == (account.name, account.network)


def test_a_name_is_never_believed_where_the_bytes_tell_the_account() -> None:
    other = SolanaAccount("other", "mainnet", str(STRANGER), ())
    decoder = decode_with(Registered((ACCOUNT, other)))
    assert decoder(legacy(pay()), "other").account == "sol"
    assert decoder(legacy(pay()), "nobody").account == "sol"


@pytest.mark.parametrize(
    "registered",
    [
        Registered((replace(ACCOUNT, address="nonsense"),)),
        Registered((replace(ACCOUNT, network="mainnet-beta"),)),
        Registered((replace(ACCOUNT, nonce_accounts=("0x12",)),)),
        Registered((), (Token(Chain.SOLANA, "mainnet", "nonsense", "X", 1),)),
        Registered((), (), (("mainnet", "nonsense"),)),
    ],
)
def test_refuses_standing_rules_with_an_address_or_network_that_is_none(
    registered: Registered,
) -> None:
    with pytest.raises(DecodeError):
        decode_with(registered)


def test_wrapped_sol_is_a_token_like_any_other() -> None:
    wrapped = Pubkey.from_string("So11111111111111111111111111111111111111112")
    pin = Token(Chain.SOLANA, "mainnet", str(wrapped), "wSOL", 9)
    decoder = decode_with(replace(REGISTERED, tokens=(*TOKENS, pin)))
    decoded = decoder(legacy(pay_token(mint=wrapped, decimals=9)), None)
    assert decoded.findings == ()
    assert decoded.transfers[0].asset.symbol == "wSOL"


def test_the_system_program_alone_is_no_payee() -> None:
    assert rules(read(pay(to=SYSTEM))) == {"OPERATION-FORBIDDEN"}
