"""Keys as descriptors write them: plain, or extended with a path (BIP-380, BIP-389)."""

import re
from dataclasses import dataclass, field, replace

from appliance.chains.bitcoin.extended_key import (
    HARDENED,
    ExtendedKey,
    child,
    parse_extended_key,
)
from appliance.chains.bitcoin.network import Network
from appliance.chains.bitcoin.script import is_point
from appliance.errors import MalformedTransaction, UnsupportedTransaction

_ORIGIN = re.compile(
    r"\[(?P<fingerprint>[0-9a-fA-F]{8})(?P<path>(?:/[0-9]{1,10}['hH]?)*)\]", re.ASCII
)
_PLAIN = re.compile(r"0[23][0-9a-fA-F]{64}", re.ASCII)
_X_ONLY = re.compile(r"[0-9a-fA-F]{64}", re.ASCII)
_EXTENDED = re.compile(r"(?P<key>[xt]pub[1-9A-HJ-NP-Za-km-z]+)(?P<path>(?:/[^/]+)*)", re.ASCII)
_INDEX = re.compile(r"0|[1-9][0-9]{0,9}", re.ASCII)
_ALTERNATIVES = re.compile(r"<([0-9]+(?:;[0-9]+)+)>", re.ASCII)
_MAX_STEPS = 16


@dataclass(frozen=True, slots=True)
class Origin:
    """From which master key, by fingerprint, and along which path a key is said to come."""

    fingerprint: bytes
    path: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class PlainKey:
    """One public key (SEC 1, compressed). Where it comes from makes it no other key."""

    public_key: bytes
    origin: Origin | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class DerivedKey:
    """The children of an extended key along a path.

    Each step holds the indexes it may take: one, or one per branch where the descriptor has several
    (BIP-389). `is_ranged` says that a last step, the address index, follows.
    """

    key: ExtendedKey
    steps: tuple[tuple[int, ...], ...]
    is_ranged: bool
    origin: Origin | None = field(default=None, compare=False)


KeyExpression = PlainKey | DerivedKey


def parse_key(text: str, network: Network) -> KeyExpression:
    """Read a key expression of public keys.

    The key's origin decides nothing: it is only compared with what a PSBT says about the key.

    Raises MalformedTransaction, and UnsupportedTransaction for what BIP-380 knows but this grammar
    does not: private keys, uncompressed keys, hardened children.
    """
    origin, expression = _split_origin(text)
    if _PLAIN.fullmatch(expression):
        return PlainKey(_point(bytes.fromhex(expression)), origin)
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
    return DerivedKey(parse_extended_key(extended["key"], network), steps, is_ranged, origin)


def parse_taproot_key(text: str, network: Network) -> KeyExpression:
    """Read a key expression in `tr()`, where a plain key may be x-only (BIP-386).

    Raises as `parse_key`.
    """
    _, expression = _split_origin(text)
    if _X_ONLY.fullmatch(expression):
        return parse_key(text.removesuffix(expression) + "02" + expression, network)
    return parse_key(text, network)


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
        case DerivedKey(key=extended, steps=steps):
            for step in steps:
                extended = child(extended, _taken(step, branch))
            return replace(key, key=extended, steps=())


def at_index(key: KeyExpression, index: int) -> bytes:
    """Return the public key at an address index, for a key that `on_branch` returned."""
    match key:
        case PlainKey(public_key=public_key):
            return public_key
        case DerivedKey(key=extended, is_ranged=is_ranged):
            return (child(extended, index) if is_ranged else extended).public_key


def steps_to(key: DerivedKey, branch: int, index: int) -> tuple[int, ...]:
    """Return the path below the extended key that leads to an address."""
    taken = tuple(_taken(step, branch) for step in key.steps)
    return (*taken, index) if key.is_ranged else taken


def _taken(step: tuple[int, ...], branch: int) -> int:
    return step[branch] if len(step) > 1 else step[0]


def _split_origin(text: str) -> tuple[Origin | None, str]:
    if not text.startswith("["):
        return None, text
    origin = _ORIGIN.match(text)
    if origin is None:
        raise MalformedTransaction("a key's origin is not [fingerprint/path]")
    path = tuple(map(_origin_index, origin["path"].split("/")[1:]))
    return Origin(bytes.fromhex(origin["fingerprint"]), path), text[origin.end() :]


def _origin_index(step: str) -> int:
    bare = step.rstrip("'hH")
    return _index(bare) + (HARDENED if bare != step else 0)


def _point(public_key: bytes) -> bytes:
    if not is_point(public_key):
        raise MalformedTransaction("a public key is not a point of secp256k1")
    return public_key


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
