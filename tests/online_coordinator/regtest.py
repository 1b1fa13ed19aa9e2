"""A Bitcoin node on regtest, as the chain's side of a test: it mines, and pays into wallets."""

from dataclasses import dataclass
from typing import Any

from online_coordinator.settings.networks import BitcoinNetwork
from tests.real_parts.bitcoin_node import PASSWORD, USER, BitcoinNode


@dataclass(frozen=True, slots=True)
class Regtest:
    """A running node, reached past the coordinator's own client."""

    node: BitcoinNode

    @property
    def url(self) -> str:
        """Where it listens."""
        return self.node.url

    @property
    def network(self) -> BitcoinNetwork:
        """How the coordinator is told of the node."""
        return BitcoinNetwork(
            "regtest", self.url, USER, PASSWORD, confirmations=2, fee_rate_sat_vb=5
        )

    def call(self, method: str, *parameters: Any, wallet: str = "") -> Any:
        return self.node.rpc(method, *parameters, wallet=wallet or None)

    def address(self, kind: str = "bech32") -> str:
        """Return a new address of somebody else's."""
        return str(self.call("getnewaddress", "", kind, wallet="miner"))

    def mine(self, blocks: int = 1) -> None:
        self.node.mine(blocks)

    def pay(self, address: str, amount: str) -> None:
        self.call("sendtoaddress", address, amount, wallet="miner")
