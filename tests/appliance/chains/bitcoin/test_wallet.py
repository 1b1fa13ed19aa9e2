"""The index of registered scripts: whose, where, and nothing by the host's word."""

import pytest
from embit.bip32 import HDKey
from embit.descriptor import Descriptor as OracleDescriptor
from embit.networks import NETWORKS as ORACLE_NETWORKS

from appliance.chains.bitcoin.wallet import MAX_SCRIPTS, Branch, open_book
from appliance.errors import DecodeError, UnsupportedTransaction
from appliance.wire.epochs import BitcoinAccount, DescriptorPair
from tests.appliance.chains.bitcoin.world import (
    HOT,
    HOT_CHANGE_1,
    HOT_RECEIVE,
    OTHER,
    STRANGER,
    VAULT,
    VAULT_CHANGE,
    descriptor,
    multisig,
    public_key,
    wpkh,
)

MASTER = HDKey.from_seed(bytes(range(64)), version=ORACLE_NETWORKS["main"]["xprv"]).to_public()
XPUB = MASTER.to_base58()


def ranged(text: str, end: int) -> BitcoinAccount:
    closed = descriptor(text)
    return BitcoinAccount("ranged", "mainnet", (DescriptorPair(closed, closed),), end)


def script_at(text: str, branch: int, index: int) -> bytes:
    oracle = OracleDescriptor.from_string(text).derive(index, branch_index=branch)
    return bytes(oracle.script_pubkey().data)


def test_knows_the_scripts_of_every_pair_and_no_other() -> None:
    book = open_book((HOT, VAULT, OTHER))
    receive, change, vault = (
        book.owner(script) for script in (HOT_RECEIVE, HOT_CHANGE_1, VAULT_CHANGE)
    )
    assert receive is not None
    assert (receive.account, receive.branch, receive.path) == (
        "hot",
        Branch.RECEIVE,
        "pair 0, receive",
    )
    assert change is not None
    assert (change.account, change.branch, change.path) == (
        "hot",
        Branch.CHANGE,
        "pair 1, change",
    )
    assert vault is not None
    assert vault.spendable.witness_script == multisig(2, 21, 22, 23)
    assert vault.spendable.public_keys == tuple(sorted(public_key(n) for n in (21, 22, 23)))
    assert book.owner(STRANGER) is None
    assert not book.is_empty


def test_an_empty_book_owns_nothing() -> None:
    book = open_book(())
    assert book.is_empty
    assert book.owner(HOT_RECEIVE) is None
    assert book.network(None).name == "mainnet"


def test_spells_for_the_network_of_the_account_or_the_one_all_share() -> None:
    elsewhere = BitcoinAccount("elsewhere", "testnet", (DescriptorPair(wpkh(41), wpkh(42)),), 0)
    book = open_book((HOT, elsewhere))
    assert book.network("hot").name == "regtest"
    assert book.network("elsewhere").name == "testnet"
    assert book.network(None).name == "mainnet"
    assert open_book((HOT,)).network(None).name == "regtest"


def test_change_that_goes_back_where_it_came_from_is_change() -> None:
    account = BitcoinAccount("single", "regtest", (DescriptorPair(wpkh(1), wpkh(1)),), 0)
    owned = open_book((account,)).owner(HOT_RECEIVE)
    assert owned is not None
    assert (owned.branch, owned.path) == (Branch.CHANGE, "pair 0, change")


@pytest.mark.parametrize("text", [f"wpkh({XPUB}/<0;1>/*)", f"wpkh({XPUB}/<4;9>/3/*)"])
def test_searches_a_ranged_descriptor_up_to_its_last_index_and_no_further(text: str) -> None:
    book = open_book((ranged(text, 20),))
    for branch, purpose in ((0, Branch.RECEIVE), (1, Branch.CHANGE)):
        for index in (0, 7, 20):
            owned = book.owner(script_at(text, branch, index))
            assert owned is not None
            assert owned.branch is purpose
            assert owned.path.endswith(f"/{index}")
        assert book.owner(script_at(text, branch, 21)) is None


def test_names_the_pair_where_there_are_several_ranged_ones() -> None:
    texts = [f"wpkh({XPUB}/{branch}/*)" for branch in range(4)]
    pairs = (
        DescriptorPair(descriptor(texts[0]), descriptor(texts[1])),
        DescriptorPair(descriptor(texts[2]), descriptor(texts[3])),
    )
    owned = open_book((BitcoinAccount("ranged", "mainnet", pairs, 5),)).owner(
        script_at(texts[3], 0, 5)
    )
    assert owned is not None
    assert (owned.branch, owned.path) == (Branch.CHANGE, "pair 1, 3/5")


def test_a_multisig_of_our_plain_key_and_a_cosigners_ranged_one_is_known() -> None:
    text = f"wsh(sortedmulti(2,{public_key(1).hex()},{XPUB}/<0;1>/*))"
    owned = open_book((ranged(text, 3),)).owner(script_at(text, 1, 2))
    assert owned is not None
    assert owned.path == "1/2"
    assert public_key(1) in owned.spendable.public_keys


@pytest.mark.parametrize(
    "pair",
    [
        (f"wpkh({XPUB}/<0;1;2>/*)", f"wpkh({XPUB}/<0;1;2>/*)"),
        (f"wpkh({XPUB}/<0;1>/*)", f"wpkh({XPUB}/<1;0>/*)"),
        (f"wpkh({XPUB}/0/*)", f"wpkh({XPUB}/<0;1>/*)"),
    ],
)
def test_refuses_branches_other_than_receive_and_change(pair: tuple[str, str]) -> None:
    pairs = (DescriptorPair(descriptor(pair[0]), descriptor(pair[1])),)
    with pytest.raises(UnsupportedTransaction, match="branches receive and change"):
        open_book((BitcoinAccount("odd", "mainnet", pairs, 5),))


def test_refuses_two_accounts_that_share_a_script() -> None:
    twin = BitcoinAccount("twin", "regtest", HOT.pairs, 0)
    with pytest.raises(UnsupportedTransaction, match="share a script"):
        open_book((HOT, twin))


def test_refuses_a_range_that_nobody_would_wait_for() -> None:
    text = f"wpkh({XPUB}/<0;1>/*)"
    open_book((ranged(text, MAX_SCRIPTS // 2 - 1),))
    with pytest.raises(UnsupportedTransaction, match="scripts"):
        open_book((ranged(text, MAX_SCRIPTS // 2),))


def test_refuses_a_descriptor_or_network_that_is_none() -> None:
    for network, text in (("regtest", "wpkh(00)#00000000"), ("nowhere", wpkh(1))):
        with pytest.raises(DecodeError):
            open_book((BitcoinAccount("odd", network, (DescriptorPair(text, text),), 0),))
