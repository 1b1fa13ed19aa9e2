"""PSBTs for both readers: scripts and transactions by embit, the maps by the few lines below."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from hashlib import sha256

from coincurve import PrivateKey
from embit import compact
from embit.descriptor.checksum import add_checksum
from embit.ec import PublicKey
from embit.script import Script, Witness, p2pkh, p2sh, p2tr, p2wpkh, p2wsh
from embit.transaction import Transaction, TransactionInput, TransactionOutput

from appliance.chains.interface import Registered
from appliance.wire.epochs import BitcoinAccount, DescriptorPair
from tests.agreement.seeded import Item

Pairs = tuple[tuple[bytes, bytes], ...]
BTC = 100_000_000
ALL, NONE = b"\x01\0\0\0", b"\x02\0\0\0"


def key(number: int) -> PublicKey:
    return PublicKey.parse(PrivateKey(number.to_bytes(32, "big")).public_key.format())


def multisig(*numbers: int) -> Script:
    keys = sorted(key(number).sec() for number in numbers)
    pushes = b"".join(b"\x21" + each for each in keys)
    return Script(b"\x52" + pushes + bytes((0x50 + len(keys), 0xAE)))


OURS, CHANGE = p2wpkh(key(1)), p2wpkh(key(2))
NESTED, NESTED_CHANGE = p2sh(p2wpkh(key(3))), p2sh(p2wpkh(key(4)))
LEGACY, LEGACY_CHANGE = p2pkh(key(5)), p2pkh(key(6))
TAPROOT, TAPROOT_CHANGE = p2tr(key(7)), p2tr(key(8))
VAULT, VAULT_CHANGE = p2wsh(multisig(11, 12, 13)), p2wsh(multisig(21, 22, 23))
CLIENTS = (
    p2wpkh(key(70)),
    p2wsh(multisig(71, 72)),
    p2tr(key(73)),
    p2pkh(key(74)),
    p2sh(multisig(75, 76)),
    Script(b"\x76\xa9\x14" + bytes(2) + b"\x07" * 18 + b"\x88\xac"),
    Script(b"\xa9\x14" + b"\xff" * 20 + b"\x87"),
    Script(b"\x00\x14" + bytes(19) + b"\x01"),
)


def pair(form: str, receive: int, change: int) -> DescriptorPair:
    """Descriptors of two keys; `form` has a place for the key."""
    texts = (form.format(key(number).sec().hex()) for number in (receive, change))
    return DescriptorPair(*map(add_checksum, texts))


def wsh(*numbers: int) -> str:
    keys = ",".join(key(number).sec().hex() for number in numbers)
    return str(add_checksum(f"wsh(sortedmulti(2,{keys}))"))


def registered(network: str) -> Registered:
    pairs = {
        "hot": pair("wpkh({})", 1, 2),
        "nested": pair("sh(wpkh({}))", 3, 4),
        "legacy": pair("pkh({})", 5, 6),
        "taproot": pair("tr({})", 7, 8),
        "vault": DescriptorPair(wsh(11, 12, 13), wsh(21, 22, 23)),
    }
    return Registered(tuple(BitcoinAccount(name, network, (p,), 0) for name, p in pairs.items()))


WORLDS = {name: registered(name) for name in ("mainnet", "testnet", "signet", "regtest")}


@dataclass(frozen=True, slots=True)
class Coin:
    """An output to spend, and what the PSBT says about it."""

    funding: Transaction
    index: int
    pairs: Pairs
    sequence: int = 0xFFFFFFFD

    def setting(self, name: bytes, value: bytes) -> "Coin":
        kept = (each for each in self.pairs if each[0] != name)
        return replace(self, pairs=(*kept, (name, value)))

    def without(self, name: bytes) -> "Coin":
        return replace(self, pairs=tuple(each for each in self.pairs if each[0] != name))


def funding(
    outputs: Sequence[tuple[Script, int]], *, salt: int = 0, witness: tuple[bytes, ...] = (b"w",)
) -> Transaction:
    """A transaction that spends two outputs, one of them with this witness."""
    spent = TransactionInput(bytes(range(31)) + bytes((salt % 256,)), 3, Script(b""), 0xFFFFFFFE)
    other = TransactionInput(b"\x17" * 32, 1, Script(b"\x51" * salt), 0)
    spent.witness = Witness(list(witness))
    paid = [TransactionOutput(amount, script) for script, amount in outputs]
    return Transaction(2, [spent, other], paid, salt)


def coin(made: Transaction, index: int = 0, *, sequence: int = 0xFFFFFFFD) -> Coin:
    output = made.vout[index].serialize()
    return Coin(made, index, ((b"\x00", made.serialize()), (b"\x01", output)), sequence)


def hot(amount: int = BTC, *, salt: int = 0) -> Coin:
    return coin(funding(((OURS, amount),), salt=salt))


@dataclass(frozen=True, slots=True)
class Proposal:
    """A PSBT to be written."""

    coins: tuple[Coin, ...]
    outputs: tuple[tuple[Script, int], ...]
    version: int = 2
    locktime: int = 0
    pairs: Pairs = ()
    output_pairs: Pairs = ()

    @property
    def transaction(self) -> Transaction:
        inputs = [
            TransactionInput(each.funding.txid(), each.index, Script(b""), each.sequence)
            for each in self.coins
        ]
        paid = [TransactionOutput(amount, script) for script, amount in self.outputs]
        return Transaction(self.version, inputs, paid, self.locktime)

    @property
    def psbt(self) -> bytes:
        return self.around(self.transaction.serialize())

    @property
    def version_2(self) -> list[Pairs]:
        """The same as the maps of BIP-370, the locktime as its fallback."""
        first: Pairs = (
            (b"\x02", le(self.version)),
            (b"\x03", le(self.locktime)),
            (b"\x04", bytes(compact.to_bytes(len(self.coins)))),
            (b"\x05", bytes(compact.to_bytes(len(self.outputs)))),
            (b"\xfb", le(2)),
        )
        inputs = [
            (
                *each.pairs,
                (b"\x0e", bytes(each.funding.txid())[::-1]),
                (b"\x0f", le(each.index)),
                (b"\x10", le(each.sequence)),
            )
            for each in self.coins
        ]
        outputs = [
            ((b"\x03", le(paid, 8)), (b"\x04", script.data)) for script, paid in self.outputs
        ]
        return [(*first, *self.pairs), *inputs, *outputs]

    def around(self, unsigned: bytes) -> bytes:
        """Write the maps around these bytes of an unsigned transaction."""
        maps = [each.pairs for each in self.coins] + [self.output_pairs] * len(self.outputs)
        return write(((b"\x00", unsigned), *self.pairs), *maps)


def le(value: int, size: int = 4) -> bytes:
    return value.to_bytes(size, "little")


def write(*maps: Pairs) -> bytes:
    return b"psbt\xff" + b"".join(b"".join(map(entry, pairs)) + b"\0" for pairs in maps)


def entry(pairs: tuple[bytes, bytes]) -> bytes:
    return b"".join(bytes(compact.to_bytes(len(each))) + each for each in pairs)


PLAIN = Proposal((hot(),), ((CLIENTS[0], 6 * BTC // 10), (CHANGE, 39_990_000)))


def to(script: Script, amount: int = BTC - 500) -> Proposal:
    return Proposal((hot(),), ((script, amount),))


def cleared() -> Iterator[tuple[str, Proposal]]:
    yield "plain", PLAIN
    for at, script in enumerate(CLIENTS):
        yield f"to client {at}", to(script)
    many = tuple((CLIENTS[0], 1_000 + at) for at in range(300))
    yield "300 outputs", Proposal((hot(),), many)
    yield "spends output 300", Proposal((coin(funding((*many, (OURS, BTC))), 300),), many)
    rich = funding((*many[:260], (OURS, BTC), (OURS, 2 * BTC)))
    yield "spends outputs 260 and 261", Proposal((coin(rich, 260), coin(rich, 261)), many)
    yield "spends output 1", Proposal((coin(funding(((VAULT, 5), (OURS, BTC))), 1),), PLAIN.outputs)
    yield "three inputs", replace(PLAIN, coins=tuple(hot(BTC + at, salt=at) for at in range(3)))
    coins = tuple(hot(salt=at) for at in range(260))
    yield "260 inputs", replace(PLAIN, coins=coins)
    own = coin(funding(((CHANGE, BTC),), salt=5))
    yield "coins of two addresses", replace(PLAIN, coins=(own, hot(salt=6)))
    yield "no fee", to(CLIENTS[0], BTC)
    yield "most money", Proposal((hot(21_000_000 * BTC),), ((CLIENTS[0], 20_999_999 * BTC),))
    yield "over 32 bits", Proposal((hot(2**33 + 5),), ((CLIENTS[0], 2**32 + 3), (CHANGE, 1)))
    yield "locktime is a time", replace(PLAIN, locktime=1_800_000_000)
    yield "final sequence", replace(PLAIN, coins=(replace(hot(), sequence=0xFFFFFFFF),))
    yield "relative lock", replace(PLAIN, coins=(replace(hot(), sequence=144),))
    yield from _fundings()
    yield from _fields()
    yield from _vaults()
    yield from _other_kinds()
    for text in (b"\x06abcdef", b"\x4c\x50" + bytes(80)):
        data = (Script(b"\x6a" + text), 0)
        yield f"{len(text)} bytes of data", replace(PLAIN, outputs=(*PLAIN.outputs, data))


def _fundings() -> Iterator[tuple[str, Proposal]]:
    for size in (0, 1, 252, 253, 300, 65_535, 65_536):
        made = funding(((OURS, BTC),), salt=size, witness=(b"\x05" * size, b"", b"\x06"))
        yield f"a witness of {size} bytes before", replace(PLAIN, coins=(coin(made),))
    items = funding(((OURS, BTC),), witness=(b"\x01",) * 260)
    yield "260 witness items before", replace(PLAIN, coins=(coin(items),))
    bare = funding(((OURS, BTC),), salt=7, witness=())
    yield "no witness before", replace(PLAIN, coins=(coin(bare),))


def _fields() -> Iterator[tuple[str, Proposal]]:
    yield "version 1", replace(PLAIN, version=1, locktime=800_000)
    yield "no witness output given", replace(PLAIN, coins=(hot().without(b"\x01"),))
    yield "asks for ALL", replace(PLAIN, coins=(hot().setting(b"\x03", ALL),))
    yield (
        "proprietary fields",
        replace(PLAIN, pairs=((b"\xfc\x01a\x00", b"x"),), output_pairs=((b"\xfc\x01a\x00b", b""),)),
    )
    yield "names its version", replace(PLAIN, pairs=((b"\xfb", bytes(4)),))
    yield "an extended key", replace(PLAIN, pairs=((b"\x01" + bytes(78), bytes(4)),))


def _vaults() -> Iterator[tuple[str, Proposal]]:
    vault = coin(funding(((VAULT, 3 * BTC),), salt=9)).setting(b"\x05", multisig(11, 12, 13).data)
    yield "vault", Proposal((vault,), ((CLIENTS[2], BTC), (VAULT_CHANGE, BTC)))
    signed = vault.setting(b"\x06" + key(11).sec(), bytes(4))
    yield "vault with a path", Proposal((signed,), ((CLIENTS[3], 2 * BTC),))
    yield "the same coins twice over", Proposal((hot(salt=3), hot(salt=4)), ((CHANGE, BTC),) * 2)


def _other_kinds() -> Iterator[tuple[str, Proposal]]:
    nested = coin(funding(((CHANGE, 7), (NESTED, BTC)), salt=11), 1)
    nested = nested.setting(b"\x04", p2wpkh(key(3)).data)
    yield "nested", Proposal((nested,), ((CLIENTS[4], BTC // 2), (NESTED_CHANGE, BTC // 3)))
    old = coin(funding(((LEGACY, BTC),), salt=12)).without(b"\x01")
    yield "legacy", Proposal((old,), ((CLIENTS[3], BTC // 2), (LEGACY_CHANGE, BTC // 3)))
    key_path = coin(funding(((TAPROOT, BTC),), salt=13))
    outputs = ((CLIENTS[2], BTC // 2), (TAPROOT_CHANGE, BTC // 3))
    yield "taproot", Proposal((key_path,), outputs)
    yield "taproot alone", Proposal((key_path.without(b"\x00"),), outputs)
    yield "taproot asks for DEFAULT", Proposal((key_path.setting(b"\x03", bytes(4)),), outputs)
    yield "taproot asks for ALL", Proposal((key_path.setting(b"\x03", ALL),), outputs)


HEIGHT, TIME = b"\x12", b"\x11"
LOCKTIMES: tuple[tuple[tuple[dict[bytes, int], ...], int], ...] = (
    (({}, {}), 7),
    (({HEIGHT: 1}, {}), 1),
    (({HEIGHT: 10_000}, {HEIGHT: 9_000}), 10_000),
    (({HEIGHT: 10_000, TIME: 1_657_048_460}, {HEIGHT: 9_000}), 10_000),
    (({HEIGHT: 9_000, TIME: 1_657_048_460}, {HEIGHT: 10_000, TIME: 500_000_000}), 10_000),
    (({HEIGHT: 9_000, TIME: 1_657_048_459}, {TIME: 1_657_048_460}), 1_657_048_460),
    (({}, {TIME: 500_000_000}), 500_000_000),
    (({HEIGHT: 499_999_999}, {}), 499_999_999),
)
"""What two inputs demand, and the locktime that it comes to where the fallback is 7."""
NO_LOCKTIMES: tuple[tuple[dict[bytes, int], ...], ...] = (
    ({HEIGHT: 1}, {TIME: 500_000_000}),
    ({HEIGHT: 0}, {}),
    ({HEIGHT: 500_000_000}, {}),
    ({TIME: 499_999_999}, {}),
    ({HEIGHT: 1, TIME: 1}, {}),
)


def demanding(demands: tuple[dict[bytes, int], ...]) -> bytes:
    """A PSBT of version 2 with the fallback 7, whose two inputs demand these locktimes."""
    maps = replace(PLAIN, coins=(hot(salt=1), hot(salt=2)), locktime=7).version_2
    for number, wanted in enumerate(demands, 1):
        maps[number] = (*maps[number], *((name, le(value)) for name, value in wanted.items()))
    return write(*maps)


def cleared_version_2() -> Iterator[tuple[str, bytes]]:
    for name, proposal in cleared():
        if proposal.version >= 2 and not proposal.pairs:
            yield f"version 2: {name}", write(*proposal.version_2)
    for demands, locktime in LOCKTIMES:
        yield f"version 2: {demands} is {locktime}", demanding(demands)
    first, spent, *rest = PLAIN.version_2
    yield "version 2: no fallback", write((first[0], *first[2:]), spent, *rest)
    yield "version 2: no sequence", write(first, spent[:-1], *rest)


def refused_version_2() -> Iterator[tuple[str, bytes]]:
    for demands in NO_LOCKTIMES:
        yield f"version 2: {demands}", demanding(demands)
    good = PLAIN.version_2
    optional = {b"\x03"}, {b"\x00", b"\x01", b"\x10"}, set[bytes](), set[bytes]()
    for number, pairs in enumerate(good):
        for at, (name, value) in enumerate(pairs):
            rest = (*pairs[:at], *pairs[at + 1 :])
            changed = {
                "wide": (*rest, (name, value + b"\0")),
                "keyed": (*pairs, (name + b"\0", value)),
                "twice": (*pairs, (name, value)),
                "missing": rest,
            }
            if name in optional[number]:
                del changed["missing"]
            for what, each in changed.items():
                yield (
                    f"version 2: field {name.hex()} of map {number} {what}",
                    write(*good[:number], each, *good[number + 1 :]),
                )
    for name, value in (
        (b"\x00", PLAIN.transaction.serialize()),
        (b"\x04", b"\x02"),
        (b"\x04", b"\x00"),
        (b"\x04", b"\xfd\x01\x00"),
        (b"\x04", b"\xff" * 9),
        (b"\x05", b"\x01"),
        (b"\x05", b"\x03"),
        (b"\xfb", le(1)),
        (b"\xfb", le(3)),
    ):
        first = (*(each for each in good[0] if each[0] != name), (name, value))
        yield f"version 2: field {name.hex()} is {value.hex()[:18]}", write(first, *good[1:])


def refused() -> Iterator[tuple[str, bytes]]:
    yield from _damaged(PLAIN.psbt)
    yield from _mapped(PLAIN.transaction.serialize(), PLAIN.coins[0])
    yield from _unsigned(PLAIN.transaction.serialize())
    yield from ((name, replace(PLAIN, coins=(each,)).psbt) for name, each in _coins(PLAIN.coins[0]))
    yield from ((name, to(script, amount).psbt) for name, script, amount in _scripts())
    yield "a long count in the previous transaction", _long_previous()
    yield "the same output twice", replace(PLAIN, coins=PLAIN.coins * 2).psbt
    yield "outputs worth more", to(CLIENTS[0], BTC + 1).psbt
    rich, more = hot(21_000_000 * BTC + 10), 21_000_000 * BTC + 1
    yield "more money than there is", Proposal((rich,), ((CLIENTS[0], more),)).psbt


def _damaged(good: bytes) -> Iterator[tuple[str, bytes]]:
    yield "nothing", b""
    yield "no magic", good[5:]
    yield "a byte too many", good + b"\0"
    yield "a byte too few", good[:-1]
    yield "half", good[: len(good) // 2]
    yield "a field behind the last map", good + entry((b"\xfc\x01a\x00", b"x"))
    yield "a long size in a map", good[:5] + b"\xfd\x01\x00" + good[6:]


def _mapped(raw: bytes, good: Coin) -> Iterator[tuple[str, bytes]]:
    yield "a map too few", write(((b"\x00", raw),), good.pairs, ())
    yield "a map too many", write(((b"\x00", raw),), good.pairs, (), (), ())
    yield "no unsigned transaction", write((), good.pairs, (), ())
    yield "a transaction twice", replace(PLAIN, pairs=((b"\x00", raw),)).psbt
    yield "a key with data", replace(PLAIN, pairs=((b"\xfb\x01", bytes(4)),)).psbt
    yield "version 1 of a PSBT", replace(PLAIN, pairs=((b"\xfb", b"\x01\0\0\0"),)).psbt
    yield "a version of one byte", replace(PLAIN, pairs=((b"\xfb", b"\0"),)).psbt
    yield "version 2 fields", replace(PLAIN, pairs=((b"\x02", b"\x02\0\0\0"),)).psbt
    yield "an amount of version 2", replace(PLAIN, output_pairs=((b"\x03", bytes(8)),)).psbt
    field = (b"\xfc\x01a\x00", bytes(252))
    longer = entry(field).replace(b"\xfc" + bytes(252), b"\xfd\xfc\x00" + bytes(252))
    carrying = replace(PLAIN, pairs=(field,)).psbt
    yield "252 written with 0xfd", carrying.replace(entry(field), longer)


def _unsigned(raw: bytes) -> Iterator[tuple[str, bytes]]:
    yield "no PSBT", raw
    yield "a byte behind the transaction", PLAIN.around(raw + b"\0")
    yield "a transaction cut off", PLAIN.around(raw[:-1])
    yield "a witness in the unsigned transaction", PLAIN.around(_with_witness(raw))
    signed = raw.replace(b"\0\xfd\xff\xff\xff", b"\1Q\xfd\xff\xff\xff")
    yield "an input script", PLAIN.around(signed)
    yield "no inputs", write(((b"\x00", raw[:4] + b"\0" + raw[46:]),), (), ())
    yield "a long count of inputs", PLAIN.around(raw[:4] + b"\xfd\x01\x00" + raw[5:])
    huge = (2**63 + 5).to_bytes(8, "little")
    yield "a negative amount", PLAIN.around(raw.replace((39_990_000).to_bytes(8, "little"), huge))


def _twice(data: bytes) -> bytes:
    return sha256(sha256(data).digest()).digest()


def _long_previous() -> bytes:
    """A previous transaction with a count that is too long, and the outpoint that it then has."""
    made = funding(((OURS, BTC),), salt=7, witness=())
    raw = made.serialize()
    longer = raw[:4] + b"\xfd\x02\x00" + raw[5:]
    spent = coin(made).setting(b"\x00", longer)
    proposal = replace(PLAIN, coins=(spent,))
    unsigned = proposal.transaction.serialize()
    return proposal.around(unsigned.replace(bytes(made.txid())[::-1], _twice(longer)))


def _with_witness(raw: bytes) -> bytes:
    return raw[:4] + b"\0\1" + raw[4:-4] + b"\1\1w" + raw[-4:]


def _coins(good: Coin) -> Iterator[tuple[str, Coin]]:
    made, output = good.funding.serialize(), good.funding.vout[0].serialize()
    other = funding(((OURS, BTC),), salt=200)
    less = (BTC - 1).to_bytes(8, "little") + output[8:]
    yield "nothing about the input", good.without(b"\x00").without(b"\x01")
    yield "only the output", good.without(b"\x00")
    yield "another previous transaction", good.setting(b"\x00", other.serialize())
    yield "a smaller amount", good.setting(b"\x01", less)
    yield "another script", good.setting(b"\x01", output[:8] + CHANGE.serialize())
    yield "no such output", replace(good, index=1)
    yield "a previous transaction cut off", good.setting(b"\x00", made[:-1])
    yield "a byte behind the previous transaction", good.setting(b"\x00", made + b"\0")
    bare = funding(((OURS, BTC),), salt=7, witness=())
    empty = bare.serialize()
    empty = empty[:4] + b"\0\1" + empty[4:-4] + b"\0\0" + empty[-4:]
    yield "a witness that is empty", coin(bare).setting(b"\x00", empty)
    yield "asks for NONE", good.setting(b"\x03", NONE)
    yield "asks for SINGLE", good.setting(b"\x03", b"\x03\0\0\0")
    yield "asks for ALL and ANYONECANPAY", good.setting(b"\x03", b"\x81\0\0\0")
    yield "asks for DEFAULT without taproot", good.setting(b"\x03", bytes(4))
    yield "a sighash type of one byte", good.setting(b"\x03", b"\x01")
    yield "a previous transaction with key data", good.setting(b"\x00\x01", made)
    yield "a txid of version 2", good.setting(b"\x0e", bytes(32))
    yield "a locktime of version 2", good.setting(b"\x12", bytes(4))
    yield "a previous transaction twice", replace(good, pairs=(*good.pairs, good.pairs[0]))


def _scripts() -> Iterator[tuple[str, Script, int]]:
    yield "data that destroys", Script(b"\x6a\x04abcd"), 1
    yield "an empty script", Script(b""), 1_000
    yield "anybody's", Script(b"\x51"), 1_000
    yield "witness version 1 of 2 bytes", Script(b"\x51\x02\x4e\x73"), 1_000
    yield "witness version 2", Script(b"\x52\x20" + bytes(32)), 1_000
    yield "witness version 16", Script(b"\x60\x20" + bytes(32)), 1_000
    yield "witness version 0 of 21 bytes", Script(b"\x00\x15" + bytes(21)), 1_000
    yield "a bare key", Script(b"\x21" + key(5).sec() + b"\xac"), 1_000
    yield "a bare multisig", multisig(5, 6), 1_000
    yield "a key hash without its end", Script(b"\x76\xa9\x14" + bytes(20) + b"\x88"), 1_000
    yield "a script hash with more", Script(b"\xa9\x14" + bytes(20) + b"\x87\x51"), 1_000


SMALL = 2_000
"""Bytes of a PSBT that is read in no time: the larger ones are asked last."""


def corpus() -> Iterator[Item]:
    valid = sorted(_valid(), key=lambda item: len(item.data))
    yield from (item for item in valid if len(item.data) < SMALL)
    for name, data in (*refused(), *refused_version_2()):
        yield Item(name, data, WORLDS["regtest"], cleared=False)
    yield from (item for item in valid if len(item.data) >= SMALL)


def _valid() -> Iterator[Item]:
    names = tuple(WORLDS)
    whole = [*((name, proposal.psbt) for name, proposal in cleared()), *cleared_version_2()]
    for at, (name, data) in enumerate(whole):
        network = names[at % len(names)]
        yield Item(f"{name} on {network}", data, WORLDS[network])
    for network, world in WORLDS.items():
        for at, script in enumerate((*CLIENTS[:5], CHANGE)):
            yield Item(f"{network}: to client {at}", to(script).psbt, world)
