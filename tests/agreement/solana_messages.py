"""Solana messages: instructions with what they should be read as, and what must be refused."""

from dataclasses import dataclass, field

from solders import compute_budget as budget
from solders import system_program as system
from solders.address_lookup_table_account import AddressLookupTableAccount
from solders.hash import Hash
from solders.instruction import AccountMeta, Instruction
from solders.message import Message, MessageV0, to_bytes_versioned
from solders.pubkey import Pubkey
from solders.token.associated import get_associated_token_address

from appliance.model.testimony import Payment

SYSTEM = Pubkey.default()
TOKEN = Pubkey.from_string("TokenkegQfeZyiNwAJbNbGKPFXCWuBvf9Ss623VQ5DA")
TOKEN_2022 = Pubkey.from_string("TokenzQdBNbLqP5VEhdkAS6EPFLC1PHnBqCXEpPxuEb")
ASSOCIATED = Pubkey.from_string("ATokenGPvbdGVxr1b2hvZbsiqW5xWH25efTNsLJA8knL")
BUDGET = Pubkey.from_string("ComputeBudget111111111111111111111111111111")
MEMOS = (
    Pubkey.from_string("Memo1UhkJRfHyvLMcVucJwxXeuD728EqVDDwQDxFMNo"),
    Pubkey.from_string("MemoSq4gqABAXKb96qnH8TysNcWxMyWCqXgDLGmfcHr"),
)
RENT = Pubkey.from_string("SysvarRent111111111111111111111111111111111")
BLOCKHASHES = Pubkey.from_string("SysvarRecentB1ockHashes11111111111111111111")
PAYER, CLIENT, MINT, NONCE, OTHER = (Pubkey(bytes([9, n] * 16)) for n in range(5))
OURS, THEIRS = (get_associated_token_address(owner, MINT, TOKEN) for owner in (PAYER, CLIENT))
BLOCKHASH = Hash(bytes(range(32)))


@dataclass(frozen=True, slots=True)
class Step:
    """An instruction, and what it should make the reader state."""

    instruction: Instruction
    payments: tuple[Payment, ...] = ()
    budget: dict[str, int] = field(default_factory=dict)
    calls: int = 1
    nonce: Pubkey | None = None


def meta(key: Pubkey, what: str = "") -> AccountMeta:
    return AccountMeta(key, "s" in what, "w" in what)


def coins(to: Pubkey = CLIENT, amount: int = 25, payer: Pubkey = PAYER) -> Step:
    parameters = system.TransferParams(from_pubkey=payer, to_pubkey=to, lamports=amount)
    return Step(system.transfer(parameters), (Payment("", amount, str(to)),))


def tokens(  # noqa: PLR0917  every part of a token transfer varies
    to: Pubkey = THEIRS,
    amount: int = 7,
    mint: Pubkey = MINT,
    source: Pubkey = OURS,
    payer: Pubkey = PAYER,
    program: Pubkey = TOKEN,
    extra: tuple[AccountMeta, ...] = (),
    decimals: int = 6,
) -> Step:
    data = b"\x0c" + amount.to_bytes(8, "little") + bytes([decimals])
    accounts = [meta(source, "w"), meta(mint), meta(to, "w"), meta(payer, "s"), *extra]
    payment = Payment(str(mint), amount, str(to))
    return Step(Instruction(program, data, accounts), (payment,))


def create(  # noqa: PLR0917  as above
    data: bytes = b"\1",
    payer: Pubkey = PAYER,
    program: Pubkey = TOKEN,
    under: Pubkey = SYSTEM,
    account: Pubkey = THEIRS,
    owner: Pubkey = CLIENT,
    mint: Pubkey = MINT,
    extra: tuple[Pubkey, ...] = (),
) -> Step:
    accounts = [meta(payer, "sw"), meta(account, "w"), meta(owner)]
    others = map(meta, (mint, under, program, *extra))
    return Step(Instruction(ASSOCIATED, data, [*accounts, *others]))


def memo(
    text: bytes = b"hello",
    program: Pubkey = MEMOS[1],
    signers: int = 1,
    payer: Pubkey = PAYER,
) -> Step:
    return Step(Instruction(program, text, [meta(payer, "s")] * signers))


def advance(nonce: Pubkey = NONCE, authority: Pubkey = PAYER) -> Step:
    parameters = system.AdvanceNonceAccountParams(nonce_pubkey=nonce, authorized_pubkey=authority)
    return Step(system.advance_nonce_account(parameters), nonce=nonce)


