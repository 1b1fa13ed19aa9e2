"""Keys as descriptors write them: plain, or extended with a path (BIP-380, BIP-389)."""

import re
from dataclasses import dataclass

from appliance.chains.bitcoin.extended_key import (
    HARDENED,
    ExtendedKey,
    child,
    parse_extended_key,
)
from appliance.chains.bitcoin.network import Network
from appliance.chains.bitcoin.script import is_point
from appliance.errors import MalformedTransaction, UnsupportedTransaction

_ORIGIN = re.compile(r"\[[0-9a-fA-F]{8}(?P<path>(?:/[0-9]{1,10}['hH]?)*)\]", re.ASCII)
_PLAIN = re.compile(r"0[23][0-9a-fA-F]{64}", re.ASCII)
_EXTENDED = re.compile(r"(?P<key>[xt]pub[1-9A-HJ-NP-Za-km-z]+)(?P<path>(?:/[^/]+)*)", re.ASCII)
_INDEX = re.compile(r"0|[1-9][0-9]{0,9}", re.ASCII)
_ALTERNATIVES = re.compile(r"<([0-9]+(?:;[0-9]+)+)>", re.ASCII)
_MAX_STEPS = 16


@dataclass(frozen=True, slots=True)
class PlainKey:
    """One public key (SEC 1, compressed)."""

    public_key: bytes


@dataclass(frozen=True, slots=True)
class DerivedKey:
    """The children of an extended key along a path.

    Each step holds the indexes it may take: one, or one per branch where the descriptor has several
    (BIP-389). `is_ranged` says that a last step, the address index, follows.
    """

    key: ExtendedKey
    steps: tuple[tuple[int, ...], ...]
    is_ranged: bool


KeyExpression = PlainKey | DerivedKey


def parse_key(text: str, network: Network) -> KeyExpression:
    """Read a key expression of public keys; the key's origin is read and believed in nothing.

    Raises MalformedTransaction, and UnsupportedTransaction for what BIP-380 knows but this grammar
    does not: private keys, uncompressed keys, hardened children.
    """
    expression = _without_origin(text)
    if _PLAIN.fullmatch(expression):
        return _plain(bytes.fromhex(expression))
    extended = _EXTENDED.fullmatch(expression)
    if extended is None:
        raise UnsupportedTransaction("a key is neither compressed and public nor xpub or tpub")
    path = extended["path"].split("/")[1:]
    is_ranged = path[-1:] == ["*"]
    steps = tuple(_step(step) for step in (path[:-1] if is_ranged else path))
    if len(steps) > _MAX_STEPS:
        raise UnsupportedTransaction(f"a key's path has more than {_MAX_STEPS} steps")
    if sum(len(step) > 1 for step in steps) > 1:
        raise MalformedTransaction("a key has several branchings (BIP-389 allows one)")
    return DerivedKey(parse_extended_key(extended["key"], network), steps, is_ranged)


def branches(key: KeyExpression) -> int:
    """Return how many branches a key has: 1, or as many as its branching step (BIP-389)."""
    match key:
        case PlainKey():
            return 1
        case DerivedKey(steps=steps):
            return max((len(step) for step in steps), default=1)


def on_branch(key: KeyExpression, branch: int) -> KeyExpression:
    """Return the key with everything derived but the address index."""
    match key:
        case PlainKey():
            return key
        case DerivedKey(key=extended, steps=steps, is_ranged=is_ranged):
            for step in steps:
                extended = child(extended, _taken(step, branch))
            return DerivedKey(extended, (), is_ranged)


def at_index(key: KeyExpression, index: int) -> bytes:
    """Return the public key at an address index, for a key that `on_branch` returned."""
    match key:
        case PlainKey(public_key=public_key):
            return public_key
        case DerivedKey(key=extended, is_ranged=is_ranged):
            return (child(extended, index) if is_ranged else extended).public_key


def path_text(key: DerivedKey, branch: int, index: int) -> str:
    """Write the path below the extended key that leads to an address, like `1/26`."""
    taken = [_taken(step, branch) for step in key.steps]
    return "/".join(map(str, [*taken, index] if key.is_ranged else taken))


def _taken(step: tuple[int, ...], branch: int) -> int:
    return step[branch] if len(step) > 1 else step[0]


def _without_origin(text: str) -> str:
    if not text.startswith("["):
        return text
    origin = _ORIGIN.match(text)
    if origin is None:
        raise MalformedTransaction("a key's origin is not [fingerprint/path]")
    for step in origin["path"].split("/")[1:]:
        _index(step.rstrip("'hH"))
    return text[origin.end() :]


def _plain(public_key: bytes) -> PlainKey:
    if not is_point(public_key):
        raise MalformedTransaction("a public key is not a point of secp256k1")
    return PlainKey(public_key)


def _step(text: str) -> tuple[int, ...]:
    if text[-1] in "'hH":
        raise UnsupportedTransaction("a public key has no hardened children")
    alternatives = _ALTERNATIVES.fullmatch(text)
    if alternatives is None:
        return (_index(text),)
    indexes = tuple(_index(each) for each in alternatives[1].split(";"))
    if len(set(indexes)) != len(indexes):
        raise MalformedTransaction("a key takes one branch twice")
    return indexes


def _index(text: str) -> int:
    if not _INDEX.fullmatch(text) or int(text) >= HARDENED:
        raise MalformedTransaction("a key's path has a step that is not a number below 2^31")
    return int(text)
