"""Bitcoin: transactions by embit, read back by wallycore, sighashes and addresses by both."""

from collections.abc import Iterator
from random import Random
from typing import Any

from coincurve import PrivateKey
from embit.script import Script
from embit.transaction import Transaction

from tests.appliance.chains.bitcoin.oracle_wally import wallycore
from tests.differential.bitcoin_draft import Draft, drafted, is_change
from tests.differential.bitcoin_illegal import illegal
from tests.differential.bitcoin_wallets import DECODER, Place, addresses
from tests.differential.case import Case, Paid, Stated, compared, endless

OP_RETURN = 0x6A


def cases(seed: int) -> Iterator[Case]:
    return endless("bitcoin", seed, _legal, illegal)


def compare(case: Case) -> list[str]:
    return compared(case, DECODER)


def _legal(dice: Random) -> Case:
    draft = drafted(dice)
    transaction = draft.transaction()
    digests = tuple(embit_digests(draft, transaction))
    if dice.random() < 0.2:
        cosign(dice, draft, digests)
    data = draft.psbt(dice, transaction)
    quarrels = tuple(_quarrels(draft, transaction, digests, data))
    what = f"{draft.wallet.account.name}, version {draft.psbt_version}"
    return Case(what, data, _stated(draft, transaction, digests), quarrels=quarrels)


def embit_digests(draft: Draft, transaction: Transaction) -> Iterator[bytes]:
    """What a signature of each input is over, by embit, from what was to be written."""
    scripts = [Script(each.coin.place.script) for each in draft.spends]
    amounts = [each.coin.amount for each in draft.spends]
    for index, each in enumerate(draft.spends):
        place = each.coin.place
        code = Script(place.script_code)
        if place.is_taproot:
            yield transaction.sighash_taproot(index, scripts, amounts, each.type)
        elif place.form == "legacy":
            yield transaction.sighash_legacy(index, code, each.type)
        else:
            yield transaction.sighash_segwit(index, code, amounts[index], each.type)


def _wally_digests(draft: Draft, transaction: Any) -> Iterator[bytes]:
    """The same by wallycore, from the bytes."""
    known = wallycore.map_init(len(draft.spends), None)
    for index, each in enumerate(draft.spends):
        wallycore.map_add_integer(known, index, each.coin.place.script)
    amounts = [each.coin.amount for each in draft.spends]
    for index, each in enumerate(draft.spends):
        place = each.coin.place
        if place.is_taproot:
            digest = wallycore.tx_get_btc_taproot_signature_hash(
                transaction, index, known, amounts, None, 0, 0xFFFFFFFF, None, each.type, 0
            )
        else:
            flags = 0 if place.form == "legacy" else wallycore.WALLY_TX_FLAG_USE_WITNESS
            digest = wallycore.tx_get_btc_signature_hash(
                transaction, index, place.script_code, amounts[index], each.type, flags
            )
        yield bytes(digest)


def cosign(dice: Random, draft: Draft, digests: tuple[bytes, ...]) -> None:
    """Let one cosigner of a multisig that takes two sign some of the inputs."""
    if draft.wallet.account.name.partition("-")[0] not in ("vault", "wrapped", "plainvault"):
        return
    for each, digest in zip(draft.spends, digests, strict=True):
        if dice.random() < 0.7:
            key = dice.choice(each.coin.place.keys)
            signature = PrivateKey(key.secret).sign(digest, hasher=None) + b"\x01"
            each.pairs.append((b"\x02" + key.public_key, signature))


def _quarrels(
    draft: Draft, transaction: Transaction, digests: tuple[bytes, ...], data: bytes
) -> Iterator[str]:
    read = wallycore.psbt_from_bytes(data, wallycore.WALLY_PSBT_PARSE_FLAG_STRICT)
    extracted = wallycore.psbt_extract(read, wallycore.WALLY_PSBT_EXTRACT_NON_FINAL)
    if bytes(wallycore.tx_get_txid(extracted))[::-1] != transaction.txid():
        yield "embit and wallycore have different txids"
    if tuple(_wally_digests(draft, extracted)) != digests:
        yield "embit and wallycore have different digests"
    network = draft.wallet.account.network
    for output in draft.outputs:
        if output.script[0] != OP_RETURN and len(set(addresses(output.script, network))) != 1:
            yield f"embit and wallycore spell {output.script.hex()} differently"


def _stated(draft: Draft, transaction: Transaction, digests: tuple[bytes, ...]) -> Stated:
    account = draft.wallet.account
    paid = [
        (index, each, addresses(each.script, account.network)[0])
        for index, each in enumerate(draft.outputs)
        if each.script[0] != OP_RETURN
    ]
    spent = [each.coin for each in draft.spends]
    is_final = all(each.sequence >= 0xFFFFFFFE for each in draft.spends)
    return Stated(
        network=account.network,
        form=f"psbt-v{draft.psbt_version}",
        account=account.name,
        source=addresses(spent[0].place.script, account.network)[0],
        paid=tuple(
            Paid(each.amount, address, "BTC", 8)
            for _, each, address in paid
            if not is_change(each, draft.wallet)
        ),
        fee=(sum(each.amount for each in spent) - sum(each.amount for each in draft.outputs),),
        consumed=tuple((each.txid.hex(), each.index) for each in spent),
        digest=bytes(transaction.txid()),
        signed=tuple(
            (index, key, digest)
            for index, (coin, digest) in enumerate(zip(spent, digests, strict=True))
            for key in _signing_keys(coin.place)
        ),
        change=tuple(
            (each.amount, address, each.place.path, f"output {index}")
            for index, each, address in paid
            if each.place and is_change(each, draft.wallet)
        ),
        facts=(
            ("Transaction version", str(draft.version)),
            ("Replaceable", "no (BIP-125)" if is_final else "yes (BIP-125)"),
        ),
    )


def _signing_keys(place: Place) -> tuple[bytes, ...]:
    """Compressed keys in the script's order; of taproot the output key, x-only (BIP-341)."""
    return (place.script[2:],) if place.is_taproot else tuple(e.public_key for e in place.keys)
