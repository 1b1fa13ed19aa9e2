"""What an HSM offers, and what it lacks for this appliance."""

from dataclasses import dataclass

import pkcs11
from pkcs11 import Attribute, KeyType, Mechanism, MechanismFlag, TokenFlag
from pkcs11.exceptions import PKCS11Error, UserNotLoggedIn

from appliance.hsm.attributes import TokenAttributes, printable
from appliance.hsm.connection import translated
from appliance.hsm.templates import CURVE_PARAMETERS
from appliance.hsm.watchdog import Patience, bounded
from appliance.signatures import DIGEST_SIZE, SIGNATURE_SIZE
from appliance.wire.terms import Curve

NEEDED = (Mechanism.EC_KEY_PAIR_GEN, Mechanism.ECDSA)
PROBED_DIGESTS = (0, 20, 31, 32, 33, 48, 64)
"""Digest lengths (bytes) that are tried. Only 32 is ever signed; the others describe the HSM."""


@dataclass(frozen=True, slots=True)
class ModuleFound:
    """The PKCS#11 module: its path, and what it says of itself."""

    path: str
    manufacturer: str
    description: str
    version: str
    cryptoki: str


@dataclass(frozen=True, slots=True)
class MechanismFound:
    """A mechanism by its PKCS#11 name, or its number where it has none; key sizes in bits."""

    name: str
    least_bits: int
    most_bits: int
    in_hardware: bool


@dataclass(frozen=True, slots=True)
class CurveFound:
    """What a curve's session key did without login; `digest_lengths` are those it signed.

    `usable` is None when the HSM makes no key without login, so that nothing is known.
    """

    curve: Curve
    usable: bool | None
    digest_lengths: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class TokenFound:
    """A token, its mechanisms and curves, and in `missing` what this appliance needs and lacks."""

    slot: int
    serial: str
    label: str
    manufacturer: str
    model: str
    hardware: str
    firmware: str
    initialised: bool
    user_pin_set: bool
    pin_pad: bool
    mechanisms: tuple[MechanismFound, ...]
    curves: tuple[CurveFound, ...]
    missing: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ProbeReport:
    """Everything that a PKCS#11 module shows without a PIN."""

    module: ModuleFound
    tokens: tuple[TokenFound, ...]


def probe(module: str, patience: Patience | None = None) -> ProbeReport:
    """Look at every token of a module, without login; leaves nothing behind. Raises HsmError."""
    allowed = patience or Patience()
    try:
        with bounded(allowed.keys):
            library = pkcs11.lib(module)
            try:
                found = ModuleFound(
                    path=module,
                    manufacturer=_text(library.manufacturer_id),
                    description=_text(library.library_description),
                    version=_version(library.library_version),
                    cryptoki=_version(library.cryptoki_version),
                )
                slots = library.get_slots(token_present=True)
                return ProbeReport(found, tuple(_token(slot) for slot in slots))
            finally:
                library.finalize()
    except PKCS11Error as error:
        raise translated("answer", error) from error


def _token(slot: pkcs11.Slot) -> TokenFound:
    token = slot.get_token()
    mechanisms = slot.get_mechanisms()
    curves = tuple(_curve(token, curve) for curve in Curve)
    lacking = [name.name for name in NEEDED if name not in mechanisms]
    lacking += [f"curve {found.curve}" for found in curves if found.usable is False]
    if not token.flags & TokenFlag.RNG:
        lacking.append("a random number generator")
    return TokenFound(
        slot=slot.slot_id,
        serial=printable(token.serial),
        label=_text(token.label),
        manufacturer=_text(token.manufacturer_id),
        model=_text(token.model),
        hardware=_version(token.hardware_version),
        firmware=_version(token.firmware_version),
        initialised=bool(token.flags & TokenFlag.TOKEN_INITIALIZED),
        user_pin_set=bool(token.flags & TokenFlag.USER_PIN_INITIALIZED),
        pin_pad=bool(token.flags & TokenFlag.PROTECTED_AUTHENTICATION_PATH),
        mechanisms=tuple(_mechanism(slot, mechanism) for mechanism in sorted(mechanisms)),
        curves=curves,
        missing=tuple(lacking),
    )


def _mechanism(slot: pkcs11.Slot, mechanism: Mechanism) -> MechanismFound:
    info = slot.get_mechanism_info(mechanism)
    return MechanismFound(
        name=_mechanism_name(mechanism),
        least_bits=info.min_key_length or 0,
        most_bits=info.max_key_length or 0,
        in_hardware=bool(info.flags & MechanismFlag.HW),
    )


def _mechanism_name(number: int) -> str:
    try:
        return Mechanism(number).name
    except ValueError:
        return hex(number)


def _curve(token: pkcs11.Token, curve: Curve) -> CurveFound:
    """Make a session key, which ends with its session, and see what it signs."""
    try:
        session = token.open(attribute_mapper=TokenAttributes())
    except PKCS11Error:
        return CurveFound(curve, None, ())
    with session:
        try:
            key = _session_key(session, curve)
        except UserNotLoggedIn:
            return CurveFound(curve, None, ())
        except PKCS11Error:
            return CurveFound(curve, usable=False, digest_lengths=())
        lengths = tuple(length for length in PROBED_DIGESTS if _signs(key, length))
        return CurveFound(curve, DIGEST_SIZE in lengths, lengths)


def _session_key(session: pkcs11.Session, curve: Curve) -> pkcs11.Object:
    parameters = session.create_domain_parameters(
        KeyType.EC, {Attribute.EC_PARAMS: CURVE_PARAMETERS[curve]}, local=True
    )
    _, private = parameters.generate_keypair(
        mechanism=Mechanism.EC_KEY_PAIR_GEN,
        capabilities=MechanismFlag.SIGN | MechanismFlag.VERIFY,
        public_template={Attribute.PRIVATE: False},
        private_template={
            Attribute.PRIVATE: False,
            Attribute.SENSITIVE: True,
            Attribute.EXTRACTABLE: False,
        },
    )
    return private


def _signs(key: pkcs11.Object, length: int) -> bool:
    if not isinstance(key, pkcs11.SignMixin):
        return False
    try:
        return len(key.sign(bytes(length), mechanism=Mechanism.ECDSA)) == SIGNATURE_SIZE
    except PKCS11Error:
        return False


def _text(text: str) -> str:
    return printable(text.strip().encode())


def _version(version: tuple[int, int]) -> str:
    return f"{version[0]}.{version[1]}"
