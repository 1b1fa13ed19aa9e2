"""Solana messages to be compiled by solders: payments, and what goes with them."""

from dataclasses import dataclass, field
from hashlib import sha256
from random import Random

import base58
from solders.hash import Hash
from solders.pubkey import Pubkey
from solders.token.associated import get_associated_token_address

from appliance.policy.standing import decoders
from appliance.wire.epochs import SolanaAccount, Token, WhitelistEntry
from appliance.wire.terms import Chain
from tests.agreement import solana_messages as messages
from tests.agreement.solana_messages import Step
from tests.differential.case import Paid

MAX_MESSAGE = 1232 - 65
"""Bytes that fit a packet beside one signature."""
EDGES = (1, 255, 256, 1 << 16, 1 << 32, 10**15, 1 << 63, (1 << 64) - 1)
NETWORKS = ("mainnet", "devnet")


def named(name: str, zeros: int = 0) -> Pubkey:
    return Pubkey(bytes(zeros) + sha256(name.encode()).digest()[zeros:])


@dataclass(frozen=True, slots=True)
class Mint:
    key: Pubkey
    program: Pubkey
    symbol: str
    decimals: int

    def account(self, owner: Pubkey) -> Pubkey:
        """The owner's token account, by solders and by Solana's rule of derived addresses."""
        derived, _ = Pubkey.find_program_address(
            [bytes(owner), bytes(self.program), bytes(self.key)], messages.ASSOCIATED
        )
        assert derived == get_associated_token_address(owner, self.key, self.program)
        return derived


@dataclass(frozen=True, slots=True)
class Wallet:
    account: SolanaAccount
    key: Pubkey
    nonces: tuple[Pubkey, ...]


def _wallet(number: int) -> Wallet:
    key, nonces = named(f"wallet {number}"), (named(f"a {number}"), named(f"b {number}", 2))
    network, texts = NETWORKS[number % 2], tuple(map(str, nonces))
    return Wallet(SolanaAccount(f"sol-{number}", network, str(key), texts), key, nonces)


WALLETS = tuple(map(_wallet, range(4)))
MINTS = tuple(
    Mint(named(f"mint {n}", n % 3), program, f"TOKEN{n}", decimals)
    for n, (program, decimals) in enumerate(
        (program, decimals)
        for program in (messages.TOKEN, messages.TOKEN_2022)
        for decimals in (6, 9, 0, 18)
    )
)
LISTED = tuple(named(f"client {n}", n % 4) for n in range(30))
LISTED_ACCOUNTS = {mint.symbol: mint.account(named(f"hidden {mint.symbol}")) for mint in MINTS}
"""Token accounts that are listed by themselves, while their owners are not."""
DECODER = decoders(
    tuple(each.account for each in WALLETS),
    tuple(
        Token(Chain.SOLANA, network, str(mint.key), mint.symbol, mint.decimals)
        for network in NETWORKS
        for mint in MINTS
    ),
    tuple(
        WhitelistEntry(Chain.SOLANA, network, str(key), f"listed {n}")
        for network in NETWORKS
        for n, key in enumerate((*LISTED, *LISTED_ACCOUNTS.values()))
    ),
)[Chain.SOLANA]


@dataclass(slots=True)
class Draft:
    """A message to be compiled, and what it should be read as."""

    wallet: Wallet
    steps: list[Step] = field(default_factory=list)
    paid: list[Paid] = field(default_factory=list)
    facts: list[tuple[str, str]] = field(default_factory=list)
    nonce: Pubkey | None = None
    version: int | None = None
    blockhash: Hash = field(default_factory=Hash.default)

    @property
    def data(self) -> bytes:
        return messages.compiled(
            *self.steps,
            version=self.version,
            payer=self.wallet.key,
            blockhash=self.blockhash,
        )


def spelled(key: object) -> str:
    return base58.b58encode(bytes(key)).decode()  # type: ignore[call-overload]


def amount(dice: Random) -> int:
    return dice.choice((*EDGES, dice.randrange(1, 1 << 64), dice.randrange(1, 10**9)))


