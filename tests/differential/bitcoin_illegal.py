"""PSBTs in which one thing is illegal, and the rule that must say so."""

from collections.abc import Callable
from dataclasses import replace
from random import Random

from coincurve import PrivateKey

from appliance.model.rule import Rule
from tests.agreement.bitcoin_corpus import le
from tests.differential.bitcoin_draft import (
    MAX_MONEY,
    Coin,
    Draft,
    Output,
    drafted,
    make_coin,
)
from tests.differential.bitcoin_outputs import destination
from tests.differential.bitcoin_wallets import FORMS, WALLETS
from tests.differential.case import Case

Change = Callable[[Random, Draft], None]
STRANGER = PrivateKey(b"\x77" * 32)
UNPAYABLE = (
    b"",
    b"\x51",
    b"\x51\x02\x4e\x73",
    b"\x52\x20" + bytes(32),
    b"\x00\x15" + bytes(21),
    b"\x51\x20" + b"\xff" * 32,
    b"\x21" + STRANGER.public_key.format() + b"\xac",
    b"\x6a",
)


def illegal(dice: Random) -> Case:
    what = dice.choice((*ILLEGAL, *SPOILT))
    draft = _suitable(dice, what)
    if what in SPOILT:
        data = draft.psbt(dice, draft.transaction())
        return Case(what, SPOILT[what](data), Rule.MALFORMED)
    rule, change = ILLEGAL[what]
    change(dice, draft)
    return Case(what, draft.psbt(dice, draft.transaction()), rule)


def _suitable(dice: Random, what: str) -> Draft:
    """A legal PSBT in which this can be made illegal."""
    while True:
        draft = drafted(dice)
        form = draft.wallet.account.name.partition("-")[0]
        total = sum(each.coin.amount for each in draft.spends)
        fits = form in KINDS.get(what, FORMS) and draft.psbt_version in VERSIONS.get(what, (0, 2))
        if fits and len(draft.spends) < 10 and total < MAX_MONEY:
            return draft


def _set(pairs: list[tuple[bytes, bytes]], name: bytes, value: bytes | None) -> None:
    """Let a field have this value alone, or none."""
    pairs[:] = [each for each in pairs if each[0] != name]
    if value is not None:
        pairs.append((name, value))


def _payment(dice: Random, draft: Draft) -> Output:
    return dice.choice([each for each in draft.outputs if each.amount])


def _input_field(name: bytes, *values: bytes | None) -> Change:
    return lambda dice, draft: _set(dice.choice(draft.spends).pairs, name, dice.choice(values))


def _global_field(name: bytes, *values: bytes) -> Change:
    return lambda dice, draft: draft.pairs.append((name, dice.choice(values)))


def _foreign_change(dice: Random, draft: Draft) -> None:
    """Somebody's address with the keys of one of ours."""
    output, place = _payment(dice, draft), dice.choice(draft.wallet.change)
    output.script = destination(dice)
    key = dice.choice(place.keys)
    if place.is_taproot:
        output.pairs = [(b"\x07" + key.public_key[1:], b"\0" + key.stated[0])]
    else:
        output.pairs = [(b"\x02" + key.public_key, key.stated[0])]


def _misplaced_change(dice: Random, draft: Draft) -> None:
    """Our own address, said to be of another master key or at another path."""
    output, place = _payment(dice, draft), dice.choice(draft.wallet.change)
    output.script, key = place.script, dice.choice(place.keys)
    spoilt = bytearray(key.stated[0])
    spoilt[dice.randrange(len(spoilt))] ^= 1
    stated = bytes(spoilt)
    if place.is_taproot:
        output.pairs = [(b"\x07" + key.public_key[1:], b"\0" + stated)]
    else:
        output.pairs = [(b"\x02" + key.public_key, stated)]


def _false_script(dice: Random, draft: Draft) -> None:
    _set(_payment(dice, draft).pairs, dice.choice((b"\x00", b"\x01")), dice.randbytes(30))


def _only_claimed(dice: Random, draft: Draft) -> None:
    spend = dice.choice(draft.spends)
    _set(spend.pairs, b"\x00", None)
    _set(spend.pairs, b"\x01", spend.coin.output)