def limit(units: int) -> Step:
    return Step(budget.set_compute_unit_limit(units), budget={"limit": units}, calls=0)


def price(micro: int) -> Step:
    return Step(budget.set_compute_unit_price(micro), budget={"price": micro}, calls=0)


def loaded(size: int) -> Step:
    return Step(budget.set_loaded_accounts_data_size_limit(size), calls=0)


def compiled(
    *steps: Step,
    version: int | None = None,
    payer: Pubkey = PAYER,
    blockhash: Hash = BLOCKHASH,
) -> bytes:
    listed = [step.instruction for step in steps]
    built = (
        Message.new_with_blockhash(listed, payer, blockhash)
        if version is None
        else MessageV0.try_compile(payer, listed, [], blockhash)
    )
    return bytes(to_bytes_versioned(built))


def raw(program: Pubkey, data: str, *accounts: AccountMeta) -> Step:
    return Step(Instruction(program, bytes.fromhex(data), list(accounts)))


WE, IT, AT = meta(PAYER, "sw"), meta(OURS, "w"), meta(NONCE, "w")
UNSUPPORTED: dict[str, tuple[Step, ...]] = {
    "nothing to do": (),
    "an unknown program": (coins(), raw(OTHER, "00", WE)),
    "coins of one who does not sign": (
        coins(),
        raw(SYSTEM, "02000000" + "01" * 8, IT, meta(CLIENT, "w")),
    ),
    "tokens of one who does not sign": (
        raw(TOKEN, "0c" + "01" * 8 + "06", IT, meta(MINT), meta(THEIRS, "w"), meta(CLIENT)),
    ),
    "an account paid by one who does not sign": (
        coins(),
        raw(
            ASSOCIATED,
            "01",
            meta(CLIENT, "w"),
            meta(THEIRS, "w"),
            meta(CLIENT),
            meta(MINT),
            meta(SYSTEM),
            meta(TOKEN),
        ),
    ),
    "coins of another signer": (coins(payer=OTHER),),
    "tokens of another signer": (coins(), tokens(payer=OTHER)),
    "an account paid by another signer": (coins(), create(payer=OTHER)),
    "an account of another program": (coins(), create(program=OTHER)),
    "an account under another system": (coins(), create(under=OTHER)),
    "an account with more accounts": (coins(), create(extra=(OTHER,))),
    "a nested recovery": (coins(), create(data=b"\2")),
    "creation with more data": (coins(), create(data=b"\1\0")),
    "a nonce advanced second": (coins(), advance()),
    "two nonces": (advance(), advance(OTHER)),
    "a nonce without the sysvar": (raw(SYSTEM, "04000000", AT, meta(CLIENT), WE), coins()),
    "a nonce of no signer": (
        raw(SYSTEM, "04000000", AT, meta(BLOCKHASHES), meta(OTHER)),
        coins(),
    ),
    "a nonce with more data": (raw(SYSTEM, "0400000000", AT, meta(BLOCKHASHES), WE),),
    "assign": (raw(SYSTEM, "01000000" + "77" * 32, WE),),
    "create account": (raw(SYSTEM, "00000000" + "01" * 16 + "77" * 32, WE, meta(OTHER, "sw")),),
    "withdraw a nonce": (raw(SYSTEM, "05000000" + "01" * 8, IT, meta(OTHER, "w"), WE),),
    "authorise a nonce": (raw(SYSTEM, "07000000" + "77" * 32, IT, WE),),
    "coins with a wide tag": (raw(SYSTEM, "02010000" + "01" * 8, WE, IT),),
    "coins with more data": (raw(SYSTEM, "02000000" + "01" * 9, WE, IT),),
    "coins with less data": (raw(SYSTEM, "02000000" + "01" * 7, WE, IT),),
    "coins with a third account": (raw(SYSTEM, "02000000" + "01" * 8, WE, IT, IT),),
    "tokens unchecked": (raw(TOKEN, "03" + "01" * 8, IT, meta(THEIRS, "w"), meta(PAYER, "s")),),
    "tokens by many signers": (tokens(extra=(meta(OTHER, "s"),)),),
    "tokens through a hook": (tokens(program=TOKEN_2022, extra=(meta(OTHER),)),),
    "tokens with a fee": (
        raw(TOKEN_2022, "1a01" + "01" * 8 + "06" + "00" * 8, IT, meta(MINT), IT, WE),
    ),
    "tokens with more data": (raw(TOKEN, "0c" + "01" * 10, IT, meta(MINT), IT, WE),),
    "approve": (raw(TOKEN, "04" + "01" * 8, IT, meta(OTHER), WE),),
    "set authority": (raw(TOKEN, "060201" + "77" * 32, IT, WE),),
    "close account": (raw(TOKEN, "09", IT, meta(OTHER, "w"), WE),),
    "burn": (raw(TOKEN, "0f" + "01" * 9, IT, meta(MINT, "w"), WE),),
    "a heap": (coins(), raw(BUDGET, "0100800000")),
    "units asked for the old way": (coins(), raw(BUDGET, "00" + "01" * 8)),
    "two limits": (coins(), limit(1), limit(2)),
    "two prices": (coins(), price(1), price(2)),
    "two sizes": (coins(), loaded(1), loaded(2)),
    "a budget with accounts": (coins(), raw(BUDGET, "0200000001", IT)),
    "a budget with more data": (coins(), raw(BUDGET, "020000000101")),
    "a price of four bytes": (coins(), raw(BUDGET, "0300000001")),
    "a memo by one who does not sign": (coins(), raw(MEMOS[1], "41", meta(OTHER))),
}
# what nodes would not run, and only the second reader objects to
HELD_FAST: dict[str, Step] = {
    "coins to an account held fast": raw(SYSTEM, "02000000" + "01" * 8, WE, meta(CLIENT)),
    "tokens to an account held fast": raw(TOKEN, "0c" + "01" * 9, IT, meta(MINT), meta(THEIRS), WE),
    "an account created although it is held fast": raw(
        ASSOCIATED, "01", WE, meta(THEIRS), meta(CLIENT), meta(MINT), meta(SYSTEM), meta(TOKEN)
    ),
    "tokens from an account held fast": raw(
        TOKEN, "0c" + "01" * 9, meta(OURS), meta(MINT), meta(THEIRS, "w"), WE
    ),
}


