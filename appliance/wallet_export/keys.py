"""A descriptor's keys as URs hold them, where those say exactly the same."""

import re
from dataclasses import replace

from appliance.chains.bitcoin.key_expression import (
    DerivedKey,
    KeyExpression,
    Origin,
    PlainKey,
    parse_key,
    parse_taproot_key,
)
from appliance.chains.bitcoin.network import MAINNET, network_named
from appliance.codecs import base58check
from appliance.wallet_export.written import Written
from appliance.wire.public_keys import PublicKey, Source, Step

_EXTENDED = re.compile(r"(?:\[[^]]*\])?([xt]pub[1-9A-HJ-NP-Za-km-z]+)", re.ASCII)
_UNKNOWN = bytes(4)


def public_keys(written: Written, network: str) -> tuple[PublicKey | None, ...]:
    """Return the keys of a descriptor in order, None for one that no UR can say exactly.

    That is one whose origin is not that of the extended key beside it, one of an unknown master
    (a fingerprint of zeros), and one with more than two branches.
    """
    known = network_named(network)
    parse = parse_taproot_key if written.functions == ("tr",) else parse_key
    is_test = known != MAINNET
    return tuple(_public_key(text, parse(text, known), is_test=is_test) for text in written.keys)


def account_keys(written: Written, network: str) -> tuple[PublicKey, ...]:
    """Return the extended keys of a descriptor, without what is derived from them."""
    return tuple(
        replace(key, children=())
        for key in public_keys(written, network)
        if key is not None and key.chain_code is not None
    )


def _public_key(text: str, key: KeyExpression, *, is_test: bool) -> PublicKey | None:
    if key.origin is not None and key.origin.fingerprint == _UNKNOWN:
        return None
    match key:
        case PlainKey(public_key=data, origin=origin):
            return PublicKey(data, is_test=is_test, source=_stated(origin))
        case DerivedKey():
            return _extended(text, key, is_test=is_test)


def _extended(text: str, key: DerivedKey, *, is_test: bool) -> PublicKey | None:
    found = _EXTENDED.match(text)
    payload = base58check.decode_check(found[1]) if found else b""
    depth, parent, child = payload[4], payload[5:9], int.from_bytes(payload[9:13], "big")
    source, steps = _source(key.origin, depth, child), _steps(key)
    if steps is None or (source is None and (depth or key.origin)):
        return None
    return PublicKey(
        key.key.public_key,
        key.key.chain_code,
        is_test=is_test,
        source=source,
        children=steps,
        parent=None if parent == _UNKNOWN else parent,
    )


def _source(origin: Origin | None, depth: int, child: int) -> Source | None:
    """Return where an extended key comes from, None if that cannot be said with its number."""
    if origin is None:
        return Source(None, (child,), depth) if depth else None
    if len(origin.path) != depth or (depth and origin.path[-1] != child):
        return None
    return _stated(origin)


def _stated(origin: Origin | None) -> Source | None:
    return None if origin is None else Source(origin.fingerprint, origin.path, len(origin.path))


def _steps(key: DerivedKey) -> tuple[Step, ...] | None:
    steps: list[Step] = []
    for step in key.steps:
        match step:
            case (only,):
                steps.append(only)
            case (receive, change):
                steps.append((receive, change))
            case _:
                return None
    return (*steps, None) if key.is_ranged else tuple(steps)
