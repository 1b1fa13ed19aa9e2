"""Solana messages in which one thing is illegal, and the rule that must say so."""

from collections.abc import Callable
from random import Random

from solders.address_lookup_table_account import AddressLookupTableAccount
from solders.message import MessageV0, to_bytes_versioned
from solders.pubkey import Pubkey

from appliance.model.rule import Rule
from tests.agreement import solana_messages as messages
from tests.agreement.solana_messages import Step, meta, raw
from tests.differential.case import Case
from tests.differential.solana_draft import MAX_MESSAGE, MINTS, Draft, Mint, anybody, drafted, named

Spoil = Callable[[Random, Draft], Step]
Change = Callable[[Random, Draft], bytes]


def illegal(dice: Random) -> Case:
    what = dice.choice(tuple(ILLEGAL))
    rule, change = ILLEGAL[what]
    while True:
        draft = _plain(dice)
        data = change(dice, draft)
        if len(data) <= MAX_MESSAGE or what == "too much for a packet":
            return Case(what, data, rule)


def _plain(dice: Random) -> Draft:
    """A legal message that pays, and has room for more."""
    while True:
        draft = drafted(dice)
        if draft.paid and len(draft.steps) < 5:
            return draft


def _with(spoil: Spoil) -> Change:
    """One instruction more, anywhere behind a nonce that stands first."""

    def change(dice: Random, draft: Draft) -> bytes:
        at = dice.randrange(1 if draft.nonce else 0, len(draft.steps) + 1)
        draft.steps.insert(at, spoil(dice, draft))
        return draft.data

    return change


def _spoilt(change: Callable[[bytes], bytes]) -> Change:
    return lambda _, draft: change(draft.data)


def _transfer(data: str, *more: Pubkey) -> Spoil:
    """A transfer of coins with other data, or with accounts more."""

    def spoil(dice: Random, draft: Draft) -> Step:
        payer, to = meta(draft.wallet.key, "sw"), meta(anybody(dice), "w")
        return raw(messages.SYSTEM, data, payer, to, *map(meta, more))

    return spoil


def _tokens(
    *,
    mint: Callable[[Random], Mint] = lambda dice: dice.choice(MINTS),
    units: int = 7,
    of: Pubkey | None = None,
    more_decimals: int = 0,
    extra: bool = False,
) -> Spoil:
    """A transfer of tokens with one thing wrong."""

    def spoil(dice: Random, draft: Draft) -> Step:
        chosen, payer = mint(dice), draft.wallet.key
        return messages.tokens(
            chosen.account(anybody(dice)),
            units,
            chosen.key,
            of or chosen.account(payer),
            payer,
            chosen.program,
            (meta(anybody(dice)),) if extra else (),
            chosen.decimals + more_decimals,
        )

    return spoil


def _unpinned(dice: Random) -> Mint:
    return Mint(anybody(dice), messages.TOKEN, "NONE", 6)


def _create(*, account: bool = False, program: bool = False) -> Spoil:
    """The creation of a token account: one that nobody is paid in, or with one thing wrong."""

    def spoil(dice: Random, draft: Draft) -> Step:
        mint, owner = dice.choice(MINTS), anybody(dice)
        return messages.create(
            payer=draft.wallet.key,
            program=anybody(dice) if program else mint.program,
            account=anybody(dice) if account else mint.account(owner),
            owner=draft.wallet.key if account else owner,
            mint=mint.key,
        )

    return spoil


def _operation(program: Pubkey, *tags: str) -> Spoil:
    """Any other instruction of a known program, over our own token account."""

    def spoil(dice: Random, draft: Draft) -> Step:
        ours = dice.choice(MINTS).account(draft.wallet.key)
        accounts = (meta(ours, "w"), meta(anybody(dice), "w"), meta(draft.wallet.key, "s"))
        return raw(program, dice.choice(tags), *accounts)

    return spoil


def _advance(nonce: Pubkey | None = None, authority: Pubkey | None = None) -> Change:
    """A nonce advanced first, of an account or by an authority that is not ours."""

    def change(dice: Random, draft: Draft) -> bytes:
        wallet = draft.wallet
        step = messages.advance(nonce or wallet.nonces[0], authority or wallet.key)
        draft.steps = [step, *draft.steps[1 if draft.nonce else 0 :]]
        return draft.data

    return change


def _late(dice: Random, draft: Draft) -> Step:
    if not draft.nonce:
        draft.steps.insert(0, messages.advance(draft.wallet.nonces[0], draft.wallet.key))
    return messages.advance(draft.wallet.nonces[1], draft.wallet.key)


def _foreign_payer(dice: Random, draft: Draft) -> bytes:
    data, stranger = draft.data, bytes(anybody(dice))
    return data.replace(bytes(draft.wallet.key), stranger)


