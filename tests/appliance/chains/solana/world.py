"""The accounts, tokens and messages that these tests are about.

Messages are written by the `solders` package, so that what the appliance reads was not written by
the appliance.
"""

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from solders.compute_budget import set_compute_unit_limit, set_compute_unit_price
from solders.hash import Hash
from solders.instruction import AccountMeta, Instruction
from solders.keypair import Keypair
from solders.message import Message, MessageV0, from_bytes_versioned, to_bytes_versioned
from solders.pubkey import Pubkey
from solders.system_program import (
    AdvanceNonceAccountParams,
    TransferParams,
    advance_nonce_account,
    transfer,
)

from appliance.chains.interface import Registered
from appliance.chains.solana.message import parse, serialize
from appliance.chains.solana.room import ROOM
from appliance.errors import DecodeError
from appliance.model.transaction import DecodedTransaction
from appliance.wire.epochs import SolanaAccount, Token
from appliance.wire.messages import Finding
from appliance.wire.terms import Chain, Severity

Read = TypeVar("Read")


def key(number: int) -> Pubkey:
    """An address on the curve, as wallets have them."""
    return Keypair.from_seed(bytes([number]) * 32).pubkey()


PAYER, CLIENT, STRANGER, NONCE, FOREIGN_NONCE = map(key, range(1, 6))
USDC = Pubkey.from_string("EPjFWdd5AufqSSqeM2qN1xzybapC8G4wEGGkZwyTDt1v")
PYUSD = Pubkey.from_string("2b1kV6DkPAnxd5ixfnxCpjxmKwqjjaYmCZfHsFu24GXo")
UNPINNED = Pubkey.from_string("Es9vMFrzaCERmJfrF4H2FYD4KCoNkY11McCe8BenwNYB")
BLOCKHASH = Hash(bytes(range(32)))

SYSTEM = Pubkey.default()
TOKEN = Pubkey.from_string("TokenkegQfeZyiNwAJbNbGKPFXCWuBvf9Ss623VQ5DA")
TOKEN_2022 = Pubkey.from_string("TokenzQdBNbLqP5VEhdkAS6EPFLC1PHnBqCXEpPxuEb")
ASSOCIATED_TOKEN = Pubkey.from_string("ATokenGPvbdGVxr1b2hvZbsiqW5xWH25efTNsLJA8knL")
COMPUTE_BUDGET = Pubkey.from_string("ComputeBudget111111111111111111111111111111")
MEMO = Pubkey.from_string("MemoSq4gqABAXKb96qnH8TysNcWxMyWCqXgDLGmfcHr")
MEMO_1 = Pubkey.from_string("Memo1UhkJRfHyvLMcVucJwxXeuD728EqVDDwQDxFMNo")
STAKE = Pubkey.from_string("Stake11111111111111111111111111111111111111")
VOTE = Pubkey.from_string("Vote111111111111111111111111111111111111111")
LOADER = Pubkey.from_string("BPFLoaderUpgradeab1e11111111111111111111111")
LOOKUP_TABLE = Pubkey.from_string("AddressLookupTab1e1111111111111111111111111")
RECENT_BLOCKHASHES = Pubkey.from_string("SysvarRecentB1ockHashes11111111111111111111")
RENT = Pubkey.from_string("SysvarRent111111111111111111111111111111111")

ACCOUNT = SolanaAccount("sol", "mainnet", str(PAYER), (str(NONCE),))
TOKENS = (
    Token(Chain.SOLANA, "mainnet", str(USDC), "USDC", 6),
    Token(Chain.SOLANA, "mainnet", str(PYUSD), "PYUSD", 6),
)
REGISTERED = Registered((ACCOUNT,), TOKENS, (("mainnet", str(CLIENT)),))
SOL = 10**9


def token_account(owner: Pubkey, mint: Pubkey = USDC, program: Pubkey = TOKEN) -> Pubkey:
    """The associated token account, as another library derives it."""
    seeds = [bytes(owner), bytes(program), bytes(mint)]
    return Pubkey.find_program_address(seeds, ASSOCIATED_TOKEN)[0]


def pay(amount: int = SOL, to: Pubkey = CLIENT, source: Pubkey = PAYER) -> Instruction:
    return transfer(TransferParams(from_pubkey=source, to_pubkey=to, lamports=amount))


def meta(account: Pubkey, *, signer: bool = False, writable: bool = False) -> AccountMeta:
    return AccountMeta(account, signer, writable)


