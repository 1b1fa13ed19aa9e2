"""Requests in the public formats: policy decides whether, every rule decides what, and the answer
is in the format of the request."""

import json
from base64 import b64encode
from dataclasses import replace
from pathlib import Path
from typing import Any

import cbor2
import pytest
import rlp
from embit.descriptor.checksum import add_checksum
from embit.psbt import PSBT
from embit.script import Witness
from eth_account import Account as EthereumSigner

from appliance import signing
from appliance.errors import DecodeError, HsmError, UnsupportedTransaction
from appliance.journal.file import read_history
from appliance.model.batch import RefusedBatch, Unattributed, names_of
from appliance.model.entry import BatchClosed
from appliance.policy.unattributed_rules import NOBODY
from appliance.wire.bbqr import Encoding, FileType
from appliance.wire.epochs import BitcoinAccount, DescriptorPair
from appliance.wire.errors import NotCanonical, WireError
from appliance.wire.messages import message_digest
from appliance.wire.public_message import (
    BbqrFile,
    PublicMessage,
    UniformResource,
    public_message_in,
    serialize,
)
from tests import hostile_coordinator as hostile
from tests.appliance.chains.bitcoin.oracle_wally import wallycore
from tests.appliance.chains.solana import world as solana
from tests.appliance.chains.tron import world as tron
from tests.appliance.foreign_wallet import (
    LEGACY,
    MESSAGE,
    PATH,
    TYPED,
    TYPED_DATA,
    UUID,
    ForeignWallet,
    as_bbqr,
    as_eth,
    as_ur,
)
from tests.appliance.software import SoftwareAppliance, found
from tests.hostile_coordinator import BTC_ATTACKER, CHAIN_ID, ETH_ATTACKER, ETH_CLIENT
from tests.shared_vectors import ROOT

WALLETS = ("btc-cold", "eth-cold")


def founded(folder: Path, *wallets: str) -> SoftwareAppliance:
    proposed = hostile.proposal()
    policy = replace(proposed.policy, unattributed=wallets)
    return found(folder, replace(proposed, policy=policy))


@pytest.fixture
def appliance(tmp_path: Path) -> SoftwareAppliance:
    return founded(tmp_path, *WALLETS)


@pytest.fixture
def wallet(appliance: SoftwareAppliance) -> ForeignWallet:
    return ForeignWallet(appliance.coordinator)


def answer_of(appliance: SoftwareAppliance, response: bytes) -> PublicMessage | None:
    return appliance.journal.history().answers[message_digest(response)]


def eth_legacy(nonce: int = 0, chain_id: int = CHAIN_ID) -> bytes:
    to = bytes.fromhex(ETH_CLIENT[2:])
    return bytes(rlp.encode([nonce, 2 * 10**9, 21_000, to, 10**18, b"", chain_id, 0, 0]))


# Signed, and answered in the format of the request


def signed_inputs(psbt: bytes) -> list[int]:
    return [len(scope.partial_sigs) for scope in PSBT.parse(psbt).inputs]


@pytest.mark.parametrize("ur_type", ["psbt", "crypto-psbt", "bytes"])
def test_a_psbt_as_a_ur_comes_back_signed_under_the_same_type(
    appliance: SoftwareAppliance, wallet: ForeignWallet, ur_type: str
) -> None:
    asked = wallet.psbt()
    answer = answer_of(appliance, appliance.sign(as_ur(asked, ur_type)))
    assert isinstance(answer, UniformResource)
    assert answer.type == ur_type
    signed = cbor2.loads(answer.body)
    assert signed_inputs(signed) == [1]
    (scope,) = PSBT.parse(signed).inputs
    assert all(signature[-1] == 1 for signature in scope.partial_sigs.values())
    scope.partial_sigs.clear()
    assert PSBT.parse(asked).tx.serialize() == PSBT.parse(signed).tx.serialize()


