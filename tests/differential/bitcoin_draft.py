"""PSBTs to be written: coins of one wallet, payments of every kind, fields in any order."""

from dataclasses import dataclass, field
from functools import cache
from random import Random

from embit import compact
from embit.script import Script, Witness
from embit.transaction import Transaction, TransactionInput, TransactionOutput

from tests.agreement.bitcoin_corpus import Pairs, le, write
from tests.differential.bitcoin_outputs import amount, destination, message
from tests.differential.bitcoin_wallets import CHANGE, WALLETS, Place, Wallet

MAX_MONEY = 21_000_000 * 100_000_000
TIME = 500_000_000
"""Locktimes from here on are times."""
POOL, NEW_SHARE = 60, 0.125
"""Coins of a wallet that are kept, since embit is slow; and the share of those made anew."""
SEQUENCES = (0xFFFFFFFF, 0xFFFFFFFE, 0xFFFFFFFD, 0, 1, 144, 1 << 22 | 7, 1 << 31)
PROPRIETARY = (b"\xfc\x01a\x00", b"x")


@dataclass(frozen=True, slots=True)
class Coin:
    """An output to spend: the transaction that made it, in bytes, and where in it."""

    place: Place
    previous: bytes
    txid: bytes
    index: int
    amount: int

    @property
    def output(self) -> bytes:
        return bytes(TransactionOutput(self.amount, Script(self.place.script)).serialize())


@dataclass(slots=True)
class Spend:
    """A coin that is spent; `type` is the signature's, `demands` are locktimes (BIP-370)."""

    coin: Coin
    sequence: int
    pairs: list[tuple[bytes, bytes]]
    type: int
    demands: dict[bytes, int] = field(default_factory=dict)


@dataclass(slots=True)
class Output:
    """What is paid, and to which address of ours, if any."""

    script: bytes
    amount: int
    place: Place | None = None
    pairs: list[tuple[bytes, bytes]] = field(default_factory=list)


@dataclass(slots=True)
class Draft:
    """`locktime` is what the transaction has, however a PSBT of version 2 comes to it."""

    wallet: Wallet
    spends: list[Spend]
    outputs: list[Output]
    version: int
    locktime: int
    psbt_version: int
    pairs: list[tuple[bytes, bytes]] = field(default_factory=list)

    @property
    def maps(self) -> list[list[tuple[bytes, bytes]]]:
        """The fields of the whole, of each input, of each output."""
        return [
            self.pairs,
            *(each.pairs for each in self.spends),
            *(each.pairs for each in self.outputs),
        ]

    def transaction(self) -> Transaction:
        spent = [
            TransactionInput(each.coin.txid, each.coin.index, Script(b""), each.sequence)
            for each in self.spends
        ]
        paid = [TransactionOutput(each.amount, Script(each.script)) for each in self.outputs]
        return Transaction(self.version, spent, paid, self.locktime)

    def psbt(self, dice: Random, transaction: Transaction) -> bytes:
        whole = self._version_2() if self.psbt_version else self._version_0(transaction)
        return write(*(_shuffled(dice, pairs) for pairs in whole))

    def _version_0(self, transaction: Transaction) -> list[Pairs]:
        first = ((b"\x00", bytes(transaction.serialize())), *self.pairs)
        return [first, *map(tuple, self.maps[1:])]

    def _version_2(self) -> list[Pairs]:
        demanding = any(each.demands for each in self.spends)
        locktime = () if demanding or not self.locktime else ((b"\x03", le(self.locktime)),)
        first: Pairs = (
            (b"\x02", le(self.version)),
            *locktime,
            (b"\x04", bytes(compact.to_bytes(len(self.spends)))),
            (b"\x05", bytes(compact.to_bytes(len(self.outputs)))),
            (b"\xfb", le(2)),
            *self.pairs,
        )
        outputs = (
            (*each.pairs, (b"\x03", le(each.amount, 8)), (b"\x04", each.script))
            for each in self.outputs
        )
        return [first, *map(_spent_in_version_2, self.spends), *outputs]


