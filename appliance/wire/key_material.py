"""Public keys, descriptors and accounts in URs: read just enough to say what they are.

BCR-2020-007 (hdkey), -008 (eckey), -009 (address), -010 and BCR-2023-010 (output descriptors),
-015 and BCR-2023-019 (accounts), and Keystone's multi-accounts, under the names and tags of both
generations of the registry.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from typing import TypeGuard

from appliance.errors import MalformedTransaction, UnsupportedTransaction
from appliance.wire.foreign_cbor import Tagged, Value

MAX_SHOWN = 64
"""Characters of foreign text in a description."""

_SECRET_TEXT = re.compile("[a-zA-Z]prv[1-9A-HJ-NP-Za-km-z]|[5KL9c][1-9A-HJ-NP-Za-km-z]{50,51}")
"""What an extended private key begins with, or a private key in the wallet import format."""

_SECRET_TAGS = frozenset({300, 40300, 309, 40309})
_KEY_TAGS = frozenset({303, 40303, 306, 40306})
_OUTPUT_TAGS = frozenset({308, 40308})
_SCRIPTS = {
    400: "sh",
    401: "wsh",
    402: "pk",
    403: "pkh",
    404: "wpkh",
    405: "combo",
    406: "multi",
    407: "sortedmulti",
    408: "raw",
    409: "tr",
    410: "cosigner",
    307: "addr",
}


def described(name: str, body: Value) -> str:
    """Complete the sentence "it holds …" for a type, named without `crypto-`.

    Raises MalformedTransaction where the body is not of the type's form, and UnsupportedTransaction
    if there is a private key or a seed in it.
    """
    if _is_private(name, body):
        raise UnsupportedTransaction(f"the {name} holds a secret, which must never be shown here")
    return TYPES[name](body)


def _is_private(name: str, body: Value) -> bool:
    """Whether the value, or anything within it, is a secret; values are of bounded depth."""
    return (name == "hdkey" and _is_private_key(body)) or any(map(_is_secret, _all_in(body)))


def _is_secret(value: Value) -> bool:
    match value:
        case Tagged(tag=tag, value=inner):
            return tag in _SECRET_TAGS or (tag in _KEY_TAGS and _is_private_key(inner))
        case str():
            return _SECRET_TEXT.search(value) is not None
        case _:
            return False


def _is_private_key(value: Value) -> bool:
    """Key 2 says so; and key data that begin with zero are a private key whatever it says."""
    if not isinstance(value, Mapping):
        return False
    data = value.get(3)
    return bool(value.get(2)) or (
        isinstance(data, bytes) and len(data) in (32, 33) and (len(data) == 32 or data[0] == 0)
    )


def _all_in(value: Value) -> Iterator[Value]:
    """Yield a value and all values within it, but for the keys of its maps."""
    yield value
    match value:
        case Tagged(value=inner):
            yield from _all_in(inner)
        case tuple():
            for item in value:
                yield from _all_in(item)
        case Mapping():
            for item in value.values():
                yield from _all_in(item)
        case _:
            return


def _key(body: Value) -> str:
    table = _table(body, "key")
    data = table.get(3)
    if not isinstance(data, bytes) or len(data) != 33:
        raise MalformedTransaction("the key has no public key of 33 bytes")
    return "an extended public key"


def _address(body: Value) -> str:
    data = _table(body, "address").get(3)
    if not isinstance(data, bytes) or not data:
        raise MalformedTransaction("the address has no data")
    return "an address, of which nothing is to be signed"


def _output(body: Value) -> str:
    if isinstance(body, Mapping):
        text = body.get(1)
        if not isinstance(text, str):
            raise MalformedTransaction("the descriptor has no text")
        return f"the output descriptor {_shown(text)}"
    return f"the output descriptor {_script(body)}"


def _script(value: Value) -> str:
    """Return the skeleton of a descriptor of nested tags, each key as `key`."""
    match value:
        case Tagged(tag=tag, value=inner) if tag in _KEY_TAGS:
            _table(inner, "key")
            return "key"
        case Tagged(tag=tag, value=inner) if tag in _OUTPUT_TAGS:
            return _script(inner)
        case Tagged(tag=406 | 407 as tag, value=Mapping() as table):
            threshold, keys = table.get(1), table.get(2)
            if _is_number(threshold) and isinstance(keys, tuple):
                return f"{_SCRIPTS[tag]}({threshold} of {len(keys)})"
        case Tagged(tag=307 | 408 as tag):
            return f"{_SCRIPTS[tag]}(...)"
        case Tagged(tag=tag, value=inner) if tag in _SCRIPTS:
            return f"{_SCRIPTS[tag]}({_script(inner)})"
    raise MalformedTransaction("the output descriptor is of no known form")


def _account(body: Value) -> str:
    table = _table(body, "account")
    fingerprint, outputs = table.get(1), table.get(2)
    if not _is_number(fingerprint) or not 0 <= fingerprint < 1 << 32:
        raise MalformedTransaction("the account has no master fingerprint")
    if not isinstance(outputs, tuple) or not outputs:
        raise MalformedTransaction("the account has no descriptors")
    return f"{len(outputs)} public descriptors or keys of the wallet {fingerprint:08x}"


def _is_number(value: Value) -> TypeGuard[int]:
    return isinstance(value, int) and not isinstance(value, bool)


def _keypath(body: Value) -> str:
    _table(body, "key path")
    return "a key path"


def _coin(body: Value) -> str:
    _table(body, "coin")
    return "the name of a coin"


def _table(value: Value, what: str) -> Mapping[int | str, Value]:
    if not isinstance(value, Mapping):
        raise MalformedTransaction(f"the {what} is not a CBOR map")
    return value


def _shown(text: str) -> str:
    return "".join(each if each.isascii() and each.isprintable() else "?" for each in text)[
        :MAX_SHOWN
    ]


TYPES: Mapping[str, Callable[[Value], str]] = {
    "hdkey": _key,
    "address": _address,
    "output": _output,
    "output-descriptor": _output,
    "account": _account,
    "account-descriptor": _account,
    "multi-accounts": _account,
    "keypath": _keypath,
    "coin-info": _coin,
}
