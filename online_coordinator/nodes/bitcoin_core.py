"""A Bitcoin node: Core or a derivative, through its JSON-RPC interface.

The node holds a watch-only wallet per account (no private keys). Amounts cross as decimal text and
Decimal, and are satoshi here.
"""

from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

from appliance.wire.messages import ChainEvidence
from appliance.wire.terms import Chain
from online_coordinator.errors import (
    ConfigurationInvalid,
    NodeAnswer,
    NodeRefused,
    WalletNotWatched,
)
from online_coordinator.nodes.json_rpc import Endpoint, call
from online_coordinator.settings.networks import BitcoinNetwork

SATOSHI_DECIMALS = 8

# Error codes of src/rpc/protocol.h
_NOT_FOUND = -5
_WALLET_ERROR = -4
_WALLET_NOT_FOUND = -18
_ALREADY_LOADED = -35
_ALREADY_IN_CHAIN = -27


@dataclass(frozen=True, slots=True, order=True)
class Outpoint:
    """An output of a transaction: its txid as written by people, and its index."""

    txid: str
    index: int


@dataclass(frozen=True, slots=True)
class Funding:
    """What the node is asked to fund: a transaction of outputs alone, where change goes, the rate.

    It is a serialised transaction rather than a list of addresses, because the node accepts one
    destination twice only there.
    """

    outputs: bytes
    change_address: str
    fee_rate_sat_vb: Decimal