@pytest.mark.parametrize("encoding", ["H", "2", "Z"])
def test_a_psbt_as_a_bbqr_comes_back_signed_in_the_same_encoding(
    appliance: SoftwareAppliance, wallet: ForeignWallet, encoding: str
) -> None:
    answer = answer_of(appliance, appliance.sign(as_bbqr(wallet.psbt(), encoding)))
    assert isinstance(answer, BbqrFile)
    assert (answer.encoding, answer.type) == (Encoding(encoding), FileType.PSBT)
    assert signed_inputs(answer.data) == [1]


def recovered(unsigned: bytes, attached: bytes, chain_id: int | None) -> str:
    """The sender of what eth-account makes of the unsigned bytes and r ‖ s ‖ v."""
    r, s, v = attached[:32], attached[32:64], attached[64:]
    kind, fields = (unsigned[:1], unsigned[1:]) if unsigned[0] < 0xC0 else (b"", unsigned)
    items = rlp.decode(fields)
    items = items if kind else items[:6]
    numbers = [int.from_bytes(part, "big") for part in (v, r, s)]
    return str(EthereumSigner.recover_transaction(kind + rlp.encode([*items, *numbers])))


def test_an_ethereum_transfer_is_answered_with_its_uuid_and_the_parity(
    appliance: SoftwareAppliance, wallet: ForeignWallet
) -> None:
    answer = answer_of(appliance, appliance.sign(wallet.transfer()))
    assert isinstance(answer, UniformResource)
    assert answer.type == "eth-signature"
    body = cbor2.loads(answer.body)
    assert set(body) == {1, 2}
    assert body[1].bytes == UUID
    assert body[2][64:] in (b"\0", b"\1")
    sender = recovered(hostile.ethereum_transfer(0), body[2], CHAIN_ID)
    assert sender == appliance.coordinator.ethereum.address


def test_a_legacy_transaction_is_answered_with_the_v_of_eip_155_however_long(
    appliance: SoftwareAppliance, wallet: ForeignWallet
) -> None:
    asked = as_eth(eth_legacy(), LEGACY, uuid=None, address=wallet.address)
    answer = answer_of(appliance, appliance.sign(asked))
    assert isinstance(answer, UniformResource)
    body = cbor2.loads(answer.body)
    assert set(body) == {2}
    assert int.from_bytes(body[2][64:], "big") in (2 * CHAIN_ID + 35, 2 * CHAIN_ID + 36)
    assert len(body[2]) == 66
    assert recovered(eth_legacy(), body[2], CHAIN_ID) == appliance.coordinator.ethereum.address


def test_without_an_address_the_only_account_of_the_chain_pays(
    appliance: SoftwareAppliance, wallet: ForeignWallet
) -> None:
    cleared = appliance.cleared(wallet.transfer(address=None))
    assert [item.transaction.account for item in cleared.items] == ["eth-cold"]


# What people are told


def test_the_sheet_says_first_that_nobody_vouches_for_it(
    appliance: SoftwareAppliance, wallet: ForeignWallet
) -> None:
    sheet = signing.review(appliance.cleared(wallet.transfer()), appliance.rules)
    lines = {line.label: line.value for line in sheet.sections[0].lines}
    first = sheet.sections[0].lines[0]
    assert (first.label, first.value) == ("ATTENTION UNATTRIBUTED", NOBODY)
    assert lines["Came as"] == "ur:eth-sign-request"
    assert lines["Request id"].replace(" ", "") == UUID.hex()
    assert not lines.keys() & {"Sequence number", "Withdrawal requests", "Approved by maker"}


# Policy, off by default


@pytest.mark.parametrize("listed", [(), ("btc-cold",), ("Eth-cold", "eth-cold ")])
def test_a_wallet_that_the_policy_does_not_name_signs_nothing_unattributed(
    tmp_path: Path, listed: tuple[str, ...]
) -> None:
    appliance = founded(tmp_path, *listed)
    assert appliance.refusals(ForeignWallet(appliance.coordinator).transfer()) == {"UNATTRIBUTED"}