def call(
    program: Pubkey, data: bytes, *accounts: Pubkey, signers: Sequence[Pubkey] = (PAYER,)
) -> Instruction:
    """An instruction whose accounts are all writable, and signers where they are named so."""
    metas = [AccountMeta(each, each in signers, is_writable=True) for each in accounts]
    return Instruction(program, data, metas)


def pay_token(amount: int = 1_500_000, **changes: Any) -> Instruction:
    """TransferChecked of USDC to the client's associated token account, with something changed."""
    program = changes.get("program", TOKEN)
    mint = changes.get("mint", USDC)
    accounts = [
        meta(changes.get("source", token_account(PAYER, mint, program)), writable=True),
        meta(mint),
        meta(changes.get("to", token_account(CLIENT, mint, program)), writable=True),
        meta(changes.get("authority", PAYER), signer=True),
        *(meta(each) for each in changes.get("more", ())),
    ]
    decimals = changes.get("decimals", 6)
    data = b"\x0c" + amount.to_bytes(8, "little") + bytes([decimals]) + changes.get("data", b"")
    return Instruction(program, data, accounts)


def create_account(owner: Pubkey = CLIENT, **changes: Any) -> Instruction:
    """CreateIdempotent of an owner's USDC account, with something changed."""
    mint, program = changes.get("mint", USDC), changes.get("program", TOKEN)
    accounts = [
        meta(changes.get("funder", PAYER), signer=True, writable=True),
        meta(changes.get("account", token_account(owner, mint, program)), writable=True),
        meta(owner),
        meta(mint),
        meta(changes.get("system", SYSTEM)),
        meta(program),
        *(meta(each) for each in changes.get("more", ())),
    ]
    return Instruction(ASSOCIATED_TOKEN, changes.get("data", b"\x01"), accounts)


def advance(nonce: Pubkey = NONCE, authority: Pubkey = PAYER) -> Instruction:
    params = AdvanceNonceAccountParams(nonce_pubkey=nonce, authorized_pubkey=authority)
    return advance_nonce_account(params)


def memo(text: str | bytes, *signers: Pubkey, program: Pubkey = MEMO) -> Instruction:
    data = text.encode() if isinstance(text, str) else text
    return Instruction(program, data, [meta(each, signer=True) for each in signers])


def budget(limit: int = 100_000, price: int = 20_000) -> tuple[Instruction, Instruction]:
    return set_compute_unit_limit(limit), set_compute_unit_price(price)


def legacy(*instructions: Instruction, payer: Pubkey = PAYER) -> bytes:
    """A legacy message of some instructions."""
    return bytes(Message.new_with_blockhash(list(instructions), payer, BLOCKHASH))


def versioned(*instructions: Instruction, payer: Pubkey = PAYER, tables: Any = ()) -> bytes:
    """A version 0 message of the same."""
    message = MessageV0.try_compile(payer, list(instructions), list(tables), BLOCKHASH)
    return bytes(to_bytes_versioned(message))


decode_with = ROOM.decoder
decoder = decode_with(REGISTERED)


def decode(data: bytes) -> DecodedTransaction:
    """Decode by the registered account, tokens and destination."""
    return decoder(data, None)


def read(*instructions: Instruction) -> DecodedTransaction:
    """Decode a legacy message of some instructions."""
    return decode(legacy(*instructions))


ANYBODY = decode_with(Registered())
"""Whoever pays the fee is taken for the account, since these wallets are not registered."""


def read_as_others_do(data: bytes) -> DecodedTransaction:
    """Decode, and hold the structure against that of another library."""
    ours = parse(data)
    assert serialize(ours) == data
    try:
        theirs = from_bytes_versioned(data)
    except ValueError:
        # The other library refuses, as nodes do, what is only explained here.
        assert {"MALFORMED"} <= rules(ANYBODY(data, None))
    else:
        assert bytes(to_bytes_versioned(theirs)) == data
        assert [bytes(each) for each in theirs.account_keys] == list(ours.keys)
    return ANYBODY(data, None)


def attempt(action: Callable[[bytes], Read], data: bytes) -> Read | DecodeError:
    """Return what was read, or the error that said why not."""
    try:
        return action(data)
    except DecodeError as error:
        return error


def refusals(transaction: DecodedTransaction) -> list[Finding]:
    return [each for each in transaction.findings if each.severity is Severity.REFUSE]


def rules(transaction: DecodedTransaction) -> set[str]:
    return {each.rule for each in refusals(transaction)}


def says(transaction: DecodedTransaction) -> str:
    return "; ".join(each.message for each in transaction.findings)


def facts(transaction: DecodedTransaction) -> dict[str, str]:
    return {each.label: each.value for each in transaction.facts}
