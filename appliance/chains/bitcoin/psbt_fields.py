"""The closed tables of PSBT fields (BIP-174, BIP-370, BIP-371, BIP-373, BIP-375).

Fields that alter what is signed or how it is read are parsed into their meaning. The others are
checked for their shape and carried. Fields that this appliance does not sign with are checked for
their shape and refused, with what they are for.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from appliance.chains.bitcoin import field_shapes as shape
from appliance.chains.bitcoin.field_shapes import Shape, keyed, keyless, sized
from appliance.chains.bitcoin.transaction import parse_output, parse_previous, parse_unsigned
from appliance.errors import MalformedTransaction
from appliance.model.rule import Rule


class GlobalField:
    """Key types of the global map that mean something here, as plain numbers."""

    UNSIGNED_TX = 0x00
    XPUB = 0x01
    TX_VERSION = 0x02
    FALLBACK_LOCKTIME = 0x03
    INPUT_COUNT = 0x04
    OUTPUT_COUNT = 0x05
    TX_MODIFIABLE = 0x06
    VERSION = 0xFB
    PROPRIETARY = 0xFC


class InputField:
    """Key types of an input's map that mean something here, as plain numbers."""

    NON_WITNESS_UTXO = 0x00
    WITNESS_UTXO = 0x01
    PARTIAL_SIG = 0x02
    SIGHASH_TYPE = 0x03
    REDEEM_SCRIPT = 0x04
    WITNESS_SCRIPT = 0x05
    BIP32_DERIVATION = 0x06
    FINAL_SCRIPTSIG = 0x07
    FINAL_SCRIPTWITNESS = 0x08
    PREVIOUS_TXID = 0x0E
    OUTPUT_INDEX = 0x0F
    SEQUENCE = 0x10
    REQUIRED_TIME = 0x11
    REQUIRED_HEIGHT = 0x12
    TAP_KEY_SIG = 0x13
    TAP_BIP32_DERIVATION = 0x16
    TAP_INTERNAL_KEY = 0x17
    TAP_MERKLE_ROOT = 0x18
    PROPRIETARY = 0xFC


class OutputField:
    """Key types of an output's map that mean something here, as plain numbers."""

    REDEEM_SCRIPT = 0x00
    WITNESS_SCRIPT = 0x01
    BIP32_DERIVATION = 0x02
    AMOUNT = 0x03
    SCRIPT = 0x04
    TAP_INTERNAL_KEY = 0x05
    TAP_BIP32_DERIVATION = 0x07
    SILENT_PAYMENT = 0x09
    PROPRIETARY = 0xFC


@dataclass(frozen=True, slots=True)
class Refused:
    """A field that is understood well enough to say what it is for, and refused for it."""

    shape: Shape
    purpose: str
    rule: Rule = Rule.UNSUPPORTED


UNKNOWN = Refused(shape.anything, "which is unknown")

_MUSIG = "for MuSig2 (BIP-373)"
_SILENT = "for silent payments (BIP-375)"
_PREIMAGE = "a hash preimage"


@dataclass(frozen=True, slots=True)
class Scope:
    """One of the three kinds of map: its fields in each PSBT version, and those refused."""

    name: str
    accepted: Mapping[int, Mapping[int, Shape]]
    refused: Mapping[int, Refused]

    def shape(self, version: int, field_type: int) -> Shape:
        """Return what a field must look like.

        Raises MalformedTransaction for a field of another PSBT version.
        """
        known = self.accepted[version].get(field_type)
        if known is not None:
            return known
        if field_type in self.accepted[2 - version]:
            raise MalformedTransaction(
                f"a PSBT {self.name} map has field 0x{field_type:02x} of another version"
            )
        return self.refused.get(field_type, UNKNOWN).shape


def _scope(
    name: str,
    common: Mapping[int, Shape],
    of_version: Mapping[int, Mapping[int, Shape]],
    refused: Mapping[int, Refused],
) -> Scope:
    accepted = {version: {**common, **shapes} for version, shapes in of_version.items()}
    return Scope(name, accepted, refused)


