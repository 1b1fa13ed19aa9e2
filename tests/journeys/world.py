"""The two chains of the journey, their clients, and what they are paid."""

from dataclasses import dataclass
from decimal import Decimal

from tests.real_parts.bitcoin_node import PASSWORD, USER, BitcoinNode
from tests.real_parts.evm_node import CHAIN_ID, EvmNode

WHITELISTED = """
[[whitelist]]
chain = "{chain}"
network = "{network}"
address = "{address}"
label = "{label}"
"""
PROPOSAL = """\
realm = "test"
signers = 3
signers_required = 2

[policy]
require_whitelist = true
serial_link = true
limits = [
  {{ asset = "BTC", per_transaction = "500000000" }},
  {{ asset = "ETH", chain = "ethereum", per_transaction = "10000000000000000000" }},
  {{ asset = "TUSD", chain = "ethereum", per_transaction = "1000000000000" }},
]
[policy.fees.bitcoin]
max_rate_sat_vb = 300
max_fraction = "0.05"
[policy.fees.ethereum]
max_fee_per_gas = "500000000000"
max_gas_limit = 200000
{whitelist}
[[tokens]]
chain = "ethereum"
network = "{chain_id}"
contract = "{token}"
symbol = "TUSD"
decimals = 6

[[wallets]]
kind = "bitcoin"
name = "btc-cold"
network = "regtest"
pairs = 1

[[wallets]]
kind = "ethereum"
name = "eth-cold"
network = "{chain_id}"
next_nonce = 0
"""


@dataclass(frozen=True)
class Payout:
    """A withdrawal that a client asks for; the amount as a decimal."""

    wallet: str
    asset: str
    amount: str


PAYOUTS = (
    Payout("btc-cold", "BTC", "0.75"),
    Payout("btc-cold", "BTC", "1.5"),
    Payout("btc-cold", "BTC", "0.31415926"),
    Payout("eth-cold", "ETH", "0.25"),
    Payout("eth-cold", "TUSD", "125000"),
    Payout("eth-cold", "TUSD", "4999.99"),
)


@dataclass(frozen=True)
class Client:
    """Where a client is paid, and what."""

    label: str
    chain: str
    network: str
    address: str
    asset: str


@dataclass(frozen=True)
class World:
    """The nodes, the token, and the clients, one for each payout."""

    bitcoin: BitcoinNode
    evm: EvmNode
    token: str
    clients: tuple[Client, ...]

    @property
    def networks(self) -> str:
        """The nodes as the coordinator's configuration names them."""
        return (
            f'[bitcoin.regtest]\nurl = "{self.bitcoin.url}"\nuser = "{USER}"\n'
            f'password = "{PASSWORD}"\nconfirmations = 1\nfee_rate_sat_vb = 5\n\n'
            f'[ethereum.{CHAIN_ID}]\nurl = "{self.evm.url}"\nconfirmations = 1\n'
        )

    def deposit(self, bitcoin: str, ethereum: str) -> None:
        """Fill the cold wallets, in two coins on Bitcoin so that a payment needs both."""
        for amount in ("2.0", "1.2"):
            self.bitcoin.pay(bitcoin, amount)
        self.evm.fund(ethereum, 5 * 10**18)
        self.evm.give_token(self.token, ethereum, 200_000 * 10**6)

    def mine(self) -> None:
        """Let both chains go on by a block."""
        self.bitcoin.mine()
        self.evm.mine()

    def balances(self) -> dict[str, str]:
        """What every client holds of what they asked for, in base units, as the nodes say."""
        return {f"{c.label} {c.asset}": str(self._balance(c)) for c in self.clients}

    def _balance(self, client: Client) -> int:
        match client.asset:
            case "BTC":
                received = self.bitcoin.rpc("getreceivedbyaddress", client.address, wallet="miner")
                return int(Decimal(str(received)) * 100_000_000)
            case "ETH":
                return self.evm.balance(client.address)
            case _:
                return self.evm.token_balance(self.token, client.address)


def new_world(bitcoin: BitcoinNode, evm: EvmNode) -> World:
    """Deploy the token and give every payout a client with an address of its own."""
    clients = []
    for number, payout in enumerate(PAYOUTS, 1):
        label = f"Client-{number}"
        if payout.asset == "BTC":
            address = bitcoin.rpc("getnewaddress", label, "bech32", wallet="miner")
            clients.append(Client(label, "bitcoin", "regtest", address, "BTC"))
        else:
            address = "0x" + f"{0xC11E47 << 128 | number:040x}"
            clients.append(Client(label, "ethereum", str(CHAIN_ID), address, payout.asset))
    return World(bitcoin, evm, evm.deploy_token(), tuple(clients))
