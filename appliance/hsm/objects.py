"""Everything on the token, read back attribute by attribute."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice

import pkcs11
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from pkcs11 import Attribute, KeyType, ObjectClass

from appliance.custody.inventory import (
    ForeignObjectFound,
    Inventory,
    PrivateKeyAttributes,
    PrivateKeyFound,
    PublicKeyAttributes,
    PublicKeyFound,
)
from appliance.errors import HsmError
from appliance.hsm.templates import CURVE_PARAMETERS, attributes_of
from appliance.wire.terms import Curve

MAX_OBJECTS = 25_000

KeyFound = PrivateKeyFound | PublicKeyFound | ForeignObjectFound

_POINT_SIZE = 65
_DER_OCTET_STRING = bytes((0x04, _POINT_SIZE))
_TOLERATED = (ObjectClass.DATA, ObjectClass.CERTIFICATE)
_CLASS = Attribute.CLASS
_IDENTITY = [
    Attribute.CLASS,
    Attribute.ID,
    Attribute.LABEL,
    Attribute.KEY_TYPE,
    Attribute.EC_PARAMS,
]
_PRIVATE = attributes_of(PrivateKeyAttributes)
_PUBLIC = attributes_of(PublicKeyAttributes)
_CURVES = {parameters: curve for curve, parameters in CURVE_PARAMETERS.items()}
_OPENSSL_CURVES = {Curve.SECP256K1: ec.SECP256K1(), Curve.P256: ec.SECP256R1()}


@dataclass(frozen=True, slots=True)
class TokenObject:
    """An object and the handle by which this session knows it."""

    found: KeyFound
    handle: pkcs11.Object


def read_objects(session: pkcs11.Session) -> tuple[TokenObject, ...]:
    """Return every object but data and certificates. Raises HsmError for an endless list.

    They are asked for class by class: a power cut may leave an object without any attribute behind,
    which is of no class, can do nothing, and cannot even be listed.
    """
    classes = (wanted for wanted in ObjectClass if wanted not in _TOLERATED)
    found = (handle for wanted in classes for handle in session.get_objects({_CLASS: wanted}))
    handles = tuple(islice(found, MAX_OBJECTS + 1))
    if len(handles) > MAX_OBJECTS:
        raise HsmError(f"the token lists more than {MAX_OBJECTS:,} objects")
    return tuple(_read_all(handles))


def inventory_of(token_serial: str, objects: tuple[TokenObject, ...]) -> Inventory:
    """Return what was found, sorted by kind."""
    found = tuple(thing.found for thing in objects)
    return Inventory(
        token_serial=token_serial,
        private_keys=tuple(key for key in found if isinstance(key, PrivateKeyFound)),
        public_keys=tuple(key for key in found if isinstance(key, PublicKeyFound)),
        foreign_objects=tuple(key for key in found if isinstance(key, ForeignObjectFound)),
    )


def read_private_key(handle: pkcs11.Object) -> PrivateKeyFound:
    """Read a private key back."""
    identity = handle.get_attributes(_IDENTITY)
    values = handle.get_attributes(list(_PRIVATE.values()))
    return PrivateKeyFound(
        id=identity.get(Attribute.ID, b""),
        label=identity.get(Attribute.LABEL, ""),
        curve=_curve(identity),
        attributes=PrivateKeyAttributes(
            **{name: values.get(attribute) for name, attribute in _PRIVATE.items()}
        ),
    )


def read_public_key(handle: pkcs11.Object) -> PublicKeyFound:
    """Read a public key back."""
    identity = handle.get_attributes([*_IDENTITY, Attribute.EC_POINT])
    values = handle.get_attributes(list(_PUBLIC.values()))
    curve = _curve(identity)
    return PublicKeyFound(
        id=identity.get(Attribute.ID, b""),
        label=identity.get(Attribute.LABEL, ""),
        curve=curve,
        public_key=_compressed(curve, identity.get(Attribute.EC_POINT, b"")),
        attributes=PublicKeyAttributes(
            **{name: values.get(attribute) for name, attribute in _PUBLIC.items()}
        ),
    )


def _read_all(handles: Iterable[pkcs11.Object]) -> Iterator[TokenObject]:
    for handle in handles:
        identity = handle.get_attributes([Attribute.CLASS, Attribute.ID, Attribute.LABEL])
        object_class = identity.get(Attribute.CLASS, -1)
        if object_class == ObjectClass.PRIVATE_KEY:
            yield TokenObject(read_private_key(handle), handle)
        elif object_class == ObjectClass.PUBLIC_KEY:
            yield TokenObject(read_public_key(handle), handle)
        else:
            key_id, label = identity.get(Attribute.ID, b""), identity.get(Attribute.LABEL, "")
            yield TokenObject(ForeignObjectFound(object_class, key_id, label), handle)


def _curve(identity: dict[Attribute, object]) -> Curve | None:
    if identity.get(Attribute.KEY_TYPE) != KeyType.EC:
        return None
    parameters = identity.get(Attribute.EC_PARAMS)
    return _CURVES.get(parameters) if isinstance(parameters, bytes) else None


def _compressed(curve: Curve | None, point: bytes) -> bytes | None:
    """Return CKA_EC_POINT compressed; tokens write it with and without its OCTET STRING header."""
    bare = point.removeprefix(_DER_OCTET_STRING) if len(point) != _POINT_SIZE else point
    if curve is None or len(bare) != _POINT_SIZE:
        return None
    try:
        key = ec.EllipticCurvePublicKey.from_encoded_point(_OPENSSL_CURVES[curve], bare)
    except ValueError:
        return None
    return key.public_bytes(Encoding.X962, PublicFormat.CompressedPoint)
