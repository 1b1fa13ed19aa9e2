"""Every operation that is never signed: refused, and told what it would do."""

import struct

import pytest
from solders import system_program as system
from solders.instruction import Instruction
from solders.pubkey import Pubkey

from appliance.chains.solana.operations import explain
from appliance.chains.solana.operations_programs import CATALOGUES
from tests.appliance.chains.solana.world import (
    ASSOCIATED_TOKEN,
    CLIENT,
    COMPUTE_BUDGET,
    FOREIGN_NONCE,
    LOADER,
    LOOKUP_TABLE,
    NONCE,
    PAYER,
    RENT,
    STAKE,
    STRANGER,
    SYSTEM,
    TOKEN,
    TOKEN_2022,
    USDC,
    VOTE,
    call,
    pay,
    read,
    refusals,
    rules,
    token_account,
)

A, B = str(CLIENT), str(STRANGER)
KEY = bytes(STRANGER)
OWN = token_account(PAYER)
COINS = struct.pack("<Q", 5 * 10**9)
UNLIMITED = struct.pack("<Q", 2**64 - 1)


def u32(number: int, rest: bytes = b"") -> bytes:
    return struct.pack("<I", number) + rest


def seed(text: str) -> bytes:
    return struct.pack("<Q", len(text)) + text.encode()


def token(tag: int, rest: bytes, *accounts: Pubkey, program: Pubkey = TOKEN) -> Instruction:
    return call(program, bytes([tag]) + rest, *accounts)


def stake(tag: int, rest: bytes, *accounts: Pubkey) -> Instruction:
    return call(STAKE, u32(tag, rest), *accounts)