GLOBAL = _scope(
    "global",
    {
        GlobalField.XPUB: shape.extended_key,
        GlobalField.VERSION: keyless(sized(4)),
        GlobalField.PROPRIETARY: shape.proprietary,
    },
    {
        0: {GlobalField.UNSIGNED_TX: keyless(parse_unsigned)},
        2: {
            GlobalField.TX_VERSION: keyless(sized(4)),
            GlobalField.FALLBACK_LOCKTIME: keyless(sized(4)),
            GlobalField.INPUT_COUNT: keyless(shape.number),
            GlobalField.OUTPUT_COUNT: keyless(shape.number),
            GlobalField.TX_MODIFIABLE: keyless(sized(1)),
        },
    },
    {
        0x07: Refused(keyed(shape.public_key, sized(33)), _SILENT),
        0x08: Refused(keyed(shape.public_key, sized(64)), _SILENT),
        0x09: Refused(
            keyless(shape.opaque),
            "a message to sign, which is no transaction (BIP-322)",
            Rule.MESSAGE_FORBIDDEN,
        ),
    },
)

INPUT = _scope(
    "input",
    {
        InputField.NON_WITNESS_UTXO: keyless(parse_previous),
        InputField.WITNESS_UTXO: keyless(parse_output),
        InputField.PARTIAL_SIG: keyed(shape.public_key, shape.signature),
        InputField.SIGHASH_TYPE: keyless(sized(4)),
        InputField.REDEEM_SCRIPT: keyless(shape.opaque),
        InputField.WITNESS_SCRIPT: keyless(shape.opaque),
        InputField.BIP32_DERIVATION: keyed(shape.public_key, shape.path),
        InputField.FINAL_SCRIPTSIG: keyless(shape.opaque),
        InputField.FINAL_SCRIPTWITNESS: keyless(shape.opaque),
        InputField.TAP_KEY_SIG: keyless(sized(64, 65)),
        InputField.TAP_BIP32_DERIVATION: keyed(shape.x_only_key, shape.taproot_path),
        InputField.TAP_INTERNAL_KEY: keyless(sized(32)),
        InputField.TAP_MERKLE_ROOT: keyless(sized(32)),
        InputField.PROPRIETARY: shape.proprietary,
    },
    {
        0: {},
        2: {
            InputField.PREVIOUS_TXID: keyless(sized(32)),
            InputField.OUTPUT_INDEX: keyless(sized(4)),
            InputField.SEQUENCE: keyless(sized(4)),
            InputField.REQUIRED_TIME: keyless(shape.time),
            InputField.REQUIRED_HEIGHT: keyless(shape.height),
        },
    },
    {
        0x09: Refused(
            keyless(shape.opaque), "a proof of reserves (BIP-127)", Rule.MESSAGE_FORBIDDEN
        ),
        **{0x0A + n: Refused(each, _PREIMAGE) for n, each in enumerate(shape.PREIMAGES)},
        0x14: Refused(
            keyed(shape.key_sizes(64), sized(64, 65)), "a signature for a taproot script path"
        ),
        0x15: Refused(keyed(shape.control_block, shape.leaf_script), "a taproot script path"),
        0x1A: Refused(keyed(shape.public_key, shape.public_keys), _MUSIG),
        0x1B: Refused(keyed(shape.key_sizes(66, 98), sized(66)), _MUSIG),
        0x1C: Refused(keyed(shape.key_sizes(66, 98), sized(32)), _MUSIG),
        0x1D: Refused(keyed(shape.public_key, sized(33)), _SILENT),
        0x1E: Refused(keyed(shape.public_key, sized(64)), _SILENT),
    },
)

OUTPUT = _scope(
    "output",
    {
        OutputField.REDEEM_SCRIPT: keyless(shape.opaque),
        OutputField.WITNESS_SCRIPT: keyless(shape.opaque),
        OutputField.BIP32_DERIVATION: keyed(shape.public_key, shape.path),
        OutputField.TAP_INTERNAL_KEY: keyless(sized(32)),
        OutputField.TAP_BIP32_DERIVATION: keyed(shape.x_only_key, shape.taproot_path),
        OutputField.PROPRIETARY: shape.proprietary,
    },
    {
        0: {},
        2: {
            OutputField.AMOUNT: keyless(sized(8)),
            OutputField.SCRIPT: keyless(shape.opaque),
        },
    },
    {
        0x06: Refused(keyless(shape.taproot_tree), "a taproot script tree"),
        0x08: Refused(keyed(shape.public_key, shape.public_keys), _MUSIG),
        0x09: Refused(keyless(sized(66)), _SILENT),
        0x0A: Refused(keyless(sized(4)), _SILENT),
        0x35: Refused(shape.anything, "a DNSSEC proof (BIP-353)"),
    },
)
