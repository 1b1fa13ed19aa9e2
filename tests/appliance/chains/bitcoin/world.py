"""The wallets, coins and PSBTs that these tests are about.

Keys are made by coincurve, scripts and transactions written by embit, and PSBT maps by the few
lines below: what the appliance reads was not written by the appliance.
"""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, TypeVar

from coincurve import PrivateKey
from embit import compact
from embit.descriptor.checksum import add_checksum
from embit.ec import PublicKey
from embit.script import Script, address_to_scriptpubkey, p2pkh, p2wpkh, p2wsh
from embit.transaction import SIGHASH, Transaction, TransactionInput, TransactionOutput

from appliance.chains.bitcoin.room import ROOM
from appliance.chains.interface import Registered
from appliance.errors import DecodeError
from appliance.model.transaction import DecodedTransaction
from appliance.wire.epochs import Account, BitcoinAccount, DescriptorPair
from appliance.wire.messages import Finding
from appliance.wire.terms import Severity

VECTORS = Path(__file__).parents[3] / "vectors" / "bitcoin"
T = TypeVar("T")
Pairs = list[tuple[bytes, bytes]]


def private_key(number: int) -> PrivateKey:
    return PrivateKey(number.to_bytes(32, "big"))


def public_key(number: int) -> bytes:
    return private_key(number).public_key.format()


def descriptor(text: str) -> str:
    return str(add_checksum(text))


def wpkh(number: int) -> str:
    return descriptor(f"wpkh({public_key(number).hex()})")


def wsh(threshold: int, *numbers: int) -> str:
    keys = ",".join(public_key(number).hex() for number in numbers)
    return descriptor(f"wsh(sortedmulti({threshold},{keys}))")


HOT = BitcoinAccount(
    "hot",
    "regtest",
    (DescriptorPair(wpkh(1), wpkh(2)), DescriptorPair(wpkh(3), wpkh(4))),
    0,
)
VAULT = BitcoinAccount(
    "vault", "regtest", (DescriptorPair(wsh(2, 11, 12, 13), wsh(2, 21, 22, 23)),), 0
)
OTHER = BitcoinAccount("other", "regtest", (DescriptorPair(wpkh(31), wpkh(32)),), 0)


def _account(name: str, receive: str, change: str) -> BitcoinAccount:
    pair = DescriptorPair(descriptor(receive), descriptor(change))
    return BitcoinAccount(name, "regtest", (pair,), 0)


def _keys(*numbers: int) -> str:
    return ",".join(public_key(number).hex() for number in numbers)


LEGACY = _account("legacy", f"pkh({_keys(41)})", f"pkh({_keys(42)})")
NESTED = _account("nested", f"sh(wpkh({_keys(43)}))", f"sh(wpkh({_keys(44)}))")
WRAPPED = _account(
    "wrapped",
    f"sh(wsh(sortedmulti(2,{_keys(61, 62, 63)})))",
    f"sh(wsh(sortedmulti(2,{_keys(64, 65, 66)})))",
)
TAPROOT = _account("taproot", f"tr({_keys(45)[2:]})", f"tr({_keys(46)})")
ACCOUNTS: tuple[Account, ...] = (HOT, VAULT, OTHER, LEGACY, NESTED, WRAPPED, TAPROOT)


def key_hash_script(number: int) -> bytes:
    return bytes(p2wpkh(_embit_key(number)).data)


def multisig(threshold: int, *numbers: int) -> bytes:
    keys = sorted(public_key(number) for number in numbers)
    pushes = b"".join(b"\x21" + key for key in keys)
    return bytes((0x50 + threshold,)) + pushes + bytes((0x50 + len(keys), 0xAE))


def multisig_lock(threshold: int, *numbers: int) -> bytes:
    return bytes(p2wsh(Script(multisig(threshold, *numbers))).data)


def lock_of(address: str) -> bytes:
    return bytes(address_to_scriptpubkey(address).data)


def _embit_key(number: int) -> PublicKey:
    return PublicKey.parse(public_key(number))


HOT_RECEIVE, HOT_CHANGE = key_hash_script(1), key_hash_script(2)
HOT_RECEIVE_1, HOT_CHANGE_1 = key_hash_script(3), key_hash_script(4)
VAULT_RECEIVE, VAULT_CHANGE = multisig_lock(2, 11, 12, 13), multisig_lock(2, 21, 22, 23)
OTHER_RECEIVE, OTHER_CHANGE = key_hash_script(31), key_hash_script(32)
STRANGER = key_hash_script(99)
CLIENT = "bcrt1qcr8te4kr609gcawutmrza0j4xv80jy8zeqchgx"
"""The address of twenty bytes whose key is nobody's here."""
CLIENT_SCRIPT = lock_of(CLIENT)


def previous(script: bytes, amount: int, index: int = 0, salt: int = 0) -> Transaction:
    """A transaction with a witness whose output `index` is what will be spent."""
    spent = TransactionInput(salt.to_bytes(32, "big"), 0, Script(b""), 0xFFFFFFFF)
    spent.witness.items = [b"\x30" * 71, public_key(77)]
    fillers = [TransactionOutput(1000 + n, p2pkh(_embit_key(50 + n))) for n in range(index)]
    return Transaction(2, [spent], [*fillers, TransactionOutput(amount, Script(script))], 0)


@dataclass(frozen=True, slots=True)
class Coin:
    """An output to spend, and what the PSBT says about it, as pairs of key and value."""

    previous: Transaction
    index: int
    pairs: tuple[tuple[bytes, bytes], ...]
    sequence: int = 0xFFFFFFFD

    @property
    def output(self) -> TransactionOutput:
        return self.previous.vout[self.index]

    def without(self, *types: int) -> "Coin":
        return replace(self, pairs=tuple(each for each in self.pairs if each[0][0] not in types))

    def adding(self, *pairs: tuple[bytes, bytes]) -> "Coin":
        return replace(self, pairs=(*self.pairs, *pairs))

    def setting(self, key: bytes, value: bytes) -> "Coin":
        kept = (each for each in self.pairs if each[0] != key)
        return replace(self, pairs=(*kept, (key, value)))


