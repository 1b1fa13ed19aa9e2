"""An Ethereum node in this process: balances, nonces and a mempool, over real HTTP, and no EVM."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from eth_utils.crypto import keccak

from tests.online_coordinator.json_rpc_server import NodeFault, serving

TRANSFER_EVENT = "0x" + keccak(text="Transfer(address,address,uint256)").hex()
WEI = 10**18


@dataclass
class EthereumSimulator:
    """What the node knows. Tests change it as they like."""

    url: str = ""
    chain_id: int = 31337
    nonce: int = 0
    balance: int = 100 * WEI
    token_balance: int = 10**12
    base_fee: int = 10**9
    reward: int = 10**9
    gas: int = 21_000
    token_gas: int = 51_234
    height: int = 100
    sent: dict[str, bytes] = field(default_factory=dict)
    receipts: dict[str, dict[str, Any]] = field(default_factory=dict)
    failures: dict[str, str] = field(default_factory=dict)
    """Methods that answer with an error, and its message."""

    def answer(self, method: str, parameters: list[Any]) -> Any:
        quantities = {
            "eth_chainId": self.chain_id,
            "eth_getTransactionCount": self.nonce,
            "eth_getBalance": self.balance,
            "eth_call": self.token_balance,
            "eth_gasPrice": self.base_fee + self.reward,
            "eth_blockNumber": self.height,
        }
        if method in self.failures:
            raise NodeFault(-32000, self.failures[method])
        if method in quantities:
            return hex(quantities[method])
        return self._chain(method, parameters)

    def _chain(self, method: str, parameters: list[Any]) -> Any:
        match method:
            case "eth_feeHistory":
                return {"baseFeePerGas": [hex(self.base_fee)] * 2, "reward": [[hex(self.reward)]]}
            case "eth_estimateGas":
                return hex(self.token_gas if "data" in parameters[0] else self.gas)
            case "eth_getBlockByNumber":
                return {"number": hex(self.height), "hash": "0x" + "ab" * 32, "timestamp": "0x6"}
            case "eth_sendRawTransaction":
                raw = bytes.fromhex(parameters[0][2:])
                self.sent["0x" + keccak(raw).hex()] = raw
                return "0x" + keccak(raw).hex()
            case "eth_getTransactionByHash":
                return {} if parameters[0] in self.sent else None
            case "eth_getTransactionReceipt":
                return self.receipts.get(parameters[0])
            case _:
                raise AssertionError(f"the coordinator has no business with {method}")

    def mine(self, txid: str, *, succeeds: bool = True, logs: tuple[Any, ...] = ()) -> None:
        self.receipts[txid] = {
            "blockNumber": hex(self.height),
            "status": "0x1" if succeeds else "0x0",
            "logs": list(logs),
        }


@contextmanager
def running_simulator() -> Iterator[EthereumSimulator]:
    """Serve a simulator on a free port until the end of the block."""
    simulator = EthereumSimulator()
    with serving(simulator.answer) as simulator.url:
        yield simulator
