"""Trezor's own cases: what it signs is what is serialized here, and is explained here."""

import struct
from typing import Any

import base58
from solders.pubkey import Pubkey
from solders.signature import Signature

from appliance.chains.solana.address import normalise_address, parse_address, spell_address
from appliance.chains.solana.message import Instruction, Lookup, Message, parse, serialize
from tests.appliance.chains.solana.world import read_as_others_do, refusals, rules, says
from tests.shared_vectors import folder, need, shared

FIELDS = {
    "units": "<I",
    "bytes": "<I",
    "lamports": "<Q",
    "amount": "<Q",
    "space": "<Q",
    "unix_timestamp": "<q",
    "epoch": "<Q",
    "decimals": "<B",
    "authority_type": "<B",
    "stake_authorize": "<I",
}
"""Fields of instructions that are numbers; the others are addresses, texts and optional ones."""
TREZOR = Pubkey.from_string("14CCvQzQzHCVgZM3j9soPnXuJXh1RmCfwLVUcdfbZVBS")
"""The key at m/44'/501'/0'/0' of the cases' mnemonic."""
CLEARED_OF_TREZOR = {"Native SOL Payment request"}


def field(name: str, value: Any) -> bytes:
    match value:
        case {"is_included": included, **rest}:
            return b"\1" + field(name, rest["value"]) if included else b"\0"
        case {"length": length, "chars": text}:
            return bytes(struct.pack("<Q", length) + text.encode())
        case str():
            return bytes(Pubkey.from_string(value))
        case _:
            packed: bytes = struct.pack(FIELDS[name], value)
            return packed


def instruction_data(program: str, data: dict[str, Any] | str) -> bytes:
    if isinstance(data, str):
        return bytes.fromhex(data)[1:]
    fields = dict(data)
    number = fields.pop("instruction_id")
    if "memo" in fields:
        return str(fields["memo"]).encode()
    width = 4 if program.startswith(("1111", "Stake")) else 1
    head = b"" if number is None else int(number).to_bytes(width, "little")
    return head + b"".join([field(name, value) for name, value in fields.items()])


def account_indexes(accounts: dict[str, Any] | list[int]) -> bytes:
    found: list[int] = []
    for each in accounts if isinstance(accounts, list) else accounts.values():
        found += each if isinstance(each, list) else [] if each is None else [each]
    return bytes(found)


def constructed(case: dict[str, Any]) -> Message:
    built = case["parameters"]["construct"]
    header, accounts = built["header"], built["accounts"]
    return Message(
        built["version"],
        header["signers"],
        header["readonly_signers"],
        header["readonly_non_signers"],
        tuple(bytes(Pubkey.from_string(each)) for each in accounts),
        base58.b58decode(built["blockhash"]),
        tuple(
            Instruction(
                each["program_index"],
                account_indexes(each["accounts"]),
                instruction_data(accounts[each["program_index"]], each["data"]),
            )
            for each in built["instructions"]
        ),
        tuple(
            Lookup(
                bytes(Pubkey.from_string(each["account"])),
                bytes(each["readwrite"]),
                bytes(each["readonly"]),
            )
            for each in built["luts"]
        ),
    )


def trezor_cases() -> list[dict[str, Any]]:
    names = sorted(path.name for path in (folder() / "sol").glob("trezor_*program*.jsonl"))
    names += ["trezor_payment_request.jsonl", "trezor_predefined_transactions.jsonl"]
    names += ["trezor_staking_transactions.jsonl", "trezor_unknown_instructions.jsonl"]
    return [case for name in names for case in shared(f"sol/{name}")]


def test_writes_the_bytes_that_trezor_signs_and_explains_them() -> None:
    """Trezor's signature verifies over what is serialized here, so it is the same message."""
    cases = [each["case"] for each in need(trezor_cases())]
    assert len(cases) == 45
    for case in cases:
        message, name = constructed(case), case["description"]
        data = serialize(message)
        signature = Signature(bytes.fromhex(case["result"]["expected_signature"]))
        assert signature.verify(TREZOR, data), name
        assert parse(data) == message, name
        decoded = read_as_others_do(data)
        assert bool(refusals(decoded)) == (name not in CLEARED_OF_TREZOR), (name, says(decoded))
        if message.lookups:
            assert "LOOKUP-TABLE" in rules(decoded), name


def test_the_addresses_that_trezor_derives_are_spelled_as_it_spells_them() -> None:
    for case in need(shared("sol/trezor_get_address.jsonl")):
        text = case["case"]["result"]["expected_address"]
        assert normalise_address(text, "mainnet") == text
    for case in need(shared("sol/trezor_get_public_key.jsonl")):
        key = bytes.fromhex(case["case"]["result"]["expected_public_key"])
        assert parse_address(spell_address(key)) == key
