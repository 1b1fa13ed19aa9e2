"""The standing rules: roster, policy, whitelist, tokens, key manifest; and the genesis of all.

They cross the gap: operations propose them, officers sign them on the appliance, the appliance
announces them. Limits are in base units per asset.
"""

from dataclasses import dataclass
from typing import Annotated, ClassVar

from appliance.wire import record
from appliance.wire.record import Amount, Count, Digest, Key, Name, Signature, UnixTime
from appliance.wire.shapes import Below, Length
from appliance.wire.statement import digest_of
from appliance.wire.terms import Chain, Curve, KeyPurpose, Realm, Role

Address = Annotated[str, Length(1, 128)]
DescriptorText = Annotated[str, Length(1, 4096)]


@dataclass(frozen=True, slots=True)
class Person:
    """A person, in one role, by an Ed25519 key that only they can use."""

    name: Name
    role: Role
    key: Annotated[bytes, Length(32, 32)]


@dataclass(frozen=True, slots=True)
class Roster:
    """Who may do what, and how many of them it takes."""

    people: Annotated[tuple[Person, ...], Length(0, 256)]
    signers_required: Count
    officers_required: Count


@dataclass(frozen=True, slots=True)
class AssetLimit:
    """The most that one transaction may pay out of an asset, in base units."""

    asset: Name
    chain: Chain | None
    per_transaction: Amount


@dataclass(frozen=True, slots=True)
class BitcoinFees:
    """Ceilings on Bitcoin fees: sat per virtual byte, and parts per million of what is paid out."""

    max_rate_sat_vb: Count | None
    max_fraction_ppm: Count | None


@dataclass(frozen=True, slots=True)
class EthereumFees:
    """Ceilings on Ethereum fees: wei per gas, and gas."""

    max_fee_per_gas: Amount | None
    max_gas_limit: Amount | None


@dataclass(frozen=True, slots=True)
class TronFees:
    """A ceiling on what a TRON contract call may burn: fee_limit, in sun."""

    max_fee_limit: Amount | None


@dataclass(frozen=True, slots=True)
class SolanaFees:
    """A ceiling on Solana's priority fee: compute units times their price, in lamports."""

    max_priority_fee: Amount | None


@dataclass(frozen=True, slots=True)
class Policy:
    """Limits that hold whatever anybody requests. A ceiling that is None imposes nothing.

    `allow_data_outputs` lets a Bitcoin transaction carry OP_RETURN data, shown whole. `serial_link`
    lets messages come and go by serial; QR is the default link. `unattributed` are the wallets that
    sign requests in the public formats, which name no maker, no checker and no sequence.
    """

    require_whitelist: bool
    limits: Annotated[tuple[AssetLimit, ...], Length(0, 1024)]
    bitcoin_fees: BitcoinFees | None
    ethereum_fees: EthereumFees | None
    tron_fees: TronFees | None
    solana_fees: SolanaFees | None
    allow_data_outputs: bool
    serial_link: bool
    unattributed: Annotated[tuple[Name, ...], Length(0, 1000)]


@dataclass(frozen=True, slots=True)
class WhitelistEntry:
    """A destination that may be paid."""

    chain: Chain
    network: Name
    address: Address
    label: Name


@dataclass(frozen=True, slots=True)
class Whitelist:
    """Every destination that may be paid."""

    entries: Annotated[tuple[WhitelistEntry, ...], Length(0, 100_000)]


@dataclass(frozen=True, slots=True)
class Token:
    """A token contract, pinned with the decimals its amounts are shown in."""

    chain: Chain
    network: Name
    contract: Address
    symbol: Name
    decimals: Annotated[int, Below(37)]


@dataclass(frozen=True, slots=True)
class TokenTable:
    """Every token that may be paid out; any other is unknown and refused."""

    tokens: Annotated[tuple[Token, ...], Length(0, 10_000)]


@dataclass(frozen=True, slots=True)
class DescriptorPair:
    """Where a wallet receives, and where its change goes (BIP-380, with checksum)."""

    receive: DescriptorText
    change: DescriptorText


@dataclass(frozen=True, slots=True)
class BitcoinAccount:
    """A wallet: pairs of descriptors; for ranged ones, how many indexes are searched."""

    TAG: ClassVar[int] = 0
    name: Name
    network: Name
    pairs: Annotated[tuple[DescriptorPair, ...], Length(1, 1000)]
    range_end: Count


@dataclass(frozen=True, slots=True)
class EthereumAccount:
    """One key, one address. `network` is the chain id in decimal."""

    TAG: ClassVar[int] = 1
    name: Name
    network: Name
    address: Address
    public_key: Key | None
    next_nonce: Count | None
    """The nonce of the first transaction after registration; None where it is not known."""


