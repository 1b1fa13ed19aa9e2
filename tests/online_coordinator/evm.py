"""An EVM node, as the chain's side of a test: it mines, funds wallets and knows balances."""

from dataclasses import dataclass
from typing import Any, Self

import httpx
from eth_utils.address import to_checksum_address

from online_coordinator.settings.networks import EthereumNetwork
from tests.online_coordinator.token_contract import deployment

BALANCE_OF = "0x70a08231"
TRANSFER = "0xa9059cbb"


@dataclass(frozen=True, slots=True)
class Evm:
    """A running node with a token, reached past the coordinator's own client."""

    url: str
    owner: str
    token: str

    @classmethod
    def prepared(cls, url: str) -> Self:
        """Deploy the token; its owner is the node's first account."""
        bare = cls(url, "", "")
        owner = str(bare.call("eth_accounts")[0])
        asked = {"from": owner, "data": "0x" + deployment().hex(), "gas": hex(10**6)}
        receipt = bare.call("eth_getTransactionReceipt", bare.call("eth_sendTransaction", asked))
        assert receipt["status"] == "0x1"
        return cls(url, owner, str(to_checksum_address(receipt["contractAddress"])))

    @property
    def network(self) -> EthereumNetwork:
        """How the coordinator is told of the node."""
        return EthereumNetwork("31337", self.url, confirmations=2)

    def call(self, method: str, *parameters: Any) -> Any:
        body = {"jsonrpc": "2.0", "id": 1, "method": method, "params": list(parameters)}
        answer = httpx.post(self.url, json=body, timeout=60).json()
        if "error" in answer:
            raise AssertionError(f"{method}: {answer['error']}")
        return answer["result"]

    def fund(self, address: str, wei: int, token_units: int) -> None:
        self.call("anvil_setBalance", address, hex(wei))
        data = f"{TRANSFER}{_word(int(address, 16))}{_word(token_units)}"
        self.call("eth_sendTransaction", {"from": self.owner, "to": self.token, "data": data})

    def mine(self, blocks: int = 1) -> None:
        self.call("anvil_mine", hex(blocks))

    def balance(self, address: str) -> int:
        return int(self.call("eth_getBalance", address, "latest"), 16)

    def token_balance(self, address: str) -> int:
        data = f"{BALANCE_OF}{_word(int(address, 16))}"
        return int(self.call("eth_call", {"to": self.token, "data": data}, "latest"), 16)


def _word(value: int) -> str:
    return f"{value:064x}"
