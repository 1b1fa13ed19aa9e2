"""The HSM as the flow knows it: a token, verified against the manifest, that signs digests.

After any error the session is gone, and with it every handle: people open a new one.
"""

from hashlib import sha256

import pkcs11
from pkcs11 import Attribute, KeyType, Mechanism, MechanismFlag

from appliance.custody.inventory import GENERATED, Inventory, PrivateKeyFound
from appliance.custody.manifest import CURVE_OF, verify_inventory, verify_key, verify_manifest
from appliance.errors import HsmError, KeyNotOnToken, SessionClosed, SignatureMismatch
from appliance.hsm import anchor
from appliance.hsm.anchor import Anchor
from appliance.hsm.connection import Connection
from appliance.hsm.objects import (
    TokenObject,
    inventory_of,
    read_objects,
    read_private_key,
    read_public_key,
)
from appliance.hsm.templates import CURVE_PARAMETERS, private_key_template, public_key_template
from appliance.hsm.watchdog import Patience
from appliance.signatures import DIGEST_SIZE, SIGNATURE_SIZE, low_s, verify_digest
from appliance.wire.envelope import Algorithm, Envelope
from appliance.wire.epochs import Genesis, HsmKey, KeyManifest
from appliance.wire.messages import Audience, JournalHead
from appliance.wire.statement import StatementType, digest_of
from appliance.wire.terms import Curve, KeyPurpose

MAX_KEY_ID = 32