def _from_a_table(dice: Random, draft: Draft) -> bytes:
    to = anybody(dice)
    table = AddressLookupTableAccount(anybody(dice), [to])
    listed = [messages.coins(to, 5, draft.wallet.key).instruction]
    built = MessageV0.try_compile(draft.wallet.key, listed, [table], draft.blockhash)
    return bytes(to_bytes_versioned(built))


def _memo_alone(dice: Random, draft: Draft) -> bytes:
    draft.steps = [messages.memo(b"I agree", payer=draft.wallet.key)]
    return draft.data


def _twice(step: Callable[[int], Step]) -> Change:
    """A setting of the compute budget that stands twice; the message's own are left out."""

    def change(dice: Random, draft: Draft) -> bytes:
        kept = [each for each in draft.steps if each.instruction.program_id != messages.BUDGET]
        draft.steps = [*kept, step(dice.randrange(10**6)), step(dice.randrange(10**6))]
        return draft.data

    return change


def _too_much(dice: Random, draft: Draft) -> bytes:
    while len(draft.data) <= MAX_MESSAGE:
        draft.steps.append(messages.coins(anybody(dice), 5, draft.wallet.key))
    return draft.data


STRANGER = named("stranger")
FORBIDDEN = Rule.OPERATION_FORBIDDEN
ILLEGAL: dict[str, tuple[Rule, Change]] = {
    "an unknown program": (
        FORBIDDEN,
        _with(lambda dice, draft: raw(anybody(dice), "00", meta(draft.wallet.key, "sw"))),
    ),
    "another token instruction": (
        FORBIDDEN,
        _with(
            _operation(messages.TOKEN, "09", "04" + "01" * 8, "060201" + "77" * 32, "03" + "01" * 8)
        ),
    ),
    "another system instruction": (
        FORBIDDEN,
        _with(_operation(messages.SYSTEM, "05000000" + "01" * 8, "07000000" + "77" * 32)),
    ),
    "a heap": (FORBIDDEN, _with(lambda *_: raw(messages.BUDGET, "0100800000"))),
    "two limits": (FORBIDDEN, _twice(messages.limit)),
    "two prices": (FORBIDDEN, _twice(messages.price)),
    "coins with more data": (FORBIDDEN, _with(_transfer("02000000" + "01" * 9))),
    "coins with more accounts": (FORBIDDEN, _with(_transfer("02000000" + "01" * 8, STRANGER))),
    "tokens through a hook": (FORBIDDEN, _with(_tokens(extra=True))),
    "an account of another program": (FORBIDDEN, _with(_create(program=True))),
    "coins of another": (
        Rule.SIGNER_NOT_OURS,
        _with(lambda dice, _: messages.coins(anybody(dice), 5, anybody(dice))),
    ),
    "another pays the fee": (Rule.SIGNER_NOT_OURS, _foreign_payer),
    "an unpinned token": (Rule.TOKEN_UNKNOWN, _with(_tokens(mint=_unpinned))),
    "other decimals": (Rule.TOKEN_DECIMALS, _with(_tokens(more_decimals=1))),
    "tokens of another account": (Rule.TOKEN_ACCOUNT, _with(_tokens(of=STRANGER))),
    "an account for nobody": (Rule.TOKEN_ACCOUNT, _with(_create())),
    "an account that is not derived": (Rule.TOKEN_ACCOUNT, _with(_create(account=True))),
    "another nonce": (Rule.NONCE_ACCOUNT, _advance(nonce=STRANGER)),
    "another authority": (Rule.NONCE_ACCOUNT, _advance(authority=STRANGER)),
    "a nonce not first": (Rule.NONCE_ACCOUNT, _with(_late)),
    "no coins": (Rule.TRANSFER_ZERO, _with(_transfer("02000000" + "00" * 8))),
    "no tokens": (Rule.TRANSFER_ZERO, _with(_tokens(units=0))),
    "a lookup table": (Rule.LOOKUP_TABLE, _from_a_table),
    "a memo alone": (Rule.MESSAGE_FORBIDDEN, _memo_alone),
    "too much for a packet": (Rule.UNSUPPORTED, _too_much),
    "a byte too many": (Rule.MALFORMED, _spoilt(lambda data: data + b"\0")),
    "a byte too few": (Rule.MALFORMED, _spoilt(lambda data: data[:-1])),
    "nobody signs": (
        Rule.MALFORMED,
        _spoilt(lambda data: b"\x80\0" + data[2:] if data[0] == 0x80 else b"\0" + data[1:]),
    ),
}
"""What makes a message illegal, and the rule that must say so."""
