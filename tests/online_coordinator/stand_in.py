"""A software stand-in of the appliance: it signs whatever it is asked and judges nothing.

It follows `appliance.wire` only, and computes digests with the field's own libraries.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from hashlib import sha256
from typing import Any

from coincurve import PrivateKey
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from embit.descriptor.checksum import add_checksum
from embit.hashes import hash160
from embit.psbt import PSBT
from embit.transaction import SIGHASH
from eth_keys.datatypes import PublicKey as EthereumKey
from eth_utils.crypto import keccak

from appliance.wire import record
from appliance.wire.envelope import Algorithm, Envelope
from appliance.wire.epochs import (
    Account,
    BitcoinAccount,
    DescriptorPair,
    EthereumAccount,
    Genesis,
    HsmKey,
    KeyManifest,
    OfficerSignature,
    Person,
    Policy,
    Roster,
    SignedGenesis,
    Token,
    TokenTable,
    Whitelist,
    WhitelistEntry,
)
from appliance.wire.messages import (
    APPROVAL_STATEMENTS,
    STATUS_SIZE,
    Audience,
    BatchSigned,
    InputSignature,
    JournalHead,
    Outcome,
    SignerApproval,
    SigningRequest,
    SigningResponse,
    TransactionSignatures,
    UnsignedTransaction,
    message_digest,
)
from appliance.wire.statement import StatementType, statement
from appliance.wire.terms import Chain, Curve, KeyPurpose, Realm, Role

ORDER = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141


def ed25519(label: str) -> Ed25519PrivateKey:
    """Return a key that depends on a label only."""
    return Ed25519PrivateKey.from_private_bytes(sha256(label.encode()).digest())


def public(key: Ed25519PrivateKey) -> bytes:
    return key.public_key().public_bytes_raw()


def secp256k1(label: str) -> PrivateKey:
    return PrivateKey(sha256(label.encode()).digest())


def single_key_wallet(name: str, network: str, pairs: int) -> tuple[Account, list[PrivateKey]]:
    """Return a wallet of P2WPKH descriptor pairs, and its keys."""
    keys = [secp256k1(f"{name} {number}") for number in range(2 * pairs)]
    descriptors = [add_checksum(f"wpkh({key.public_key.format().hex()})") for key in keys]
    account = BitcoinAccount(
        name,
        network,
        tuple(DescriptorPair(*descriptors[at : at + 2]) for at in range(0, 2 * pairs, 2)),
        0,
    )
    return account, keys


def multisig_wallet(
    name: str, network: str, threshold: int, cosigners: int
) -> tuple[Account, list[PrivateKey], list[PrivateKey]]:
    """Return a P2WSH sortedmulti wallet, our two keys, and each cosigner's two after another."""
    ours = [secp256k1(f"{name} ours {side}") for side in ("receive", "change")]
    theirs = [
        secp256k1(f"{name} cosigner {number} {side}")
        for number in range(cosigners)
        for side in ("receive", "change")
    ]
    sides = []
    for side in (0, 1):
        keys = [ours[side], *theirs[side::2]]
        listed = ",".join(key.public_key.format().hex() for key in keys)
        sides.append(add_checksum(f"wsh(sortedmulti({threshold},{listed}))"))
    return BitcoinAccount(name, network, (DescriptorPair(*sides),), 0), ours, theirs


def ethereum_wallet(name: str, network: str) -> tuple[Account, list[PrivateKey]]:
    key = secp256k1(name)
    compressed = key.public_key.format()
    address = EthereumKey.from_compressed_bytes(compressed).to_checksum_address()
    return EthereumAccount(name, network, address, compressed, 0), [key]


WHITELIST_ONLY = Policy(
    require_whitelist=True,
    limits=(),
    bitcoin_fees=None,
    ethereum_fees=None,
    tron_fees=None,
    solana_fees=None,
    allow_data_outputs=False,
    serial_link=True,
    unattributed=(),
)


@dataclass(frozen=True, slots=True)
class Rules:
    """What a stand-in is founded with."""

    coordinator: bytes
    operators: tuple[Person, ...]
    policy: Policy = WHITELIST_ONLY
    whitelist: tuple[WhitelistEntry, ...] = ()
    tokens: tuple[Token, ...] = ()


