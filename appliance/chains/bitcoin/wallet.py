"""The registered wallets, as an index: from a script to whose it is and what spends it.

Ownership is by script alone, re-derived here from the registered descriptors. What a PSBT says
about keys and paths is never asked.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache, lru_cache

from appliance.chains.bitcoin.descriptor import (
    Descriptor,
    branch_count,
    is_ranged,
    on,
    parse_descriptor,
    path_at,
    spendable_at,
)
from appliance.chains.bitcoin.network import MAINNET, Network, network_named
from appliance.chains.bitcoin.spendable import Spendable
from appliance.errors import UnsupportedTransaction
from appliance.wire.epochs import BitcoinAccount, DescriptorPair

MAX_SCRIPTS = 25_000
"""Scripts of one account: what can be derived before people lose patience."""


class Branch(StrEnum):
    """What a script of ours is for."""

    RECEIVE = "receive"
    CHANGE = "change"


@dataclass(frozen=True, slots=True)
class Owned:
    """A script of a registered wallet: whose, where in it, and how it is spent.

    It is of `descriptor` at an address index, on one of its branches by number; `branch` says what
    that one is for, and `path` both in words.
    """

    account: str
    network: str
    branch: Branch
    path: str
    spendable: Spendable
    descriptor: Descriptor
    branch_number: int
    index: int


@dataclass(frozen=True, slots=True)
class Book:
    """The registered wallets. `scripts` derives the index on first use and keeps it."""

    accounts: tuple[BitcoinAccount, ...]
    scripts: Callable[[], Mapping[bytes, Owned]]

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to recognise anything by."""
        return not self.accounts

    def owner(self, script: bytes) -> Owned | None:
        """Return whose script this is, None where it is nobody's here."""
        return self.scripts().get(script) if self.accounts else None

    def network(self, account: str | None) -> Network:
        """Return the network to spell addresses for, since a PSBT does not name any.

        It is the named account's; else the one that all accounts share; else mainnet.
        """
        names = {each.network for each in self.accounts if each.name == account}
        names = names or {each.network for each in self.accounts}
        return network_named(names.pop()) if len(names) == 1 else MAINNET


def open_book(accounts: tuple[BitcoinAccount, ...]) -> Book:
    """Prepare the registered wallets.

    Raises DecodeError for a descriptor that does not parse, that branches into other than receive
    and change, or that has too many scripts; and for accounts that share a script, which for ranged
    descriptors comes to light only when the first transaction is read.
    """
    for account in accounts:
        _verify_size(account)
    book = Book(accounts, cache(lambda: _index(accounts)))
    if not any(account.range_end for account in accounts):
        book.scripts()
    return book


def _verify_size(account: BitcoinAccount) -> None:
    halves = (half for pair in account.pairs for half in _halves(pair, account.network))
    count = sum(account.range_end + 1 if is_ranged(descriptor) else 1 for descriptor, _ in halves)
    if count > MAX_SCRIPTS:
        raise UnsupportedTransaction(f"an account has {count:,} scripts, over {MAX_SCRIPTS:,}")


def _halves(pair: DescriptorPair, network: str) -> tuple[tuple[Descriptor, int], ...]:
    """Return the descriptor and branch of receiving, and those of change.

    One descriptor with two branches is both (BIP-389). One without branches in both places means
    that change goes back to where it came from.
    """
    receive = parse_descriptor(pair.receive, network)
    change = parse_descriptor(pair.change, network)
    match pair.receive == pair.change, branch_count(receive), branch_count(change):
        case True, 2, 2:
            return (receive, 0), (change, 1)
        case _, 1, 1:
            return (receive, 0), (change, 0)
        case _:
            raise UnsupportedTransaction(
                "a pair of descriptors is one with the branches receive and change, or two without"
            )


@lru_cache(maxsize=4)
def _index(accounts: tuple[BitcoinAccount, ...]) -> Mapping[bytes, Owned]:
    index: dict[bytes, Owned] = {}
    for account in accounts:
        for owned in _scripts(account):
            before = index.setdefault(owned.spendable.script, owned)
            if before.account != owned.account:
                raise UnsupportedTransaction("two registered accounts share a script")
    return index


def _scripts(account: BitcoinAccount) -> Iterator[Owned]:
    """Change comes first, so that a script registered for both counts as change."""
    for number, pair in enumerate(account.pairs):
        receive, change = _halves(pair, account.network)
        for (descriptor, branch), purpose in (
            (change, Branch.CHANGE),
            (receive, Branch.RECEIVE),
        ):
            end = account.range_end if is_ranged(descriptor) else 0
            for position, spendable in enumerate(_spendables(descriptor, branch, end)):
                path = path_at(descriptor, branch, position)
                text = _path_text(path, purpose, number, len(account.pairs))
                where = (descriptor, branch, position)
                yield Owned(account.name, account.network, purpose, text, spendable, *where)


def _path_text(path: str, purpose: Branch, number: int, pairs: int) -> str:
    if not path:
        return f"pair {number}, {purpose.value}"
    return path if pairs == 1 else f"pair {number}, {path}"


@lru_cache(maxsize=16)
def _spendables(descriptor: Descriptor, branch: int, end: int) -> tuple[Spendable, ...]:
    """Return the scripts from address index 0 to `end`, that included."""
    derived = on(descriptor, branch)
    return tuple(spendable_at(derived, index) for index in range(end + 1))