CASES: list[tuple[Instruction, list[str]]] = [
    # System
    (
        system.create_account(
            system.CreateAccountParams(
                from_pubkey=PAYER, to_pubkey=PAYER, lamports=5, space=165, owner=STRANGER
            )
        ),
        ["CreateAccount", "0.000000005 SOL", "165 bytes", f"program {B} then owns"],
    ),
    (
        system.assign(system.AssignParams(pubkey=PAYER, owner=STRANGER)),
        ["Assign", f"{PAYER} (ours)", f"to program {B}"],
    ),
    (
        system.allocate(system.AllocateParams(pubkey=PAYER, space=99)),
        ["Allocate", f"{PAYER} (ours)", "99 bytes"],
    ),
    (
        system.create_account_with_seed(
            system.CreateAccountWithSeedParams(
                from_pubkey=PAYER,
                to_pubkey=CLIENT,
                base=PAYER,
                seed="vault",
                lamports=7,
                space=1,
                owner=STRANGER,
            )
        ),
        ["CreateAccountWithSeed", "'vault'", A, B],
    ),
    (
        system.allocate_with_seed(
            system.AllocateWithSeedParams(
                address=CLIENT, base=PAYER, seed="s", space=3, owner=STRANGER
            )
        ),
        ["AllocateWithSeed", A, B, "'s'"],
    ),
    (
        system.assign_with_seed(
            system.AssignWithSeedParams(address=CLIENT, base=PAYER, seed="s", owner=STRANGER)
        ),
        ["AssignWithSeed", A, B, "'s'"],
    ),
    (
        system.transfer_with_seed(
            system.TransferWithSeedParams(
                from_pubkey=CLIENT,
                from_base=PAYER,
                from_seed="s",
                from_owner=STAKE,
                to_pubkey=STRANGER,
                lamports=10**9,
            )
        ),
        ["TransferWithSeed", "1 SOL", f"of {A}", f"to {B}"],
    ),
    (
        system.withdraw_nonce_account(
            system.WithdrawNonceAccountParams(
                nonce_pubkey=NONCE, authorized_pubkey=PAYER, to_pubkey=STRANGER, lamports=10**9
            )
        ),
        ["WithdrawNonceAccount", f"{NONCE} (ours)", f"to {B}", "1 SOL"],
    ),
    (
        system.initialize_nonce_account(
            system.InitializeNonceAccountParams(nonce_pubkey=CLIENT, authority=STRANGER)
        ),
        ["InitializeNonceAccount", A, f"authority of {B}"],
    ),
    (
        system.authorize_nonce_account(
            system.AuthorizeNonceAccountParams(
                nonce_pubkey=NONCE, authorized_pubkey=PAYER, new_authority=STRANGER
            )
        ),
        ["AuthorizeNonceAccount", f"{NONCE} (ours)", f"authority of {B}"],
    ),
    (call(SYSTEM, u32(12), NONCE), ["UpgradeNonceAccount", str(NONCE)]),
    (
        call(SYSTEM, u32(13, COINS + struct.pack("<Q", 1) + KEY), CLIENT, PAYER),
        ["CreateAccountAllowPrefund", "5 SOL", A, B],
    ),
    (call(SYSTEM, u32(99), PAYER), ["unknown operation 99"]),
    (call(SYSTEM, b"\2\0", PAYER), ["too short"]),
    # Token
    (
        token(3, COINS, OWN, token_account(STRANGER), PAYER),
        ["Transfer:", f"{OWN} (ours)", str(token_account(STRANGER)), "only TransferChecked"],
    ),
    (token(4, UNLIMITED, OWN, STRANGER, PAYER), [f"lets {B} take an unlimited amount", str(OWN)]),
    (token(5, b"", OWN, PAYER), ["Revoke", str(OWN)]),
    (token(6, b"\2\1" + KEY, OWN, PAYER), ["the ownership", f"{OWN} (ours)", f"to {B}"]),
    (token(6, b"\3\1" + KEY, OWN, PAYER), ["the right to close", f"to {B}"]),
    (token(6, b"\0\0", USDC, PAYER), ["the right to mint", "to nobody"]),
    (token(6, b"\x63\0", USDC, PAYER), ["unknown kind 99"]),
    (token(6, b"\2\1", OWN, PAYER), ["not what it takes"]),
    (token(7, COINS, USDC, CLIENT, PAYER), ["MintTo", "5,000,000,000 base units", A]),
    (token(8, COINS, OWN, USDC, PAYER), ["Burn", f"{OWN} (ours)"]),
    (token(9, b"", OWN, STRANGER, PAYER), ["CloseAccount", f"sends its SOL to {B}"]),
    (token(10, b"", CLIENT, USDC, PAYER), ["FreezeAccount", A]),
    (token(11, b"", CLIENT, USDC, PAYER), ["ThawAccount", A]),
    (token(12, COINS + b"\6", OWN, USDC, CLIENT), ["TransferChecked", "(no account)"]),
    (token(12, COINS, OWN, USDC, CLIENT, PAYER), ["not what it takes"]),
    (token(13, UNLIMITED + b"\6", OWN, USDC, STRANGER, PAYER), ["ApproveChecked", f"lets {B}"]),
    (token(14, COINS + b"\6", USDC, CLIENT, PAYER), ["MintToChecked", A]),
    (token(15, COINS + b"\6", OWN, USDC, PAYER), ["BurnChecked", str(OWN)]),
    (token(0, b"\6" + KEY + b"\0", CLIENT, RENT), ["InitializeMint", B, "nobody"]),
    (token(1, b"", CLIENT, USDC, STRANGER, RENT), ["InitializeAccount:", B]),
    (token(2, b"\2", CLIENT, RENT, STRANGER, PAYER), ["2 signatures", "2 accounts more", B]),
    (token(16, KEY, CLIENT, USDC, RENT), ["InitializeAccount2", B]),
    (token(17, b"", OWN), ["SyncNative", str(OWN)]),
    (token(18, KEY, CLIENT, USDC), ["InitializeAccount3", B]),
    (token(19, b"\3", CLIENT, STRANGER), ["InitializeMultisig2", "3 signatures"]),
    (token(20, b"\6" + KEY + b"\1" + KEY, CLIENT), ["InitializeMint2", B]),
    (token(21, b"", USDC), ["GetAccountDataSize"]),
    (token(22, b"", CLIENT), ["InitializeImmutableOwner", A]),
    (token(23, COINS, USDC), ["AmountToUiAmount"]),
    (token(24, b"1.5", USDC), ["UiAmountToAmount", "3 bytes of data more"]),
    (token(38, b"", OWN, STRANGER, PAYER), ["WithdrawExcessLamports", f"to {B}"]),
    (token(45, b"\0", OWN, STRANGER, PAYER), ["UnwrapLamports", "all", f"to {B}"]),
    (token(255, b"\3\x09" + b"\3" + COINS, OWN, STRANGER, PAYER), ["Batch", B]),
    (token(99, b"", OWN), ["unknown operation 99"]),
    (token(255, b"", OWN), ["Batch, but its data"]),
    (call(TOKEN, b"", OWN), ["too short"]),
    # Token-2022
    (
        token(26, b"\1" + COINS + b"\6" + COINS, OWN, USDC, CLIENT, PAYER, program=TOKEN_2022),
        ["TransferCheckedWithFee", A, "5,000,000,000 base units less"],
    ),
    (token(26, b"\5", USDC, program=TOKEN_2022), ["changes the transfer fee"]),
    (token(26, b"", USDC, program=TOKEN_2022), ["not what it takes"]),
    (token(27, b"\7", OWN, program=TOKEN_2022), ["Transfer of a hidden amount"]),
    (token(28, b"\1\1", USDC, program=TOKEN_2022), ["DefaultAccountState"]),
    (token(29, b"", OWN, PAYER, SYSTEM, PAYER, program=TOKEN_2022), ["Reallocate"]),
    (token(30, b"\1", OWN, PAYER, program=TOKEN_2022), ["no longer requires a memo"]),
    (token(34, b"\1", OWN, PAYER, program=TOKEN_2022), ["no longer requires a guard"]),
    (token(35, KEY, USDC, program=TOKEN_2022), ["InitializePermanentDelegate", B]),
    (token(36, b"\1" + KEY, USDC, PAYER, program=TOKEN_2022), ["TransferHook", "changes"]),
    (token(44, b"\1", USDC, PAYER, program=TOKEN_2022), ["Pausable"]),
    # Associated token accounts
    (
        call(ASSOCIATED_TOKEN, b"\2", OWN, USDC, CLIENT, STRANGER, USDC, PAYER, TOKEN),
        ["RecoverNested", f"{OWN} (ours)", A],
    ),
    (call(ASSOCIATED_TOKEN, b"\3", OWN), ["unknown operation 3"]),
    # Stake
    (
        stake(0, KEY + KEY + bytes(16) + KEY, CLIENT, RENT),
        ["Initialize", f"{B} stakes and {B} withdraws"],
    ),
    (stake(1, KEY + u32(1), CLIENT, RENT, PAYER), ["Authorize", "right to withdraw", f"to {B}"]),
    (stake(1, KEY + u32(0), CLIENT, RENT, PAYER), ["the right to stake"]),
    (stake(2, b"", CLIENT, VOTE, RENT, RENT, RENT, PAYER), ["DelegateStake", A, str(VOTE)]),
    (stake(3, COINS, CLIENT, STRANGER, PAYER), ["Split", "5 SOL", B]),
    (stake(4, COINS, CLIENT, STRANGER, RENT, RENT, PAYER), ["Withdraw", "5 SOL", f"to {B}"]),
    (stake(5, b"", CLIENT, RENT, PAYER), ["Deactivate", A]),
    (stake(6, b"\0\0\0", CLIENT, PAYER), ["SetLockup", "3 bytes of data more"]),
    (stake(7, b"", CLIENT, STRANGER, RENT, RENT, PAYER), ["Merge", B]),
    (stake(8, KEY + u32(1) + seed("x") + KEY, CLIENT, PAYER), ["AuthorizeWithSeed", B, "'x'"]),
    (stake(9, b"", CLIENT, RENT, STRANGER, PAYER), ["InitializeChecked", B]),
    (stake(10, u32(1), CLIENT, RENT, PAYER, STRANGER), ["AuthorizeChecked", f"to {B}"]),
    (
        stake(11, u32(0) + seed("x") + KEY, CLIENT, PAYER, RENT, STRANGER),
        ["AuthorizeCheckedWithSeed", f"to {B}"],
    ),
    (stake(12, b"", CLIENT, PAYER), ["SetLockupChecked"]),
    (stake(13, b""), ["GetMinimumDelegation"]),
    (stake(14, b"", CLIENT), ["DeactivateDelinquent"]),
    (stake(15, b"", CLIENT, STRANGER, VOTE, RENT, PAYER), ["Redelegate"]),
    (stake(16, COINS, CLIENT, STRANGER, PAYER), ["MoveStake", "5 SOL"]),
    (stake(17, COINS, CLIENT, STRANGER, PAYER), ["MoveLamports", "5 SOL"]),
    # Vote
    (call(VOTE, u32(1, KEY + u32(1)), CLIENT, RENT, PAYER), ["Authorize", f"to {B}"]),
    (call(VOTE, u32(3, COINS), CLIENT, STRANGER, PAYER), ["Withdraw", "5 SOL", f"to {B}"]),
    (call(VOTE, u32(4), CLIENT, STRANGER, PAYER), ["UpdateValidatorIdentity", B]),
    (call(VOTE, u32(5, b"\x64"), CLIENT, PAYER), ["UpdateCommission", "100 %"]),
    (call(VOTE, u32(7, u32(0)), CLIENT, RENT, PAYER, STRANGER), ["AuthorizeChecked", B]),
    # Code and tables
    (
        call(LOADER, u32(3), CLIENT, STRANGER, FOREIGN_NONCE, PAYER, RENT, RENT, PAYER),
        ["Upgrade", f"program {B}", str(FOREIGN_NONCE)],
    ),
    (call(LOADER, u32(4), CLIENT, PAYER, STRANGER), ["SetAuthority", f"to {B}"]),
    (call(LOADER, u32(7), CLIENT, PAYER, STRANGER), ["SetAuthorityChecked", f"to {B}"]),
    (call(LOADER, u32(5), CLIENT, STRANGER, PAYER), ["Close", f"to {B}"]),
    (call(LOADER, u32(2, COINS), PAYER, CLIENT, STRANGER), ["DeployWithMaxDataLen", B]),
    (call(LOADER, u32(6, u32(9)), CLIENT, STRANGER), ["ExtendProgram", "9 bytes"]),
    (call(LOOKUP_TABLE, u32(0, b"\1" * 9), CLIENT, PAYER), ["CreateLookupTable", A]),
    (call(LOOKUP_TABLE, u32(2), CLIENT, PAYER), ["ExtendLookupTable"]),
    (call(LOOKUP_TABLE, u32(4), CLIENT, PAYER), ["CloseLookupTable"]),
    (call(COMPUTE_BUDGET, b"\x09"), ["unknown operation 9"]),
]