def _spent_in_version_2(spend: Spend) -> Pairs:
    is_final = spend.sequence == 0xFFFFFFFF
    return (
        *spend.pairs,
        (b"\x0e", spend.coin.txid[::-1]),
        (b"\x0f", le(spend.coin.index)),
        *(() if is_final else ((b"\x10", le(spend.sequence)),)),
        *((name, le(value)) for name, value in spend.demands.items()),
    )


def _shuffled(dice: Random, pairs: Pairs) -> Pairs:
    return tuple(dice.sample(pairs, len(pairs)))


def drafted(dice: Random, wallet: Wallet | None = None) -> Draft:
    """A legal PSBT of one wallet."""
    wallet = wallet or dice.choice(WALLETS)
    psbt_version = dice.choice((0, 2))
    chosen = {(each.txid, each.index): each for each in _coins(dice, wallet)}
    spends = [_spend(dice, each) for each in chosen.values()]
    draft = Draft(
        wallet,
        spends,
        _outputs(dice, wallet, sum(each.coin.amount for each in spends)),
        version=2 if psbt_version else dice.choice((1, 2)),
        locktime=dice.choice((0, 0, 1, 800_000, TIME - 1, TIME, 2**32 - 1, dice.getrandbits(32))),
        psbt_version=psbt_version,
    )
    _demand(dice, draft)
    _describe(dice, draft)
    return draft


def _demand(dice: Random, draft: Draft) -> None:
    """Let some inputs of version 2 demand a locktime, all of one kind, some of both."""
    if not draft.psbt_version or dice.random() > 0.2:
        return
    name, least, end = dice.choice(((b"\x12", 1, TIME), (b"\x11", TIME, 2**32)))
    demanding = dice.sample(draft.spends, dice.randrange(1, len(draft.spends) + 1))
    for each in demanding:
        each.demands[name] = dice.randrange(least, end)
    # a height goes before a time where both would do
    if name == b"\x12" and dice.random() < 0.5:
        demanding[0].demands[b"\x11"] = dice.randrange(TIME, 2**32)
    draft.locktime = max(each.demands[name] for each in demanding)


def _describe(dice: Random, draft: Draft) -> None:
    if dice.random() < 0.2:
        draft.pairs.append(dice.choice((PROPRIETARY, draft.wallet.extended_key)))
    if not draft.psbt_version and dice.random() < 0.2:
        draft.pairs.append((b"\xfb", le(0)))
    if dice.random() < 0.1:
        dice.choice(draft.maps[1:]).append(PROPRIETARY)


def _coins(dice: Random, wallet: Wallet) -> list[Coin]:
    rare = dice.random() < 0.0005
    count = dice.choice((252, 253, 300)) if rare else dice.choice((1, 1, 1, 2, 2, 3, 5, 8))
    most = MAX_MONEY // count
    return [_coin(dice, wallet, most) for _ in range(count)]


def _coin(dice: Random, wallet: Wallet, most: int) -> Coin:
    """A coin from the pool of the wallet, or a new one where the dice say so."""
    if dice.random() < NEW_SHARE:
        return make_coin(dice, dice.choice(wallet.places), most)
    return dice.choice([each for each in _pool(wallet) if each.amount <= most])


@cache
def _pool(wallet: Wallet) -> tuple[Coin, ...]:
    """The same coins whenever they are asked for, so that a seed gives the same cases."""
    dice = Random(wallet.account.name)
    return tuple(make_coin(dice, dice.choice(wallet.places)) for _ in range(POOL))


