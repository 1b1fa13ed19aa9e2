"""The founding of an appliance: from a proposal that operations made to a genesis officers sign.

Nothing is trusted yet when a proposal arrives: its envelope only shows that it is whole. What makes
it the right one is people reading its words aloud at both ends.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from appliance.chains.bitcoin.descriptor import sortedmulti_descriptor, wpkh_descriptor
from appliance.chains.ethereum.address import address_of_public_key
from appliance.custody.inventory import GENERATED
from appliance.model.batch import SheetLine, SheetSection
from appliance.model.text import grouped, literal
from appliance.wire import record
from appliance.wire.envelope import Envelope
from appliance.wire.epochs import (
    Account,
    BitcoinAccount,
    BitcoinMultisigPlan,
    BitcoinWalletPlan,
    CommissioningProposal,
    DescriptorPair,
    EthereumAccount,
    EthereumWalletPlan,
    Genesis,
    HsmKey,
    KeyManifest,
    Person,
    Policy,
    Roster,
    WalletPlan,
)
from appliance.wire.errors import EnvelopeSignature, NotCanonical
from appliance.wire.messages import MAX_MESSAGE, VERSION
from appliance.wire.statement import StatementType
from appliance.wire.terms import Curve, KeyPurpose, Realm, Role


def read_proposal(message: bytes) -> CommissioningProposal:
    """Return the proposal inside an envelope that its own coordinator key signed.

    Raises WireError.
    """
    if len(message) > MAX_MESSAGE:
        raise NotCanonical(f"a proposal of {len(message):,} bytes is over the limit")
    envelope = Envelope.parse(message)
    proposal = record.decode(CommissioningProposal, envelope.payload)
    if proposal.version != VERSION:
        raise NotCanonical(f"version {proposal.version} of the proposal is not spoken here")
    envelope.verify(proposal.coordinator, (proposal.realm, StatementType.PROPOSAL))
    if any(person.role not in (Role.MAKER, Role.CHECKER) for person in proposal.operators):
        raise EnvelopeSignature("the proposal names people other than makers and checkers")
    return proposal


def proposal_sections(proposal: CommissioningProposal) -> tuple[SheetSection, ...]:
    """Return everything the proposal says, for officers to read before they found on it."""
    return (
        SheetSection("Proposal", tuple(_overview(proposal)), ()),
        SheetSection("Policy", tuple(_policy(proposal.policy)), ()),
        SheetSection("Whitelist", tuple(_whitelist(proposal)), ()),
        SheetSection("Tokens and wallets", tuple(_assets(proposal)), ()),
    )


def _overview(proposal: CommissioningProposal) -> Iterator[SheetLine]:
    yield SheetLine("Realm", proposal.realm.value.upper())
    yield SheetLine("Signers", f"{proposal.signers_required} of {proposal.signers}")
    for person in proposal.operators:
        yield SheetLine(person.role.value, f"{literal(person.name)}, key {person.key.hex()}")
    yield SheetLine("Coordinator's key", proposal.coordinator.hex())


def _policy(policy: Policy) -> Iterator[SheetLine]:
    yield SheetLine("Whitelist required", "yes" if policy.require_whitelist else "NO")
    for limit in policy.limits:
        chain = limit.chain.value if limit.chain else "every chain"
        label = f"Most per transaction, {literal(limit.asset)} on {chain}"
        yield SheetLine(label, f"{limit.per_transaction:,} base units")
    yield SheetLine("Bitcoin data outputs", "ALLOWED" if policy.allow_data_outputs else "no")
    yield SheetLine("Serial link", "ENABLED" if policy.serial_link else "no, QR alone")
    yield SheetLine(
        "Requests without maker and checker",
        f"ACCEPTED for {', '.join(map(literal, policy.unattributed))}"
        if policy.unattributed
        else "no",
    )
    yield from _fee_ceilings(policy)


def _fee_ceilings(policy: Policy) -> Iterator[SheetLine]:
    if policy.bitcoin_fees:
        yield SheetLine("Bitcoin fee rate at most", f"{policy.bitcoin_fees.max_rate_sat_vb} sat/vB")
        share = policy.bitcoin_fees.max_fraction_ppm
        yield SheetLine("Bitcoin fee at most", f"{share} millionths of what is paid out")
    if policy.ethereum_fees:
        yield SheetLine("Gas price at most", f"{policy.ethereum_fees.max_fee_per_gas} wei")
        yield SheetLine("Gas limit at most", f"{policy.ethereum_fees.max_gas_limit}")
    if policy.tron_fees:
        yield SheetLine("TRON fee limit at most", f"{policy.tron_fees.max_fee_limit} sun")
    if policy.solana_fees:
        most = f"{policy.solana_fees.max_priority_fee} lamports"
        yield SheetLine("Solana priority fee at most", most)


def _whitelist(proposal: CommissioningProposal) -> Iterator[SheetLine]:
    for entry in proposal.whitelist.entries:
        where = f"{entry.chain.value} {literal(entry.network)}"
        yield SheetLine(f"{literal(entry.label)} on {where}", grouped(literal(entry.address)))


def _assets(proposal: CommissioningProposal) -> Iterator[SheetLine]:
    for token in proposal.tokens.tokens:
        where = f"{token.chain.value} {literal(token.network)}"
        label = f"{literal(token.symbol)} on {where}, {token.decimals} decimals"
        yield SheetLine(label, grouped(literal(token.contract)))
    for plan in proposal.wallets:
        yield SheetLine(f"Wallet {literal(plan.name)}", _plan(plan))


def _plan(plan: WalletPlan) -> str:
    match plan:
        case BitcoinWalletPlan(network=network, pairs=pairs):
            return f"bitcoin {literal(network)}, {pairs} pairs of keys"
        case BitcoinMultisigPlan(network=network, threshold=threshold, cosigners=cosigners):
            return f"bitcoin {literal(network)}, {threshold} of {len(cosigners) + 1} cosigners"
        case EthereumWalletPlan(network=network, next_nonce=nonce):
            return f"ethereum chain {literal(network)}, next nonce {nonce}"


@dataclass(frozen=True, slots=True)
class MadeKey:
    """A key that was just made on the token: its CKA_ID and compressed public key."""

    id: bytes
    public_key: bytes


def keys_needed(plan: WalletPlan) -> int:
    """Return how many keys a wallet needs on the token."""
    match plan:
        case BitcoinWalletPlan(pairs=pairs):
            return 2 * pairs
        case BitcoinMultisigPlan():
            return 2
        case EthereumWalletPlan():
            return 1


def account_of(plan: WalletPlan, keys: tuple[MadeKey, ...]) -> Account:
    """Return the account that a plan and its keys make."""
    points = [key.public_key for key in keys]
    match plan:
        case BitcoinWalletPlan(name=name, network=network):
            pairs = tuple(
                DescriptorPair(wpkh_descriptor(receive), wpkh_descriptor(change))
                for receive, change in zip(points[::2], points[1::2], strict=True)
            )
            return BitcoinAccount(name, network, pairs, 0)
        case BitcoinMultisigPlan(name=name, network=network):
            return BitcoinAccount(name, network, (_multisig(plan, points[0], points[1]),), 0)
        case EthereumWalletPlan(name=name, network=network, next_nonce=nonce):
            address = address_of_public_key(points[0])
            return EthereumAccount(name, network, address, points[0], nonce)


def _multisig(plan: BitcoinMultisigPlan, receive: bytes, change: bytes) -> DescriptorPair:
    receives = (receive, *(cosigner.receive for cosigner in plan.cosigners))
    changes = (change, *(cosigner.change for cosigner in plan.cosigners))
    return DescriptorPair(
        sortedmulti_descriptor(plan.threshold, receives),
        sortedmulti_descriptor(plan.threshold, changes),
    )


@dataclass(frozen=True, slots=True)
class Founding:
    """What the signer process adds to a proposal: who joined, and what the token holds."""

    appliance: bytes
    created: int
    signers: tuple[Person, ...]
    token_serial: str
    attestation: MadeKey
    wallets: tuple[tuple[MadeKey, ...], ...]


def genesis_of(proposal: CommissioningProposal, founding: Founding) -> Genesis:
    """Return the genesis. The signers are its officers too, until officers are appointed."""
    officers = tuple(Person(p.name, Role.OFFICER, p.key) for p in founding.signers)
    plans = tuple(zip(proposal.wallets, founding.wallets, strict=True))
    return Genesis(
        version=VERSION,
        appliance=founding.appliance,
        realm=Realm(proposal.realm),
        created=founding.created,
        coordinator=proposal.coordinator,
        roster=Roster(
            people=(*proposal.operators, *founding.signers, *officers),
            signers_required=proposal.signers_required,
            officers_required=proposal.signers_required,
        ),
        policy=proposal.policy,
        whitelist=proposal.whitelist,
        tokens=proposal.tokens,
        manifest=KeyManifest(
            token_serial=founding.token_serial,
            keys=tuple(_hsm_keys(founding)),
            accounts=tuple(account_of(plan, keys) for plan, keys in plans),
        ),
    )


def _hsm_keys(founding: Founding) -> Iterator[HsmKey]:
    made = founding.attestation
    yield HsmKey(made.id, made.public_key, Curve.P256, KeyPurpose.ATTESTATION, GENERATED)
    for key in (key for keys in founding.wallets for key in keys):
        yield HsmKey(key.id, key.public_key, Curve.SECP256K1, KeyPurpose.ACCOUNT, GENERATED)
