"""Scripts ↔ addresses, per network (BIP-173, BIP-350, Base58Check)."""

from appliance.chains.bitcoin.network import NETWORKS, Network, network_named
from appliance.chains.bitcoin.script import Kind, Template, script_of, template_of
from appliance.codecs import base58check, bech32
from appliance.codecs.bech32 import Variant
from appliance.errors import MalformedTransaction, UnsupportedTransaction

_WITNESS_VERSIONS = {Kind.P2WPKH: 0, Kind.P2WSH: 0, Kind.P2TR: 1}
_WITNESS_KINDS = {(0, 20): Kind.P2WPKH, (0, 32): Kind.P2WSH, (1, 32): Kind.P2TR}
_HASH_SIZE = 20


def normalise_address(text: str, network: str) -> str:
    """Return the one spelling of an address on a network: Bech32 in lower case, Base58 as it is.

    Raises MalformedTransaction for what is no address, and UnsupportedTransaction for an address of
    another network, for a witness version without a known meaning, and for an unknown network.
    """
    known = network_named(network)
    return spell_address(parse_address(text, known), known)


def spell_address(template: Template, network: Network) -> str:
    """Return the address of a script on a network."""
    match template.kind:
        case Kind.P2PKH:
            return _base58(network.key_hash_version, template.payload)
        case Kind.P2SH:
            return _base58(network.script_hash_version, template.payload)
        case Kind.P2WPKH | Kind.P2WSH | Kind.P2TR as kind:
            version = _WITNESS_VERSIONS[kind]
            groups = bytes((version,)) + bech32.groups_from_bytes(template.payload)
            return bech32.encode(network.bech32_prefix, groups, _variant(version))


def parse_address(text: str, network: Network) -> Template:
    """Return what an address pays to. Raises as `normalise_address`."""
    if _looks_like_bech32(text):
        return _parse_bech32(text, network)
    return _parse_base58(text, network)


def address_of(script: bytes, network: Network) -> str | None:
    """Return the address of a script, None where it has none."""
    template = template_of(script)
    return None if template is None else spell_address(template, network)


def _looks_like_bech32(text: str) -> bool:
    prefix = text.rpartition("1")[0].lower()
    return any(prefix == network.bech32_prefix for network in NETWORKS.values())


def _parse_bech32(text: str, network: Network) -> Template:
    hrp, groups, variant = bech32.decode(text)
    if not groups or groups[0] > 16:
        raise MalformedTransaction("the address has no witness version from 0 to 16")
    version, program = groups[0], bech32.bytes_from_groups(groups[1:])
    if variant is not _variant(version):
        raise MalformedTransaction("the address has the checksum of another witness version")
    if not 2 <= len(program) <= 40 or (version == 0 and len(program) not in (20, 32)):
        raise MalformedTransaction(f"an address commits to {len(program)} bytes, which none does")
    if hrp != network.bech32_prefix:
        raise UnsupportedTransaction(f"the address is not of {network.name}")
    kind = _WITNESS_KINDS.get((version, len(program)))
    template = template_of(script_of(Template(kind, program))) if kind else None
    if template is None:
        raise UnsupportedTransaction(
            f"an address of witness version {version} with these {len(program)} bytes "
            "is one that nobody can be known to spend"
        )
    return template


def _parse_base58(text: str, network: Network) -> Template:
    payload = base58check.decode_check(text)
    if len(payload) != 1 + _HASH_SIZE:
        raise MalformedTransaction("a Base58 address is a version and twenty bytes")
    version, hashed = payload[0], payload[1:]
    if version == network.key_hash_version:
        return Template(Kind.P2PKH, hashed)
    if version == network.script_hash_version:
        return Template(Kind.P2SH, hashed)
    raise UnsupportedTransaction(f"the address is not of {network.name}")


def _variant(version: int) -> Variant:
    return Variant.BECH32M if version else Variant.BECH32


def _base58(version: int, hashed: bytes) -> str:
    return base58check.encode_check(bytes((version,)) + hashed)
