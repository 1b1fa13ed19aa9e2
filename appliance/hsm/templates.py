"""The whole template of every object this appliance makes: nothing is left to a module's defaults.

The values are the profile's (`custody.inventory`), so that what is asked for and what must be read
back cannot differ. LOCAL, ALWAYS_SENSITIVE and NEVER_EXTRACTABLE are the token's to set.
"""

from collections.abc import Mapping
from dataclasses import fields

from pkcs11 import Attribute, ObjectClass
from pkcs11.util.ec import encode_named_curve_parameters

from appliance.custody.inventory import (
    FIXED_PRIVATE_KEY,
    FIXED_PUBLIC_KEY,
    PrivateKeyAttributes,
    PublicKeyAttributes,
    label_of,
)
from appliance.wire.terms import Curve

Template = dict[Attribute, object]

CURVE_PARAMETERS: Mapping[Curve, bytes] = {
    Curve.SECP256K1: encode_named_curve_parameters("1.3.132.0.10"),
    Curve.P256: encode_named_curve_parameters("1.2.840.10045.3.1.7"),
}
"""CKA_EC_PARAMS of each curve: its object identifier (SEC 2, section A.2) in DER."""

ANCHOR_LABEL = "journal head"
ANCHOR_APPLICATION = "airlock"

_SET_BY_THE_TOKEN = {"local", "always_sensitive", "never_extractable"}


def attributes_of(
    profile: type[PrivateKeyAttributes | PublicKeyAttributes],
) -> dict[str, Attribute]:
    """Return the PKCS#11 attribute of each field of a profile."""
    return {field.name: Attribute[field.name.upper()] for field in fields(profile)}


def private_key_template(key_id: bytes) -> Template:
    """Return the template of a private key of the fixed profile."""
    return _key_template(FIXED_PRIVATE_KEY, key_id)


def public_key_template(key_id: bytes) -> Template:
    """Return the template of a public key of the fixed profile."""
    return _key_template(FIXED_PUBLIC_KEY, key_id)


def anchor_template(value: bytes) -> Template:
    """Return the template of the anchor: private, and replaced rather than modified."""
    return {
        Attribute.CLASS: ObjectClass.DATA,
        Attribute.TOKEN: True,
        Attribute.PRIVATE: True,
        Attribute.MODIFIABLE: False,
        Attribute.COPYABLE: False,
        Attribute.LABEL: ANCHOR_LABEL,
        Attribute.APPLICATION: ANCHOR_APPLICATION,
        Attribute.VALUE: value,
    }


def _key_template(profile: PrivateKeyAttributes | PublicKeyAttributes, key_id: bytes) -> Template:
    template: Template = {
        attribute: getattr(profile, name)
        for name, attribute in attributes_of(type(profile)).items()
        if name not in _SET_BY_THE_TOKEN
    }
    return {**template, Attribute.ID: key_id, Attribute.LABEL: label_of(key_id)}