class Hsm:
    """One token. It signs nothing until `serve` has found it to be exactly what was signed for."""

    def __init__(self, module: str, serial: str, patience: Patience | None = None) -> None:
        """Name the PKCS#11 module (a path) and the token's serial number. Opens nothing yet."""
        self._connection = Connection(module, serial, patience)
        self._keys: dict[KeyPurpose, dict[bytes, pkcs11.SignMixin]] = {}
        self._audience: Audience | None = None

    def login(self, pin: str) -> None:
        """Open a session as the user; one that is open ends. Raises HsmError."""
        self._forget()
        self._connection.login(pin)

    def close(self) -> None:
        """End the session."""
        self._forget()
        self._connection.close()

    def random(self, size: int) -> bytes:
        """Return bytes of the HSM's randomness. Raises HsmError."""
        with self._connection.call("give random bytes") as session:
            return session.generate_random(8 * size)

    def generate_account_key(self, key_id: bytes) -> bytes:
        """Make a secp256k1 key pair that never leaves, and return its compressed public key.

        Raises HsmError: an id in use, or a key that is not what was asked for.
        """
        return self._generate(key_id, KeyPurpose.ACCOUNT)

    def generate_attestation_key(self, key_id: bytes) -> bytes:
        """Make a P-256 key pair that never leaves, and return its compressed public key."""
        return self._generate(key_id, KeyPurpose.ATTESTATION)

    def inventory(self) -> Inventory:
        """Return every key on the token with every attribute read back. Raises HsmError."""
        return inventory_of(self._connection.serial, self._objects())

    def verify_against(self, manifest: KeyManifest) -> None:
        """Raise unless the token holds what the manifest names, as it names it, and no other key.

        Raises SettingsError, UnknownKey, KeyNotOnToken, KeyAttributes, HsmError; then the session
        is over.
        """
        self._forget()
        objects = self._objects()
        try:
            verify_manifest(manifest)
            verify_inventory(manifest, inventory_of(self._connection.serial, objects))
        except BaseException:
            self.close()
            raise
        self._keys = _signing_keys(manifest, objects)

    def serve(self, genesis: Genesis) -> None:
        """Verify the token against the genesis's manifest, and from here on sign under it."""
        self.verify_against(genesis.manifest)
        self._audience = Audience.of(genesis)

    def sign_digest(self, public_key: bytes, digest: bytes) -> bytes:
        """Return r ‖ s (64 bytes) over 32 bytes by an account's key, as the HSM gave it.

        Nothing of it is verified yet. Raises SessionClosed, KeyNotOnToken, HsmError; after an error
        of the HSM the session is over.
        """
        key = self._key(KeyPurpose.ACCOUNT, public_key)
        return self._sign(key, digest)

    def seal(self, kind: StatementType, payload: bytes) -> bytes:
        """Return the attestation key's envelope over a statement, verified.

        Raises SessionClosed, HsmError, SignatureMismatch; then the session is over.
        """
        audience = self._serving()
        ((public_key, key),) = self._keys[KeyPurpose.ATTESTATION].items()

        def sign(signed: bytes) -> bytes:
            return self._sign_verified(Curve.P256, public_key, key, sha256(signed).digest())

        purpose = (audience.realm, kind)
        return Envelope.seal(Algorithm.ES256, public_key, payload, purpose, sign).serialize()

    def read_anchor(self) -> Anchor | None:
        """Return where the token has the journal stand, None before the first anchor."""
        with self._connection.call("read the anchor") as session:
            return anchor.read(session)

    def write_anchor(self, head: JournalHead) -> None:
        """Anchor the journal's head. Raises HsmError, also for a head before the anchored one."""
        audience = self._serving()
        with self._connection.call("write the anchor") as session:
            anchor.replace(session, Anchor(head, audience.genesis, audience.realm))

    def _generate(self, key_id: bytes, purpose: KeyPurpose) -> bytes:
        curve = CURVE_OF[purpose]
        if not 1 <= len(key_id) <= MAX_KEY_ID:
            raise HsmError(f"a key's id has 1 to {MAX_KEY_ID} bytes")
        with self._connection.call("generate a key", self._connection.patience.keys) as session:
            if tuple(session.get_objects({Attribute.ID: key_id})):
                raise HsmError("the token already holds a key with this id")
            parameters = session.create_domain_parameters(
                KeyType.EC, {Attribute.EC_PARAMS: CURVE_PARAMETERS[curve]}, local=True
            )
            public, private = parameters.generate_keypair(
                mechanism=Mechanism.EC_KEY_PAIR_GEN,
                capabilities=MechanismFlag.SIGN | MechanismFlag.VERIFY,
                store=True,
                public_template=public_key_template(key_id),
                private_template=private_key_template(key_id),
            )
            found = read_public_key(public)
            public_key = found.public_key or b""
            row = HsmKey(key_id, public_key, curve, purpose, GENERATED)
            verify_key(row, found, read_private_key(private))
        possession = digest_of("key-possession", public_key)
        self._sign_verified(curve, public_key, _signing(private), possession)
        return public_key

    def _objects(self) -> tuple[TokenObject, ...]:
        with self._connection.call("list its keys", self._connection.patience.keys) as session:
            return read_objects(session)

    def _key(self, purpose: KeyPurpose, public_key: bytes) -> pkcs11.SignMixin:
        self._connection.verify_open()
        key = self._keys.get(purpose, {}).get(public_key)
        if key is None:
            raise KeyNotOnToken("no key verified in this session has that public key")
        return key

    def _serving(self) -> Audience:
        self._connection.verify_open()
        if self._audience is None:
            raise SessionClosed("the token has not been verified for signing in this session")
        return self._audience

    def _sign(self, key: pkcs11.SignMixin, digest: bytes) -> bytes:
        if len(digest) != DIGEST_SIZE:
            raise HsmError(f"{len(digest)} bytes are no digest that is ever signed")
        with self._connection.call("sign"):
            raw = key.sign(digest, mechanism=Mechanism.ECDSA)
            if len(raw) != SIGNATURE_SIZE:
                raise SignatureMismatch(f"the HSM answered with {len(raw)} bytes, not r ‖ s")
        return raw

    def _sign_verified(
        self, curve: Curve, public_key: bytes, key: pkcs11.SignMixin, digest: bytes
    ) -> bytes:
        raw = self._sign(key, digest)
        try:
            signature = low_s(raw) if curve is Curve.SECP256K1 else raw
            verify_digest(curve, public_key, digest, signature)
        except SignatureMismatch:
            self.close()
            raise
        return signature

    def _forget(self) -> None:
        self._keys = {}
        self._audience = None


def _signing_keys(
    manifest: KeyManifest, objects: tuple[TokenObject, ...]
) -> dict[KeyPurpose, dict[bytes, pkcs11.SignMixin]]:
    """Return the handle of each of the manifest's keys, by purpose and public key."""
    handles = {
        thing.found.id: thing.handle
        for thing in objects
        if isinstance(thing.found, PrivateKeyFound)
    }
    keys: dict[KeyPurpose, dict[bytes, pkcs11.SignMixin]] = {purpose: {} for purpose in KeyPurpose}
    for row in manifest.keys:
        keys[row.purpose][row.public_key] = _signing(handles[row.id])
    return keys


def _signing(handle: pkcs11.Object) -> pkcs11.SignMixin:
    if not isinstance(handle, pkcs11.SignMixin):
        raise HsmError("the token says that a key signs, and then that it does not")
    return handle
