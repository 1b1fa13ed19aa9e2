"""Ethereum on a real EVM node: nonces, gas, tokens, signatures, receipts."""

from collections.abc import Iterator
from dataclasses import replace

import pytest
from eth_account import Account
from eth_account.typed_transactions.typed_transaction import TypedTransaction
from hexbytes import HexBytes

from appliance.wire.epochs import EthereumAccount
from online_coordinator.batches.broadcast import broadcast, reconcile
from online_coordinator.batches.content import transactions_of
from online_coordinator.batches.models import Batch
from online_coordinator.batches.responses import import_response
from online_coordinator.batches.show import batch_report
from online_coordinator.errors import BuildRefused, FundsShort
from online_coordinator.settings.networks import EthereumNetwork, Networks, TransactionType
from online_coordinator.workflow import BatchState
from tests.online_coordinator.desk import CLIENTS, NOW, Desk, eth_row, found
from tests.online_coordinator.evm import Evm

WEI = 10**18
UNITS = 10**6


@pytest.fixture
def funded(database: None, evm: Evm) -> Iterator[Desk]:
    """Open a desk on the node; what happens on the chain is taken back."""
    before = evm.call("evm_snapshot")
    desk = Desk.opened(Networks({}, {"31337": evm.network}), found(token=evm.token))
    evm.fund(address(desk), 10 * WEI, 1000 * UNITS)
    yield desk
    evm.call("evm_revert", before)


def address(desk: Desk) -> str:
    account = desk.stand_in.genesis.manifest.accounts[2]
    assert isinstance(account, EthereumAccount)
    return account.address


def settled(desk: Desk, evm: Evm, *rows: str) -> Batch:
    """Take requests all the way to their chain."""
    batch, request = desk.exported(*rows)
    import_response(desk.stand_in.sign(request), batch, NOW)
    batch.refresh_from_db()
    broadcast(batch, desk.networks, NOW)
    evm.mine(2)
    reconcile(batch, desk.networks, NOW)
    return batch


def test_coins_and_tokens_arrive_exactly(funded: Desk, evm: Evm) -> None:
    rows = (
        eth_row(1, "0.123456789012345678", "ETH", CLIENTS[0]),
        eth_row(2, "250.000001", "USDT", CLIENTS[1]),
        eth_row(3, "1", "USDT", CLIENTS[2]),
    )
    coins, tokens = evm.balance(CLIENTS[0]), [evm.token_balance(each) for each in CLIENTS]
    batch = settled(funded, evm, *rows)
    assert batch.state == BatchState.CONFIRMED.value
    assert evm.balance(CLIENTS[0]) - coins == 123456789012345678
    gained = [evm.token_balance(each) - old for each, old in zip(CLIENTS, tokens, strict=True)]
    assert gained == [0, 250_000_001, 1_000_000]
    receipts = batch_report(batch)["transactions"]
    assert all(each["confirmations"] >= 2 for each in receipts)
    assert [each["facts"]["nonce"] for each in receipts] == ["0", "1", "2"]


@pytest.mark.parametrize("kind", ["eip-1559", "legacy"])
def test_raw_transactions_are_what_another_library_reads(
    funded: Desk, evm: Evm, kind: TransactionType
) -> None:
    network = EthereumNetwork("31337", evm.url, 2, kind)
    desk = replace(funded, networks=Networks({}, {"31337": network}))
    batch = settled(desk, evm, eth_row(1, "1", "USDT"))
    assert batch.state == BatchState.CONFIRMED.value
    (stored,) = transactions_of(batch)
    raw = bytes(stored.raw or b"")
    assert Account.recover_transaction(raw) == address(desk)
    if kind == "eip-1559":
        fields = TypedTransaction.from_bytes(HexBytes(raw)).as_dict()
        assert (fields["chainId"], fields["value"]) == (31337, 0)
        assert fields["maxFeePerGas"] * fields["gas"] == stored.maximum_fee
    seen = evm.call("eth_getTransactionByHash", stored.txid)
    assert seen["to"] == evm.token.lower()
    assert int(seen["type"], 16) == (2 if kind == "eip-1559" else 0)


def test_nonces_go_on_from_batch_to_batch(funded: Desk, evm: Evm) -> None:
    first = settled(funded, evm, eth_row(1), eth_row(2))
    second = settled(funded, evm, eth_row(3))
    nonces = [
        each["facts"]["nonce"]
        for batch in (first, second)
        for each in batch_report(batch)["transactions"]
    ]
    assert nonces == ["0", "1", "2"]


def test_a_transfer_that_would_fail_is_never_built(funded: Desk, evm: Evm) -> None:
    with pytest.raises(FundsShort, match="base units"):
        funded.built(eth_row(1, "1000.000001", "USDT"))
    evm.call("anvil_setCode", evm.token, "0x60006000fd")
    with pytest.raises(BuildRefused, match="tells no balance"):
        funded.build()


def test_a_dropped_transaction_is_sent_again(funded: Desk, evm: Evm) -> None:
    batch, request = funded.exported(eth_row(1))
    import_response(funded.stand_in.sign(request), batch, NOW)
    batch.refresh_from_db()
    evm.call("evm_setAutomine", False)  # noqa: FBT003  # the node's own parameter
    try:
        broadcast(batch, funded.networks, NOW)
        evm.call("anvil_dropAllTransactions")
        evm.mine(3)
        reconcile(batch, funded.networks, NOW)
        assert batch.state == BatchState.BROADCAST.value
        broadcast(batch, funded.networks, NOW)
        evm.mine(3)
    finally:
        evm.call("evm_setAutomine", True)  # noqa: FBT003  # the node's own parameter
    reconcile(batch, funded.networks, NOW)
    assert batch.state == BatchState.CONFIRMED.value