def from_a_table() -> bytes:
    """A message that takes its destination from a lookup table."""
    table = AddressLookupTableAccount(OTHER, [CLIENT])
    built = MessageV0.try_compile(PAYER, [coins().instruction], [table], BLOCKHASH)
    assert built.address_table_lookups
    return bytes(to_bytes_versioned(built))


LEGACY, V0 = compiled(coins()), compiled(coins(), version=0)
TABLE = 4 + 3 * 32
MALFORMED: dict[str, bytes] = {
    "nothing": b"",
    "only a version": b"\x80",
    "a byte after the last": LEGACY + b"\0",
    "a byte after the last table": V0 + b"\0",
    "no count of tables": V0[:-1],
    "no signer": b"\0" + LEGACY[1:],
    "a fee payer who cannot pay": b"\1\1" + LEGACY[2:],
    "more signers than accounts": b"\4" + LEGACY[1:],
    "more accounts held fast than there are": LEGACY[:2] + b"\3" + LEGACY[3:],
    "no accounts": LEGACY[:3] + b"\0" + LEGACY[4:],
    "an account repeated": LEGACY[:36] + LEGACY[4:36] + LEGACY[68:],
    "a destination repeated": compiled(coins(), coins(OTHER)).replace(bytes(OTHER), bytes(CLIENT)),
    "more read-only signers than signers": b"\1\2" + LEGACY[2:],
    "a padded count of accounts": LEGACY[:3] + b"\x83\0" + LEGACY[4:],
    "a count of accounts over 16 bits": LEGACY[:3] + b"\x83\x80\x04" + LEGACY[4:],
    "a count of four bytes": LEGACY[:3] + b"\x83\x80\x80\x01" + LEGACY[4:],
    "257 accounts": LEGACY[:3]
    + b"\x81\x02"
    + b"".join(n.to_bytes(32) for n in range(257))
    + LEGACY[TABLE:],
    "the fee payer as a program": LEGACY[: TABLE + 33] + b"\0" + LEGACY[TABLE + 34 :],
    "a program that is not there": LEGACY[: TABLE + 33] + b"\3" + LEGACY[TABLE + 34 :],
    "an account that is not there": LEGACY[: TABLE + 36] + b"\3" + LEGACY[TABLE + 37 :],
    "more instructions than there are": LEGACY[: TABLE + 32] + b"\2" + LEGACY[TABLE + 33 :],
    "data beyond the end": LEGACY[: TABLE + 37] + b"\x0d" + LEGACY[TABLE + 38 :],
}


# a table that is named although nothing in it is used
UNUSED_TABLE = V0[:-1] + b"\1" + bytes(OTHER) + b"\1\0\0"
