"""A coordinator's desk with an appliance registered: the services, one step after another."""

from dataclasses import dataclass

from appliance.wire import record
from appliance.wire.epochs import (
    AssetLimit,
    BitcoinFees,
    EthereumFees,
    Person,
    Policy,
    Token,
    WhitelistEntry,
)
from appliance.wire.messages import BatchContent, OperatorApproval
from appliance.wire.terms import Chain, Role
from appliance.wire.words import words_of
from online_coordinator.appliances.announcement import read_announcement
from online_coordinator.appliances.models import Appliance
from online_coordinator.appliances.services import register
from online_coordinator.batches.approvals import approve_as_maker, take_checker_approval
from online_coordinator.batches.build import Selection, build
from online_coordinator.batches.export import export
from online_coordinator.batches.models import Batch, Export
from online_coordinator.keys import SigningKey
from online_coordinator.requests.services import import_requests
from online_coordinator.settings.networks import BitcoinNetwork, EthereumNetwork, Networks
from online_coordinator.station.cli import approval_of
from tests.online_coordinator.stand_in import (
    Rules,
    StandIn,
    ed25519,
    ethereum_wallet,
    multisig_wallet,
    single_key_wallet,
)

NOW = 1_800_000_000
DAY = 86_400
CHAIN_ID = "31337"

CLIENTS = tuple(
    "0x" + text
    for text in (
        "70997970C51812dc3A010C7d01b50e0d17dc79C8",
        "3C44CdDdB6a900fa2b585dd299e03d12FA4293BC",
        "90F79bf6EB2c4f870365E785982E1f101E93b906",
    )
)
STRANGER = "0x15d34AAf54267DB7D7c367839AAf71A00a2C6A65"
CONTRACT = "0x5FbDB2315678afecb367f032d93F642f64180aa3"

MAKER = SigningKey(ed25519("maker"))
CHECKER = SigningKey(ed25519("checker"))
TRANSPORT = SigningKey(ed25519("transport"))

OPERATORS = (
    Person("Mia", Role.MAKER, MAKER.public),
    Person("Chen", Role.CHECKER, CHECKER.public),
)
POLICY = Policy(
    require_whitelist=True,
    limits=(AssetLimit("BTC", None, 10**10),),
    bitcoin_fees=BitcoinFees(300, 50_000),
    ethereum_fees=EthereumFees(500 * 10**9, 200_000),
    tron_fees=None,
    solana_fees=None,
    allow_data_outputs=False,
    serial_link=True,
    unattributed=(),
)
HEADER = "id,wallet,asset,amount,destination,reference\n"


def ethereum_rules(token: str = CONTRACT) -> tuple[tuple[WhitelistEntry, ...], tuple[Token, ...]]:
    """Return a whitelist of CLIENTS, and one token of 6 decimals."""
    entries = tuple(
        WhitelistEntry(Chain.ETHEREUM, CHAIN_ID, address, f"Client-{n}")
        for n, address in enumerate(CLIENTS)
    )
    return entries, (Token(Chain.ETHEREUM, CHAIN_ID, token, "USDT", 6),)


def found(
    label: str = "desk",
    operators: tuple[Person, ...] = OPERATORS,
    whitelist: tuple[WhitelistEntry, ...] = (),
    token: str = CONTRACT,
    policy: Policy = POLICY,
) -> StandIn:
    """Found a stand-in with a Bitcoin, a multisig and an Ethereum wallet."""
    entries, tokens = ethereum_rules(token)
    multisig, ours, _ = multisig_wallet(f"{label}-multi", "regtest", 2, 2)
    return StandIn.found(
        label,
        Rules(TRANSPORT.public, operators, policy, (*entries, *whitelist), tokens),
        [
            single_key_wallet(f"{label}-btc", "regtest", 2),
            (multisig, ours),
            ethereum_wallet(f"{label}-eth", CHAIN_ID),
        ],
    )


def registered(stand_in: StandIn) -> Appliance:
    """Register a stand-in, its words read aloud."""
    announcement = read_announcement(stand_in.announcement())
    return register(announcement, words_of(announcement.digest), TRANSPORT.public, NOW)


def networks(ethereum_url: str = "", bitcoin: BitcoinNetwork | None = None) -> Networks:
    """Return the configured nodes of a desk."""
    nodes = {bitcoin.name: bitcoin} if bitcoin else {}
    return Networks(nodes, {CHAIN_ID: EthereumNetwork(CHAIN_ID, ethereum_url, confirmations=2)})


@dataclass(frozen=True, slots=True)
class Desk:
    """A registered stand-in, and the nodes."""

    stand_in: StandIn
    appliance: Appliance
    networks: Networks

    @classmethod
    def opened(cls, nodes: Networks, stand_in: StandIn | None = None) -> "Desk":
        founded = stand_in or found()
        return cls(founded, registered(founded), nodes)

    def ask(self, *rows: str) -> None:
        """Import withdrawal requests, one row of CSV each."""
        import_requests((HEADER + "".join(row + "\n" for row in rows)).encode(), NOW)

    def build(self, selection: Selection | None = None) -> Batch:
        return build(self.appliance, selection or Selection(), self.networks, NOW)

    def built(self, *rows: str) -> Batch:
        self.ask(*rows)
        return self.build()

    def made(self, batch: Batch) -> Batch:
        approve_as_maker(batch, MAKER, NOW)
        return batch

    def checked(self, batch: Batch) -> Batch:
        take_checker_approval(self.made(batch), self.checker_approval(batch), NOW)
        return batch

    def checker_approval(self, batch: Batch, key: SigningKey = CHECKER) -> OperatorApproval:
        """Return what the station would sign for the content handed to it."""
        content = record.decode(BatchContent, bytes(batch.content))
        return approval_of(content, key)

    def export(self, batch: Batch, now: int = NOW) -> Export:
        return export(batch, TRANSPORT, self.networks, DAY, now)

    def exported(self, *rows: str) -> tuple[Batch, bytes]:
        """Take requests all the way out. Returns the batch and its signing request."""
        batch = self.checked(self.built(*rows))
        return batch, bytes(self.export(batch).envelope)


def eth_row(number: int, amount: str = "1.5", asset: str = "ETH", to: str = CLIENTS[0]) -> str:
    return f"W-{number},desk-eth,{asset},{amount},{to},ref {number}"