@dataclass(frozen=True, slots=True)
class BitcoinCore:
    """A node, and optionally one of its wallets."""

    endpoint: Endpoint
    network: BitcoinNetwork
    wallet: str = ""

    @classmethod
    def of(cls, network: BitcoinNetwork) -> "BitcoinCore":
        """Return the node of a configured network. Raises ConfigurationInvalid."""
        user, password = _credentials(network)
        name = f"the {network.name} node"
        seconds = network.timeout_seconds
        return cls(Endpoint(name, network.url, user, password, seconds, "1.0"), network)

    def for_wallet(self, name: str) -> "BitcoinCore":
        """Return the same node with one of its wallets selected."""
        url = f"{self.network.url.rstrip('/')}/wallet/{name}"
        old = self.endpoint
        endpoint = Endpoint(old.name, url, old.user, old.password, old.timeout_seconds, old.version)
        return BitcoinCore(endpoint, self.network, name)

    def call(self, method: str, *positional: Any, **named: Any) -> Any:
        """Call the node, with parameters by position or by name. Raises NodeError."""
        try:
            return call(self.endpoint, method, named or list(positional))
        except NodeRefused as refusal:
            if self.wallet and refusal.code == _WALLET_NOT_FOUND:
                raise WalletNotWatched(f"{self.endpoint.name} has no {self.wallet}") from None
            raise

    def tip(self) -> ChainEvidence:
        """Return the best block as the node sees it."""
        best = self.call("getbestblockhash")
        header = self.call("getblockheader", best)
        return ChainEvidence(
            Chain.BITCOIN,
            self.network.name,
            int(header["height"]),
            bytes.fromhex(header["hash"]),
            int(header["time"]),
        )

    def fee_rate(self) -> Decimal | None:
        """Return sat per vB by the node's estimate, else as configured, else None."""
        estimate = self.call("estimatesmartfee", self.network.confirmation_target)
        if "feerate" in estimate:
            return satoshi(estimate["feerate"]) / Decimal(1000)
        return Decimal(self.network.fee_rate_sat_vb) if self.network.fee_rate_sat_vb else None

    def ensure_watch_only(self) -> bool:
        """Create or load the wallet, without private keys. Returns whether it is new."""
        try:
            self._node("loadwallet", filename=self.wallet, load_on_startup=True)
        except NodeRefused as refusal:
            if refusal.code == _ALREADY_LOADED:
                return False
            if refusal.code not in (_WALLET_NOT_FOUND, _WALLET_ERROR):
                raise
        else:
            return False
        self._node(
            "createwallet",
            wallet_name=self.wallet,
            disable_private_keys=True,
            blank=True,
            load_on_startup=True,
        )
        return True

    def _node(self, method: str, *positional: Any, **named: Any) -> Any:
        """Call the node itself rather than one of its wallets."""
        return BitcoinCore.of(self.network).call(method, *positional, **named)

    def watch(self, descriptors: Iterable[tuple[str, bool]], since: int) -> None:
        """Import (descriptor, is change) pairs and scan blocks from `since` (Unix time) on."""
        asked = [
            {"desc": descriptor, "timestamp": since, "internal": internal}
            for descriptor, internal in descriptors
        ]
        for answer in self.call("importdescriptors", asked):
            if not answer.get("success"):
                fault = answer.get("error", {}).get("message", "no reason given")
                raise NodeAnswer(f"{self.endpoint.name} does not watch a descriptor: {fault}")

    def address_of(self, descriptor: str) -> str:
        """Return the one address of a descriptor that is not ranged."""
        addresses = self.call("deriveaddresses", descriptor)
        return str(addresses[0])

    def unspent(self, least_confirmations: int) -> dict[Outpoint, int]:
        """Return what is unspent and not locked, in satoshi."""
        return {
            Outpoint(coin["txid"], coin["vout"]): int(satoshi(coin["amount"]))
            for coin in self.call("listunspent", least_confirmations)
        }

    def balance(self) -> int:
        """Return what the wallet holds, locked coins included, in satoshi: confirmed or ours."""
        return int(satoshi(self.call("getbalances")["mine"]["trusted"]))

    def hold_exactly(self, held: Iterable[Outpoint]) -> None:
        """Lock these coins and no others, so that coin selection leaves them alone."""
        wanted = set(held)
        locked = {Outpoint(coin["txid"], coin["vout"]) for coin in self.call("listlockunspent")}
        available = set(self.unspent(0))
        self._lock(unlock=True, coins=locked - wanted)
        self._lock(unlock=False, coins=(wanted - locked) & available)

    def _lock(self, *, unlock: bool, coins: Iterable[Outpoint]) -> None:
        listed = [{"txid": coin.txid, "vout": coin.index} for coin in sorted(coins)]
        if listed:
            self.call("lockunspent", unlock, listed)

    def fund(self, funding: Funding) -> tuple[str, int]:
        """Return a PSBT (base64) with coins and change added by the node, and its fee.

        Only confirmed coins are used. Raises NodeRefused, also where funds are short.
        """
        options = {
            "add_inputs": True,
            "minconf": 1,
            "changeAddress": funding.change_address,
            "fee_rate": str(funding.fee_rate_sat_vb),
            "replaceable": True,
            "lockUnspents": False,
        }
        funded = self.call(
            "fundrawtransaction", hexstring=funding.outputs.hex(), options=options, iswitness=False
        )
        bare = self._node("converttopsbt", funded["hex"])
        completed = self.call("walletprocesspsbt", psbt=bare, sign=False, bip32derivs=False)
        return str(completed["psbt"]), int(satoshi(funded["fee"]))

    def previous_transaction(self, txid: str) -> bytes:
        """Return a transaction of the wallet, or else of the node, serialised."""
        with suppress(NodeRefused):
            return bytes.fromhex(self.call("gettransaction", txid)["hex"])
        return bytes.fromhex(self._node("getrawtransaction", txid))

    def refusal_of(self, raw: bytes) -> str | None:
        """Return why the node would not accept a transaction; None when it would."""
        (verdict,) = self._node("testmempoolaccept", [raw.hex()])
        return None if verdict.get("allowed") else str(verdict.get("reject-reason", "no reason"))

    def broadcast(self, raw: bytes, txid: str) -> None:
        """Send a transaction; one that is known already counts as sent. Raises NodeError."""
        try:
            self._node("sendrawtransaction", raw.hex())
        except NodeRefused as refusal:
            if refusal.code != _ALREADY_IN_CHAIN and self.confirmations(txid) is None:
                raise

    def confirmations(self, txid: str) -> int | None:
        """Return how many blocks confirm a transaction of the wallet; None when it is unknown.

        A transaction that conflicts with a confirmed one counts as unknown.
        """
        try:
            found = self.call("gettransaction", txid)
        except NodeRefused as refusal:
            if refusal.code == _NOT_FOUND:
                return None
            raise
        confirmations = int(found["confirmations"])
        return confirmations if confirmations >= 0 else None


def satoshi(amount: Decimal | int) -> Decimal:
    """Return an amount in BTC as satoshi. Raises NodeAnswer for a fraction of a satoshi."""
    scaled = Decimal(amount).scaleb(SATOSHI_DECIMALS)
    if scaled != scaled.to_integral_value():
        raise NodeAnswer("the node states a fraction of a satoshi")
    return scaled


def _credentials(network: BitcoinNetwork) -> tuple[str, str]:
    if not network.cookie_file:
        return network.user, network.password
    try:
        user, _, password = Path(network.cookie_file).read_text(encoding="ascii").partition(":")
    except (OSError, UnicodeDecodeError):
        raise ConfigurationInvalid(
            f"[bitcoin.{network.name}] cookie_file {network.cookie_file} cannot be read"
        ) from None
    return user, password.strip()
