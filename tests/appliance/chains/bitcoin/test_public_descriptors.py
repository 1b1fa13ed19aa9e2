"""Public descriptors, policies and extended keys: derived as others derive them, or refused."""

import json
import re
from typing import Any

import pytest
from embit import base58
from embit.descriptor.checksum import add_checksum

from appliance.chains.bitcoin.descriptor import descriptor_address, parse_descriptor
from appliance.chains.bitcoin.extended_key import ExtendedKey, child, parse_extended_key
from appliance.chains.bitcoin.network import network_named
from appliance.errors import DecodeError
from tests.shared_vectors import need, shared

FORMS = re.compile(
    r"(pkh|wpkh|tr)\([^(),]*\)|sh\(wpkh\([^()]*\)\)"
    r"|wsh\((sorted)?multi\([^()]*\)\)|sh\(wsh\((sorted)?multi\([^()]*\)\)\)"
)
FOREIGN = re.compile("xprv|[(,\\]][5KL]|04a34b|/[0-9*]+['hH](?![^\\[]*\\])")
MAINNET = network_named("mainnet")


def registrations() -> list[dict[str, Any]]:
    return need(shared("btc-descriptor/jade_multisig_registration.jsonl"))


def _text(descriptor: dict[str, Any], paths: list[list[int]]) -> str:
    signers = zip(descriptor["signers"], paths, strict=True)
    keys = ",".join(s["xpub"] + "".join(f"/{step}" for step in path) for s, path in signers)
    function = "sortedmulti" if descriptor["sorted"] else "multi"
    inner = f"{function}({descriptor['threshold']},{keys})"
    return str(descriptor["variant"]).replace("multi(k)", inner)


def test_agrees_with_every_multisig_that_another_device_registers() -> None:
    """Those of Liquid are of another chain, and their addresses blinded."""
    seen = 0
    for case in registrations():
        about = case.get("case", {}).get("input", {})
        if not isinstance(about.get("descriptor"), dict) or "liquid" in about["network"]:
            continue
        for expected in case["case"]["address_tests"]:
            paths = [
                [*signer.get("path", []), *path]
                for signer, path in zip(
                    about["descriptor"]["signers"], expected["paths"], strict=True
                )
            ]
            text = str(add_checksum(_text(about["descriptor"], paths)))
            assert descriptor_address(text, about["network"]) == expected["expected_address"]
            seen += 1
    assert seen


def test_agrees_with_every_descriptor_that_another_device_registers() -> None:
    for case in registrations():
        about = case.get("case", {}).get("input", {})
        if not isinstance(about.get("descriptor"), str):
            continue
        for expected in case["case"]["address_tests"]:
            text = about["descriptor"].replace("/**", "/<0;1>/*")
            branch, index = expected["branch"], expected["pointer"]
            for name, key in about["datavalues"].items():
                text = text.replace(name, key)
            for branches in ("<0;1>", "<2;3>"):
                text = text.replace(branches, branches[1:-1].split(";")[branch])
            closed = str(add_checksum(text.replace("*", str(index))))
            if "older" in text:
                with pytest.raises(DecodeError):
                    descriptor_address(closed, about["network"])
            else:
                address = descriptor_address(closed, about["network"])
                assert address == expected["expected_address"]


def test_reads_the_policies_of_plain_wallets_and_refuses_every_other() -> None:
    plain = 0
    for case in need(shared("btc-descriptor/bip388_policies.jsonl")):
        if case["expect"] != "valid":
            continue
        keys = json.loads(case["keys"]) if isinstance(case["keys"], str) else case["keys"]
        text = case["template"].replace("/**", "/<0;1>/*")
        for number, key in enumerate(keys):
            text = text.replace(f"@{number}/", f"{key}/")
        closed = str(add_checksum(text))
        if "older" in text or "musig" in text:
            with pytest.raises(DecodeError):
                parse_descriptor(closed, "mainnet")
        else:
            parse_descriptor(closed, "mainnet")
            plain += 1
    assert plain == 3


def test_reads_every_public_descriptor_within_the_grammar() -> None:
    """Private, uncompressed and hardened keys have no place here, whatever they are in."""
    seen = 0
    for case in need(shared("btc-descriptor/bip380_family.jsonl")):
        text = case.get("descriptor", "#")
        if case["expect"] != "valid" or not FORMS.fullmatch(text) or FOREIGN.search(text):
            continue
        parse_descriptor(str(add_checksum(text)), "mainnet")
        seen += 1
    assert seen


def test_derives_the_public_children_of_another_wallet() -> None:
    seen = 0
    for case in need(shared("btc-keys/bip32_hwi.jsonl.gz")):
        known = {each["path"]: each["xpub"] for each in case["case"]["vectors"]}
        for path, xpub in known.items():
            parent, _, step = path.rpartition("/")
            if parent in known and step.isdigit():
                derived = child(parse_extended_key(known[parent], MAINNET), int(step))
                assert derived == parse_extended_key(xpub, MAINNET)
                seen += 1
    assert seen


def test_derives_the_public_children_of_secp256k1() -> None:
    """The other curves' keys have no public children here."""
    cases = need(shared("btc-keys/slip10.jsonl"))
    known = {
        (case["seed"], case["path"]): ExtendedKey(
            bytes.fromhex(case["public"]), bytes.fromhex(case["chain_code"])
        )
        for case in cases
        if case["curve"].endswith("secp256k1")
    }
    for (seed, path), key in known.items():
        parent, _, step = path.rpartition("/")
        if (seed, parent) in known and step.isdigit():
            assert child(known[seed, parent], int(step)) == key


def test_an_extended_private_key_never_enters() -> None:
    for case in need(shared("btc-keys/bip32.jsonl")):
        if "xprv" in case:
            with pytest.raises(DecodeError, match="private"):
                parse_extended_key(case["xprv"], MAINNET)
    assert base58.decode_check(need(shared("btc-keys/bip39.jsonl"))[0]["xprv"])[45] == 0
