"""A coordinator that may be hostile: it can build the honest request, and every attack by name.

It builds bytes with third-party libraries that share no code with the appliance.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from hashlib import sha256

import rlp
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from embit import script
from embit.descriptor import Descriptor
from embit.psbt import PSBT
from embit.transaction import Transaction, TransactionInput, TransactionOutput

from appliance.wire import record
from appliance.wire.envelope import Algorithm, Envelope
from appliance.wire.epochs import (
    AssetLimit,
    BitcoinAccount,
    BitcoinFees,
    BitcoinWalletPlan,
    CommissioningProposal,
    EthereumAccount,
    EthereumFees,
    EthereumWalletPlan,
    Genesis,
    Person,
    Policy,
    Token,
    TokenTable,
    Whitelist,
    WhitelistEntry,
)
from appliance.wire.messages import (
    APPROVAL_STATEMENTS,
    Audience,
    BatchContent,
    OperatorApproval,
    SigningRequest,
    UnsignedTransaction,
    WithdrawalRequest,
)
from appliance.wire.statement import StatementType, statement
from appliance.wire.terms import Chain, Realm, Role

NOW = 1_790_000_000
BTC_CLIENT = "bcrt1qw508d6qejxtdg4y5r3zarvary0c5xw7kygt080"
BTC_ATTACKER = "bcrt1qrp33g0q5c5txsp9arysrx4k6zdkfs4nce4xj0gdcccefvpysxf3qzf4jry"
ETH_CLIENT = "0x70997970C51812dc3A010C7d01b50e0d17dc79C8"
ETH_ATTACKER = "0x3C44CdDdB6a900fa2b585dd299e03d12FA4293BC"
TOKEN = "0x5FbDB2315678afecb367f032d93F642f64180aa3"
FAKE_TOKEN = "0xe7f1725E7734CE288F8367e1Bb143E90bb3F0512"
CHAIN_ID = 31337


def person_key(name: str) -> Ed25519PrivateKey:
    return Ed25519PrivateKey.from_private_bytes(sha256(name.encode()).digest())


def public(key: Ed25519PrivateKey) -> bytes:
    return key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)


COORDINATOR = person_key("coordinator")
MAKER = person_key("Mei the maker")
CHECKER = person_key("Chun the checker")
OPERATORS = (
    Person("Mei", Role.MAKER, public(MAKER)),
    Person("Chun", Role.CHECKER, public(CHECKER)),
)
POLICY = Policy(
    require_whitelist=True,
    limits=(
        AssetLimit("BTC", Chain.BITCOIN, 5_000_000_000),
        AssetLimit("ETH", Chain.ETHEREUM, 10**19),
        AssetLimit("TUSD", Chain.ETHEREUM, 10**12),
    ),
    bitcoin_fees=BitcoinFees(300, 50_000),
    ethereum_fees=EthereumFees(500 * 10**9, 200_000),
    tron_fees=None,
    solana_fees=None,
    allow_data_outputs=False,
    serial_link=True,
    unattributed=(),
)
WHITELIST = Whitelist(
    (
        WhitelistEntry(Chain.BITCOIN, "regtest", BTC_CLIENT, "Client-1"),
        WhitelistEntry(Chain.ETHEREUM, str(CHAIN_ID), ETH_CLIENT, "Client-1"),
    )
)
TOKENS = TokenTable((Token(Chain.ETHEREUM, str(CHAIN_ID), TOKEN, "TUSD", 6),))


def proposal(signers: int = 3, signers_required: int = 2) -> CommissioningProposal:
    return CommissioningProposal(
        version=1,
        realm=Realm.TEST,
        created=NOW,
        coordinator=public(COORDINATOR),
        operators=OPERATORS,
        signers=signers,
        signers_required=signers_required,
        policy=POLICY,
        whitelist=WHITELIST,
        tokens=TOKENS,
        wallets=(
            BitcoinWalletPlan("btc-cold", "regtest", 1),
            EthereumWalletPlan("eth-cold", str(CHAIN_ID), 0),
        ),
    )


def sealed_proposal(proposed: CommissioningProposal) -> bytes:
    purpose = (proposed.realm, StatementType.PROPOSAL)
    payload = record.encode(proposed)
    key = public(COORDINATOR)
    return Envelope.seal(Algorithm.EDDSA, key, payload, purpose, COORDINATOR.sign).serialize()


# Unsigned bytes


def ethereum_transfer(
    nonce: int,
    destination: str = ETH_CLIENT,
    value: int = 10**18,
    chain_id: int = CHAIN_ID,
    max_fee: int = 2 * 10**9,
) -> bytes:
    fields = [chain_id, nonce, 10**9, max_fee, 21_000, _bytes(destination), value, b"", []]
    return bytes(b"\x02" + rlp.encode(fields))


def token_transfer(
    nonce: int, destination: str = ETH_CLIENT, amount: int = 25_000_000, token: str = TOKEN
) -> bytes:
    calldata = bytes.fromhex("a9059cbb") + bytes(12) + _bytes(destination)
    calldata += amount.to_bytes(32, "big")
    fields = [CHAIN_ID, nonce, 10**9, 2 * 10**9, 80_000, _bytes(token), 0, calldata, []]
    return bytes(b"\x02" + rlp.encode(fields))


def _bytes(address: str) -> bytes:
    return bytes.fromhex(address.removeprefix("0x"))


@dataclass(frozen=True)
class Coin:
    """An output of ours with its whole transaction."""

    transaction: Transaction
    vout: int

    @property
    def value(self) -> int:
        return int(self.transaction.vout[self.vout].value)


def coin(account: BitcoinAccount, value: int, salt: int, vout: int = 0) -> Coin:
    """A coin on the account's first receive script, as a past payment made it."""
    ours = Descriptor.from_string(account.pairs[0].receive.split("#")[0]).script_pubkey()
    spent = TransactionInput(sha256(f"past {salt}".encode()).digest(), 0)
    outputs = [TransactionOutput(1_000, script.p2wpkh(_some_key())) for _ in range(vout)]
    outputs.append(TransactionOutput(value, ours))
    return Coin(Transaction(2, [spent], outputs, 0), vout)