@pytest.mark.parametrize(
    ("instruction", "words"), CASES, ids=[f"{n} {words[0]}" for n, (_, words) in enumerate(CASES)]
)
def test_refuses_and_says_what_it_would_do(instruction: Instruction, words: list[str]) -> None:
    decoded = read(instruction, pay())
    (finding,) = [each for each in refusals(decoded) if each.where == "instruction 1"]
    assert finding.rule == "OPERATION-FORBIDDEN"
    for word in words:
        assert word in finding.message
    assert decoded.transfers[-1].amount == 10**9
    assert "OPERATION-FORBIDDEN" in rules(read(pay(), instruction))


@pytest.mark.parametrize("program", CATALOGUES, ids=lambda each: str(Pubkey(each)))
def test_every_operation_of_every_table_can_be_said(program: bytes) -> None:
    """Whatever accounts and data it gets, and however few."""
    catalogue = CATALOGUES[program]
    accounts = tuple(bytes([number]) * 32 for number in range(1, 12))
    for tag, operation in catalogue.operations.items():
        for data in (tag, tag + bytes(4), tag + bytes(400), tag + b"\xff" * 400):
            for given in (accounts, accounts[:1], ()):
                said = explain(catalogue, given, data, lambda each: each.hex())
                assert said.startswith(operation.name) or len(tag) == 1
                assert "{" not in said
    assert "too short" in explain(catalogue, (), b"", bytes.hex)


def test_foreign_text_is_cut_and_made_literal() -> None:
    hostile = "\x1b[2J\u202e" + "x" * 500
    data = seed(hostile)[:0] + struct.pack("<Q", len(hostile.encode())) + hostile.encode()
    instruction = call(SYSTEM, u32(10, KEY + data + KEY), CLIENT, PAYER)
    (finding,) = [each for each in refusals(read(instruction)) if "Assign" in each.message]
    assert finding.message.isascii()
    assert finding.message.isprintable()
    assert "\\u{1b}[2J" in finding.message
    assert "x" * 65 not in finding.message
