"""A commissioning proposal from its configuration file."""

import tomllib
from typing import Any

import pytest

from appliance.wire import record
from appliance.wire.epochs import (
    BitcoinMultisigPlan,
    BitcoinWalletPlan,
    CommissioningProposal,
    EthereumWalletPlan,
)
from appliance.wire.terms import Chain, Realm
from online_coordinator.appliances.proposal import EXAMPLE, parse_proposal
from online_coordinator.errors import ProposalInvalid
from tests.online_coordinator.desk import CLIENTS, NOW, OPERATORS


def parsed(text: str = EXAMPLE) -> CommissioningProposal:
    return parse_proposal(tomllib.loads(text), OPERATORS, bytes(32), NOW)


def changed(**changes: Any) -> CommissioningProposal:
    return parse_proposal({**tomllib.loads(EXAMPLE), **changes}, OPERATORS, bytes(32), NOW)


def test_says_exactly_what_the_file_says() -> None:
    proposal = parsed()
    assert proposal.realm is Realm.TEST
    assert proposal.operators == OPERATORS
    assert proposal.policy.bitcoin_fees is not None
    assert proposal.policy.bitcoin_fees.max_fraction_ppm == 50_000
    assert proposal.policy.ethereum_fees is not None
    assert proposal.policy.ethereum_fees.max_fee_per_gas == 500 * 10**9
    assert [limit.chain for limit in proposal.policy.limits] == [None, Chain.ETHEREUM]
    assert [each.label for each in proposal.whitelist.entries] == ["Client-1"]
    assert [type(plan) for plan in proposal.wallets] == [
        BitcoinWalletPlan,
        BitcoinMultisigPlan,
        EthereumWalletPlan,
    ]
    assert record.decode(CommissioningProposal, record.encode(proposal)) == proposal


def test_enables_serial_and_public_requests_only_where_the_file_says_so() -> None:
    assert not parsed().policy.serial_link
    assert parsed().policy.unattributed == ()
    policy = {**tomllib.loads(EXAMPLE)["policy"], "serial_link": True, "unattributed": ["cold-eth"]}
    enabled = changed(policy=policy).policy
    assert enabled.serial_link
    assert enabled.unattributed == ("cold-eth",)


def test_writes_addresses_in_their_one_spelling() -> None:
    entry = {"chain": "ethereum", "network": "1", "address": CLIENTS[0].lower(), "label": "x"}
    assert changed(whitelist=[entry]).whitelist.entries[0].address == CLIENTS[0]


def test_names_its_own_operators_where_it_does() -> None:
    operators = [
        {"name": "Ann", "role": "maker", "key": "11" * 32},
        {"name": "Bob", "role": "checker", "key": "22" * 32},
    ]
    assert [person.name for person in changed(operators=operators).operators] == ["Ann", "Bob"]


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"realm": "demo"}, "realm must be one of"),
        ({"surprise": 1}, "unknown key surprise"),
        ({"signers_required": 1}, "at least 2"),
        ({"signers_required": 4}, "at most signers"),
        ({"signers": "3"}, "whole number"),
        ({"policy": {"require_whitelist": False}}, "limits nothing"),
        ({"policy": {"require_whitelist": "yes"}}, "true or false"),
        ({"policy": {"require_whitelist": True, "force": True}}, "unknown key force"),
        ({"policy": {"require_whitelist": True, "serial_link": "on"}}, "true or false"),
        ({"policy": {"require_whitelist": True, "unattributed": "all"}}, "a list of texts"),
        (
            {"policy": {"require_whitelist": True, "unattributed": ["nobody"]}},
            "not proposed",
        ),
        ({"wallets": []}, "length"),
        ({"wallets": [{"kind": "tron", "name": "t", "network": "1"}]}, "kind is"),
        ({"operators": [{"name": "Ann", "role": "maker", "key": "11" * 32}]}, "one checker"),
        ({"operators": [{"name": "Ann", "role": "signer", "key": "11" * 32}]}, "nobody else"),
        ({"operators": [{"name": "Ann", "role": "maker", "key": "xy"}]}, "hexadecimal"),
        (
            {
                "operators": [
                    {"name": "Ann", "role": "maker", "key": "11" * 32},
                    {"name": "Ann", "role": "checker", "key": "11" * 32},
                ]
            },
            "one key",
        ),
        (
            {"whitelist": [{"chain": "ethereum", "network": "1", "address": "0x12", "label": "x"}]},
            "not an address",
        ),
        ({"tokens": [{"chain": "ethereum"}]}, "network is missing"),
    ],
)
def test_refuses_what_an_appliance_could_not_be_founded_on(
    changes: dict[str, Any], says: str
) -> None:
    with pytest.raises(ProposalInvalid, match=says):
        changed(**changes)


def test_refuses_two_wallets_of_one_name() -> None:
    wallets = tomllib.loads(EXAMPLE)["wallets"]
    with pytest.raises(ProposalInvalid, match="one name"):
        changed(wallets=[wallets[0], wallets[0]])


@pytest.mark.parametrize("fraction", ["5%", "0.0000001", "1e-3", "-0.1", "2"])
def test_refuses_a_fee_fraction_that_is_not_exact(fraction: str) -> None:
    fees = {"bitcoin": {"max_fraction": fraction}}
    with pytest.raises(ProposalInvalid, match="max_fraction"):
        changed(policy={"require_whitelist": True, "fees": fees})