def test_an_attributed_request_is_judged_as_ever_and_never_named_unattributed(
    appliance: SoftwareAppliance,
) -> None:
    cleared = appliance.cleared(appliance.coordinator.honest())
    assert not any(note.rule == "UNATTRIBUTED" for note in cleared.notes)
    coordinator = appliance.coordinator
    bare = replace(coordinator.content(), withdrawals=())
    refused = appliance.refusals(coordinator.seal(coordinator.request(bare)))
    assert refused >= {"CLAIM-MISMATCH", "BATCH-EMPTY"}
    unapproved = replace(coordinator.request(coordinator.content()), approvals=())
    assert "APPROVAL-MISSING" in appliance.refusals(coordinator.seal(unapproved))


# Attacks


@pytest.mark.parametrize(
    ("changes", "rule"),
    [
        ({"chain_id": 1}, "CONTAINER-MISMATCH"),
        ({"address": bytes.fromhex(ETH_ATTACKER[2:])}, "ACCOUNT-UNKNOWN"),
        ({"kind": LEGACY}, "CONTAINER-MISMATCH"),
        ({"kind": MESSAGE}, "MESSAGE-FORBIDDEN"),
        ({"kind": TYPED_DATA}, "MESSAGE-FORBIDDEN"),
        (
            {"path": cbor2.CBORTag(304, {1: [44, True, 195, True, 0, True], 2: 7})},
            "CONTAINER-MISMATCH",
        ),
    ],
)
def test_a_container_that_lies_is_refused(
    appliance: SoftwareAppliance, wallet: ForeignWallet, changes: dict[str, Any], rule: str
) -> None:
    assert rule in appliance.refusals(wallet.transfer(**changes))


def test_a_key_path_decides_nothing(appliance: SoftwareAppliance, wallet: ForeignWallet) -> None:
    lie = cbor2.CBORTag(304, {1: [44, True, 60, True, 9, True, 9, False], 2: 0xDEADBEEF})
    first, second = (appliance.cleared(wallet.transfer(path=path)) for path in (PATH, lie))
    assert first.items == second.items


@pytest.mark.parametrize(
    "data", [b"\x19Ethereum Signed Message:\n5hello", b'{"types":{}}', b"hello"]
)
@pytest.mark.parametrize("kind", [LEGACY, TYPED_DATA, MESSAGE, TYPED])
def test_no_message_is_ever_signed(
    appliance: SoftwareAppliance, wallet: ForeignWallet, data: bytes, kind: int
) -> None:
    judged = appliance.judge(as_eth(data, kind, address=wallet.address))
    assert isinstance(judged, RefusedBatch)


@pytest.mark.parametrize("asked", [LEGACY, TYPED])
def test_another_chain_is_refused_whatever_is_said(
    appliance: SoftwareAppliance, wallet: ForeignWallet, asked: int
) -> None:
    data = hostile.ethereum_transfer(0, chain_id=1) if asked == TYPED else eth_legacy(chain_id=1)
    for said in (CHAIN_ID, None):
        request = as_eth(data, asked, chain_id=said, address=wallet.address)
        assert "CHAIN-MISMATCH" in appliance.refusals(request)
    assert appliance.refusals(as_eth(data, asked, chain_id=1, address=wallet.address)) >= {
        "ACCOUNT-UNKNOWN"
    }


def test_whitelist_limits_and_fees_hold(
    appliance: SoftwareAppliance, wallet: ForeignWallet
) -> None:
    assert appliance.refusals(as_ur(wallet.psbt(destination=BTC_ATTACKER))) == {"WHITELIST"}
    dear = hostile.ethereum_transfer(0, max_fee=10**13)
    assert appliance.refusals(as_eth(dear, address=wallet.address)) == {"FEE-CEILING"}
    rich = hostile.ethereum_transfer(0, value=10**19 + 1)
    assert appliance.refusals(as_eth(rich, address=wallet.address)) == {"LIMIT-PER-TRANSACTION"}
    late = hostile.ethereum_transfer(7)
    assert appliance.refusals(as_eth(late, address=wallet.address)) == {"NONCE-GAP"}


