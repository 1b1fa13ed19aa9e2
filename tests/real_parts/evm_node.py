"""A real EVM development node that mines at once, and a token on it."""

import json
import time
from pathlib import Path
from typing import Any

from tests.real_parts.fetch import PARTS
from tests.real_parts.node import Node, NodeError, call, free_port, is_up

CHAIN_ID = 31337
TOKEN = Path(__file__).parent / "erc20" / "TestDollar.json"
TOKEN_DECIMALS = 6


class EvmNode(Node):
    """An EVM node of chain 31337."""

    def __init__(self) -> None:
        port = free_port()
        self.url = f"http://127.0.0.1:{port}"
        command = (str(PARTS / "anvil" / "anvil"), "--port", str(port), "--silent")
        super().__init__(command, lambda: is_up(self.url, "eth_chainId"))
        self.rich: str = self.rpc("eth_accounts")[0]

    def rpc(self, method: str, *params: Any) -> Any:
        """Make a call."""
        return call(self.url, method, params)

    def mine(self, blocks: int = 1) -> None:
        """Mine blocks."""
        self.rpc("anvil_mine", hex(blocks))

    def fund(self, address: str, wei: int) -> None:
        """Give an account a balance."""
        self.rpc("anvil_setBalance", address, hex(wei))

    def balance(self, address: str) -> int:
        """Return an account's balance in wei."""
        return int(self.rpc("eth_getBalance", address, "latest"), 16)

    def send(self, data: str, to: str | None = None) -> dict[str, Any]:
        """Send a transaction from the rich account; its receipt."""
        sent = {"from": self.rich, "data": data, "gas": hex(3_000_000)}
        transaction = self.rpc("eth_sendTransaction", {**sent, "to": to} if to else sent)
        deadline = time.monotonic() + 10
        while (receipt := self.rpc("eth_getTransactionReceipt", transaction)) is None:
            if time.monotonic() > deadline:
                raise NodeError("a transaction is not mined")
            time.sleep(0.01)
        mined: dict[str, Any] = receipt
        return mined

    def deploy_token(self) -> str:
        """Deploy TestDollar (TUSD, 6 decimals), all of it the rich account's; its address."""
        bytecode = json.loads(TOKEN.read_text())["bytecode"]
        address: str = self.send(bytecode)["contractAddress"]
        return address

    def give_token(self, token: str, address: str, amount: int) -> None:
        """Pay tokens from the rich account."""
        self.send("0xa9059cbb" + _word(int(address, 16)) + _word(amount), token)

    def token_balance(self, token: str, address: str) -> int:
        """Return an account's tokens in base units."""
        data = "0x70a08231" + _word(int(address, 16))
        return int(self.rpc("eth_call", {"to": token, "data": data}, "latest"), 16)


def _word(value: int) -> str:
    return f"{value:064x}"
