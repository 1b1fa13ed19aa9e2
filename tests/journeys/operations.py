"""The operations team's part of the journey: what is proposed, requested, approved and settled."""

from typing import Any

from tests.journeys.institution import Institution
from tests.journeys.world import (
    PAYOUTS,
    PROPOSAL,
    WHITELISTED,
    World,
)
from tests.real_parts.evm_node import CHAIN_ID

OPERATORS = {"Mei": "maker", "Chun": "checker"}
OPERATOR_PASSPHRASE = "an operator has a passphrase too"


def set_up(institution: Institution, world: World) -> None:
    """Make the database, name the nodes, and give maker and checker their keys."""
    institution.run("migrate")
    institution.write("data/networks.toml", world.networks)
    secret = institution.write("passphrase", OPERATOR_PASSPHRASE + "\n")
    for name, role in OPERATORS.items():
        key = f"{role}.key"
        made = institution.run("people", "keygen", "--out", key, "--passphrase-file", secret)
        institution.run("people", "add", name, "--role", role, "--key", made["public_key"])


def proposal(world: World) -> str:
    """Who, which limits, which destinations, which wallets: what officers are asked to found."""
    listed = (
        WHITELISTED.format(
            chain=client.chain, network=client.network, address=client.address, label=client.label
        )
        for client in world.clients
    )
    return PROPOSAL.format(whitelist="".join(listed), token=world.token, chain_id=CHAIN_ID)


def fund(institution: Institution, world: World) -> None:
    """Clients' deposits arrive in cold storage."""
    watched = institution.run("wallet", "watch")
    addresses = {each["wallet"]: each["addresses"] for each in watched["wallets"]}
    world.deposit(addresses["btc-cold"][0], addresses["eth-cold"][0])


def requests(world: World) -> str:
    """The withdrawals, as the client ledger exports them."""
    rows = ["id,wallet,asset,amount,destination,reference"]
    for n, (payout, client) in enumerate(zip(PAYOUTS, world.clients, strict=True), 1):
        asked = f"{payout.wallet},{payout.asset},{payout.amount},{client.address}"
        rows.append(f"W-{n:03d},{asked},order {n}")
    return "\n".join(rows) + "\n"


def prepare_batch(institution: Institution, world: World) -> str:
    """Import the requests, build, and have both operators approve; the batch's name."""
    institution.run("requests", "import", institution.write("requests.csv", requests(world)))
    batch: str = institution.run("batch", "build")["batch"]
    secret = institution.folder / "passphrase"
    institution.run("batch", "approve", batch, "--key", "maker.key", "--passphrase-file", secret)
    institution.run("batch", "export", batch, "--for-checker", "--file", "batch.bin")
    institution.run("appliance", "announcement", "--file", "appliance.bin")
    words = institution.run("batch", "show", batch)["words"]
    station = ("station", "check", "--batch", "batch.bin", "--announcement", "appliance.bin")
    files = ("--key", "checker.key", "--passphrase-file", secret, "--out", "approval.bin")
    institution.run(*station, *files, typed=" ".join(words[:2]) + "\n")
    institution.run("batch", "check", batch, "--approval", "approval.bin")
    return batch


def settle(institution: Institution, world: World, batch: str) -> list[dict[str, Any]]:
    """Broadcast, wait for blocks, confirm; the receipts."""
    institution.run("broadcast", batch)
    world.mine()
    institution.run("reconcile", batch)
    receipts: list[dict[str, Any]] = institution.run("batch", "show", batch)["transactions"]
    return receipts


def told_receipt(receipt: dict[str, Any]) -> str:
    """A receipt in lines."""
    confirmed = receipt["confirmations"]
    state = f"{confirmed} confirmations" if confirmed else "NOT CONFIRMED"
    lines = [f"    {receipt['chain']:9} {receipt['id']}  {state}", f"      {receipt['txid']}"]
    for transfer in receipt["transfers"]:
        amount = int(transfer["amount"])
        lines.append(f"      {amount:,} base units of {transfer['asset']}")
        lines.append(f"        to {transfer['destination']}")
    return "\n".join(lines)
