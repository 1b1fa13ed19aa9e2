"""The probe tells what an HSM offers without a PIN, and leaves nothing behind."""

import dataclasses
import json
from dataclasses import replace

import pytest

from appliance.errors import HsmError
from appliance.hsm.connection import connected_serials
from appliance.hsm.probe import ProbeReport, probe
from appliance.wire.terms import Curve
from tests.appliance.hsm.desk import Founded, serve
from tests.appliance.hsm.signer_process import LABEL, SoftToken, run


def probed(token: SoftToken) -> ProbeReport:
    return probe(token.module)


def test_tells_what_softhsm_offers(founded: Founded) -> None:
    report = run(founded.token, probed)
    found = {token.serial: token for token in report.tokens}[founded.token.serial]
    assert (found.label, found.initialised, found.user_pin_set) == (LABEL, True, True)
    assert {"ECDSA", "EC_KEY_PAIR_GEN"} <= {mechanism.name for mechanism in found.mechanisms}
    assert found.missing == ()
    assert report.module.manufacturer == "SoftHSM"


def test_shows_that_the_hsm_enforces_no_digest_length(founded: Founded) -> None:
    report = run(founded.token, probed)
    found = {token.serial: token for token in report.tokens}[founded.token.serial]
    assert {curve.curve: curve.usable for curve in found.curves} == dict.fromkeys(Curve, True)
    assert all({0, 31, 32, 33} <= set(curve.digest_lengths) for curve in found.curves)


def test_a_token_that_is_not_initialised_is_listed(token: SoftToken) -> None:
    fresh = [one for one in run(token, probed).tokens if not one.initialised]
    assert [(one.serial, one.user_pin_set) for one in fresh] == [("", False)]
    assert all(curve.usable is None for curve in fresh[0].curves)


def probed_then_served(token: SoftToken, founded: Founded) -> ProbeReport:
    report = probe(token.module)
    serve(token, founded.genesis)
    return report


def test_leaves_no_key_behind_and_is_json(founded: Founded) -> None:
    report = run(founded.token, probed_then_served, founded)
    assert json.loads(json.dumps(dataclasses.asdict(report)))["module"]["cryptoki"] == "2.40"


def connected(token: SoftToken) -> tuple[str, ...]:
    return connected_serials(token.module)


def test_a_token_is_found_by_its_serial_number_once_it_is_initialised(founded: Founded) -> None:
    assert founded.token.serial in run(founded.token, connected)
    assert "" not in run(founded.token, connected)


def test_a_module_that_cannot_be_loaded_is_an_hsm_error(token: SoftToken) -> None:
    with pytest.raises(HsmError, match="did not answer"):
        run(replace(token, module="/nowhere/module.so"), probed)