def _other_amount(dice: Random, draft: Draft) -> None:
    spend = dice.choice(draft.spends)
    other = replace(spend.coin, amount=spend.coin.amount + dice.choice((-1, 1)))
    _set(spend.pairs, b"\x00", spend.coin.previous)
    _set(spend.pairs, b"\x01", other.output)


def _other_funding(dice: Random, draft: Draft) -> None:
    spend = dice.choice(draft.spends)
    _set(spend.pairs, b"\x00", make_coin(dice, spend.coin.place).previous)


def _foreign_coin(dice: Random, draft: Draft) -> None:
    spend = dice.choice(draft.spends)
    place = replace(spend.coin.place, script=destination(dice))
    _spend_instead(draft, draft.spends.index(spend), make_coin(dice, place, spend.coin.amount))


def _spend_instead(draft: Draft, index: int, coin: Coin) -> None:
    spend = replace(draft.spends[index], coin=coin, pairs=[(b"\x00", coin.previous)])
    draft.spends[index] = spend


def _two_wallets(dice: Random, draft: Draft) -> None:
    others = [each for each in WALLETS if each.account.name != draft.wallet.account.name]
    coin = make_coin(dice, dice.choice(dice.choice(others).places), 10**9)
    draft.spends.append(draft.spends[0])
    _spend_instead(draft, len(draft.spends) - 1, coin)


def _same_coin(dice: Random, draft: Draft) -> None:
    draft.spends.append(dice.choice(draft.spends))


def _worth_more(dice: Random, draft: Draft) -> None:
    output = _payment(dice, draft)
    total = sum(each.coin.amount for each in draft.spends)
    output.amount += total - sum(each.amount for each in draft.outputs) + 1


def _too_much(dice: Random, draft: Draft) -> None:
    _payment(dice, draft).amount = dice.choice((MAX_MONEY + 1, 2**63, 2**64 - 1))


def _nothing_paid(dice: Random, draft: Draft) -> None:
    _payment(dice, draft).amount = 0


def _unpayable(dice: Random, draft: Draft) -> None:
    output = _payment(dice, draft)
    output.script, output.pairs = dice.choice(UNPAYABLE), []


def _two_messages(dice: Random, draft: Draft) -> None:
    draft.outputs += [Output(b"\x6a\x04" + dice.randbytes(4), 0) for _ in range(2)]


def _version_3(dice: Random, draft: Draft) -> None:
    draft.version = dice.choice((3, 4, 2**31 - 1))


def _height_zero(dice: Random, draft: Draft) -> None:
    dice.choice(draft.spends).demands = {b"\x12": 0}


def _no_one_locktime(dice: Random, draft: Draft) -> None:
    """One input demands a height, another a time."""
    draft.spends.append(replace(draft.spends[0], coin=make_coin(dice, draft.spends[0].coin.place)))
    draft.spends[0].demands, draft.spends[-1].demands = {b"\x12": 7}, {b"\x11": 500_000_007}


def _false_signature(dice: Random, draft: Draft) -> None:
    spend = dice.choice(draft.spends)
    key = dice.choice(spend.coin.place.keys)
    signature = PrivateKey(key.secret).sign(dice.randbytes(32), hasher=None) + b"\x01"
    spend.pairs.append((b"\x02" + key.public_key, signature))


def _signed_otherwise(dice: Random, draft: Draft) -> None:
    spend = dice.choice(draft.spends)
    key = dice.choice(spend.coin.place.keys)
    kind = bytes((dice.choice((2, 3, 0x81)),))
    signature = PrivateKey(key.secret).sign(dice.randbytes(32), hasher=None) + kind
    spend.pairs.append((b"\x02" + key.public_key, signature))


def _twice(dice: Random, draft: Draft) -> None:
    spend = dice.choice(draft.spends)
    spend.pairs.append(dice.choice(spend.pairs))


def _unknown(dice: Random, draft: Draft) -> None:
    dice.choice(draft.maps).append((b"\x55", b"x"))