@dataclass(frozen=True, slots=True)
class TronAccount:
    """One key, one address, in Base58Check. `permission_id` is the permission it signs under."""

    TAG: ClassVar[int] = 2
    name: Name
    network: Name
    address: Address
    public_key: Key | None
    permission_id: Annotated[int, Below(10)]


@dataclass(frozen=True, slots=True)
class SolanaAccount:
    """One Ed25519 key, which is the address. Its durable nonces are those it has authority over."""

    TAG: ClassVar[int] = 3
    name: Name
    network: Name
    address: Address
    nonce_accounts: Annotated[tuple[Address, ...], Length(0, 1000)]


Account = BitcoinAccount | EthereumAccount | TronAccount | SolanaAccount


@dataclass(frozen=True, slots=True)
class HsmKey:
    """A key that must be on the token, and nothing else may be."""

    id: Annotated[bytes, Length(1, 32)]
    public_key: Annotated[bytes, Length(33, 33)]
    curve: Curve
    purpose: KeyPurpose
    provenance: Name


@dataclass(frozen=True, slots=True)
class KeyManifest:
    """Every key on the token, and every account they serve."""

    token_serial: Name
    keys: Annotated[tuple[HsmKey, ...], Length(0, 10_000)]
    accounts: Annotated[tuple[Account, ...], Length(0, 1000)]

    @property
    def attestation(self) -> bytes:
        """The public key (SEC 1, compressed) that signs the appliance's own statements."""
        return next(key.public_key for key in self.keys if key.purpose is KeyPurpose.ATTESTATION)


@dataclass(frozen=True, slots=True)
class Genesis:
    """The first epoch of everything. Its digest names the journal, the realm and the appliance."""

    version: Annotated[int, Below(2)]
    appliance: Annotated[bytes, Length(16, 16)]
    realm: Realm
    created: UnixTime
    coordinator: Annotated[bytes, Length(32, 32)]
    roster: Roster
    policy: Policy
    whitelist: Whitelist
    tokens: TokenTable
    manifest: KeyManifest

    @property
    def digest(self) -> bytes:
        """What officers sign and every message names."""
        return digest_of("genesis", record.encode(self))


@dataclass(frozen=True, slots=True)
class OfficerSignature:
    """An officer's Ed25519 signature over the statement of the genesis digest."""

    key: Annotated[bytes, Length(32, 32)]
    signature: Signature


@dataclass(frozen=True, slots=True)
class SignedGenesis:
    """The genesis with the signatures of every officer in its roster."""

    genesis: Genesis
    signatures: Annotated[tuple[OfficerSignature, ...], Length(1, 256)]


@dataclass(frozen=True, slots=True)
class BitcoinWalletPlan:
    """Make pairs of keys in the HSM and register them as P2WPKH."""

    TAG: ClassVar[int] = 0
    name: Name
    network: Name
    pairs: Annotated[int, Below(100)]


@dataclass(frozen=True, slots=True)
class CosignerPair:
    """A cosigner's plain keys (SEC 1, compressed), for receiving and for change."""

    receive: Annotated[bytes, Length(33, 33)]
    change: Annotated[bytes, Length(33, 33)]


@dataclass(frozen=True, slots=True)
class BitcoinMultisigPlan:
    """Make one pair of keys and register it with the cosigners' as P2WSH sortedmulti."""

    TAG: ClassVar[int] = 1
    name: Name
    network: Name
    threshold: Annotated[int, Below(16)]
    cosigners: Annotated[tuple[CosignerPair, ...], Length(1, 15)]


@dataclass(frozen=True, slots=True)
class EthereumWalletPlan:
    """Make one key and register its address."""

    TAG: ClassVar[int] = 2
    name: Name
    network: Name
    next_nonce: Count


WalletPlan = BitcoinWalletPlan | BitcoinMultisigPlan | EthereumWalletPlan


@dataclass(frozen=True, slots=True)
class CommissioningProposal:
    """What operations ask officers to found an appliance on. Signers join on the appliance."""

    version: Annotated[int, Below(2)]
    realm: Realm
    created: UnixTime
    coordinator: Annotated[bytes, Length(32, 32)]
    operators: Annotated[tuple[Person, ...], Length(2, 64)]
    signers: Count
    signers_required: Count
    policy: Policy
    whitelist: Whitelist
    tokens: TokenTable
    wallets: Annotated[tuple[WalletPlan, ...], Length(1, 100)]

    @property
    def digest(self) -> Digest:
        """What is read aloud and compared at both ends."""
        return digest_of("proposal", record.encode(self))
