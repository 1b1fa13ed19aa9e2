"""Descriptors: which scripts are a wallet's (BIP-380 to BIP-383, BIP-389), read from public keys.

The grammar is `wpkh(KEY)`, `wsh(multi(k,KEY,…))` and `wsh(sortedmulti(k,KEY,…))`, each behind its
checksum. Whatever else BIP-380 knows is unsupported.
"""

import re
from dataclasses import dataclass
from functools import lru_cache

from appliance.chains.bitcoin import descriptor_checksum
from appliance.chains.bitcoin.address import address_of
from appliance.chains.bitcoin.key_expression import (
    DerivedKey,
    KeyExpression,
    at_index,
    branches,
    on_branch,
    parse_key,
    path_text,
)
from appliance.chains.bitcoin.network import network_named
from appliance.chains.bitcoin.script import (
    MAX_MULTISIG_KEYS,
    Spendable,
    is_point,
    spend_witness_key_hash,
    spend_witness_multisig,
)
from appliance.errors import MalformedTransaction, UnsupportedTransaction

checksum = descriptor_checksum.checksum

_KEY_HASH = re.compile(r"wpkh\(([^()]+)\)", re.ASCII)
_MULTISIG = re.compile(r"wsh\((sorted)?multi\(([0-9]{1,2}),([^()]+)\)\)", re.ASCII)


@dataclass(frozen=True, slots=True)
class WitnessKeyHash:
    """`wpkh(KEY)`: P2WPKH."""

    key: KeyExpression


@dataclass(frozen=True, slots=True)
class WitnessMultisig:
    """`wsh(multi(…))` or `wsh(sortedmulti(…))`: P2WSH of any `threshold` of the keys."""

    threshold: int
    keys: tuple[KeyExpression, ...]
    is_sorted: bool


Descriptor = WitnessKeyHash | WitnessMultisig


def wpkh_descriptor(public_key: bytes) -> str:
    """Return the descriptor, with checksum, of one plain key (SEC 1, compressed).

    Raises MalformedTransaction for what is not a point.
    """
    return _closed(f"wpkh({_key_text(public_key)})")


def sortedmulti_descriptor(threshold: int, public_keys: tuple[bytes, ...]) -> str:
    """Return the descriptor, with checksum, of a multisig of plain keys, sorted by BIP-67.

    Raises MalformedTransaction for what is not a point, and UnsupportedTransaction for a threshold
    or number of keys that no script can have, and for a key that stands twice.
    """
    _verify_quorum(threshold, public_keys)
    keys = ",".join(_key_text(key) for key in public_keys)
    return _closed(f"wsh(sortedmulti({threshold},{keys}))")


def descriptor_address(text: str, network: str) -> str:
    """Return the only address of a descriptor.

    Raises DecodeError as `parse_descriptor`, and UnsupportedTransaction where it has many.
    """
    descriptor = parse_descriptor(text, network)
    if is_ranged(descriptor) or branch_count(descriptor) != 1:
        raise UnsupportedTransaction("the descriptor has more than one address")
    address = address_of(spendable_at(on(descriptor, 0), 0).script, network_named(network))
    if address is None:
        raise UnsupportedTransaction("the descriptor has no address")
    return address


@lru_cache(maxsize=2048)
def parse_descriptor(text: str, network: str) -> Descriptor:
    """Read a descriptor whose extended keys are of a network.

    Raises MalformedTransaction for a missing or wrong checksum and for broken keys, and
    UnsupportedTransaction outside the grammar.
    """
    known = network_named(network)
    body = descriptor_checksum.without_checksum(text)
    key_hash = _KEY_HASH.fullmatch(body)
    if key_hash:
        return WitnessKeyHash(parse_key(key_hash[1], known))
    multisig = _MULTISIG.fullmatch(body)
    if multisig is None:
        raise UnsupportedTransaction("a descriptor is neither wpkh(…) nor wsh(multi(…))")
    threshold = int(multisig[2])
    keys = tuple(parse_key(key, known) for key in multisig[3].split(","))
    _verify_quorum(threshold, keys)
    if len({branches(key) for key in keys} - {1}) > 1:
        raise MalformedTransaction("the keys of a descriptor have different numbers of branches")
    return WitnessMultisig(threshold, keys, is_sorted=multisig[1] is not None)


def branch_count(descriptor: Descriptor) -> int:
    """Return how many branches a descriptor has (BIP-389); 1 where it does not branch."""
    return max(branches(key) for key in keys_of(descriptor))


def is_ranged(descriptor: Descriptor) -> bool:
    """Tell whether a descriptor has a script for every address index."""
    return any(isinstance(key, DerivedKey) and key.is_ranged for key in keys_of(descriptor))


def keys_of(descriptor: Descriptor) -> tuple[KeyExpression, ...]:
    """Return the keys in the order they are written."""
    match descriptor:
        case WitnessKeyHash(key=key):
            return (key,)
        case WitnessMultisig(keys=keys):
            return keys


def path_at(descriptor: Descriptor, branch: int, index: int) -> str:
    """Write the path of the first key with a path, like `1/26`; empty where no key has one."""
    derived = (key for key in keys_of(descriptor) if isinstance(key, DerivedKey))
    first = next(derived, None)
    return path_text(first, branch, index) if first else ""


def on(descriptor: Descriptor, branch: int) -> Descriptor:
    """Return the descriptor of one branch alone, with everything derived but the address index."""
    match descriptor:
        case WitnessKeyHash(key=key):
            return WitnessKeyHash(on_branch(key, branch))
        case WitnessMultisig(threshold=threshold, keys=keys, is_sorted=is_sorted):
            derived = tuple(on_branch(key, branch) for key in keys)
            return WitnessMultisig(threshold, derived, is_sorted)


def spendable_at(descriptor: Descriptor, index: int) -> Spendable:
    """Return the script at an address index, for a descriptor that `on` returned."""
    match descriptor:
        case WitnessKeyHash(key=key):
            return spend_witness_key_hash(at_index(key, index))
        case WitnessMultisig(threshold=threshold, keys=keys, is_sorted=is_sorted):
            public_keys = tuple(at_index(key, index) for key in keys)
            ordered = tuple(sorted(public_keys)) if is_sorted else public_keys
            return spend_witness_multisig(threshold, ordered)


def _closed(body: str) -> str:
    return f"{body}#{checksum(body)}"


def _key_text(public_key: bytes) -> str:
    if not is_point(public_key):
        raise MalformedTransaction("a public key is not a point of secp256k1")
    return public_key.hex()


def _verify_quorum(threshold: int, keys: tuple[KeyExpression | bytes, ...]) -> None:
    if not 1 <= threshold <= len(keys) <= MAX_MULTISIG_KEYS:
        raise UnsupportedTransaction(f"no script asks for {threshold} of {len(keys)} signatures")
    if len(set(keys)) != len(keys):
        raise UnsupportedTransaction("one key stands twice in a multisig")
