"""Public keys, descriptors and accounts as URs, for software that watches and never signs.

Written in both generations of the registry: BCR-2020-007 (hdkey), -008 (eckey), -009 (address),
-010 (crypto-output), -015 (crypto-account) under the old tags; BCR-2023-010 (output-descriptor) and
-019 (account-descriptor) under the new ones. There is no way to write a private key here.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from appliance.wire.foreign_cbor import Tagged, Value

BITCOIN, ETHEREUM = 0, 60
"""Types of coin (SLIP-44)."""
HARDENED = 1 << 31
COMPRESSED_SIZE = 33
SCRIPTS = {
    "sh": 400,
    "wsh": 401,
    "pkh": 403,
    "wpkh": 404,
    "multi": 406,
    "sortedmulti": 407,
    "tr": 409,
    "cosigner": 410,
}
"""The tags of a descriptor's functions in the old generation."""

Table = Mapping[int | str, Value]
Step = int | tuple[int, int] | None
"""One child, below 2^31; a pair of branches, for receiving and for change; or any child (None)."""


@dataclass(frozen=True, slots=True)
class Generation:
    """One generation of the registry: what its types are called and tagged."""

    prefix: str
    hdkey: int
    keypath: int
    coin: int
    eckey: int
    output: int


FIRST = Generation("crypto-", 303, 304, 305, 306, 308)
SECOND = Generation("", 40303, 40304, 40305, 40306, 40308)


@dataclass(frozen=True, slots=True)
class Source:
    """Where a key comes from: steps, hardened ones from 2^31 on, from a master key.

    `fingerprint` is the master key's, None where it is not known. `depth` counts all steps; it is
    written where the known ones are fewer.
    """

    fingerprint: bytes | None
    path: tuple[int, ...]
    depth: int


@dataclass(frozen=True, slots=True)
class PublicKey:
    """A public key (SEC 1, compressed), and what can be derived from it.

    Without a chain code it is one key and no other. `parent` is the fingerprint of the key above
    it, None where there is none; `children` are the steps that addresses take below it. Raises
    ValueError for data of any other form, as a private key's are: a caller's mistake.
    """

    data: bytes
    chain_code: bytes | None = None
    coin: int = BITCOIN
    is_test: bool = False
    source: Source | None = None
    children: tuple[Step, ...] = ()
    parent: bytes | None = None

    def __post_init__(self) -> None:
        if len(self.data) != COMPRESSED_SIZE or self.data[0] not in (2, 3):
            raise ValueError("a compressed public key is 33 bytes, of which the first is 2 or 3")


def hdkey(key: PublicKey, generation: Generation) -> Table:
    """Return the map of a `hdkey`. Defaults are left out, as BCR-2020-007 has it."""
    table: dict[int | str, Value] = {3: key.data}
    if key.chain_code is not None:
        table[4] = key.chain_code
    if key.coin != BITCOIN or key.is_test:
        table[5] = coin_info(key.coin, generation, is_test=key.is_test)
    if key.source is not None:
        table[6] = Tagged(generation.keypath, _origin(key.source))
    if key.children:
        table[7] = Tagged(generation.keypath, {1: _components(key.children)})
    if key.parent is not None:
        table[8] = int.from_bytes(key.parent, "big")
    return table


def coin_info(coin: int, generation: Generation, *, is_test: bool) -> Tagged:
    """Return the name of a coin and its network."""
    kind: dict[int | str, Value] = {} if coin == BITCOIN else {1: coin}
    return Tagged(generation.coin, kind | ({2: 1} if is_test else {}))


def key_in_script(key: PublicKey, generation: Generation) -> Tagged:
    """Return a key as it stands in a descriptor: an `eckey` where it is nothing but a key."""
    if key == PublicKey(key.data, is_test=key.is_test):
        return Tagged(generation.eckey, {3: key.data})
    return Tagged(generation.hdkey, hdkey(key, generation))


def crypto_output(
    functions: tuple[str, ...], threshold: int | None, keys: tuple[PublicKey, ...]
) -> Value:
    """Return the body of a `crypto-output`: the functions from the outermost on, one in another."""
    written = tuple(key_in_script(key, FIRST) for key in keys)
    value: Value = written[0] if threshold is None else {1: threshold, 2: written}
    for function in reversed(functions):
        value = Tagged(SCRIPTS[function], value)
    return value


def output_descriptor(source: str, keys: tuple[PublicKey, ...], name: str | None = None) -> Table:
    """Return the map of an `output-descriptor`: `@n` in its source stands for the n-th key."""
    table: dict[int | str, Value] = {1: source}
    if keys:
        table[2] = tuple(key_in_script(key, SECOND) for key in keys)
    if name is not None:
        table[3] = name
    return table


def account(fingerprint: bytes, outputs: tuple[Value, ...], generation: Generation) -> Table:
    """Return the map of an account: the descriptors of one master key, by its fingerprint."""
    tagged = tuple(Tagged(generation.output, output) for output in outputs)
    return {1: int.from_bytes(fingerprint, "big"), 2: tagged}


def ethereum_address(address: bytes, generation: Generation) -> Table:
    """Return the map of an `address`: twenty bytes of Ethereum."""
    return {1: coin_info(ETHEREUM, generation, is_test=False), 3: address}


def _origin(source: Source) -> Table:
    table: dict[int | str, Value] = {1: _components(source.path)}
    if source.fingerprint is not None:
        table[2] = int.from_bytes(source.fingerprint, "big")
    if source.depth != len(source.path):
        table[3] = source.depth
    return table


def _components(steps: tuple[Step, ...]) -> tuple[Value, ...]:
    return tuple(part for step in steps for part in _component(step))


def _component(step: Step) -> tuple[Value, ...]:
    match step:
        case None:
            return (), False
        case int():
            return step % HARDENED, step >= HARDENED
        case (receive, change):
            return ((receive, False, change, False),)