def _some_key() -> object:
    from embit import ec  # noqa: PLC0415

    return ec.PrivateKey(b"\x07" * 32).get_public_key()


def change_script(account: BitcoinAccount) -> object:
    return Descriptor.from_string(account.pairs[0].change.split("#")[0]).script_pubkey()


def psbt(coins: list[Coin], outputs: list[tuple[object, int]]) -> bytes:
    """A PSBT v0 spending the coins, with previous transaction and witness output of each."""
    inputs = [TransactionInput(c.transaction.txid(), c.vout, sequence=0xFFFFFFFD) for c in coins]
    paid = [TransactionOutput(value, where) for where, value in outputs]
    made = PSBT(Transaction(2, inputs, paid, 0))
    for scope, spent in zip(made.inputs, coins, strict=True):
        scope.non_witness_utxo = spent.transaction
        scope.witness_utxo = spent.transaction.vout[spent.vout]
    return bytes(made.serialize())


def address_script(address: str) -> object:
    return script.address_to_scriptpubkey(address)


# Requests


@dataclass(frozen=True)
class Coordinator:
    """Builds requests for one founded appliance."""

    genesis: Genesis

    @property
    def bitcoin(self) -> BitcoinAccount:
        return next(a for a in self.genesis.manifest.accounts if isinstance(a, BitcoinAccount))

    @property
    def ethereum(self) -> EthereumAccount:
        return next(a for a in self.genesis.manifest.accounts if isinstance(a, EthereumAccount))

    def content(self, number: int = 1, nonce: int = 0, salt: int = 1) -> BatchContent:
        """An honest batch: one Bitcoin payment with change, one ETH, one token transfer."""
        spent = coin(self.bitcoin, 100_000_000, salt)
        paying = [
            (address_script(BTC_CLIENT), 60_000_000),
            (change_script(self.bitcoin), 39_998_000),
        ]
        withdrawals = (
            self.withdrawal(f"W{number}-1", "btc-cold", "BTC", 60_000_000, BTC_CLIENT),
            self.withdrawal(f"W{number}-2", "eth-cold", "ETH", 10**18, ETH_CLIENT),
            self.withdrawal(f"W{number}-3", "eth-cold", "TUSD", 25_000_000, ETH_CLIENT, TOKEN),
        )
        transactions = (
            UnsignedTransaction(
                "btc-1", Chain.BITCOIN, "btc-cold", psbt([spent], paying), (f"W{number}-1",)
            ),
            UnsignedTransaction(
                "eth-1",
                Chain.ETHEREUM,
                "eth-cold",
                ethereum_transfer(nonce),
                (f"W{number}-2",),
            ),
            UnsignedTransaction(
                "eth-2",
                Chain.ETHEREUM,
                "eth-cold",
                token_transfer(nonce + 1),
                (f"W{number}-3",),
            ),
        )
        audience = Audience.of(self.genesis)
        return BatchContent(audience, f"B{number}", withdrawals, transactions)

    @staticmethod
    def withdrawal(
        name: str, wallet: str, asset: str, amount: int, destination: str, token: str | None = None
    ) -> WithdrawalRequest:
        return WithdrawalRequest(name, wallet, asset, token, amount, destination, f"ledger {name}")

    def request(self, content: BatchContent, sequence: int = 1, now: int = NOW) -> SigningRequest:
        """The content with both approvals given over it, as it stands."""
        approvals = (
            approval(Role.MAKER, MAKER, content),
            approval(Role.CHECKER, CHECKER, content),
        )
        return SigningRequest(1, content, sequence, None, now, now + 3600, (), approvals)

    def seal(self, request: SigningRequest) -> bytes:
        purpose = (self.genesis.realm, StatementType.SIGNING_REQUEST)
        payload, key = record.encode(request), public(COORDINATOR)
        made = Envelope.seal(Algorithm.EDDSA, key, payload, purpose, COORDINATOR.sign)
        return made.serialize()

    def honest(self, number: int = 1, nonce: int = 0, now: int = NOW) -> bytes:
        """A sealed honest request."""
        return self.seal(self.request(self.content(number, nonce, salt=number), number, now))


def approval(role: Role, key: Ed25519PrivateKey, content: BatchContent) -> OperatorApproval:
    realm = content.audience.realm
    signed = statement(realm, APPROVAL_STATEMENTS[role], content.digest)
    return OperatorApproval(role, public(key), key.sign(signed))


def with_transaction(
    content: BatchContent, name: str, change: Callable[[UnsignedTransaction], UnsignedTransaction]
) -> BatchContent:
    transactions = tuple(change(t) if t.id == name else t for t in content.transactions)
    return replace(content, transactions=transactions)
