"""A desk with Bitcoin wallets that a regtest node watches and has funded."""

from dataclasses import dataclass

from appliance.wire.epochs import WhitelistEntry
from appliance.wire.terms import Chain
from online_coordinator.batches.models import Batch
from online_coordinator.batches.responses import import_response
from online_coordinator.wallets.models import Wallet
from online_coordinator.wallets.services import watch
from tests.online_coordinator.desk import NOW, Desk, found, networks
from tests.online_coordinator.regtest import Regtest


@dataclass(frozen=True, slots=True)
class BitcoinDesk:
    """A desk whose Bitcoin wallets are watched and funded by a regtest node."""

    desk: Desk
    chain: Regtest
    clients: tuple[str, ...]

    @property
    def wallet(self) -> Wallet:
        return Wallet.objects.select_related("appliance").get(name=f"{self.label}-btc")

    @property
    def label(self) -> str:
        return self.desk.stand_in.genesis.manifest.accounts[0].name.removesuffix("-btc")

    def add_coins(self, count: int, amount: str) -> None:
        """Fund the wallet further, so that the node's free choice of coins leaves some over."""
        (address, *_) = watch(self.wallet, self.desk.networks, 0)
        for _ in range(count):
            self.chain.pay(address, amount)
        self.chain.mine()

    def row(self, number: int, amount: str, client: int = 0, wallet: str = "btc") -> str:
        return f"B-{number},{self.label}-{wallet},BTC,{amount},{self.clients[client]},"

    def signed(self, batch: Batch) -> Batch:
        request = bytes(self.desk.export(self.desk.checked(batch)).envelope)
        import_response(self.desk.stand_in.sign(request), batch, NOW)
        batch.refresh_from_db()
        return batch


def funded_desk(regtest: Regtest) -> BitcoinDesk:
    """Open a desk of its own on the node: two coins of 2 BTC, and one of 5 in the multisig."""
    kinds = ("bech32", "bech32m", "p2sh-segwit", "legacy")
    clients = tuple(regtest.address(kind) for kind in kinds)
    entries = tuple(
        WhitelistEntry(Chain.BITCOIN, "regtest", address, f"Client-{n}")
        for n, address in enumerate(clients)
    )
    label = "desk" + regtest.address()[-8:]
    stand_in = found(label, whitelist=entries)
    desk = Desk.opened(networks(bitcoin=regtest.network), stand_in)
    for name, amount in ((f"{label}-btc", "2"), (f"{label}-multi", "2.5")):
        wallet = Wallet.objects.select_related("appliance").get(name=name)
        addresses = watch(wallet, desk.networks, 0)
        for address in (addresses * 2)[:2]:
            regtest.pay(address, amount)
    regtest.mine()
    return BitcoinDesk(desk, regtest, clients)
