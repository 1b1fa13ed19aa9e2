"""What the tests do with a token: found an appliance on it, serve it, and tamper with it."""

from dataclasses import dataclass
from typing import Any

import pkcs11
from pkcs11 import Attribute, KeyType, Mechanism, MechanismFlag

from appliance.custody.inventory import GENERATED
from appliance.hsm.attributes import TokenAttributes
from appliance.hsm.connection import find_token
from appliance.hsm.session import Hsm
from appliance.hsm.templates import CURVE_PARAMETERS, private_key_template, public_key_template
from appliance.hsm.watchdog import Patience
from appliance.wire.epochs import (
    Genesis,
    HsmKey,
    KeyManifest,
    Policy,
    Roster,
    TokenTable,
    Whitelist,
)
from appliance.wire.terms import Curve, KeyPurpose, Realm
from tests.appliance.hsm.signer_process import USER_PIN, SoftToken

Attributes = dict[Attribute, Any]


@dataclass(frozen=True, slots=True)
class Founded:
    """A token with one account key (id 01) and one attestation key (id 02), and its genesis."""

    token: SoftToken
    genesis: Genesis

    @property
    def account_key(self) -> bytes:
        """The account key's public key."""
        return self.genesis.manifest.keys[0].public_key


def found(token: SoftToken) -> Genesis:
    """Generate both keys as a ceremony does."""
    hsm = Hsm(token.module, token.serial)
    hsm.login(USER_PIN)
    account = hsm.generate_account_key(b"\1")
    attestation = hsm.generate_attestation_key(b"\2")
    hsm.close()
    return genesis_of(
        token.serial,
        HsmKey(b"\1", account, Curve.SECP256K1, KeyPurpose.ACCOUNT, GENERATED),
        HsmKey(b"\2", attestation, Curve.P256, KeyPurpose.ATTESTATION, GENERATED),
    )


def genesis_of(serial: str, *keys: HsmKey) -> Genesis:
    return Genesis(
        version=1,
        appliance=bytes(16),
        realm=Realm.TEST,
        created=1_700_000_000,
        coordinator=bytes(32),
        roster=Roster((), 2, 2),
        policy=Policy(
            require_whitelist=True,
            limits=(),
            bitcoin_fees=None,
            ethereum_fees=None,
            tron_fees=None,
            solana_fees=None,
            allow_data_outputs=False,
            serial_link=True,
            unattributed=(),
        ),
        whitelist=Whitelist(()),
        tokens=TokenTable(()),
        manifest=KeyManifest(serial, keys, ()),
    )


def serve(token: SoftToken, genesis: Genesis, patience: Patience | None = None) -> Hsm:
    """Open a session and have the token verified."""
    hsm = Hsm(token.module, token.serial, patience)
    hsm.login(USER_PIN)
    hsm.serve(genesis)
    return hsm


def tamper(token: SoftToken, pin: str | None = USER_PIN) -> pkcs11.Session:
    """Return a session outside our door, as a vendor's tool would open it."""
    return find_token(token.module, token.serial).open(
        rw=True, user_pin=pin, attribute_mapper=TokenAttributes()
    )


def make_key(
    session: pkcs11.Session, key_id: bytes, private: Attributes, public: Attributes
) -> None:
    """Generate a secp256k1 key that is ours but for some attributes."""
    parameters = session.create_domain_parameters(
        KeyType.EC, {Attribute.EC_PARAMS: CURVE_PARAMETERS[Curve.SECP256K1]}, local=True
    )
    parameters.generate_keypair(
        mechanism=Mechanism.EC_KEY_PAIR_GEN,
        capabilities=MechanismFlag.SIGN | MechanismFlag.VERIFY,
        store=True,
        public_template={**public_key_template(key_id), **public},
        private_template={**private_key_template(key_id), **private},
    )


def leave(token: SoftToken) -> None:
    """End every session opened outside our door."""
    pkcs11.lib(token.module).finalize()
