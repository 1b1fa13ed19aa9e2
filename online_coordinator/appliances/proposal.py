"""A commissioning proposal from its configuration file (TOML): see EXAMPLE.

Amounts are texts of base units; unknown keys are refused.
"""

from collections.abc import Callable
from typing import Any, TypeVar

from appliance.wire import record
from appliance.wire.epochs import (
    AssetLimit,
    BitcoinFees,
    BitcoinMultisigPlan,
    BitcoinWalletPlan,
    CommissioningProposal,
    CosignerPair,
    EthereumFees,
    EthereumWalletPlan,
    Person,
    Policy,
    SolanaFees,
    Token,
    TokenTable,
    TronFees,
    WalletPlan,
    Whitelist,
    WhitelistEntry,
)
from appliance.wire.errors import NotCanonical
from appliance.wire.messages import VERSION
from appliance.wire.terms import Chain, Realm, Role
from online_coordinator.addresses import normalise_address
from online_coordinator.appliances.table import Table
from online_coordinator.errors import AddressInvalid, ProposalInvalid

T = TypeVar("T")

EXAMPLE = """\
realm = "test"
signers = 3
signers_required = 2

# [[operators]] with name, role and key; left out: every operator added by `people add`

[policy]
require_whitelist = true
# serial_link = true             # messages may travel by serial too; QR is the default
# unattributed = ["cold-btc"]    # wallets that sign public formats, without maker and checker
# allow_data_outputs = true      # Bitcoin transactions may carry data, shown whole
limits = [
  { asset = "BTC", per_transaction = "5000000000" },
  { asset = "USDT", chain = "ethereum", per_transaction = "5000000000000" },
]
[policy.fees.bitcoin]
max_rate_sat_vb = 300
max_fraction = "0.05"
[policy.fees.ethereum]
max_fee_per_gas = "500000000000"
max_gas_limit = 200000

[[whitelist]]
chain = "bitcoin"
network = "regtest"
address = "bcrt1qw508d6qejxtdg4y5r3zarvary0c5xw7kygt080"
label = "Client-1"

[[tokens]]
chain = "ethereum"
network = "31337"
contract = "0x5FbDB2315678afecb367f032d93F642f64180aa3"
symbol = "USDT"
decimals = 6

[[wallets]]
kind = "bitcoin"
name = "cold-btc"
network = "regtest"
pairs = 2

[[wallets]]
kind = "bitcoin-multisig"
name = "shared-btc"
network = "regtest"
threshold = 2
[[wallets.cosigners]]
receive = "0279be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798"
change = "02c6047f9441ed7d6d3045406e95c07cd85c778e4b8cef3ca7abac09b95c709ee5"

[[wallets]]
kind = "ethereum"
name = "cold-eth"
network = "31337"
next_nonce = 0
"""
OPERATOR_ROLES = (Role.MAKER, Role.CHECKER)


def parse_proposal(
    document: dict[str, Any], known: tuple[Person, ...], coordinator: bytes, now: int
) -> CommissioningProposal:
    """Return the proposal that a parsed TOML document makes. Raises ProposalInvalid.

    `known` are the operators where the document names none; `coordinator` is the transport key.
    """
    table = Table("the proposal", document)
    try:
        proposal = CommissioningProposal(
            version=VERSION,
            realm=table.choice("realm", Realm),
            created=now,
            coordinator=coordinator,
            operators=_each(table, "operators", _operator) or known,
            signers=table.integer("signers"),
            signers_required=table.integer("signers_required"),
            policy=_policy(table.table("policy")),
            whitelist=Whitelist(_each(table, "whitelist", _whitelist_entry)),
            tokens=TokenTable(_each(table, "tokens", _token)),
            wallets=_each(table, "wallets", _wallet),
        )
        table.end()
        _verify(proposal)
        record.encode(proposal)
    except (NotCanonical, AddressInvalid) as fault:
        raise ProposalInvalid(fault.what) from None
    return proposal


def _each(table: Table, key: str, read: Callable[[Table], T]) -> tuple[T, ...]:
    items = []
    for item in table.tables(key):
        items.append(read(item))
        item.end()
    return tuple(items)


def _operator(table: Table) -> Person:
    return Person(table.text("name"), table.choice("role", Role), table.hexadecimal("key"))


