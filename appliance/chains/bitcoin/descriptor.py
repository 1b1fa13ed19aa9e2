"""Descriptors: which scripts are a wallet's (BIP-380 to BIP-383, BIP-386, BIP-389).

The grammar is `pkh(KEY)`, `wpkh(KEY)`, `sh(wpkh(KEY))`, `tr(KEY)`, `wsh(MULTI)` and
`sh(wsh(MULTI))`, MULTI being `multi(k,KEY,…)` or `sortedmulti(k,KEY,…)`, each behind its checksum.
Keys are public. Whatever else BIP-380 knows is unsupported.
"""

import re
from dataclasses import dataclass, replace
from enum import StrEnum
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
    parse_taproot_key,
    steps_to,
)
from appliance.chains.bitcoin.network import Network, network_named
from appliance.chains.bitcoin.script import MAX_MULTISIG_KEYS, is_point
from appliance.chains.bitcoin.spendable import (
    Spendable,
    spend_key_hash,
    spend_taproot_key,
    spend_witness_key_hash,
    spend_witness_multisig,
    wrapped,
)
from appliance.errors import MalformedTransaction, UnsupportedTransaction

checksum = descriptor_checksum.checksum

_SINGLE = re.compile(r"(pkh|wpkh|tr)\(([^()]+)\)|sh\((wpkh)\(([^()]+)\)\)", re.ASCII)
_MULTISIG = re.compile(r"(sh\()?wsh\((sorted)?multi\(([0-9]{1,2}),([^()]+)\)\)(?(1)\))", re.ASCII)


class Single(StrEnum):
    """The functions of one key, by the words before its parenthesis."""

    PKH = "pkh"
    WPKH = "wpkh"
    SH_WPKH = "sh(wpkh"
    TR = "tr"


@dataclass(frozen=True, slots=True)
class SingleKey:
    """A script of one key."""

    function: Single
    key: KeyExpression


@dataclass(frozen=True, slots=True)
class Multisig:
    """P2WSH of any `threshold` of the keys, `is_wrapped` within P2SH."""

    threshold: int
    keys: tuple[KeyExpression, ...]
    is_sorted: bool
    is_wrapped: bool


Descriptor = SingleKey | Multisig


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
    single = _SINGLE.fullmatch(body)
    if single:
        function = Single(single[1] or "sh(" + single[3])
        parse = parse_taproot_key if function is Single.TR else parse_key
        return SingleKey(function, parse(single[2] or single[4], known))
    multisig = _MULTISIG.fullmatch(body)
    if multisig is None:
        raise UnsupportedTransaction(
            "a descriptor is none of pkh(…), wpkh(…), sh(wpkh(…)), tr(…), wsh(multi(…)) and "
            "sh(wsh(multi(…))) of public keys"
        )
    return _multisig(multisig, known)


def branch_count(descriptor: Descriptor) -> int:
    """Return how many branches a descriptor has (BIP-389); 1 where it does not branch."""
    return max(branches(key) for key in keys_of(descriptor))


def is_ranged(descriptor: Descriptor) -> bool:
    """Tell whether a descriptor has a script for every address index."""
    return any(isinstance(key, DerivedKey) and key.is_ranged for key in keys_of(descriptor))


def keys_of(descriptor: Descriptor) -> tuple[KeyExpression, ...]:
    """Return the keys in the order they are written."""
    match descriptor:
        case SingleKey(key=key):
            return (key,)
        case Multisig(keys=keys):
            return keys


def path_at(descriptor: Descriptor, branch: int, index: int) -> str:
    """Write the path of the first key with a path, like `1/26`; empty where no key has one."""
    derived = (key for key in keys_of(descriptor) if isinstance(key, DerivedKey))
    first = next(derived, None)
    return "/".join(map(str, steps_to(first, branch, index))) if first else ""


def on(descriptor: Descriptor, branch: int) -> Descriptor:
    """Return the descriptor of one branch alone, with everything derived but the address index."""
    match descriptor:
        case SingleKey(key=key):
            return replace(descriptor, key=on_branch(key, branch))
        case Multisig(keys=keys):
            return replace(descriptor, keys=tuple(on_branch(key, branch) for key in keys))


def spendable_at(descriptor: Descriptor, index: int) -> Spendable:
    """Return the script at an address index, for a descriptor that `on` returned."""
    match descriptor:
        case SingleKey(function=function, key=key):
            return _spend_single(function, at_index(key, index))
        case Multisig(threshold=threshold, keys=keys, is_sorted=is_sorted, is_wrapped=is_wrapped):
            public_keys = tuple(at_index(key, index) for key in keys)
            spendable = spend_witness_multisig(threshold, public_keys, is_sorted=is_sorted)
            return wrapped(spendable) if is_wrapped else spendable


def _spend_single(function: Single, public_key: bytes) -> Spendable:
    match function:
        case Single.PKH:
            return spend_key_hash(public_key)
        case Single.WPKH:
            return spend_witness_key_hash(public_key)
        case Single.SH_WPKH:
            return wrapped(spend_witness_key_hash(public_key))
        case Single.TR:
            return spend_taproot_key(public_key)


def _multisig(match: re.Match[str], network: Network) -> Multisig:
    threshold = int(match[3])
    keys = tuple(parse_key(key, network) for key in match[4].split(","))
    _verify_quorum(threshold, keys)
    if len({branches(key) for key in keys} - {1}) > 1:
        raise MalformedTransaction("the keys of a descriptor have different numbers of branches")
    return Multisig(
        threshold, keys, is_sorted=match[2] is not None, is_wrapped=match[1] is not None
    )


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