@dataclass(frozen=True, slots=True)
class StandIn:
    """A founded stand-in: its genesis and all its keys."""

    genesis: Genesis
    attestation: ec.EllipticCurvePrivateKey
    signers: tuple[tuple[str, Ed25519PrivateKey], ...]
    keys: dict[bytes, PrivateKey]

    @classmethod
    def found(
        cls, label: str, rules: Rules, wallets: list[tuple[Account, list[PrivateKey]]]
    ) -> "StandIn":
        attestation = ec.derive_private_key(
            int.from_bytes(sha256(label.encode()).digest(), "big"), ec.SECP256R1()
        )
        signers = tuple((f"{label}-signer-{n}", ed25519(f"{label} signer {n}")) for n in range(3))
        keys = {key.public_key.format(): key for _, held in wallets for key in held}
        manifest = KeyManifest(
            "stand-in",
            (
                HsmKey(b"\0", _point(attestation), Curve.P256, KeyPurpose.ATTESTATION, "test"),
                *(
                    HsmKey(bytes([n]), point, Curve.SECP256K1, KeyPurpose.ACCOUNT, "test")
                    for n, point in enumerate(keys, start=1)
                ),
            ),
            tuple(account for account, _ in wallets),
        )
        people = [Person(name, Role.SIGNER, public(key)) for name, key in signers]
        officers = [replace(person, role=Role.OFFICER) for person in people]
        genesis = Genesis(
            version=1,
            appliance=sha256(label.encode()).digest()[:16],
            realm=Realm.TEST,
            created=1_700_000_000,
            coordinator=rules.coordinator,
            roster=Roster((*rules.operators, *people, *officers), 2, 2),
            policy=rules.policy,
            whitelist=Whitelist(rules.whitelist),
            tokens=TokenTable(rules.tokens),
            manifest=manifest,
        )
        return cls(genesis, attestation, signers, keys)

    @property
    def audience(self) -> Audience:
        return Audience.of(self.genesis)

    def announcement(self) -> bytes:
        body = statement(self.genesis.realm, StatementType.GENESIS, self.genesis.digest)
        signatures = tuple(OfficerSignature(public(key), key.sign(body)) for _, key in self.signers)
        signed = record.encode(SignedGenesis(self.genesis, signatures))
        return self.seal(StatementType.COMMISSIONED, signed)

    def seal(self, kind: StatementType, payload: bytes) -> bytes:
        return Envelope.seal(
            Algorithm.ES256,
            _point(self.attestation),
            payload,
            (self.genesis.realm, kind),
            lambda data: _fixed(self.attestation.sign(data, ec.ECDSA(SHA256()))),
        ).serialize()

    def read(self, envelope: bytes) -> SigningRequest:
        purpose = (self.genesis.realm, StatementType.SIGNING_REQUEST)
        payload = Envelope.parse(envelope).verify(self.genesis.coordinator, purpose)
        return record.decode(SigningRequest, payload)

    def sign(self, envelope: bytes) -> bytes:
        """Return the response that signs every transaction."""
        content = self.read(envelope).content
        signed = tuple(self.signatures(each) for each in content.transactions)
        return self.answer(envelope, BatchSigned(signed, self.approvals(content.digest)))

    def answer(
        self,
        envelope: bytes,
        outcome: Outcome,
        change: Callable[[SigningResponse], SigningResponse] = lambda response: response,
    ) -> bytes:
        request = self.read(envelope)
        response = SigningResponse(
            version=1,
            audience=self.audience,
            request=message_digest(envelope),
            batch=request.content.batch,
            outcome=outcome,
            journal=JournalHead(7, bytes(32)),
            standing=self.genesis.digest,
            image="stand-in",
            status=bytes(STATUS_SIZE),
        )
        return self.seal(StatementType.SIGNING_RESPONSE, record.encode(change(response)))

    def approvals(self, sheet: bytes) -> tuple[SignerApproval, ...]:
        signed = statement(self.genesis.realm, APPROVAL_STATEMENTS[Role.SIGNER], sheet)
        return tuple(
            SignerApproval(name, public(key), sheet, key.sign(signed))
            for name, key in self.signers[:2]
        )

    def signatures(self, unsigned: UnsignedTransaction) -> TransactionSignatures:
        return TransactionSignatures(unsigned.id, self._signatures(unsigned))

    def _signatures(self, unsigned: UnsignedTransaction) -> tuple[InputSignature, ...]:
        if unsigned.chain is Chain.BITCOIN:
            return self._bitcoin(unsigned.payload)
        accounts = {each.name: each for each in self.genesis.manifest.accounts}
        account = accounts[unsigned.wallet]
        assert isinstance(account, EthereumAccount)
        assert account.public_key is not None
        digest = keccak(unsigned.payload)
        return (input_signature(self.keys[account.public_key], 0, digest),)

    def _bitcoin(self, payload: bytes) -> tuple[InputSignature, ...]:
        psbt = PSBT.parse(payload)
        return tuple(
            input_signature(self._key_of(scope), index, psbt.sighash(index, SIGHASH.ALL))
            for index, scope in enumerate(psbt.inputs)
        )

    def _key_of(self, scope: Any) -> PrivateKey:
        script, spent = scope.witness_script, scope.utxo.script_pubkey.data
        for point, key in self.keys.items():
            if point in script.data if script is not None else hash160(point) in spent:
                return key
        raise AssertionError("an input is of no key of ours")


def input_signature(key: PrivateKey, index: int, digest: bytes) -> InputSignature:
    """Return a low-S signature with its recovery id."""
    compact = key.sign_recoverable(digest, hasher=None)
    return InputSignature(index, key.public_key.format(), digest, compact[:64], compact[64])


def high_s(signature: InputSignature) -> InputSignature:
    """Return the other spelling of a signature."""
    s = ORDER - int.from_bytes(signature.signature[32:], "big")
    return replace(
        signature,
        signature=signature.signature[:32] + s.to_bytes(32, "big"),
        recovery_id=signature.recovery_id ^ 1,
    )


def _point(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.public_key().public_bytes(Encoding.X962, PublicFormat.CompressedPoint)


def _fixed(der: bytes) -> bytes:
    r, s = decode_dss_signature(der)
    return r.to_bytes(32, "big") + s.to_bytes(32, "big")
