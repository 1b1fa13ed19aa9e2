"""Extended keys beside the inputs: never read, and pointed out where they are of no cosigner."""

from dataclasses import replace

from embit.base58 import decode_check
from embit.bip32 import HDKey

from appliance.model.transaction import DecodedTransaction
from tests.appliance.chains.bitcoin.test_derivations import (
    ACCOUNT_KEY,
    FINGERPRINT,
    MASTER,
    ORIGIN,
    WALLET,
    lock,
    proposal,
)
from tests.appliance.chains.bitcoin.world import decode, hot_payment

H = 1 << 31


def named(key: HDKey, path: tuple[int, ...]) -> tuple[bytes, bytes]:
    """A PSBT_GLOBAL_XPUB field."""
    steps = b"".join(step.to_bytes(4, "little") for step in path)
    return b"\x01" + decode_check(key.to_base58()), FINGERPRINT + steps


def read(*pairs: tuple[bytes, bytes]) -> DecodedTransaction:
    spending = proposal(None, None, lock(1, 5))
    return decode(replace(spending, pairs=pairs).psbt, (WALLET,))


def told(transaction: DecodedTransaction) -> list[tuple[str, str]]:
    return [(finding.rule, finding.severity.value) for finding in transaction.findings]


OTHER_PATH = (84 + H, 1 + H, 1 + H)
OTHER = MASTER.derive(list(OTHER_PATH)).to_public()


def test_the_wallets_own_extended_key_is_nothing_to_mention() -> None:
    assert told(read(named(ACCOUNT_KEY, ORIGIN))) == []


def test_an_extended_key_of_no_cosigner_asks_for_attention() -> None:
    transaction = read(named(ACCOUNT_KEY, ORIGIN), named(OTHER, OTHER_PATH))
    assert told(transaction) == [("XPUB-FOREIGN", "attention")]
    assert "84h/1h/1h" in transaction.findings[0].message
    assert transaction.signing


def test_a_wallet_of_plain_keys_has_none_to_compare_with() -> None:
    spending = replace(hot_payment(), pairs=(named(OTHER, OTHER_PATH),))
    assert told(decode(spending.psbt)) == []
