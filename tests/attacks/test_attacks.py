"""Every case of our own adversarial world, answered by one run of `appliance inspect`."""

import json
from collections.abc import Callable, Iterator

import pytest

from tests.attacks import (
    bitcoin,
    bitcoin_encoding,
    bitcoin_fields,
    bitcoin_inputs,
    bitcoin_lies,
    bitcoin_outputs,
    bitcoin_variants,
    claims,
    containers,
    containers_bbqr,
    containers_requests,
    containers_text,
    ethereum,
    ethereum_calls,
    ethereum_encoding,
    ethereum_fields,
    ethereum_messages,
    ethereum_statements,
    ethereum_types,
    ethereum_wrapped,
    hints,
    solana_accounts,
    solana_asked,
    solana_encoding,
    solana_payments,
    solana_programs,
    solana_several,
    solana_stake,
    text,
    tron,
    tron_calls,
    tron_contracts,
    tron_encoding,
    tron_fields,
)
from tests.attacks.case import Case, Table
from tests.attacks.oracle import digests
from tests.attacks.run import printed, problems

ROOMS: dict[str, Callable[[], Iterator[Case]]] = {
    "bitcoin": bitcoin.cases,
    "bitcoin-inputs": bitcoin_inputs.cases,
    "bitcoin-outputs": bitcoin_outputs.cases,
    "bitcoin-lies": bitcoin_lies.cases,
    "bitcoin-variants": bitcoin_variants.cases,
    "bitcoin-fields": bitcoin_fields.cases,
    "bitcoin-encoding": bitcoin_encoding.cases,
    "ethereum": ethereum.cases,
    "ethereum-fields": ethereum_fields.cases,
    "ethereum-calls": ethereum_calls.cases,
    "ethereum-wrapped": ethereum_wrapped.cases,
    "ethereum-types": ethereum_types.cases,
    "ethereum-encoding": ethereum_encoding.cases,
    "ethereum-messages": ethereum_messages.cases,
    "ethereum-statements": ethereum_statements.cases,
    "tron": tron.cases,
    "tron-fields": tron_fields.cases,
    "tron-calls": tron_calls.cases,
    "tron-contracts": tron_contracts.cases,
    "tron-encoding": tron_encoding.cases,
    "solana-payments": solana_payments.cases,
    "solana-several": solana_several.cases,
    "solana-asked": solana_asked.cases,
    "solana-programs": solana_programs.cases,
    "solana-stake": solana_stake.cases,
    "solana-accounts": solana_accounts.cases,
    "solana-encoding": solana_encoding.cases,
    "text": text.cases,
    "containers": containers.cases,
    "containers-bbqr": containers_bbqr.cases,
    "containers-requests": containers_requests.cases,
    "containers-text": containers_text.cases,
    "claims": claims.cases,
    "hints": hints.cases,
}


@pytest.fixture(scope="module")
def asked() -> dict[str, list[Case]]:
    return {name: list(made()) for name, made in ROOMS.items()}


@pytest.fixture(scope="module")
def output(asked: dict[str, list[Case]]) -> bytes:
    return printed([case for cases in asked.values() for case in cases])


@pytest.fixture(scope="module")
def answered(asked: dict[str, list[Case]], output: bytes) -> dict[str, list[tuple[Case, Table]]]:
    answers = [json.loads(line) for line in output.splitlines()]
    names = [case.id for cases in asked.values() for case in cases]
    assert [answer["id"] for answer in answers] == names
    each = iter(answers)
    return {room: [(case, next(each)) for case in cases] for room, cases in asked.items()}


@pytest.mark.parametrize("room", ROOMS)
def test_every_case_is_judged_read_and_named_rightly(
    room: str, answered: dict[str, list[tuple[Case, Table]]]
) -> None:
    wrong = {case.id: found for case, told in answered[room] if (found := problems(case, told))}
    assert wrong == {}


def test_the_world_is_large_and_every_name_unique(asked: dict[str, list[Case]]) -> None:
    names = [case.id for cases in asked.values() for case in cases]
    assert len(names) > 1_000
    assert len(set(names)) == len(names)


def test_what_would_be_signed_is_what_independent_libraries_hash(
    answered: dict[str, list[tuple[Case, Table]]],
) -> None:
    compared = 0
    for cases in answered.values():
        for case, told in cases:
            if case.expected == "accept" and told["verdict"] == "cleared":
                wanted = digests(case)
                compared += wanted is not None
                assert wanted in (None, told["digests"]["signing"]), case.id
    assert compared > 90


def test_no_control_or_invisible_character_of_a_payload_is_printed(output: bytes) -> None:
    assert all(byte == 0x0A or 0x20 <= byte < 0x7F for byte in output)


def test_no_finding_repeats_an_unprintable_character(
    answered: dict[str, list[tuple[Case, Table]]],
) -> None:
    for cases in answered.values():
        for case, told in cases:
            spoken = "".join(each["message"] + each["where"] for each in told["findings"])
            assert spoken.isprintable(), case.id