def make_coin(dice: Random, place: Place, most: int = MAX_MONEY) -> Coin:
    """Fund an address, in a transaction of any shape."""
    money = amount(dice, min(most, MAX_MONEY - 10**10))
    paid = [
        TransactionOutput(amount(dice, 10**9), Script(destination(dice)))
        for _ in range(dice.choice((1, 1, 2, 3, 4)))
    ]
    index = dice.randrange(len(paid))
    paid[index] = TransactionOutput(money, Script(place.script))
    spent = []
    for _ in range(dice.choice((1, 1, 2, 3))):
        signed = dice.choice((b"", b"\x51", dice.randbytes(106)))
        each = TransactionInput(
            dice.randbytes(32), dice.randrange(4), Script(signed), dice.choice(SEQUENCES)
        )
        items = [dice.randbytes(dice.choice((0, 33, 71, 253))) for _ in range(dice.choice((0, 2)))]
        each.witness = Witness(items)
        spent.append(each)
    made = Transaction(dice.choice((1, 2)), spent, paid, dice.choice((0, 800_000)))
    return Coin(place, bytes(made.serialize()), bytes(made.txid()), index, money)


def _spend(dice: Random, coin: Coin) -> Spend:
    place, pairs = coin.place, []
    proofs = [(b"\x00", coin.previous), (b"\x01", coin.output)]
    sighash_type = 1
    if place.is_taproot:
        pairs += dice.choice((proofs, proofs[:1], proofs[1:]))
        sighash_type = dice.choice((0, 0, 1))
    else:
        pairs += proofs[:1] if place.form == "legacy" else dice.choice((proofs, proofs[:1]))
    if dice.random() < 0.3 or (place.is_taproot and sighash_type):
        pairs.append((b"\x03", le(sighash_type)))
    pairs += claims(dice, place, (b"\x04", b"\x05", b"\x06", b"\x16", b"\x17"))
    return Spend(coin, dice.choice((*SEQUENCES, dice.getrandbits(32))), pairs, sighash_type)


def claims(dice: Random, place: Place, types: tuple[bytes, ...]) -> list[tuple[bytes, bytes]]:
    """Some of what a PSBT may say about an address of ours."""
    redeem, witness, derivation, taproot_derivation, internal_key = types
    possible = [(redeem, place.redeem_script), (witness, place.witness_script)]
    for key in place.keys:
        stated = dice.choice(key.stated)
        if place.is_taproot:
            possible.append((taproot_derivation + key.public_key[1:], b"\0" + stated))
            possible.append((internal_key, key.public_key[1:]))
        else:
            possible.append((derivation + key.public_key, stated))
    share = dice.choice((0, 0.5, 1, 1))
    said = [(name, value) for name, value in possible if value and dice.random() < share]
    # a witness script belongs to what stands before it: without that, nothing commits to it
    if place.redeem_script and (witness, place.witness_script) in said:
        said = [*(each for each in said if each[0] != redeem), (redeem, place.redeem_script)]
    return said


def _outputs(dice: Random, wallet: Wallet, total: int) -> list[Output]:
    """Payments and change within what there is, the rest being the fee."""
    rare = dice.random() < 0.0005
    count = dice.choice((252, 253, 300)) if rare else dice.choice((1, 2, 2, 2, 3, 5, 9))
    outputs: list[Output] = []
    for _ in range(min(count, total)):
        left = total - (count - len(outputs) - 1)
        output = _output(dice, wallet, amount(dice, max(left // 2, 1)))
        total -= output.amount
        outputs.append(output)
    outputs[-1].amount += dice.choice((0, total, total // 2)) if total else 0
    if dice.random() < 0.1:
        outputs.insert(dice.randrange(len(outputs) + 1), Output(message(dice), 0))
    dice.shuffle(outputs)
    return outputs


def _output(dice: Random, wallet: Wallet, money: int) -> Output:
    kind = dice.random()
    if kind < 0.6:
        return Output(destination(dice), money)
    payee = wallet if kind < 0.95 else dice.choice(WALLETS)
    place = dice.choice(payee.change if kind < 0.9 else payee.receive)
    types = (b"\x00", b"\x01", b"\x02", b"\x07", b"\x05")
    return Output(place.script, money, place, claims(dice, place, types))


def is_change(output: Output, wallet: Wallet) -> bool:
    place = output.place
    return place is not None and place.branch == CHANGE and place.account == wallet.account.name
