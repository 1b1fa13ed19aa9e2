"""Building: which requests, which nonces, at what fee, with what funds."""

from dataclasses import replace

import pytest

from online_coordinator.batches.build import Selection
from online_coordinator.batches.content import transactions_of, verified_content
from online_coordinator.batches.flow import advance
from online_coordinator.batches.models import Batch, Reservation
from online_coordinator.errors import (
    FeeCeiling,
    FundsShort,
    LaneGap,
    NameUnknown,
    NodeAnswer,
    NodeUnreachable,
    NothingToDo,
)
from online_coordinator.requests.models import Withdrawal
from online_coordinator.workflow import Step
from tests.online_coordinator.desk import NOW, Desk, eth_row, networks
from tests.online_coordinator.ethereum_simulator import WEI, EthereumSimulator


def states() -> set[str]:
    return set(Withdrawal.objects.values_list("state", flat=True))


def nonces(batch: Batch) -> list[int]:
    held = Reservation.objects.filter(transaction__batch=batch).order_by("position")
    return list(held.values_list("position", flat=True))


def test_a_discarded_batch_leaves_no_trace_on_its_lane(desk: Desk) -> None:
    batch = desk.built(eth_row(1))
    advance(batch, Step.DISCARD, NOW)
    assert states() == {"pending"}
    assert nonces(desk.build()) == nonces(batch)


def test_batches_in_flight_do_not_share_nonces(desk: Desk) -> None:
    first, second = desk.built(eth_row(1), eth_row(2)), desk.built(eth_row(3))
    assert nonces(first) == [0, 1]
    assert nonces(second) == [2]
    advance(first, Step.DISCARD, NOW)
    desk.ask(eth_row(4))
    with pytest.raises(LaneGap, match="2 free nonces"):
        desk.build()
    assert nonces(desk.build(Selection(("W-1", "W-4")))) == [0, 1]


def test_a_selection_takes_only_what_it_names(desk: Desk) -> None:
    desk.ask(eth_row(1), eth_row(2))
    batch = desk.build(Selection(requests=("W-2",)))
    assert [each.id for each in verified_content(batch).withdrawals] == ["W-2"]
    with pytest.raises(NameUnknown):
        desk.build(Selection(requests=("W-2",)))
    with pytest.raises(NothingToDo):
        desk.build(Selection(wallets=("desk-btc",)))


def test_refuses_to_build_beyond_the_funds(desk: Desk, simulator: EthereumSimulator) -> None:
    simulator.balance = 2 * WEI
    with pytest.raises(FundsShort, match="fees included"):
        desk.built(eth_row(1, "2"))
    assert states() == {"pending"}
    simulator.balance = 3 * WEI
    desk.build()
    desk.ask(eth_row(2, "1"))
    with pytest.raises(FundsShort, match="taken by"):
        desk.build()


def test_refuses_to_build_beyond_the_token_balance(
    desk: Desk, simulator: EthereumSimulator
) -> None:
    simulator.token_balance = 999_999
    with pytest.raises(FundsShort, match="base units of 0x5FbD"):
        desk.built(eth_row(1, "1", "USDT"))


def test_offers_no_more_than_the_policy_allows(desk: Desk, simulator: EthereumSimulator) -> None:
    simulator.base_fee = 300 * 10**9
    batch = desk.built(eth_row(1))
    assert transactions_of(batch)[0].maximum_fee == 21_000 * 500 * 10**9
    simulator.base_fee = 600 * 10**9
    desk.ask(eth_row(2))
    with pytest.raises(FeeCeiling):
        desk.build()


def test_says_which_node_does_not_answer(desk: Desk) -> None:
    desk.ask(eth_row(1))
    deaf = replace(desk, networks=networks("http://127.0.0.1:9"))
    with pytest.raises(NodeUnreachable, match="chain 31337"):
        deaf.build()
    assert states() == {"pending"}


def test_refuses_a_node_of_another_chain(desk: Desk, simulator: EthereumSimulator) -> None:
    simulator.chain_id = 1
    with pytest.raises(NodeAnswer, match="chain id is 1"):
        desk.built(eth_row(1))
