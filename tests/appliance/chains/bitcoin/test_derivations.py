"""What a PSBT says about keys: never needed, never believed, and refused where it is not so."""

from dataclasses import replace

import pytest
from embit.bip32 import HDKey
from embit.networks import NETWORKS as ORACLE_NETWORKS

from appliance.model.transaction import DecodedTransaction
from appliance.wire.epochs import BitcoinAccount, DescriptorPair
from tests.appliance.chains.bitcoin.world import (
    CLIENT_SCRIPT,
    STRANGER,
    Payment,
    Proposal,
    coin,
    decode,
    derivation,
    descriptor,
    finding,
    hot_payment,
    public_key,
    refusals,
    vault_payment,
)
from tests.appliance.chains.bitcoin.world_forms import with_change, with_coin

MASTER = HDKey.from_seed(bytes(range(64)), version=ORACLE_NETWORKS["regtest"]["xprv"])
FINGERPRINT = MASTER.my_fingerprint
H = 1 << 31
ORIGIN = (84 + H, 1 + H, H)
ACCOUNT_KEY = MASTER.derive(list(ORIGIN)).to_public()
_TEXT = f"wpkh([{FINGERPRINT.hex()}/84h/1h/0h]{ACCOUNT_KEY.to_base58()}/<0;1>/*)"
WALLET = BitcoinAccount(
    "wallet", "regtest", (DescriptorPair(descriptor(_TEXT), descriptor(_TEXT)),), 30
)
_BARE = f"wpkh({ACCOUNT_KEY.to_base58()}/<0;1>/*)"
BARE = replace(WALLET, pairs=(DescriptorPair(descriptor(_BARE), descriptor(_BARE)),))


def key(branch: int, index: int) -> bytes:
    return bytes(ACCOUNT_KEY.derive([branch, index]).key.sec())


def lock(branch: int, index: int) -> bytes:
    from embit.hashes import hash160  # noqa: PLC0415

    return b"\x00\x14" + bytes(hash160(key(branch, index)))


def said(
    field_type: int, of: bytes, path: tuple[int, ...], fingerprint: bytes
) -> tuple[bytes, bytes]:
    steps = b"".join(step.to_bytes(4, "little") for step in path)
    return bytes((field_type,)) + of, fingerprint + steps


def proposal(
    spent: tuple[bytes, bytes] | None, change: tuple[bytes, bytes] | None, script: bytes
) -> Proposal:
    funding = coin(lock(0, 3), 100_000_000)
    return Proposal(
        (funding.adding(spent) if spent else funding,),
        (
            Payment(CLIENT_SCRIPT, 60_000_000),
            Payment(script, 39_990_000, (change,) if change else ()),
        ),
    )


def read(
    spent: tuple[bytes, bytes] | None,
    change: tuple[bytes, bytes] | None,
    *,
    script: bytes | None = None,
    account: BitcoinAccount = WALLET,
) -> DecodedTransaction:
    return decode(proposal(spent, change, script or lock(1, 26)).psbt, (account,))


TRUE_IN = said(6, key(0, 3), (*ORIGIN, 0, 3), FINGERPRINT)
TRUE_OUT = said(2, key(1, 26), (*ORIGIN, 1, 26), FINGERPRINT)


def test_clears_what_is_so_and_what_says_nothing() -> None:
    for spent, change in ((TRUE_IN, TRUE_OUT), (None, None), (TRUE_IN, None)):
        transaction = read(spent, change)
        assert transaction.findings == ()
        assert [each.path for each in transaction.change] == ["1/26"]


def test_accepts_the_ways_in_which_wallets_write_an_unknown_master() -> None:
    own = ACCOUNT_KEY.my_fingerprint
    for path, fingerprint in (((1, 26), own), ((1, 26), bytes(4)), ((*ORIGIN, 1, 26), bytes(4))):
        assert read(TRUE_IN, said(2, key(1, 26), path, fingerprint)).findings == ()
    for path, fingerprint in (((1, 26), own), ((*ORIGIN, 1, 26), FINGERPRINT)):
        change = said(2, key(1, 26), path, fingerprint)
        assert read(TRUE_IN, change, account=BARE).findings == ()


