"""Coins of every kind of script a wallet can have, and PSBTs of version 2."""

from collections.abc import Sequence
from dataclasses import replace

from coincurve import PrivateKey, PublicKeyXOnly
from embit import ec
from embit.script import Script, p2pkh, p2sh, p2tr, p2wpkh, p2wsh

from tests.appliance.chains.bitcoin.world import (
    CLIENT_SCRIPT,
    Coin,
    Payment,
    Proposal,
    coin,
    derivation,
    multisig,
    public_key,
    write_psbt,
)

Pair = tuple[bytes, bytes]
FORMS = ("legacy", "nested", "wrapped", "taproot")


def _key(number: int) -> ec.PublicKey:
    return ec.PublicKey.parse(public_key(number))


def legacy_lock(number: int) -> bytes:
    return bytes(p2pkh(_key(number)).data)


def nested_lock(number: int) -> bytes:
    return bytes(p2sh(p2wpkh(_key(number))).data)


def wrapped_lock(threshold: int, *numbers: int) -> bytes:
    return bytes(p2sh(p2wsh(Script(multisig(threshold, *numbers)))).data)


def taproot_lock(number: int) -> bytes:
    return bytes(p2tr(_key(number)).data)


def x_only(number: int) -> bytes:
    return PublicKeyXOnly.from_secret(number.to_bytes(32, "big")).format()


def tweaked(number: int) -> PrivateKey:
    """The private key of a taproot output key."""
    return PrivateKey(ec.PrivateKey(number.to_bytes(32, "big")).taproot_tweak(b"").secret)


def taproot_derivation(field_type: int, number: int) -> Pair:
    return bytes((field_type,)) + x_only(number), b"\x00\x12\x34\x56\x78"


def legacy_coin(amount: int, salt: int = 0) -> Coin:
    return coin(legacy_lock(41), amount, salt=salt).without(1).adding(derivation(6, 41))


def nested_coin(amount: int, salt: int = 0) -> Coin:
    redeem = (b"\x04", bytes(p2wpkh(_key(43)).data))
    return coin(nested_lock(43), amount, salt=salt).adding(redeem, derivation(6, 43))


def wrapped_coin(amount: int, salt: int = 0) -> Coin:
    witness = multisig(2, 61, 62, 63)
    scripts = ((b"\x04", bytes(p2wsh(Script(witness)).data)), (b"\x05", witness))
    return coin(wrapped_lock(2, 61, 62, 63), amount, salt=salt).adding(*scripts, derivation(6, 62))


def taproot_coin(amount: int, salt: int = 0) -> Coin:
    fields = (taproot_derivation(0x16, 45), (b"\x17", x_only(45)))
    return coin(taproot_lock(45), amount, salt=salt).without(0).adding(*fields)


def payment_of(name: str) -> Proposal:
    """0.6 BTC to the client and 0.3999 back, from one coin of a wallet by its kind of script."""
    coins = {
        "legacy": (legacy_coin, legacy_lock(42), (derivation(2, 42),)),
        "nested": (nested_coin, nested_lock(44), (derivation(2, 44),)),
        "wrapped": (wrapped_coin, wrapped_lock(2, 64, 65, 66), (derivation(2, 65),)),
        "taproot": (
            taproot_coin,
            taproot_lock(46),
            (taproot_derivation(7, 46), (b"\x05", x_only(46))),
        ),
    }
    make, change, pairs = coins[name]
    payments = (Payment(CLIENT_SCRIPT, 60_000_000), Payment(change, 39_990_000, pairs))
    return Proposal((make(100_000_000),), payments)


def u32(number: int) -> bytes:
    return number.to_bytes(4, "little")


def version_2(
    proposal: Proposal,
    first: Sequence[Pair] = (),
    demands: Sequence[Sequence[Pair]] = (),
    without: tuple[int, ...] = (),
) -> bytes:
    """The same PSBT in version 2, with more global fields and more fields for each input."""
    start = (
        (b"\x02", u32(proposal.version)),
        (b"\x03", u32(proposal.locktime)),
        (b"\x04", bytes((len(proposal.coins),))),
        (b"\x05", bytes((len(proposal.payments),))),
        (b"\xfb", u32(2)),
    )
    inputs = [
        (
            *each.pairs,
            (b"\x0e", each.previous.txid()[::-1]),
            (b"\x0f", u32(each.index)),
            (b"\x10", u32(each.sequence)),
            *(demands[at] if at < len(demands) else ()),
        )
        for at, each in enumerate(proposal.coins)
    ]
    outputs = [
        (*each.pairs, (b"\x03", each.amount.to_bytes(8, "little")), (b"\x04", each.script))
        for each in proposal.payments
    ]
    kept = [pair for pair in start if pair[0][0] not in without]
    return write_psbt([*kept, *proposal.pairs, *first], inputs, outputs)


def with_coin(proposal: Proposal, *pairs: Pair) -> Proposal:
    """The proposal with more said about its first coin."""
    return replace(proposal, coins=(proposal.coins[0].adding(*pairs), *proposal.coins[1:]))


def with_change(proposal: Proposal, *pairs: Pair) -> Proposal:
    """The proposal with more said about its last output."""
    last = proposal.payments[-1]
    payments = (*proposal.payments[:-1], replace(last, pairs=(*last.pairs, *pairs)))
    return replace(proposal, payments=payments)
