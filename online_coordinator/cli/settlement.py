"""`coordinator response`, `cosigner`, `broadcast` and `reconcile`: from answered to confirmed."""

import argparse
from pathlib import Path

from online_coordinator.batches.broadcast import broadcast, reconcile
from online_coordinator.batches.content import transactions_of
from online_coordinator.batches.final import add_cosigner
from online_coordinator.batches.flow import batch_named
from online_coordinator.batches.models import Batch
from online_coordinator.batches.responses import import_response
from online_coordinator.batches.show import batch_report, batch_summary
from online_coordinator.cli.parsers import Commands
from online_coordinator.cli.report import Report
from online_coordinator.clock import unix_time
from online_coordinator.errors import NameUnknown, foreign
from online_coordinator.links import options as links
from online_coordinator.links.files import read_file, write_file
from online_coordinator.settings.networks import read_networks
from online_coordinator.workflow import BatchState

MAX_PSBT = 4 << 20


def add(commands: Commands) -> None:
    """Add the commands."""
    responses = commands.group("response", "what the appliance answers")
    importing = responses.command(
        "import",
        "take a response: verify every signature, finalise, read the result again",
        _import,
        "coordinator response import --camera 0",
    )
    importing.add_argument("--batch", help="refuse it unless it is for this batch")
    links.add_receiving(importing)
    cosigners = commands.group("cosigner", "multisig transactions that wait for other signers")
    giving = cosigners.command("export", "write a partly signed PSBT for a cosigner", _give)
    taking = cosigners.command("import", "add a cosigner's signatures from a PSBT", _take)
    for each in (giving, taking):
        each.add_argument("batch")
        each.add_argument("transaction", help="as `batch show` calls it, such as tx-1")
        each.add_argument("--file", type=Path, required=True, help="the PSBT, binary")
    for name, title, handler in (
        ("broadcast", "send the transactions of finalised batches to their chains", _broadcast),
        ("reconcile", "compare broadcast batches with their chains; settle requests", _reconcile),
        ("confirm", "the same as reconcile", _reconcile),
    ):
        parser = commands.command(name, title, handler)
        parser.add_argument("batch", nargs="?", help="only this batch")


def _import(options: argparse.Namespace) -> Report:
    expected = batch_named(options.batch) if options.batch else None
    response = import_response(links.receive(options), expected, unix_time())
    batch = batch_named(response.export.batch.name)
    return Report(
        {**batch_report(batch), "outcome": response.outcome},
        (f"The appliance {_spoken(response.outcome)} batch {batch.name}; it is {batch.state}.",),
    )


def _spoken(outcome: str) -> str:
    return "has " + outcome if outcome != "signed" else "signed"


def _give(options: argparse.Namespace) -> Report:
    batch = batch_named(options.batch)
    stored = transactions_of(batch).filter(identifier=options.transaction).first()
    if stored is None or stored.partial is None:
        raise NameUnknown(f"{foreign(options.transaction)} waits for no cosigner")
    write_file(options.file, bytes(stored.partial))
    return Report(batch_summary(batch), (f"The PSBT is in {options.file}.",))


def _take(options: argparse.Namespace) -> Report:
    batch = batch_named(options.batch)
    psbt = read_file(options.file, MAX_PSBT)
    stored = add_cosigner(batch, options.transaction, psbt, unix_time())
    batch = batch_named(options.batch)
    return Report(batch_report(batch), (f"{stored.identifier} is {stored.state}.",))


def _broadcast(options: argparse.Namespace) -> Report:
    networks, now = read_networks(), unix_time()
    batches = _chosen(options, BatchState.FINALISED)
    for batch in batches:
        broadcast(batch, networks, now)
    return _receipts(batches)


def _reconcile(options: argparse.Namespace) -> Report:
    networks, now = read_networks(), unix_time()
    batches = _chosen(options, BatchState.BROADCAST)
    for batch in batches:
        reconcile(batch, networks, now)
    return _receipts(batches)


def _chosen(options: argparse.Namespace, state: BatchState) -> list[Batch]:
    if options.batch:
        return [batch_named(options.batch)]
    return list(Batch.objects.select_related("appliance").filter(state=state.value))


def _receipts(batches: list[Batch]) -> Report:
    reports = [batch_report(batch) for batch in batches]
    lines = [
        f"{report['batch']} {each['id']}: {each['state']}, {each['confirmations']} confirmations "
        f"{each['txid']}"
        for report in reports
        for each in report["transactions"]
    ]
    return Report({"batches": reports}, tuple(lines) or ("There is nothing to do.",))
