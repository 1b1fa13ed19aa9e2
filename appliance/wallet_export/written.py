"""A descriptor as it is written: functions, keys, and the branches that a key may take (BIP-389).

Only descriptors that the registered wallets' own reader has read are taken apart here, so that
nothing of their grammar needs to be judged twice.
"""

import re
from dataclasses import dataclass, replace
from typing import Self

from appliance.chains.bitcoin.address import address_of
from appliance.chains.bitcoin.descriptor import (
    branch_count,
    checksum,
    on,
    parse_descriptor,
    spendable_at,
)
from appliance.chains.bitcoin.network import network_named
from appliance.errors import ExportRefused
from appliance.wire.epochs import BitcoinAccount, DescriptorPair

_FORM = re.compile(r"((?:[a-z]+\()+)(?:([0-9]+),)?([^()]+)\)+", re.ASCII)
_BRANCHES = re.compile(r"<([0-9]+);([0-9]+)>", re.ASCII)


@dataclass(frozen=True, slots=True)
class Written:
    """A descriptor without its checksum. `threshold` is None where there is but one key."""

    functions: tuple[str, ...]
    threshold: int | None
    keys: tuple[str, ...]

    @classmethod
    def of(cls, text: str) -> Self:
        """Take a descriptor that was read before apart."""
        form = _FORM.fullmatch(text.rpartition("#")[0])
        if form is None:
            raise ExportRefused("the wallet's descriptor is of no form that is exported")
        threshold = None if form[2] is None else int(form[2])
        return cls(tuple(form[1][:-1].split("(")), threshold, tuple(form[3].split(",")))

    @property
    def body(self) -> str:
        """The descriptor without a checksum."""
        inner = ",".join(self.keys)
        inner = inner if self.threshold is None else f"{self.threshold},{inner}"
        return "(".join((*self.functions, inner)) + ")" * len(self.functions)

    @property
    def text(self) -> str:
        """The descriptor with its checksum (BIP-380)."""
        return f"{self.body}#{checksum(self.body)}"

    def on_branch(self, branch: int) -> Self:
        """Return the descriptor of one branch, 0 for receiving and 1 for change."""
        keys = tuple(_BRANCHES.sub(rf"\{branch + 1}", key) for key in self.keys)
        return replace(self, keys=keys)


def registered(account: BitcoinAccount) -> tuple[tuple[str, str], ...]:
    """Return each descriptor as the officers signed it, behind a few words on what it is for."""
    found = []
    for number, pair in enumerate(account.pairs):
        if pair.receive == pair.change:
            found.append((_title(account, number, "receive and change"), pair.receive))
        else:
            found.append((_title(account, number, "receive"), pair.receive))
            found.append((_title(account, number, "change"), pair.change))
    for _, text in found:
        parse_descriptor(text, account.network)
    return tuple(found)


def single_branches(account: BitcoinAccount) -> tuple[tuple[str, Written], ...]:
    """Return every descriptor on one branch, for readers that know no `<0;1>` (BIP-389)."""
    found = []
    for number, pair in enumerate(account.pairs):
        receive, change = halves(pair, account.network)
        if receive == change:
            found.append((_title(account, number, "receive and change"), receive))
        else:
            found.append((_title(account, number, "receive"), receive))
            found.append((_title(account, number, "change"), change))
    return tuple(found)


def halves(pair: DescriptorPair, network: str) -> tuple[Written, Written]:
    """Return where a pair receives and where its change goes, each without branches."""
    branches = branch_count(parse_descriptor(pair.receive, network))
    parse_descriptor(pair.change, network)
    if branches == 1:
        return Written.of(pair.receive), Written.of(pair.change)
    if branches != 2 or pair.receive != pair.change:
        raise ExportRefused(
            "a descriptor of the wallet branches into other than receive and change"
        )
    both = Written.of(pair.receive)
    return both.on_branch(0), both.on_branch(1)


def first_address(written: Written, network: str) -> str:
    """Return the first address of a descriptor without branches."""
    descriptor = on(parse_descriptor(written.text, network), 0)
    address = address_of(spendable_at(descriptor, 0).script, network_named(network))
    if address is None:
        raise ExportRefused("the wallet has no address")
    return address


def _title(account: BitcoinAccount, number: int, purpose: str) -> str:
    if len(account.pairs) == 1:
        return f"{account.name}: {purpose}"
    return f"{account.name}: pair {number}, {purpose}"
