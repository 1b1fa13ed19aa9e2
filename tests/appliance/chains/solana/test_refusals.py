"""What is well-formed and refused, each for its cause and with everything that was understood."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from solders.address_lookup_table_account import AddressLookupTableAccount
from solders.compute_budget import request_heap_frame, set_compute_unit_price
from solders.instruction import AccountMeta, CompiledInstruction, Instruction
from solders.message import (
    Message,
    MessageAddressTableLookup,
    MessageHeader,
    MessageV0,
    to_bytes_versioned,
)
from solders.pubkey import Pubkey

from appliance.chains.interface import Registered
from appliance.wire.epochs import SolanaAccount, Token
from appliance.wire.terms import Chain
from tests.appliance.chains.solana.world import (
    BLOCKHASH,
    CLIENT,
    COMPUTE_BUDGET,
    FOREIGN_NONCE,
    MEMO,
    NONCE,
    PAYER,
    PYUSD,
    RECENT_BLOCKHASHES,
    REGISTERED,
    RENT,
    SOL,
    STRANGER,
    SYSTEM,
    TOKEN,
    TOKEN_2022,
    TOKENS,
    UNPINNED,
    USDC,
    advance,
    budget,
    call,
    create_account,
    decode,
    decode_with,
    legacy,
    memo,
    pay,
    pay_token,
    read,
    refusals,
    rules,
    says,
    token_account,
    versioned,
)

FORBIDDEN = "OPERATION-FORBIDDEN"
RAW_TRANSFER = b"\2\0\0\0" + SOL.to_bytes(8, "little")


def flagged(instruction: Instruction, at: int, **flags: bool) -> Instruction:
    """The same instruction, with an account's flags changed."""
    metas = list(instruction.accounts)
    old = metas[at]
    metas[at] = AccountMeta(
        old.pubkey,
        flags.get("is_signer", old.is_signer),
        flags.get("is_writable", old.is_writable),
    )
    return Instruction(instruction.program_id, bytes(instruction.data), metas)


