"""What a PSBT says about our own keys, held against what was re-derived here.

Nothing of it is needed. But a claim that contradicts the registered descriptor is a lie or a
mix-up, and neither is signed.
"""

from collections.abc import Iterable, Iterator, Mapping

from appliance.chains.bitcoin.descriptor import keys_of
from appliance.chains.bitcoin.extended_key import HARDENED
from appliance.chains.bitcoin.field_shapes import leaf_hashes_end
from appliance.chains.bitcoin.key_expression import (
    DerivedKey,
    KeyExpression,
    PlainKey,
    steps_to,
)
from appliance.chains.bitcoin.psbt_maps import Claims
from appliance.chains.bitcoin.spendable import Form
from appliance.chains.bitcoin.wallet import Owned
from appliance.hashes import hash160

_UNKNOWN_FINGERPRINT = bytes(4)
_MAX_STEPS_SHOWN = 12


def derivation_contradictions(owned: Owned, claims: Claims) -> Iterator[str]:
    """Say what is claimed about keys of a script of ours that is not so.

    Whether taproot is spoken of where there is none is asked elsewhere.
    """
    if claims.names_no_keys:
        return
    is_taproot = owned.spendable.form is Form.P2TR
    if claims.is_taproot and not is_taproot:
        return
    keys = _keys(owned, is_taproot=is_taproot)
    internal_key = claims.taproot_internal_key
    if internal_key is not None and internal_key not in keys:
        yield f"names the taproot key {internal_key.hex()}, which is not ours"
    yield from _contradictions(owned, keys, _stated(claims, is_taproot=is_taproot))


def _keys(owned: Owned, *, is_taproot: bool) -> dict[bytes, KeyExpression]:
    keys = zip(owned.spendable.written_keys, keys_of(owned.descriptor), strict=True)
    return {public_key[1:] if is_taproot else public_key: key for public_key, key in keys}


def _contradictions(
    owned: Owned,
    keys: Mapping[bytes, KeyExpression],
    stated_keys: Iterable[tuple[bytes, bytes | None]],
) -> Iterator[str]:
    for public_key, stated in stated_keys:
        key = keys.get(public_key)
        if key is None:
            yield f"names the key {public_key.hex()}, which its script does not have"
        elif stated is None:
            yield "names taproot scripts, of which ours has none"
        elif not _is_so(stated, key, owned):
            yield (
                f"says that its key is at {derivation_text(stated)}, "
                f"but it is at {owned.path or 'another place'} of its wallet"
            )


def derivation_text(stated: bytes) -> str:
    """Write a fingerprint and path, like `ae85d75f/84h/0h/0h/1/26`, shortened where it is long."""
    path = _path(stated)
    steps = [f"{step - HARDENED}h" if step >= HARDENED else str(step) for step in path]
    cut = ["…"] if len(steps) > _MAX_STEPS_SHOWN else []
    return "/".join([stated[:4].hex(), *steps[:_MAX_STEPS_SHOWN], *cut])


def first_derivation(claims: Claims) -> bytes | None:
    """Return the first fingerprint and path that is claimed, for a sentence about it."""
    for _, stated in _stated(claims, is_taproot=bool(claims.taproot_derivations)):
        return stated
    return None


def _stated(claims: Claims, *, is_taproot: bool) -> Iterator[tuple[bytes, bytes | None]]:
    """Return each key with its fingerprint and path; None where it is said to be in scripts."""
    for public_key, stated in claims.derivations:
        yield public_key[1:] if is_taproot else public_key, stated
    for x_only_key, value in claims.taproot_derivations:
        end = leaf_hashes_end(value)
        yield x_only_key, value[end:] if end == 1 else None


def _is_so(stated: bytes, key: KeyExpression, owned: Owned) -> bool:
    """Tell whether a fingerprint and path can be of this key."""
    fingerprint, path = stated[:4], _path(stated)
    match key:
        case PlainKey(origin=origin):
            if origin is None or fingerprint == _UNKNOWN_FINGERPRINT:
                return True
            return (fingerprint, path) == (origin.fingerprint, origin.path)
        case DerivedKey(origin=origin):
            steps = steps_to(key, owned.branch_number, owned.index)
            if path[len(path) - len(steps) :] != steps:
                return False
            if origin is None or fingerprint == _UNKNOWN_FINGERPRINT:
                return True
            from_extended = (hash160(key.key.public_key)[:4], steps)
            from_master = (origin.fingerprint, (*origin.path, *steps))
            return (fingerprint, path) in (from_extended, from_master)


def _path(stated: bytes) -> tuple[int, ...]:
    return tuple(int.from_bytes(stated[at : at + 4], "little") for at in range(4, len(stated), 4))
