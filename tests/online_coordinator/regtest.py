"""A Bitcoin node on regtest, as the chain's side of a test: it mines, and pays into wallets."""

from dataclasses import dataclass
from typing import Any

import httpx

from online_coordinator.settings.networks import BitcoinNetwork

MATURITY = 101


@dataclass(frozen=True, slots=True)
class Regtest:
    """A running node, reached past the coordinator's own client."""

    url: str
    user: str
    password: str

    @property
    def network(self) -> BitcoinNetwork:
        """How the coordinator is told of the node."""
        return BitcoinNetwork(
            "regtest",
            self.url,
            self.user,
            self.password,
            confirmations=2,
            fee_rate_sat_vb=5,
        )

    def call(self, method: str, *parameters: Any, wallet: str = "") -> Any:
        url = f"{self.url}/wallet/{wallet}" if wallet else self.url
        body = {"id": 1, "method": method, "params": list(parameters)}
        answer = httpx.post(url, auth=(self.user, self.password), json=body, timeout=60).json()
        if answer["error"]:
            raise AssertionError(f"{method}: {answer['error']}")
        return answer["result"]

    def address(self, kind: str = "bech32") -> str:
        """Return a new address of somebody else's."""
        return str(self.call("getnewaddress", "", kind, wallet="miner"))

    def mine(self, blocks: int = 1) -> None:
        self.call("generatetoaddress", blocks, self.address())

    def prepare(self) -> None:
        """Make the miner's wallet, and coins that can be spent."""
        if "miner" not in self.call("listwallets"):
            self.call("createwallet", "miner")
            self.mine(MATURITY)

    def pay(self, address: str, amount: str) -> None:
        self.call("sendtoaddress", address, amount, wallet="miner")
