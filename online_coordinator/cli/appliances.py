"""`coordinator proposal` and `coordinator appliance`: founding an appliance and knowing it."""

import argparse
import sys
import tomllib
from pathlib import Path
from typing import Any

from appliance.wire import record
from appliance.wire.envelope import Algorithm, Envelope
from appliance.wire.statement import StatementType
from appliance.wire.words import words_of
from online_coordinator.appliances.announcement import read_announcement
from online_coordinator.appliances.models import Appliance
from online_coordinator.appliances.proposal import EXAMPLE, parse_proposal
from online_coordinator.appliances.services import appliance_named, genesis_of, register
from online_coordinator.cli.parsers import Commands
from online_coordinator.cli.report import Report, say
from online_coordinator.clock import iso_time, unix_time
from online_coordinator.errors import ProposalInvalid, foreign
from online_coordinator.keys import transport_key
from online_coordinator.links import options as links
from online_coordinator.people.services import known_operators
from online_coordinator.settings.folder import make_data_folder


def add(commands: Commands) -> None:
    """Add the commands."""
    proposals = commands.group("proposal", "what officers are asked to found an appliance on")
    build = proposals.command(
        "build",
        "make a commissioning proposal from a TOML file and send it to the appliance",
        _propose,
        f"coordinator proposal build desk.toml --qr\n\nwith desk.toml like this:\n\n{EXAMPLE}",
    )
    build.add_argument("config", type=Path, help="the proposal (TOML)")
    links.add_sending(build)
    appliances = commands.group("appliance", "registered appliances")
    registering = appliances.command(
        "register",
        "register a founded appliance by its announcement, once its words were compared",
        _register,
        "coordinator appliance register --video announcement.avi",
    )
    links.add_receiving(registering)
    registering.add_argument(
        "--words", help="the words on the appliance's screen (asked for where not given)"
    )
    appliances.command("list", "list the registered appliances", _list)
    telling = appliances.command(
        "announcement", "hand out an appliance's announcement, for the station", _announce
    )
    telling.add_argument("--appliance", help="the beginning of its identity, where several are")
    links.add_sending(telling)


def _propose(options: argparse.Namespace) -> Report:
    try:
        document = tomllib.loads(options.config.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as fault:
        raise ProposalInvalid(f"{options.config}: {foreign(str(fault))}") from None
    key = transport_key(make_data_folder())
    proposal = parse_proposal(document, known_operators(), key.public, unix_time())
    purpose = (proposal.realm, StatementType.PROPOSAL)
    message = Envelope.seal(
        Algorithm.EDDSA, key.public, record.encode(proposal), purpose, key.sign
    ).serialize()
    words = words_of(proposal.digest)
    say("Compare these words with the appliance's screen:")
    say(" ".join(words))
    link = links.send(message, options)
    return Report(
        {"digest": proposal.digest.hex(), "words": list(words), "link": link},
        ("The proposal was sent.",),
    )


def _register(options: argparse.Namespace) -> Report:
    announcement = read_announcement(links.receive(options))
    told = options.words or _ask("Type the words on the appliance's screen: ")
    key = transport_key(make_data_folder())
    appliance = register(announcement, tuple(told.lower().split()), key.public, unix_time())
    return Report(
        _data(appliance),
        (f"Appliance {appliance.identity} is registered for realm {appliance.realm}.",),
    )


def _ask(prompt: str) -> str:
    print(prompt, end="", file=sys.stderr, flush=True)  # noqa: T201  # a question, not output
    return sys.stdin.readline(1024)


def _list(_: argparse.Namespace) -> Report:
    appliances = list(Appliance.objects.all())
    return Report(
        {"appliances": [_data(each) for each in appliances]},
        tuple(f"{each.identity}  {each.realm}" for each in appliances),
    )


def _announce(options: argparse.Namespace) -> Report:
    appliance = appliance_named(options.appliance)
    links.send(bytes(appliance.announcement), options)
    return Report(_data(appliance), (f"Announcement of appliance {appliance.identity} sent.",))


def _data(appliance: Appliance) -> dict[str, Any]:
    genesis = genesis_of(appliance)
    return {
        "appliance": appliance.identity,
        "genesis": appliance.genesis_digest,
        "words": list(words_of(genesis.digest)),
        "realm": appliance.realm,
        "registered": iso_time(appliance.registered),
        "next_sequence": appliance.next_sequence,
        "last_response": appliance.last_response or None,
        "wallets": [account.name for account in genesis.manifest.accounts],
    }
