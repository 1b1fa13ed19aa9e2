"""A real Bitcoin node on regtest."""

import base64
from pathlib import Path
from typing import Any

from tests.real_parts.fetch import PARTS
from tests.real_parts.node import Node, call, free_port, is_up

USER, PASSWORD = "airlock", "regtest"


class BitcoinNode(Node):
    """A regtest node with a wallet `miner` that owns 100 mature blocks' coins."""

    def __init__(self, folder: Path) -> None:
        port = free_port()
        self.url = f"http://127.0.0.1:{port}"
        command = (
            str(PARTS / "bitcoin" / "bitcoind"),
            "-regtest",
            f"-datadir={folder}",
            f"-rpcport={port}",
            f"-rpcuser={USER}",
            f"-rpcpassword={PASSWORD}",
            "-listen=0",
            "-fallbackfee=0.0001",
        )
        pair = base64.b64encode(f"{USER}:{PASSWORD}".encode()).decode()
        self._authorization = f"Basic {pair}"
        super().__init__(command, lambda: is_up(self.url, "getblockcount", self._authorization))
        self.rpc("createwallet", "miner")
        self._payee: str = self.rpc("getnewaddress", "", "bech32", wallet="miner")
        self.mine(101)

    def rpc(self, method: str, *params: Any, wallet: str | None = None) -> Any:
        """Make a call, to one wallet if it is named."""
        url = f"{self.url}/wallet/{wallet}" if wallet else self.url
        return call(url, method, params, self._authorization)

    def mine(self, blocks: int = 1) -> None:
        """Mine blocks."""
        self.rpc("generatetoaddress", blocks, self._payee)

    def pay(self, address: str, bitcoins: str) -> str:
        """Pay from the miner's wallet and confirm it; the txid."""
        txid: str = self.rpc("sendtoaddress", address, bitcoins, wallet="miner")
        self.mine()
        return txid