def coin(script: bytes, amount: int, *, index: int = 0, salt: int = 0) -> Coin:
    funding = previous(script, amount, index, salt)
    pairs = ((b"\x00", funding.serialize()), (b"\x01", funding.vout[index].serialize()))
    return Coin(funding, index, pairs)


def hot_coin(amount: int, *, salt: int = 0) -> Coin:
    return coin(HOT_RECEIVE, amount, salt=salt).adding(derivation(6, 1))


def vault_coin(amount: int, *, salt: int = 0) -> Coin:
    script = (b"\x05", multisig(2, 11, 12, 13))
    return coin(VAULT_RECEIVE, amount, index=1, salt=salt).adding(script, derivation(6, 11))


def derivation(field_type: int, number: int) -> tuple[bytes, bytes]:
    """A BIP32_DERIVATION of a plain key: its own fingerprint and no path."""
    return bytes((field_type,)) + public_key(number), b"\x12\x34\x56\x78"


@dataclass(frozen=True, slots=True)
class Payment:
    """An output, and what the PSBT says about it."""

    script: bytes
    amount: int
    pairs: tuple[tuple[bytes, bytes], ...] = ()


@dataclass(frozen=True, slots=True)
class Proposal:
    """A PSBT to be written."""

    coins: tuple[Coin, ...]
    payments: tuple[Payment, ...]
    version: int = 2
    locktime: int = 0
    pairs: tuple[tuple[bytes, bytes], ...] = field(default=())

    @property
    def transaction(self) -> Transaction:
        inputs = [
            TransactionInput(each.previous.txid(), each.index, Script(b""), each.sequence)
            for each in self.coins
        ]
        outputs = [TransactionOutput(each.amount, Script(each.script)) for each in self.payments]
        return Transaction(self.version, inputs, outputs, self.locktime)

    @property
    def psbt(self) -> bytes:
        first = ((b"\x00", self.transaction.serialize()), *self.pairs)
        return write_psbt(
            first, [each.pairs for each in self.coins], [each.pairs for each in self.payments]
        )

    def sighash(self, index: int, script_code: bytes) -> bytes:
        amount = self.coins[index].output.value
        digest = self.transaction.sighash_segwit(index, Script(script_code), amount, SIGHASH.ALL)
        return bytes(digest)


def write_psbt(
    first: Sequence[tuple[bytes, bytes]],
    inputs: Sequence[Sequence[tuple[bytes, bytes]]],
    outputs: Sequence[Sequence[tuple[bytes, bytes]]],
) -> bytes:
    maps = (first, *inputs, *outputs)
    return b"psbt\xff" + b"".join(write_map(pairs) for pairs in maps)


def write_map(pairs: Sequence[tuple[bytes, bytes]]) -> bytes:
    return b"".join(prefixed(key) + prefixed(value) for key, value in pairs) + b"\x00"


def prefixed(data: bytes) -> bytes:
    return bytes(compact.to_bytes(len(data))) + data


def hot_payment() -> Proposal:
    """1 BTC of the hot wallet: 0.6 to the client, the rest but 10,000 sat back."""
    return Proposal(
        (hot_coin(100_000_000),),
        (
            Payment(CLIENT_SCRIPT, 60_000_000),
            Payment(HOT_CHANGE, 39_990_000, (derivation(2, 2),)),
        ),
    )


def vault_payment() -> Proposal:
    """2 BTC of the vault in two coins: 1.5 to the client, the rest but 20,000 sat back."""
    change = ((b"\x01", multisig(2, 21, 22, 23)), derivation(2, 21))
    return Proposal(
        (vault_coin(120_000_000, salt=1), vault_coin(80_000_000, salt=2)),
        (Payment(CLIENT_SCRIPT, 150_000_000), Payment(VAULT_CHANGE, 49_980_000, change)),
    )


def cosign(proposal: Proposal, index: int, number: int, sighash_type: int = 1) -> Proposal:
    """Add a vault key's signature over an input."""
    digest = proposal.sighash(index, multisig(2, 11, 12, 13))
    signature = private_key(number).sign(digest, hasher=None) + bytes((sighash_type,))
    pair = (b"\x02" + public_key(number), signature)
    coins = tuple(
        each.adding(pair) if at == index else each for at, each in enumerate(proposal.coins)
    )
    return replace(proposal, coins=coins)


def decode(data: bytes, accounts: tuple[Account, ...] = ACCOUNTS) -> DecodedTransaction:
    return ROOM.decoder(Registered(accounts, ()))(data, None)


def attempt(read: Callable[[bytes], T], data: bytes) -> T | DecodeError:
    """Read bytes; anything but an answer or a foreseen refusal fails the test that called."""
    try:
        return read(data)
    except DecodeError as error:
        return error


def refusals(transaction: DecodedTransaction) -> list[tuple[str, str]]:
    """Every rule that refuses, with the place it names."""
    return [
        (finding.rule, finding.where)
        for finding in transaction.findings
        if finding.severity is Severity.REFUSE
    ]


def finding(transaction: DecodedTransaction, rule: str) -> Finding:
    return next(each for each in transaction.findings if each.rule == rule)


def facts(transaction: DecodedTransaction, label: str) -> list[str]:
    """What the facts under a label say."""
    return [fact.value for fact in transaction.facts if fact.label == label]


def vectors(name: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (VECTORS / name).read_text().splitlines() if line]