def test_a_psbt_that_is_signed_already_is_refused(
    appliance: SoftwareAppliance, wallet: ForeignWallet
) -> None:
    answer = answer_of(appliance, appliance.sign(as_ur(wallet.psbt())))
    assert isinstance(answer, UniformResource)
    again = appliance.refusals(serialize(answer))
    assert again >= {"UNSUPPORTED", "OUTPOINT-REUSED"}
    foreign = PSBT.parse(wallet.psbt(salt=2))
    signed = PSBT.parse(cbor2.loads(answer.body))
    foreign.inputs[0].partial_sigs.update(signed.inputs[0].partial_sigs)
    assert appliance.refusals(as_ur(foreign.serialize())) == {"UNSUPPORTED"}
    final = PSBT.parse(wallet.psbt(salt=3))
    final.inputs[0].final_scriptwitness = Witness([b"\x01" * 71, b"\x02" * 33])
    assert appliance.refusals(as_ur(final.serialize())) == {"UNSUPPORTED"}


def test_inputs_of_a_stranger_are_refused(
    appliance: SoftwareAppliance, wallet: ForeignWallet
) -> None:
    account = appliance.coordinator.bitcoin
    stranger = replace(account, pairs=(replace(account.pairs[0], receive=account.pairs[0].change),))
    coins = [hostile.coin(each, 50_000_000, n) for n, each in enumerate((account, stranger))]
    odd = replace(coins[1], transaction=hostile.coin(account, 50_000_000, 9).transaction)
    odd.transaction.vout[0].script_pubkey = hostile.address_script(BTC_ATTACKER)
    paid = [(hostile.address_script(hostile.BTC_CLIENT), 99_990_000)]
    refused = appliance.refusals(as_ur(hostile.psbt([coins[0], odd], paid)))
    assert "INPUT-NOT-OURS" in refused


def test_inputs_of_two_wallets_are_refused(
    appliance: SoftwareAppliance, wallet: ForeignWallet
) -> None:
    keys = [appliance.hsm.make_key(n).public_key.hex() for n in (20, 21)]
    pair = DescriptorPair(*(add_checksum(f"wpkh({key})") for key in keys))
    second = BitcoinAccount("btc-two", "regtest", (pair,), 0)
    both = with_accounts(appliance, second, unattributed=("btc-cold", "btc-two"))
    coins = [hostile.coin(a, 50_000_000, 1) for a in (appliance.coordinator.bitcoin, second)]
    paid = [(hostile.address_script(hostile.BTC_CLIENT), 99_990_000)]
    assert "SEVERAL-WALLETS" in both.refusals(as_ur(hostile.psbt(coins, paid)))


def test_a_psbt_of_version_2_comes_back_as_one(
    appliance: SoftwareAppliance, wallet: ForeignWallet
) -> None:
    asked = wallycore.psbt_from_base64(b64encode(wallet.psbt()).decode(), 0)
    wallycore.psbt_set_version(asked, 0, 2)
    wallycore.psbt_set_tx_modifiable_flags(asked, 0)
    message = as_ur(bytes(wallycore.psbt_to_bytes(asked, 0)), "psbt")
    answer = answer_of(appliance, appliance.sign(message))
    assert isinstance(answer, UniformResource)
    signed = wallycore.psbt_from_base64(b64encode(cbor2.loads(answer.body)).decode(), 0)
    assert wallycore.psbt_get_version(signed) == 2
    wallycore.psbt_finalize(signed, 0)
    assert wallycore.psbt_is_finalized(signed)


@pytest.mark.parametrize("secret", ["seed", "crypto-seed", "sskr", "crypto-eckey", "prvkeys"])
def test_a_secret_is_no_request(appliance: SoftwareAppliance, secret: str) -> None:
    message = serialize(UniformResource(secret, cbor2.dumps({1: bytes(16)})))
    with pytest.raises(UnsupportedTransaction, match="secret"):
        appliance.judge(message)