CASES: dict[str, tuple[list[Instruction], set[str], list[str]]] = {
    # Who signs and pays
    "a second signer takes its own money": (
        [pay(), pay(source=STRANGER)],
        {"SIGNER-NOT-OURS"},
        [str(STRANGER)],
    ),
    "tokens are taken by another authority": (
        [pay_token(authority=STRANGER)],
        {"SIGNER-NOT-OURS"},
        [str(STRANGER)],
    ),
    "rent is taken from another": (
        [create_account(funder=STRANGER), pay()],
        {"SIGNER-NOT-OURS"},
        [str(STRANGER)],
    ),
    "a memo is signed by another": (
        [pay(), memo("hi", PAYER, STRANGER)],
        {"SIGNER-NOT-OURS"},
        [str(STRANGER)],
    ),
    # Transfers that are not what they seem
    "nothing is sent": ([pay(0)], {"TRANSFER-ZERO"}, []),
    "no tokens are sent": ([pay_token(0)], {"TRANSFER-ZERO"}, []),
    "SOL goes where it was": ([pay(to=PAYER)], {"TRANSFER-ZERO"}, []),
    "tokens go where they were": ([pay_token(to=token_account(PAYER))], {"TRANSFER-ZERO"}, []),
    "SOL goes to a mint": ([pay(to=USDC)], {FORBIDDEN}, ["lost"]),
    "SOL goes to a program": ([pay(to=TOKEN)], {FORBIDDEN}, ["lost"]),
    "data is hidden behind a transfer": (
        [call(SYSTEM, RAW_TRANSFER + b"\1", PAYER, CLIENT)],
        {FORBIDDEN},
        ["1 bytes of data follow"],
    ),
    "an account is hidden behind a transfer": (
        [call(SYSTEM, RAW_TRANSFER, PAYER, CLIENT, STRANGER)],
        {FORBIDDEN},
        ["1 accounts beyond", str(STRANGER)],
    ),
    "a transfer without a payee": (
        [call(SYSTEM, RAW_TRANSFER, PAYER)],
        {FORBIDDEN},
        ["(no account)", "1 SOL"],
    ),
    "a transfer of a cut amount": (
        [call(SYSTEM, RAW_TRANSFER[:-1], PAYER, CLIENT)],
        {FORBIDDEN},
        ["not what it takes"],
    ),
    "data is hidden behind a token transfer": (
        [pay_token(data=b"\0")],
        {FORBIDDEN},
        ["1 bytes of data follow"],
    ),
    "a transfer hook's accounts": (
        [pay_token(program=TOKEN_2022, mint=PYUSD, more=(STRANGER, FOREIGN_NONCE))],
        {FORBIDDEN},
        ["2 accounts beyond", str(STRANGER), str(FOREIGN_NONCE)],
    ),
    # Tokens
    "an unpinned token": (
        [pay_token(mint=UNPINNED)],
        {"TOKEN-UNKNOWN"},
        [str(UNPINNED)],
    ),
    "other decimals": ([pay_token(decimals=9)], {"TOKEN-DECIMALS"}, ["9 decimals", "not 6"]),
    "tokens from another account": (
        [pay_token(source=token_account(STRANGER))],
        {"TOKEN-ACCOUNT"},
        [str(token_account(STRANGER)), str(token_account(PAYER))],
    ),
    "tokens from the account of the other token program": (
        [pay_token(source=token_account(PAYER, USDC, TOKEN_2022))],
        {"TOKEN-ACCOUNT"},
        [],
    ),
    "tokens to the address of a listed wallet itself": (
        [pay_token(to=CLIENT)],
        {"TOKEN-ACCOUNT"},
        [f"{CLIENT} is a wallet's address"],
    ),
    "tokens to our own address": (
        [pay_token(to=PAYER)],
        {"TOKEN-ACCOUNT"},
        [f"{PAYER} is a wallet's address"],
    ),
    "an account is created that is not the owner's": (
        [create_account(account=token_account(STRANGER)), pay_token()],
        {"TOKEN-ACCOUNT"},
        [str(token_account(STRANGER)), str(token_account(CLIENT))],
    ),
    "an account is created for nobody who is listed or paid": (
        [create_account(STRANGER), pay_token()],
        {"TOKEN-ACCOUNT"},
        [str(STRANGER)],
    ),
    "an account is created of an unpinned token": (
        [create_account(mint=UNPINNED)],
        {"TOKEN-UNKNOWN"},
        [str(UNPINNED)],
    ),
    "an account is created by a false token program": (
        [create_account(program=STRANGER), pay()],
        {FORBIDDEN},
        ["Create"],
    ),
    "an account is created by a false system program": (
        [create_account(system=STRANGER), pay()],
        {FORBIDDEN},
        ["Create"],
    ),
    "an account is created with a hidden account": (
        [create_account(more=(STRANGER,)), pay()],
        {FORBIDDEN},
        [str(STRANGER)],
    ),
    "an account is created with two accounts more": (
        [create_account(more=(RENT, STRANGER)), pay()],
        {FORBIDDEN},
        [str(STRANGER)],
    ),
    "an account is created with hidden data": (
        [create_account(data=b"\1\0"), pay()],
        {FORBIDDEN},
        ["1 bytes of data more"],
    ),
    # Nonces
    "a foreign nonce account": (
        [advance(FOREIGN_NONCE), pay()],
        {"NONCE-ACCOUNT"},
        [str(FOREIGN_NONCE)],
    ),
    "a foreign nonce account alone": (
        [advance(FOREIGN_NONCE)],
        {"NONCE-ACCOUNT"},
        [str(FOREIGN_NONCE)],
    ),
    "another authority over our nonce": (
        [advance(authority=STRANGER), pay()],
        {"NONCE-ACCOUNT", "SIGNER-NOT-OURS"},
        [str(STRANGER)],
    ),
    "the nonce is not advanced first": (
        [pay(), advance()],
        {"NONCE-ACCOUNT"},
        ["not by the first"],
    ),
    "the nonce is advanced behind the budget": (
        [*budget(), advance()],
        {"NONCE-ACCOUNT"},
        ["not by the first"],
    ),
    "the nonce is advanced twice": (
        [advance(), advance(), pay()],
        {"NONCE-ACCOUNT"},
        ["not by the first"],
    ),
    "the nonce account is read-only": (
        [flagged(advance(), 0, is_writable=False), pay()],
        {"MALFORMED"},
        [f"{NONCE} is read-only"],
    ),
    "the payee is read-only": (
        [flagged(pay(), 1, is_writable=False)],
        {"MALFORMED"},
        [f"{CLIENT} is read-only"],
    ),
    "the payee's token account is read-only": (
        [flagged(pay_token(), 2, is_writable=False)],
        {"MALFORMED"},
        [f"{token_account(CLIENT)} is read-only"],
    ),
    "our token account is read-only": (
        [flagged(pay_token(), 0, is_writable=False)],
        {"MALFORMED"},
        [f"{token_account(PAYER)} is read-only"],
    ),
    "the created account is read-only": (
        [flagged(create_account(), 1, is_writable=False)],
        {"MALFORMED"},
        [f"{token_account(CLIENT)} is read-only"],
    ),
    "another sysvar": (
        [call(SYSTEM, b"\4\0\0\0", NONCE, RENT, PAYER), pay()],
        {"NONCE-ACCOUNT"},
        [str(RENT)],
    ),
    "the nonce with hidden data": (
        [call(SYSTEM, b"\4\0\0\0\0", NONCE, RECENT_BLOCKHASHES, PAYER), pay()],
        {FORBIDDEN},
        ["AdvanceNonceAccount", "1 bytes of data more"],
    ),
    "the nonce with a hidden account": (
        [call(SYSTEM, b"\4\0\0\0", NONCE, RECENT_BLOCKHASHES, PAYER, STRANGER), pay()],
        {FORBIDDEN},
        [str(STRANGER)],
    ),
    # Budget
    "a heap frame": ([request_heap_frame(65_536), pay()], {FORBIDDEN}, ["65,536 bytes of memory"]),
    "two prices": (
        [set_compute_unit_price(1), set_compute_unit_price(10**9), pay()],
        {FORBIDDEN},
        ["SetComputeUnitPrice stands 2 times"],
    ),
    "the old request with an additional fee": (
        [call(COMPUTE_BUDGET, bytes(5) + SOL.to_bytes(4, "little")), pay()],
        {FORBIDDEN},
        ["additional fee of 1,000,000,000 lamports"],
    ),
    "a budget with a hidden account": (
        [call(COMPUTE_BUDGET, b"\2\1\0\0\0", STRANGER), pay()],
        {FORBIDDEN},
        [str(STRANGER)],
    ),
    "a budget with hidden data": (
        [call(COMPUTE_BUDGET, b"\2\1\0\0\0\0"), pay()],
        {FORBIDDEN},
        ["1 bytes of data more"],
    ),
    "an empty budget": ([call(COMPUTE_BUDGET, b""), pay()], {FORBIDDEN}, ["too short"]),
    # Nothing is paid
    "nothing but a budget": ([*budget()], {"TRANSFER-ZERO"}, ["pays nobody"]),
    "nothing but a memo": ([memo("I agree", PAYER)], {"MESSAGE-FORBIDDEN"}, ["signs the text"]),
    "a cancel with a memo": ([advance(), memo("I agree")], {"MESSAGE-FORBIDDEN"}, []),
    "nothing at all": ([], {"TRANSFER-ZERO"}, ["pays nobody"]),
    # Programs
    "an unknown program with our accounts": (
        [call(STRANGER, b"\1\2\3", PAYER, token_account(PAYER), CLIENT), pay()],
        {FORBIDDEN},
        [str(STRANGER), "2 of ours", str(PAYER), str(token_account(PAYER))],
    ),
    "an unknown program with our nonce account": (
        [call(STRANGER, b"", NONCE), pay()],
        {FORBIDDEN},
        ["1 of ours", str(NONCE)],
    ),
    "an unknown program without accounts": (
        [call(STRANGER, b"\0"), pay()],
        {FORBIDDEN},
        ["0 of ours"],
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_refuses_for_its_cause(name: str) -> None:
    instructions, expected, words = CASES[name]
    for data in (legacy(*instructions), versioned(*instructions)):
        decoded = decode(data)
        assert rules(decoded) == expected, says(decoded)
        for word in words:
            assert word in says(decoded)
        assert decoded.signing == ()
        assert decoded.source == str(PAYER)


def test_what_is_refused_is_still_reported() -> None:
    decoded = read(pay(), pay_token(mint=UNPINNED, decimals=2), call(STRANGER, b"\1"))
    assert [(each.amount, each.asset.symbol) for each in decoded.transfers] == [
        (SOL, "SOL"),
        (1_500_000, "unknown token"),
    ]
    assert decoded.transfers[1].asset.token == str(UNPINNED)
    assert [each.where for each in refusals(decoded)] == ["instruction 2", "instruction 3"]


def test_a_foreign_fee_payer_is_named() -> None:
    decoded = decode(legacy(pay(), payer=STRANGER))
    assert "SIGNER-NOT-OURS" in rules(decoded)
    assert decoded.account is None
    assert decoded.source == str(STRANGER)
    assert f"the fee payer {STRANGER} is not a registered account" in says(decoded)
    assert f"there must sign: {PAYER}" in says(decoded)


def test_two_of_our_accounts_do_not_sign_together() -> None:
    other = SolanaAccount("other", "mainnet", str(STRANGER), ())
    decoder = decode_with(replace(REGISTERED, accounts=(*REGISTERED.accounts, other)))
    decoded = decoder(legacy(pay(), pay(source=STRANGER)), None)
    assert rules(decoded) == {"SIGNER-NOT-OURS"}
    assert decoded.account == "sol"


def test_a_nonce_account_of_another_account_of_ours_is_foreign() -> None:
    other = SolanaAccount("other", "mainnet", str(STRANGER), (str(FOREIGN_NONCE),))
    decoder = decode_with(replace(REGISTERED, accounts=(*REGISTERED.accounts, other)))
    assert rules(decoder(legacy(advance(FOREIGN_NONCE), pay()), None)) == {"NONCE-ACCOUNT"}


def test_a_token_that_is_pinned_in_two_ways_is_not_pinned() -> None:
    twice = (*TOKENS, Token(Chain.SOLANA, "mainnet", str(USDC), "USDC", 9))
    decoder = decode_with(replace(REGISTERED, tokens=twice))
    assert rules(decoder(legacy(pay_token()), None)) == {"TOKEN-UNKNOWN"}


def compiled(
    header: tuple[int, int, int], keys: list[Pubkey], *calls: CompiledInstruction
) -> bytes:
    message = Message.new_with_compiled_instructions(*header, keys, BLOCKHASH, list(calls))
    return bytes(message)


TRANSFER = CompiledInstruction(2, RAW_TRANSFER, bytes([0, 1]))


@pytest.mark.parametrize(
    ("data", "rule", "word"),
    [
        (
            compiled((1, 0, 2), [PAYER, CLIENT, SYSTEM, STRANGER], TRANSFER),
            FORBIDDEN,
            f"{STRANGER} is passed and used by nothing",
        ),
        (compiled((1, 0, 2), [PAYER, CLIENT, SYSTEM, CLIENT], TRANSFER), "MALFORMED", "2 times"),
        (compiled((1, 1, 1), [PAYER, CLIENT, SYSTEM], TRANSFER), "MALFORMED", "read-only"),
        (
            compiled((2, 0, 1), [PAYER, STRANGER, SYSTEM], TRANSFER),
            "SIGNER-NOT-OURS",
            str(STRANGER),
        ),
        (legacy(pay(), *(memo(f"{n:0300}") for n in range(4))), "UNSUPPORTED", "1,232"),
    ],
    ids=["unused account", "account twice", "read-only payer", "payee signs", "over a packet"],
)
def test_refuses_a_message_as_a_whole(data: bytes, rule: str, word: str) -> None:
    decoded = decode(data)
    assert rule in rules(decoded)
    assert word in says(decoded)
    assert [each.amount for each in decoded.transfers] == [SOL]


def test_the_largest_message_that_a_packet_carries_clears() -> None:
    room = 1232 - 65 - len(legacy(pay(), memo("x" * 200)))
    fits, does_not = (legacy(pay(), memo("x" * (200 + room + more))) for more in (0, 1))
    assert len(fits) == 1232 - 65
    assert rules(decode(fits)) == set()
    assert rules(decode(does_not)) == {"UNSUPPORTED"}


TABLE = Pubkey(b"\x77" * 32)


@pytest.mark.parametrize(
    ("instruction", "hidden", "others"),
    [
        (pay(), CLIENT, set()),
        (pay_token(), token_account(CLIENT), set()),
        (pay_token(), USDC, {"TOKEN-UNKNOWN"}),
        (pay_token(), token_account(PAYER), {"TOKEN-ACCOUNT"}),
        (create_account(), CLIENT, {"TOKEN-ACCOUNT"}),
        (call(STRANGER, b"\0", CLIENT), CLIENT, {FORBIDDEN}),
    ],
)
def test_refuses_and_explains_lookup_tables(
    instruction: Instruction, hidden: Pubkey, others: set[str]
) -> None:
    table = AddressLookupTableAccount(TABLE, [STRANGER, hidden])
    decoded = decode(versioned(instruction, pay(), tables=[table]))
    assert rules(decoded) == {"LOOKUP-TABLE"} | others
    assert f"lookup table {TABLE}" in says(decoded)
    assert decoded.transfers[-1].amount == SOL


def test_a_payee_from_a_lookup_table_is_shown_as_one() -> None:
    table = AddressLookupTableAccount(TABLE, [STRANGER, CLIENT])
    (paid,) = decode(versioned(pay(), tables=[table])).transfers
    assert paid.destination == f"entry 1 of lookup table {TABLE}"
    assert paid.amount == SOL


def test_a_nonce_account_from_a_lookup_table_is_foreign() -> None:
    """The network does not take such a nonce for the blockhash, whatever stands in the table."""
    message = MessageV0(
        MessageHeader(1, 0, 2),
        [PAYER, SYSTEM, RECENT_BLOCKHASHES],
        BLOCKHASH,
        [CompiledInstruction(1, b"\4\0\0\0", bytes([3, 2, 0]))],
        [MessageAddressTableLookup(TABLE, b"\5", b"")],
    )
    decoded = decode(bytes(to_bytes_versioned(message)))
    assert rules(decoded) == {"LOOKUP-TABLE", "NONCE-ACCOUNT"}


def test_every_hidden_instruction_gets_its_own_finding() -> None:
    """SwissBorg, 2025: eight Authorize instructions behind one that was asked for."""
    stake = Pubkey.from_string("Stake11111111111111111111111111111111111111")
    clock = Pubkey.from_string("SysvarC1ock11111111111111111111111111111111")
    hand_over = b"\1\0\0\0" + bytes(STRANGER) + b"\1\0\0\0"
    accounts = [Pubkey(bytes([number]) * 32) for number in range(100, 108)]
    hidden = [call(stake, hand_over, account, clock, PAYER) for account in accounts]
    found = refusals(read(call(stake, b"\5\0\0\0", accounts[0], clock, PAYER), *hidden))
    assert len(found) == 9
    for account, finding in zip(accounts, found[1:], strict=True):
        assert f"the right to withdraw of stake account {account}" in finding.message
        assert f"to {STRANGER}" in finding.message


def test_no_hidden_instruction_clears_beside_a_payment() -> None:
    forbidden: list[Callable[[], Any]] = [
        lambda: call(TOKEN, b"\5", token_account(PAYER), PAYER),
        lambda: call(MEMO, b"hi", STRANGER, signers=[STRANGER]),
        lambda: call(SYSTEM, b"\1\0\0\0" + bytes(STRANGER), PAYER),
    ]
    for make in forbidden:
        for order in ([pay(), make()], [make(), pay()]):
            assert rules(read(*order))


def test_no_context_still_refuses_what_is_outside_the_grammar() -> None:
    decoder = decode_with(Registered())
    assert rules(decoder(legacy(call(STRANGER, b"")), None)) == {FORBIDDEN}
    assert rules(decoder(legacy(pay_token()), None)) == {"TOKEN-UNKNOWN"}
    two = legacy(pay(), pay(source=STRANGER))
    assert rules(decoder(two, None)) == {"SIGNER-NOT-OURS"}


def test_the_money_of_who_does_not_sign_is_seen_to_be_foreign() -> None:
    taken = CompiledInstruction(2, RAW_TRANSFER, bytes([1, 0]))
    decoded = decode(compiled((1, 0, 1), [PAYER, STRANGER, SYSTEM], taken))
    assert rules(decoded) == {"SIGNER-NOT-OURS"}
