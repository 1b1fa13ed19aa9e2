"""`coordinator batch`: from built to exported."""

import argparse
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from appliance.wire import record
from appliance.wire.messages import OperatorApproval
from online_coordinator.appliances.services import appliance_named
from online_coordinator.batches.approvals import approve_as_maker, take_checker_approval
from online_coordinator.batches.build import Selection, build, rebuild
from online_coordinator.batches.content import verified_content
from online_coordinator.batches.export import export
from online_coordinator.batches.flow import advance, batch_named
from online_coordinator.batches.models import Batch
from online_coordinator.batches.show import batch_report, batch_summary
from online_coordinator.cli.parsers import Commands
from online_coordinator.cli.passphrase import read_passphrase
from online_coordinator.cli.report import Report
from online_coordinator.clock import iso_time, unix_time
from online_coordinator.keys import open_personal_key, transport_key
from online_coordinator.links import options as links
from online_coordinator.links.files import read_file
from online_coordinator.settings.folder import make_data_folder
from online_coordinator.settings.networks import read_networks
from online_coordinator.workflow import Step

HOUR = 3600
MAX_APPROVAL_FILE = 4096


def add(commands: Commands) -> None:
    """Add the commands."""
    group = commands.group("batch", "batches: build, approve, check, export, show")
    _add_building(group)
    approving = group.command(
        "approve",
        "approve a batch as its maker, with a personal key",
        _approve,
        "coordinator batch approve B20260102-0001 --key mia.key",
    )
    approving.add_argument("batch")
    approving.add_argument("--key", type=Path, required=True, help="the maker's key file")
    approving.add_argument("--passphrase-file", type=Path, help="instead of typing it")
    checking = group.command("check", "take the approval that the checker's station wrote", _check)
    checking.add_argument("batch")
    checking.add_argument("--approval", type=Path, required=True, help="the station's file")
    exporting = group.command(
        "export",
        "send a checked batch to the appliance, or (--for-checker) its content to the station",
        _export,
        "coordinator batch export B20260102-0001 --qr",
    )
    exporting.add_argument("batch")
    exporting.add_argument("--for-checker", action="store_true", help="the content to be checked")
    exporting.add_argument(
        "--valid-hours", type=int, default=24, help="how long the appliance may sign it"
    )
    links.add_sending(exporting)
    showing = group.command("show", "show a batch: states, approvals, receipts", _show)
    showing.add_argument("batch")
    group.command("list", "list the batches", _list)


def _add_building(group: Commands) -> None:
    building = group.command(
        "build",
        "make unsigned transactions of pending requests, from the state of their chains",
        _build,
        "coordinator batch build --wallet cold-btc",
    )
    building.add_argument("--request", action="append", default=[], help="only this request (more)")
    building.add_argument("--wallet", action="append", default=[], help="only this wallet (more)")
    building.add_argument("--appliance", help="the beginning of its identity, where several are")
    again = group.command(
        "rebuild", "make a batch's transactions anew (fees, coins); voids its approvals", _rebuild
    )
    again.add_argument("batch")
    leaving = group.command("discard", "give up a batch that was not exported", _discard)
    leaving.add_argument("batch")


def _build(options: argparse.Namespace) -> Report:
    appliance = appliance_named(options.appliance)
    selection = Selection(tuple(options.request), tuple(options.wallet))
    return _shown(build(appliance, selection, read_networks(), unix_time()))


def _rebuild(options: argparse.Namespace) -> Report:
    batch = batch_named(options.batch)
    rebuild(batch, read_networks(), unix_time())
    return _shown(batch)


def _discard(options: argparse.Namespace) -> Report:
    batch = batch_named(options.batch)
    advance(batch, Step.DISCARD, unix_time())
    return _shown(batch)


def _approve(options: argparse.Namespace) -> Report:
    batch = batch_named(options.batch)
    key = open_personal_key(
        options.key, read_passphrase(options.passphrase_file, "Maker's passphrase")
    )
    person = approve_as_maker(batch, key, unix_time())
    return Report(
        {**batch_summary(batch), "maker": person.name},
        (f"{person.name} approved batch {batch.name} as its maker.",),
    )


def _check(options: argparse.Namespace) -> Report:
    batch = batch_named(options.batch)
    data = read_file(options.approval, MAX_APPROVAL_FILE)
    approval = record.decode(OperatorApproval, data)
    person = take_checker_approval(batch, approval, unix_time())
    return Report(
        {**batch_summary(batch), "checker": person.name},
        (f"{person.name} approved batch {batch.name} as its checker.",),
    )


def _export(options: argparse.Namespace) -> Report:
    batch = batch_named(options.batch)
    if options.for_checker:
        links.send(record.encode(verified_content(batch)), options)
        return Report(batch_summary(batch), (f"Content of batch {batch.name} sent.",))
    key = transport_key(make_data_folder())
    seconds = options.valid_hours * HOUR
    exported = export(batch, key, read_networks(), seconds, unix_time())
    link = links.send(bytes(exported.envelope), options)
    return Report(
        {
            **batch_summary(batch),
            "sequence": exported.sequence,
            "request_digest": exported.digest,
            "expires": iso_time(exported.expires),
            "bytes": len(exported.envelope),
            "link": link,
        },
        (f"Batch {batch.name} left as request {exported.sequence}.",),
    )


def _show(options: argparse.Namespace) -> Report:
    return _shown(batch_named(options.batch))


def _list(_: argparse.Namespace) -> Report:
    batches = [batch_summary(each) for each in Batch.objects.select_related("appliance")]
    lines = (f"{each['batch']:20} {each['state']:10} {each['created']}" for each in batches)
    return Report({"batches": batches}, tuple(lines))


def _shown(batch: Batch) -> Report:
    report = batch_report(batch)
    return Report(report, tuple(_lines(report)))


def _lines(report: dict[str, Any]) -> Iterator[str]:
    yield f"batch {report['batch']}: {report['state']} (created {report['created']})"
    yield f"  digest {' '.join(report['words'])}"
    for approval in report["approvals"]:
        yield f"  {approval['role']} {approval['name']} approved at {approval['given']}"
    for response in report["responses"]:
        yield f"  appliance: {response['outcome']}"
        for finding in response["detail"].get("findings", ()):
            yield f"    {finding['severity']} {finding['rule']}: {finding['message']}"
    for each in report["transactions"]:
        yield f"  {each['id']} {each['chain']} {each['network']} from {each['wallet']}"
        for transfer in each["transfers"]:
            amount = f"{transfer['text']} {transfer['asset']}"
            yield f"    {transfer['request']}: {amount} to {transfer['destination']}"
        yield f"    fee at most {each['fee']['text']} {each['fee']['asset']}"
        if each["txid"]:
            yield f"    {each['state']}, {each['confirmations']} confirmations: {each['txid']}"
    if report["next"]:
        yield f"  next: {', '.join(report['next'])}"