@pytest.mark.parametrize(
    "message",
    [
        serialize(UniformResource("eth-signature", cbor2.dumps({2: bytes(65)}))),
        serialize(UniformResource("nonsense", cbor2.dumps(b"psbt"))),
        serialize(UniformResource("psbt", b"\xff")),
        as_bbqr(b"transaction", "2", "T"),
        as_bbqr(b"{}", "2", "J"),
    ],
)
def test_what_is_no_request_is_not_judged(appliance: SoftwareAppliance, message: bytes) -> None:
    with pytest.raises(DecodeError):
        appliance.judge(message)


@pytest.mark.parametrize("cut", [b"", b"\x82", b"\x82\x01", b"\x82\x03\xa0", b"\x82\x01\xa0\0"])
def test_what_begins_like_a_record_must_be_one(appliance: SoftwareAppliance, cut: bytes) -> None:
    with pytest.raises(WireError):
        appliance.judge(cut)


def test_a_record_names_a_type_that_a_ur_can_have() -> None:
    for name in ("", "PSBT", "psbt/1", "p\x1b[2J", "ur:psbt"):
        with pytest.raises(NotCanonical):
            public_message_in(serialize(UniformResource(name, b"\x40")))


# Once, and for ever


def test_the_same_bytes_are_answered_once(
    appliance: SoftwareAppliance, wallet: ForeignWallet
) -> None:
    message = wallet.transfer()
    response = appliance.sign(message)
    history = appliance.journal.history()
    assert history.answered[message_digest(message)] == message_digest(response)
    assert appliance.refusals(message) >= {"SEQUENCE-REPLAYED", "NONCE-REUSED"}


def test_another_uuid_makes_no_other_request(
    appliance: SoftwareAppliance, wallet: ForeignWallet
) -> None:
    appliance.sign(wallet.transfer())
    swapped = wallet.transfer(uuid=cbor2.CBORTag(37, bytes(16)))
    assert appliance.refusals(swapped) >= {"NONCE-REUSED", "WITHDRAWAL-REPEATED"}
    assert appliance.refusals(wallet.transfer(0, uuid=None)) >= {"NONCE-REUSED"}


def test_another_wrapping_makes_no_other_request(
    appliance: SoftwareAppliance, wallet: ForeignWallet
) -> None:
    appliance.sign(as_ur(wallet.psbt()))
    rewrapped = (as_ur(wallet.psbt(), "psbt"), *(as_bbqr(wallet.psbt(), e) for e in "H2Z"))
    for message in rewrapped:
        assert appliance.refusals(message) == {"OUTPOINT-REUSED", "WITHDRAWAL-REPEATED"}
    dearer = as_ur(wallet.psbt(paid=60_001_000))
    assert appliance.refusals(dearer) == {"OUTPOINT-REUSED"}


def test_what_a_request_of_the_coordinator_reserved_is_reserved_for_all(
    appliance: SoftwareAppliance, wallet: ForeignWallet
) -> None:
    appliance.sign(appliance.coordinator.honest())
    assert appliance.refusals(wallet.transfer(0)) == {"NONCE-REUSED"}
    assert appliance.refusals(as_ur(wallet.psbt(salt=1))) == {"OUTPOINT-REUSED"}


def test_a_rejected_transaction_stays_burnt_in_any_wrapping(
    appliance: SoftwareAppliance, wallet: ForeignWallet
) -> None:
    cleared = appliance.cleared(as_ur(wallet.psbt()))
    burnt = names_of(cleared.received, cleared.items)
    batch = cleared.received.content.batch
    appliance.journal.append(BatchClosed(cleared.received.digest, batch, None, burnt, b"sealed"))
    assert appliance.refusals(as_bbqr(wallet.psbt())) == {"WITHDRAWAL-BURNT"}
    assert appliance.journal.history().answers == {message_digest(b"sealed"): None}


