"""An EVM node, as the chain's side of a test: it mines, funds wallets and knows balances."""

from dataclasses import dataclass
from typing import Any

from eth_utils.address import to_checksum_address

from online_coordinator.settings.networks import EthereumNetwork
from tests.real_parts.evm_node import CHAIN_ID, EvmNode


@dataclass(frozen=True, slots=True)
class Evm:
    """A running node with a token, reached past the coordinator's own client."""

    node: EvmNode
    token: str

    @property
    def url(self) -> str:
        """Where it listens."""
        return self.node.url

    @property
    def network(self) -> EthereumNetwork:
        """How the coordinator is told of the node."""
        return EthereumNetwork(str(CHAIN_ID), self.url, confirmations=2)

    def call(self, method: str, *parameters: Any) -> Any:
        return self.node.rpc(method, *parameters)

    def fund(self, address: str, wei: int, token_units: int) -> None:
        self.node.fund(address, wei)
        self.node.give_token(self.token, address, token_units)

    def mine(self, blocks: int = 1) -> None:
        self.node.mine(blocks)

    def balance(self, address: str) -> int:
        return self.node.balance(address)

    def token_balance(self, address: str) -> int:
        return self.node.token_balance(self.token, address)


def with_token(node: EvmNode) -> Evm:
    """Deploy the token; its owner is the node's first account."""
    return Evm(node, str(to_checksum_address(node.deploy_token())))