def anybody(dice: Random) -> Pubkey:
    zeros = dice.choice((0, 0, 0, 1, 3, 16))
    return Pubkey(bytes(zeros) + dice.randbytes(31 - zeros) + b"\7")


def pay_coins(dice: Random, draft: Draft) -> None:
    to, lamports = dice.choice((dice.choice(LISTED), anybody(dice))), amount(dice)
    draft.steps.append(messages.coins(to, lamports, draft.wallet.key))
    draft.paid.append(Paid(lamports, spelled(to), "SOL", 9))


def pay_tokens(dice: Random, draft: Draft) -> None:
    """Pay tokens to who is listed or not, whose account is created before or not."""
    mint, units, payer = dice.choice(MINTS), amount(dice), draft.wallet.key
    owner = dice.choice((dice.choice(LISTED), anybody(dice)))
    account, is_created = mint.account(owner), dice.random() < 0.4
    told = owner if is_created or owner in LISTED else account
    if dice.random() < 0.1:
        told, is_created = LISTED_ACCOUNTS[mint.symbol], False
        account = told
    if is_created:
        draft.steps.append(create(dice, draft, mint, owner))
    ours = mint.account(payer)
    step = messages.tokens(
        account, units, mint.key, ours, payer, mint.program, decimals=mint.decimals
    )
    draft.steps.append(step)
    token = spelled(mint.key)
    payment = Paid(units, spelled(told), mint.symbol, mint.decimals, token, spelled(account))
    draft.paid.append(payment)


def create(dice: Random, draft: Draft, mint: Mint, owner: Pubkey) -> Step:
    return messages.create(
        dice.choice((b"", b"\0", b"\1")),
        draft.wallet.key,
        mint.program,
        account=mint.account(owner),
        owner=owner,
        mint=mint.key,
        extra=dice.choice(((), (messages.RENT,))),
    )


def _budget(dice: Random, draft: Draft) -> list[Step]:
    units = dice.choice((0, 1, 200_000, 1_400_000, 2_000_000, dice.randrange(1 << 32)))
    price = dice.choice((0, 1, 4999, 10**6, 1 << 32, (1 << 64) - 1, dice.randrange(10**9)))
    size = dice.choice((1, 64 << 10, dice.randrange(1, 1 << 32)))
    found = []
    for share, step, label, told in (
        (0.5, messages.limit(units), "Compute unit limit", f"{units:,}"),
        (0.6, messages.price(price), "Compute unit price", f"{price:,} micro-lamports"),
        (0.1, messages.loaded(size), "Loaded accounts at the most", f"{size:,} bytes"),
    ):
        if dice.random() < share:
            found.append((step, (label, told)))
    dice.shuffle(found)
    draft.facts += [fact for _, fact in found]
    return [step for step, _ in found]


def _memo(dice: Random, draft: Draft) -> list[Step]:
    if dice.random() < 0.7:
        return []
    text = dice.choice(("order 7", "m" * 127, "m" * 128, f"withdrawal {dice.randrange(10**9)}"))
    draft.facts.append(("Memo", text))
    program, signers = dice.choice(messages.MEMOS), dice.choice((0, 1))
    return [messages.memo(text.encode(), program, signers, draft.wallet.key)]


def drafted(dice: Random) -> Draft:
    """A message that is legal and fits a packet."""
    draft = Draft(dice.choice(WALLETS))
    draft.version, draft.blockhash = dice.choice((None, 0)), Hash(dice.randbytes(32))
    for _ in range(dice.choice((0, 1, 1, 1, 2, 3, 6))):
        dice.choice((pay_coins, pay_tokens))(dice, draft)
    if draft.paid:
        draft.steps = [*_budget(dice, draft), *_memo(dice, draft), *draft.steps]
    if not draft.paid or dice.random() < 0.4:
        draft.nonce = dice.choice(draft.wallet.nonces)
        draft.steps.insert(0, messages.advance(draft.nonce, draft.wallet.key))
    return draft if len(draft.data) <= MAX_MESSAGE else drafted(dice)