@pytest.mark.parametrize("form", ["ur", "bbqr", "eth"])
def test_an_interrupted_one_resumes_in_its_own_format(
    appliance: SoftwareAppliance, wallet: ForeignWallet, form: str, tmp_path: Path
) -> None:
    messages = {
        "ur": as_ur(wallet.psbt()),
        "bbqr": as_bbqr(wallet.psbt()),
        "eth": wallet.transfer(),
    }
    appliance.hsm.fail_after = 0
    with pytest.raises(HsmError):
        appliance.sign(messages[form])
    appliance.hsm.fail_after = None
    unfinished = appliance.journal.history().unfinished
    assert unfinished is not None
    assert unfinished.intent.sequence is None
    rules = appliance.rules
    response = signing.resume(
        unfinished, appliance.genesis, rules, appliance.hsm, appliance.journal, lambda *_: None
    )
    answer, asked = answer_of(appliance, response), public_message_in(messages[form])
    assert type(answer) is type(asked)
    assert read_history(tmp_path / "journal").answers == {message_digest(response): answer}


# The chains that have no key here yet


def with_accounts(
    appliance: SoftwareAppliance, *accounts: Any, unattributed: tuple[str, ...] = ("trx", "sol")
) -> SoftwareAppliance:
    manifest = appliance.genesis.manifest
    kept = replace(manifest, accounts=(*manifest.accounts, *accounts))
    policy = replace(appliance.genesis.policy, unattributed=unattributed, require_whitelist=False)
    genesis = replace(appliance.genesis, manifest=kept, policy=policy)
    return SoftwareAppliance(appliance.hsm, genesis, appliance.journal)


def as_tron(layout: str, data: bytes) -> bytes:
    path = cbor2.CBORTag(304, {1: [44, True, 195, True, 0, True, 0, False, 0, False], 2: 7})
    fields = [cbor2.CBORTag(37, UUID), data, *([1] if layout == "B" else []), path]
    return serialize(UniformResource("tron-sign-request", cbor2.dumps(dict(enumerate(fields, 1)))))


@pytest.mark.parametrize("layout", ["A", "B"])
def test_a_tron_request_is_read_and_refused_for_want_of_a_key(
    appliance: SoftwareAppliance, layout: str
) -> None:
    message = as_tron(layout, tron.transfer())
    assert "ACCOUNT-UNKNOWN" in appliance.refusals(message)
    watching = with_accounts(appliance, tron.ACCOUNT)
    assert "KEY-NOT-ON-TOKEN" in watching.refusals(message)
    keyless = with_accounts(appliance, replace(tron.ACCOUNT, public_key=None))
    assert "KEY-NOT-ON-TOKEN" in keyless.refusals(message)


def test_a_solana_request_is_read_and_refused_for_want_of_a_key(
    appliance: SoftwareAppliance,
) -> None:
    path = cbor2.CBORTag(304, {1: [44, True, 501, True, 0, True], 2: 7})
    data = solana.legacy(solana.pay())
    body = {1: cbor2.CBORTag(37, UUID), 2: data, 3: path, 6: 1}
    message = serialize(UniformResource("sol-sign-request", cbor2.dumps(body)))
    assert "ACCOUNT-UNKNOWN" in appliance.refusals(message)
    watching = with_accounts(appliance, solana.ACCOUNT)
    assert "KEY-NOT-ON-TOKEN" in watching.refusals(message)


@pytest.mark.parametrize(
    "case", json.loads((ROOT / "tests/vectors/wire/ur_contents.json").read_bytes()), ids=str
)
def test_every_vector_of_a_request_is_judged_or_refused_by_name(
    appliance: SoftwareAppliance, case: dict[str, Any]
) -> None:
    message = serialize(UniformResource(case["type"], bytes.fromhex(case["body"])))
    try:
        judged = appliance.judge(message)
    except DecodeError:
        return
    assert isinstance(judged, RefusedBatch)
    assert isinstance(judged.received.origin, Unattributed)
