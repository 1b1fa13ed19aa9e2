"""`coordinator people`: operators and their personal keys."""

import argparse
from pathlib import Path

from appliance.wire.terms import Role
from online_coordinator.cli.parsers import Commands
from online_coordinator.cli.passphrase import read_passphrase
from online_coordinator.cli.report import Report
from online_coordinator.errors import InputRefused
from online_coordinator.keys import create_personal_key
from online_coordinator.people.models import Operator
from online_coordinator.people.services import ROLES, add_operator


def add(commands: Commands) -> None:
    """Add the commands."""
    group = commands.group("people", "operators (makers and checkers) and their keys")
    keygen = group.command(
        "keygen",
        "make a personal key: a file, encrypted with a passphrase, that stays with its person",
        _keygen,
        "coordinator people keygen --out mia.key",
        database=False,
    )
    keygen.add_argument("--out", type=Path, required=True, help="the new key file")
    keygen.add_argument("--passphrase-file", type=Path, help="instead of typing the passphrase")
    adding = group.command(
        "add",
        "add an operator by the public key that `keygen` printed",
        _add,
        "coordinator people add Mia --role maker --key 5f1c...",
    )
    adding.add_argument("name")
    adding.add_argument("--role", required=True, choices=[role.value for role in ROLES])
    adding.add_argument("--key", required=True, help="Ed25519 public key, 64 hex digits")
    group.command("list", "list the operators", _list)


def _keygen(options: argparse.Namespace) -> Report:
    passphrase = read_passphrase(options.passphrase_file, "New passphrase")
    if options.passphrase_file is None and passphrase != read_passphrase(None, "Once more"):
        raise InputRefused("the two passphrases differ")
    public = create_personal_key(options.out, passphrase).public.hex()
    return Report(
        {"file": str(options.out), "public_key": public},
        (f"The key is in {options.out}. Its public key:", public),
    )


def _add(options: argparse.Namespace) -> Report:
    try:
        key = bytes.fromhex(options.key)
    except ValueError:
        raise InputRefused("the key is not hexadecimal") from None
    operator = add_operator(options.name, Role(options.role), key)
    return Report(_data(operator), (f"{operator} is known by key {operator.key}.",))


def _list(_: argparse.Namespace) -> Report:
    operators = list(Operator.objects.all())
    return Report(
        {"operators": [_data(each) for each in operators]},
        tuple(f"{each.role:8} {each.name:24} {each.key}" for each in operators),
    )


def _data(operator: Operator) -> dict[str, str]:
    return {"name": operator.name, "role": operator.role, "key": operator.key}