LIES = {
    "another index": ((*ORIGIN, 1, 25), FINGERPRINT),
    "another branch": ((*ORIGIN, 0, 26), FINGERPRINT),
    "another account": ((84 + H, 1 + H, 1 + H, 1, 26), FINGERPRINT),
    "another purpose": ((49 + H, 1 + H, H, 1, 26), FINGERPRINT),
    "another master": ((*ORIGIN, 1, 26), b"\xde\xad\xbe\xef"),
    "no path": ((), FINGERPRINT),
    "another index below an unknown master": ((1, 25), bytes(4)),
}


@pytest.mark.parametrize("name", LIES)
def test_refuses_change_that_is_said_to_be_elsewhere(name: str) -> None:
    path, fingerprint = LIES[name]
    transaction = read(TRUE_IN, said(2, key(1, 26), path, fingerprint))
    assert refusals(transaction) == [("CHANGE-NOT-OURS", "output 1")]
    assert "1/26 of its wallet" in finding(transaction, "CHANGE-NOT-OURS").message
    assert len(transaction.change) == 1


@pytest.mark.parametrize("name", LIES)
def test_refuses_an_input_that_is_said_to_be_elsewhere(name: str) -> None:
    path, fingerprint = LIES[name]
    transaction = read(said(6, key(0, 3), path, fingerprint), None)
    assert refusals(transaction) == [("INPUT-NOT-OURS", "input 0")]


def test_refuses_a_receive_address_that_is_said_to_be_change() -> None:
    forged = said(2, key(0, 26), (*ORIGIN, 1, 26), FINGERPRINT)
    transaction = read(TRUE_IN, forged, script=lock(0, 26))
    assert refusals(transaction) == [("CHANGE-NOT-OURS", "output 1")]
    assert transaction.change == ()
    honest = said(2, key(0, 26), (*ORIGIN, 0, 26), FINGERPRINT)
    assert read(TRUE_IN, honest, script=lock(0, 26)).findings == ()


def test_refuses_change_beyond_the_last_index_and_names_the_path() -> None:
    for index in (31, 2**31 - 1):
        claim = said(2, key(1, index), (*ORIGIN, 1, index), FINGERPRINT)
        transaction = read(TRUE_IN, claim, script=lock(1, index))
        assert refusals(transaction) == [("CHANGE-NOT-OURS", "output 1")]
        path = f"{FINGERPRINT.hex()}/84h/1h/0h/1/{index}"
        assert path in finding(transaction, "CHANGE-NOT-OURS").message


def test_refuses_a_stranger_under_our_path() -> None:
    for of in (key(1, 26), public_key(99)):
        claim = said(2, of, (*ORIGIN, 1, 26), FINGERPRINT)
        transaction = read(TRUE_IN, claim, script=STRANGER)
        assert refusals(transaction) == [("CHANGE-NOT-OURS", "output 1")]


def test_refuses_keys_that_a_script_of_ours_does_not_have() -> None:
    foreign = derivation(6, 98)
    for payment in (hot_payment(), vault_payment()):
        transaction = decode(with_coin(payment, foreign).psbt)
        assert refusals(transaction) == [("INPUT-NOT-OURS", "input 0")]
        assert public_key(98).hex() in finding(transaction, "INPUT-NOT-OURS").message
        change = decode(with_change(payment, derivation(2, 98)).psbt)
        assert refusals(change) == [("CHANGE-NOT-OURS", "output 1")]


def test_refuses_cosigners_that_change_places() -> None:
    """Each key of a multisig stands under its own master."""
    origins = [f"[{n:08x}/48h]{public_key(n).hex()}" for n in (11, 12, 13)]
    text = descriptor(f"wsh(sortedmulti(2,{','.join(origins)}))")
    account = BitcoinAccount("vault", "regtest", (DescriptorPair(text, text),), 0)
    payment = replace(vault_payment(), payments=(Payment(CLIENT_SCRIPT, 1_000_000),))

    def claiming(masters: tuple[int, int, int]) -> DecodedTransaction:
        pairs = [
            said(6, public_key(n), (48 + H,), master.to_bytes(4, "big"))
            for n, master in zip((11, 12, 13), masters, strict=True)
        ]
        first = payment.coins[0].without(6).adding(*pairs)
        coins = (first, payment.coins[1].without(6))
        return decode(replace(payment, coins=coins).psbt, (account,))

    assert refusals(claiming((11, 12, 13))) == []
    assert ("INPUT-NOT-OURS", "input 0") in refusals(claiming((12, 11, 13)))
