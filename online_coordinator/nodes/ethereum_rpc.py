"""An Ethereum node, through its JSON-RPC interface (execution-apis). Quantities are integers."""

from dataclasses import dataclass
from typing import Any

from appliance.wire.messages import ChainEvidence
from appliance.wire.terms import Chain
from online_coordinator.errors import NodeAnswer, NodeRefused
from online_coordinator.nodes.json_rpc import Endpoint, call
from online_coordinator.settings.networks import EthereumNetwork

_HISTORY_BLOCKS = 10
_MEDIAN = 50


@dataclass(frozen=True, slots=True)
class FeeMarket:
    """What the next block asks: base fee, and a usual priority fee, in wei per gas."""

    base_fee: int
    priority_fee: int


@dataclass(frozen=True, slots=True)
class Log:
    """An event that a contract emitted: hex, as the node writes it, in lower case."""

    address: str
    topics: tuple[str, ...]
    data: str


@dataclass(frozen=True, slots=True)
class Receipt:
    """How a transaction ended: whether it succeeded, how deep it lies, what was emitted."""

    succeeded: bool
    confirmations: int
    logs: tuple[Log, ...]


@dataclass(frozen=True, slots=True)
class EthereumNode:
    """A node of one chain id."""

    endpoint: Endpoint
    network: EthereumNetwork

    @classmethod
    def of(cls, network: EthereumNetwork) -> "EthereumNode":
        """Return the node of a configured network."""
        name = f"the node of chain {network.name}"
        seconds = network.timeout_seconds
        return cls(Endpoint(name, network.url, "", "", seconds, "2.0"), network)

    def call(self, method: str, *parameters: Any) -> Any:
        """Call the node. Raises NodeError."""
        return call(self.endpoint, method, list(parameters))

    def quantity(self, method: str, *parameters: Any) -> int:
        """Call the node for one quantity."""
        return self._integer(self.call(method, *parameters))

    def _integer(self, value: object) -> int:
        try:
            return int(str(value), 16)
        except ValueError:
            raise NodeAnswer(f"{self.endpoint.name} states something not a quantity") from None

    def verify_chain(self) -> None:
        """Raise NodeAnswer when the node is of another chain than it is configured for."""
        chain_id = self.quantity("eth_chainId")
        if str(chain_id) != self.network.name:
            raise NodeAnswer(f"{self.endpoint.name} says that its chain id is {chain_id}")

    def tip(self) -> ChainEvidence:
        """Return the latest block as the node sees it."""
        hydrated = False
        block = self.call("eth_getBlockByNumber", "latest", hydrated)
        return ChainEvidence(
            Chain.ETHEREUM,
            self.network.name,
            self._integer(block["number"]),
            bytes.fromhex(block["hash"].removeprefix("0x")),
            self._integer(block["timestamp"]),
        )

    def next_nonce(self, address: str) -> int:
        """Return the nonce after every transaction that the node knows of."""
        return self.quantity("eth_getTransactionCount", address, "pending")

    def balance(self, address: str) -> int:
        """Return the native balance in wei."""
        return self.quantity("eth_getBalance", address, "latest")

    def token_balance(self, contract: str, data: str) -> int:
        """Return what a contract answers to `balanceOf` calldata; 0 for an empty answer."""
        answer = self.call("eth_call", {"to": contract, "data": data}, "latest")
        return 0 if answer == "0x" else self._integer(answer)

    def fee_market(self) -> FeeMarket:
        """Return the next block's base fee and the median priority fee of recent blocks."""
        history = self.call("eth_feeHistory", hex(_HISTORY_BLOCKS), "latest", [_MEDIAN])
        base_fees = history.get("baseFeePerGas") or ()
        if not base_fees:
            raise NodeAnswer(f"{self.endpoint.name} knows no base fee: configure legacy there")
        rewards = sorted(self._integer(row[0]) for row in history.get("reward") or () if row)
        paid = [reward for reward in rewards if reward]
        priority = paid[len(paid) // 2] if paid else self.network.priority_fee_wei
        return FeeMarket(self._integer(base_fees[-1]), priority)

    def gas_price(self) -> int:
        """Return the node's gas price, for transactions before EIP-1559."""
        return self.quantity("eth_gasPrice")

    def gas_estimate(self, transaction: dict[str, str]) -> int:
        """Return the gas that a call would take now. Raises NodeRefused when it would fail."""
        return self.quantity("eth_estimateGas", transaction)

    def broadcast(self, raw: bytes, txid: str) -> None:
        """Send a transaction; one that is known already counts as sent. Raises NodeError."""
        try:
            self.call("eth_sendRawTransaction", "0x" + raw.hex())
        except NodeRefused:
            if self.call("eth_getTransactionByHash", txid) is None:
                raise

    def receipt(self, txid: str) -> Receipt | None:
        """Return how a transaction ended; None while it is not in a block."""
        found = self.call("eth_getTransactionReceipt", txid)
        if found is None or found.get("blockNumber") is None:
            return None
        depth = self.quantity("eth_blockNumber") - self._integer(found["blockNumber"]) + 1
        logs = tuple(
            Log(
                log["address"].lower(),
                tuple(topic.lower() for topic in log["topics"]),
                log["data"].lower(),
            )
            for log in found.get("logs", ())
        )
        return Receipt(self._integer(found["status"]) == 1, max(depth, 0), logs)
