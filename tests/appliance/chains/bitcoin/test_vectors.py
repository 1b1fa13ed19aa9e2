"""Every vector of this project: cleared, refused by these rules, or not decodable at all."""

from collections import Counter
from typing import Any

import pytest

from appliance.errors import MalformedTransaction, UnsupportedTransaction
from tests.appliance.chains.bitcoin.world import (
    attempt,
    decode,
    public_key,
    refusals,
    vectors,
)

ERRORS = {"malformed": MalformedTransaction, "unsupported": UnsupportedTransaction}
CONTEXT_FREE = {
    "PREVIOUS-TRANSACTION",
    "SIGHASH-TYPE",
    "OUTPUT-TYPE",
    "TRANSFER-ZERO",
    "FEE-NEGATIVE",
    "OUTPOINT-REUSED",
}


@pytest.mark.parametrize("case", vectors("cleared.jsonl"), ids=lambda case: case["id"])
def test_reads_each_cleared_vector_as_it_says(case: dict[str, Any]) -> None:
    transaction = decode(bytes.fromhex(case["hex"]))
    assert transaction.findings == ()
    assert transaction.account == case["account"]
    assert transaction.digest.hex() == case["txid"]
    assert transaction.fee.maximum == case["fee"]
    assert [[each.destination, each.amount] for each in transaction.transfers] == case["transfers"]
    assert [[each.path, each.amount] for each in transaction.change] == case["change"]
    signers = [(index, public_key(key)) for index, keys in case["signers"] for key in keys]
    signers += [(index, bytes.fromhex(key)) for index, key in case.get("output_keys", ())]
    given_signers = [(each.index, each.public_key) for each in transaction.signing]
    assert Counter(given_signers) == Counter(signers)


@pytest.mark.parametrize("case", vectors("refused.jsonl"), ids=lambda case: case["id"])
def test_refuses_each_vector_by_its_rules_and_signs_nothing(case: dict[str, Any]) -> None:
    transaction = decode(bytes.fromhex(case["hex"]))
    assert refusals(transaction) == [tuple(each) for each in case["rules"]]
    assert any(case["says"] in each.message for each in transaction.findings)
    assert transaction.signing == ()
    assert transaction.reserves or case["id"] == "no inputs"


@pytest.mark.parametrize("name", ERRORS)
def test_refuses_each_undecodable_vector_for_its_reason(name: str) -> None:
    for case in vectors(f"{name}.jsonl"):
        result = attempt(decode, bytes.fromhex(case["hex"]))
        assert type(result) is ERRORS[name], case["id"]
        assert case["says"] in str(result), case["id"]


def test_still_objects_without_any_wallet_to_what_needs_none() -> None:
    for case in vectors("refused.jsonl"):
        expected = [each for each in case["rules"] if each[0] in CONTEXT_FREE]
        transaction = decode(bytes.fromhex(case["hex"]), ())
        found = [list(each) for each in refusals(transaction)]
        assert all(each in found for each in expected if each[0] != "UNSUPPORTED"), case["id"]