ILLEGAL: dict[str, tuple[Rule, Change]] = {
    "foreign change": (Rule.CHANGE_NOT_OURS, _foreign_change),
    "change at another path": (Rule.CHANGE_NOT_OURS, _misplaced_change),
    "a false script of change": (Rule.CHANGE_NOT_OURS, _false_script),
    "a sighash type": (
        Rule.SIGHASH_TYPE,
        _input_field(b"\x03", *(le(each) for each in (2, 3, 0x81, 0x82, 0x83, 4))),
    ),
    "a default sighash type": (Rule.SIGHASH_TYPE, _input_field(b"\x03", le(0))),
    "an output only claimed": (Rule.PREVIOUS_TRANSACTION, _only_claimed),
    "another amount": (Rule.PREVIOUS_TRANSACTION, _other_amount),
    "another funding": (Rule.PREVIOUS_TRANSACTION, _other_funding),
    "a foreign coin": (Rule.INPUT_NOT_OURS, _foreign_coin),
    "a false redeem script": (Rule.INPUT_NOT_OURS, _input_field(b"\x04", b"\x51" * 30)),
    "a false witness script": (Rule.INPUT_NOT_OURS, _input_field(b"\x05", b"\x51" * 30)),
    "a foreign key": (
        Rule.INPUT_NOT_OURS,
        _input_field(b"\x06" + STRANGER.public_key.format(), bytes(4)),
    ),
    "two wallets": (Rule.SEVERAL_WALLETS, _two_wallets),
    "a coin twice": (Rule.OUTPOINT_REUSED, _same_coin),
    "worth more": (Rule.FEE_NEGATIVE, _worth_more),
    "more than all coins": (Rule.AMOUNT_INVALID, _too_much),
    "nothing paid": (Rule.TRANSFER_ZERO, _nothing_paid),
    "an output without address": (Rule.OUTPUT_TYPE, _unpayable),
    "two messages": (Rule.OUTPUT_TYPE, _two_messages),
    "version 3": (Rule.UNSUPPORTED, _version_3),
    "an unknown field": (Rule.UNSUPPORTED, _unknown),
    "final": (Rule.UNSUPPORTED, _input_field(b"\x07", b"\x51")),
    "a false signature": (Rule.UNSUPPORTED, _false_signature),
    "a signature of another type": (Rule.SIGHASH_TYPE, _signed_otherwise),
    "a tree of scripts": (Rule.UNSUPPORTED, _input_field(b"\x18", b"\7" * 32)),
    "a preimage of a message": (Rule.MESSAGE_FORBIDDEN, _global_field(b"\x09", b"I own it")),
    "a proof of reserves": (Rule.MESSAGE_FORBIDDEN, _input_field(b"\x09", b"I own it")),
    "to be changed": (Rule.UNSUPPORTED, _global_field(b"\x06", b"\1", b"\2", b"\3", b"\x08")),
    "signed alone": (Rule.SIGHASH_TYPE, _global_field(b"\x06", b"\4")),
    "height 0": (Rule.MALFORMED, _height_zero),
    "a height and a time": (Rule.MALFORMED, _no_one_locktime),
    "a key twice": (Rule.MALFORMED, _twice),
}
"""What makes a PSBT illegal, and the rule that must say so."""
SPOILT: dict[str, Callable[[bytes], bytes]] = {
    "a byte too many": lambda data: data + b"\0",
    "a byte too few": lambda data: data[:-1],
    "another magic": lambda data: b"pset" + data[4:],
}
WITNESS = tuple(form for form in FORMS if form not in ("legacy", "taproot"))
MULTISIG = ("vault", "wrapped", "plainvault")
KINDS = {
    "change at another path": tuple(form for form in FORMS if not form.startswith("plain")),
    "a default sighash type": (*WITNESS, "legacy"),
    "an output only claimed": WITNESS,
    "another amount": (*WITNESS, "taproot"),
    "a foreign key": (*WITNESS, "legacy"),
    "a false signature": MULTISIG,
    "a signature of another type": MULTISIG,
}
"""Forms of wallets in which something is illegal, where it is not in all of them."""
VERSIONS = {
    "to be changed": (2,),
    "signed alone": (2,),
    "height 0": (2,),
    "a height and a time": (2,),
}
"""The same for versions of PSBT."""
