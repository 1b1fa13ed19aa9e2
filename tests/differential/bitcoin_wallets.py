"""Wallets of every kind on several networks: scripts by embit and wallycore, from descriptors."""

from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import product
from typing import Any

from embit.bip32 import HDKey
from embit.descriptor import Descriptor
from embit.descriptor.checksum import add_checksum
from embit.networks import NETWORKS
from embit.script import Script

from appliance.policy.standing import decoders
from appliance.wire.epochs import BitcoinAccount, DescriptorPair
from appliance.wire.terms import Chain
from tests.appliance.chains.bitcoin.oracle_wally import wallycore

HARDENED = 1 << 31
RANGE_END = 4
RECEIVE, CHANGE = 0, 1
ORACLES = {
    "mainnet": ("main", wallycore.WALLY_NETWORK_BITCOIN_MAINNET),
    "testnet": ("test", wallycore.WALLY_NETWORK_BITCOIN_TESTNET),
    "signet": ("signet", wallycore.WALLY_NETWORK_BITCOIN_TESTNET),
    "regtest": ("regtest", wallycore.WALLY_NETWORK_BITCOIN_REGTEST),
}
"""What embit and wallycore call the networks."""
FORMS = {
    "legacy": "pkh({}/B/*)",
    "hot": "wpkh({}/B/*)",
    "branches": "wpkh({}/<0;1>/*)",
    "nested": "sh(wpkh({}/B/*))",
    "vault": "wsh(sortedmulti(2,{}/B/*,{}/B/*,{}/B/*))",
    "pair": "wsh(multi(1,{}/B/*,{}/B/*))",
    "wrapped": "sh(wsh(sortedmulti(2,{}/B/*,{}/B/*)))",
    "taproot": "tr({}/B/*)",
    "plain": "wpkh({})",
    "plainvault": "wsh(sortedmulti(2,{},{}))",
}
"""By name: a descriptor, with a place for each key; B stands for the branch. Without one it is of
plain keys, as an HSM has them, in two pairs."""
PAIRS = 2


@dataclass(frozen=True, slots=True)
class Key:
    """A key of a script; `stated` are the fingerprints and paths that a PSBT may give for it.

    The first is from the master key, as the descriptor has it.
    """

    public_key: bytes
    secret: bytes
    stated: tuple[bytes, ...]


@dataclass(frozen=True, slots=True)
class Place:
    """An address of a wallet. Its keys are in the order of its script; `path` is in words."""

    account: str
    network: str
    form: str
    branch: int
    path: str
    script: bytes
    redeem_script: bytes | None
    witness_script: bytes | None
    keys: tuple[Key, ...]

    @property
    def is_taproot(self) -> bool:
        return self.form == "taproot"

    @property
    def script_code(self) -> bytes:
        """What signatures commit to, taproot apart (BIP-143)."""
        if self.witness_script:
            return self.witness_script
        script = self.redeem_script or self.script
        return script if self.form == "legacy" else b"\x76\xa9\x14" + script[2:] + b"\x88\xac"


@dataclass(frozen=True, slots=True)
class Wallet:
    """An account; `extended_key` is a field of a PSBT about the first of its keys, if any."""

    account: BitcoinAccount
    extended_key: tuple[bytes, bytes]
    receive: tuple[Place, ...]
    change: tuple[Place, ...]

    @property
    def places(self) -> tuple[Place, ...]:
        return (*self.receive, *self.change)


@dataclass(frozen=True, slots=True)
class Kind:
    """What all addresses of a wallet share: whose they are, and the keys they come from."""

    number: int
    form: str
    network: str

    @property
    def name(self) -> str:
        return f"{self.form}-{self.network}"

    @property
    def masters(self) -> tuple[Any, ...]:
        count = FORMS[self.form].count("{}")
        return tuple(HDKey.from_seed(bytes((self.number, n)) * 16) for n in range(count))

    @property
    def path(self) -> list[int]:
        return [48 + HARDENED, HARDENED, self.number + HARDENED]