def _policy(table: Table) -> Policy:
    fees = table.table("fees")
    bitcoin, ethereum = fees.table("bitcoin"), fees.table("ethereum")
    tron, solana = fees.table("tron"), fees.table("solana")
    fees.end()
    policy = Policy(
        require_whitelist=table.flag("require_whitelist"),
        limits=_each(table, "limits", _limit),
        bitcoin_fees=_bitcoin_fees(bitcoin) if bitcoin.given else None,
        ethereum_fees=_ethereum_fees(ethereum) if ethereum.given else None,
        tron_fees=TronFees(_ceiling(tron, "max_fee_limit")) if tron.given else None,
        solana_fees=SolanaFees(_ceiling(solana, "max_priority_fee")) if solana.given else None,
        allow_data_outputs=_allowed(table, "allow_data_outputs"),
        serial_link=_allowed(table, "serial_link"),
        unattributed=table.texts("unattributed"),
    )
    table.end()
    return policy


def _allowed(table: Table, name: str) -> bool:
    return table.flag(name) if name in table.given else False


def _ceiling(table: Table, name: str) -> int | None:
    ceiling = table.amount(name) if name in table.given else None
    table.end()
    return ceiling


def _limit(table: Table) -> AssetLimit:
    chain = table.choice("chain", Chain) if "chain" in table.given else None
    return AssetLimit(table.text("asset"), chain, table.amount("per_transaction"))


def _bitcoin_fees(table: Table) -> BitcoinFees:
    given = table.given
    fees = BitcoinFees(
        table.integer("max_rate_sat_vb") if "max_rate_sat_vb" in given else None,
        table.parts_per_million("max_fraction") if "max_fraction" in given else None,
    )
    table.end()
    return fees


def _ethereum_fees(table: Table) -> EthereumFees:
    given = table.given
    fees = EthereumFees(
        table.amount("max_fee_per_gas") if "max_fee_per_gas" in given else None,
        table.integer("max_gas_limit") if "max_gas_limit" in given else None,
    )
    table.end()
    return fees


def _whitelist_entry(table: Table) -> WhitelistEntry:
    chain, network = table.choice("chain", Chain), table.text("network")
    address = normalise_address(chain, network, table.text("address"))
    return WhitelistEntry(chain, network, address, table.text("label"))


def _token(table: Table) -> Token:
    chain, network = table.choice("chain", Chain), table.text("network")
    contract = normalise_address(chain, network, table.text("contract"))
    return Token(chain, network, contract, table.text("symbol"), table.integer("decimals"))


def _wallet(table: Table) -> WalletPlan:
    kind, name, network = table.text("kind"), table.text("name"), table.text("network")
    match kind:
        case "bitcoin":
            return BitcoinWalletPlan(name, network, table.integer("pairs"))
        case "bitcoin-multisig":
            threshold = table.integer("threshold")
            return BitcoinMultisigPlan(
                name, network, threshold, _each(table, "cosigners", _cosigner)
            )
        case "ethereum":
            return EthereumWalletPlan(name, network, table.integer("next_nonce"))
        case _:
            raise ProposalInvalid(f"wallet {name}: kind is bitcoin, bitcoin-multisig or ethereum")


def _cosigner(table: Table) -> CosignerPair:
    return CosignerPair(table.hexadecimal("receive"), table.hexadecimal("change"))


def _verify(proposal: CommissioningProposal) -> None:
    """Refuse what the appliance could not be founded on."""
    roles = {person.role for person in proposal.operators}
    if roles != set(OPERATOR_ROLES):
        raise ProposalInvalid("operators are at least one maker and one checker, and nobody else")
    if len({person.key for person in proposal.operators}) != len(proposal.operators):
        raise ProposalInvalid("two operators have one key")
    if not 2 <= proposal.signers_required <= proposal.signers:
        raise ProposalInvalid("signers_required is at least 2 and at most signers")
    wallets = {plan.name for plan in proposal.wallets}
    if len(wallets) != len(proposal.wallets):
        raise ProposalInvalid("two wallets have one name")
    if not wallets.issuperset(proposal.policy.unattributed):
        raise ProposalInvalid("unattributed names a wallet that is not proposed")
    if not (proposal.policy.require_whitelist or proposal.policy.limits):
        raise ProposalInvalid("the policy limits nothing: require the whitelist or set limits")