def _ranged(kind: Kind) -> Wallet:
    accounts = [(master, master.derive(kind.path)) for master in kind.masters]
    version = NETWORKS[ORACLES[kind.network][0]]["xpub"]
    origins = [
        f"[{master.my_fingerprint.hex()}/48h/0h/{kind.number}h]"
        + key.to_public().to_base58(version)
        for master, key in accounts
    ]
    texts = [
        str(add_checksum(FORMS[kind.form].format(*origins).replace("/B/", f"/{branch}/")))
        for branch in (RECEIVE, CHANGE)
    ]
    receive, change = (
        tuple(
            _place(
                kind,
                branch,
                text,
                index,
                [_key(*each, [*kind.path, branch, index]) for each in accounts],
            )
            for index in range(RANGE_END + 1)
        )
        for branch, text in enumerate(texts)
    )
    master, first = accounts[0]
    extended_key = b"\x01" + bytes(first.to_public().serialize(version))
    stated = master.my_fingerprint + _steps(kind.path)
    account = BitcoinAccount(kind.name, kind.network, (DescriptorPair(*texts),), RANGE_END)
    return Wallet(account, (extended_key, stated), receive, change)


def _plain(kind: Kind) -> Wallet:
    """Every branch of every pair has keys of its own, of which no path is known."""
    texts: dict[int, list[str]] = {RECEIVE: [], CHANGE: []}
    places: dict[int, list[Place]] = {RECEIVE: [], CHANGE: []}
    for number in range(PAIRS):
        for branch in (RECEIVE, CHANGE):
            derived = [master.derive([number, branch]) for master in kind.masters]
            said = (bytes(range(4)), bytes(range(8)))
            keys = [Key(key.to_public().sec(), key.key.secret, said) for key in derived]
            listed = [key.public_key.hex() for key in keys]
            texts[branch].append(str(add_checksum(FORMS[kind.form].format(*listed))))
            place = _place(kind, branch, texts[branch][-1], 0, keys)
            purpose = ("receive", "change")[branch]
            places[branch].append(replace(place, path=f"pair {number}, {purpose}"))
    pairs = tuple(map(DescriptorPair, texts[RECEIVE], texts[CHANGE]))
    account = BitcoinAccount(kind.name, kind.network, pairs, 0)
    proprietary = (b"\xfc\x01b\x00", b"x")
    return Wallet(account, proprietary, tuple(places[RECEIVE]), tuple(places[CHANGE]))


def _place(kind: Kind, branch: int, text: str, index: int, keys: list[Key]) -> Place:
    derived = Descriptor.from_string(text).derive(index, branch_index=branch)
    script = bytes(derived.script_pubkey().data)
    multi_index = branch if kind.form == "branches" else 0
    parsed = wallycore.descriptor_parse(text, None, ORACLES[kind.network][1], 0)
    other = wallycore.descriptor_to_script(parsed, 0, 0, 0, multi_index, index, 0)
    assert script == bytes(other), f"embit and wallycore derive different scripts of {text}"
    assert [key.public_key for key in keys] == [each.sec() for each in derived.keys]
    if "sorted" in FORMS[kind.form]:
        keys.sort(key=lambda each: each.public_key)
    within = (derived.redeem_script(), derived.witness_script())
    redeem, witness = (bytes(each.data) if each else None for each in within)
    return Place(
        account=kind.name,
        network=kind.network,
        form=kind.form,
        branch=branch,
        path=f"{branch}/{index}",
        script=script,
        redeem_script=redeem,
        witness_script=witness,
        keys=tuple(keys),
    )


def _key(master: Any, account: Any, path: list[int]) -> Key:
    own = account.derive(path[-2:])
    stated = (
        master.my_fingerprint + _steps(path),
        bytes(4) + _steps(path),
        account.my_fingerprint + _steps(path[-2:]),
    )
    return Key(own.to_public().sec(), own.key.secret, stated)


def _steps(path: list[int]) -> bytes:
    return b"".join(step.to_bytes(4, "little") for step in path)


KINDS = tuple(
    Kind(number, form, network) for number, (network, form) in enumerate(product(ORACLES, FORMS), 1)
)
WALLETS = tuple((_plain if each.form.startswith("plain") else _ranged)(each) for each in KINDS)
DECODER = decoders(tuple(each.account for each in WALLETS), (), ())[Chain.BITCOIN]


@lru_cache(maxsize=20_000)
def addresses(script: bytes, network: str) -> tuple[str, str]:
    """The address of a script, by embit and by wallycore."""
    embit_name, wally_number = ORACLES[network]
    ours = str(Script(script).address(NETWORKS[embit_name]))
    if script[0] in (0x00, 0x51):
        prefix = NETWORKS[embit_name]["bech32"]
        return ours, str(wallycore.addr_segwit_from_bytes(script, prefix, 0))
    return ours, str(wallycore.scriptpubkey_to_address(script, wally_number))
