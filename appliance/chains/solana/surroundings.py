"""What an instruction is read against: the message it stands in, and what is registered."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import TypeAlias

from appliance.chains.solana.address import ADDRESS_BYTES, spell_address
from appliance.chains.solana.derivation import associated_token_account
from appliance.chains.solana.message import Message
from appliance.chains.solana.operations import explain
from appliance.chains.solana.operations_programs import CATALOGUES
from appliance.chains.solana.owners import Owners
from appliance.chains.solana.programs import NAMES, TOKEN_PROGRAMS
from appliance.model.money import Asset
from appliance.model.rule import Rule, refusal
from appliance.model.transaction import Fact, Transfer
from appliance.wire.messages import Finding
from appliance.wire.terms import Chain

MAX_LISTED = 3
"""Accounts that a finding names one by one."""

Tokens: TypeAlias = Mapping[bytes, Asset]
"""The pinned tokens of a network, by mint."""


@dataclass(frozen=True, slots=True)
class Step:
    """One instruction, with its accounts looked up; `number` counts from 1."""

    number: int
    program: bytes
    accounts: tuple[bytes, ...]
    data: bytes

    @property
    def where(self) -> str:
        """Where it stands."""
        return f"instruction {self.number}"


@dataclass(frozen=True, slots=True)
class Surroundings:
    """The message, whose account pays its fee, and the standing rules of its network."""

    message: Message
    network: str
    nonce_accounts: frozenset[bytes] | None
    """Those that are registered for the account that pays; None where no account is registered."""
    tokens: Tokens
    owners: Owners
    created: Mapping[bytes, bytes]
    """Owners by the associated token account that the message creates for them."""
    paid: frozenset[bytes]
    """The token accounts that the message pays to."""

    @property
    def payer(self) -> bytes:
        """The account that pays the fee, and that alone may sign."""
        return self.message.keys[0]

    def asset(self, mint: bytes) -> Asset:
        """Return a token as it is pinned, or as an unknown one."""
        pinned = self.tokens.get(mint)
        if pinned is not None:
            return pinned
        return Asset(Chain.SOLANA, self.network, spell_account(mint), "unknown token", None)

    def is_ours(self, account: bytes) -> bool:
        """Return whether an account is the payer's own, its nonce account or its token account."""
        if account == self.payer or account in (self.nonce_accounts or ()):
            return True
        return account in _token_accounts(self.payer, tuple(self.tokens))

    def read_only(self, step: Step, positions: tuple[int, ...]) -> Iterator[Finding]:
        """Refuse accounts of an instruction that it has to change, but may not."""
        indexes = self.message.instructions[step.number - 1].accounts
        for position in positions:
            if not self.message.is_writable(indexes[position]):
                account = spell_account(step.accounts[position])
                message = f"account {account} is read-only, so that no node carries this out"
                yield refusal(Rule.MALFORMED, message, step.where)

    def name_of(self, account: bytes) -> str:
        """Return an account in words, and whether it is ours."""
        return f"{spell_account(account)}{' (ours)' if self.is_ours(account) else ''}"


@dataclass(frozen=True, slots=True)
class Budget:
    """A setting of what the transaction may use, by the operation that makes it."""

    operation: str
    value: int
    where: str


@dataclass(frozen=True, slots=True)
class Advance:
    """The message's first instruction uses up the nonce in a nonce account."""

    account: bytes


@dataclass(frozen=True, slots=True)
class Memo:
    """The message carries a text."""


@dataclass(frozen=True, slots=True)
class Creation:
    """The message pays for a token account."""


Outcome: TypeAlias = Transfer | Fact | Finding | Budget | Advance | Memo | Creation
"""What one instruction has to say."""


def spell_account(account: bytes) -> str:
    """Return an address, or the place in a lookup table where one would stand."""
    if len(account) == ADDRESS_BYTES:
        return spell_address(account)
    table, index = account[:ADDRESS_BYTES], account[ADDRESS_BYTES]
    return f"entry {index} of lookup table {spell_address(table)}"


def token_account_of(owner: bytes, mint: bytes, token_program: bytes) -> bytes | None:
    """Return an owner's associated token account; None where a lookup table hides who or what."""
    if len(owner) == len(mint) == ADDRESS_BYTES:
        return associated_token_account(owner, mint, token_program)
    return None


def forbidden(step: Step, around: Surroundings) -> Finding:
    """Refuse an instruction, and say what it would do."""
    catalogue = CATALOGUES.get(step.program)
    if catalogue is None:
        return refusal(Rule.OPERATION_FORBIDDEN, _unknown_program(step, around), step.where)
    clause = explain(catalogue, step.accounts, step.data, around.name_of)
    return refusal(Rule.OPERATION_FORBIDDEN, f"{NAMES[step.program]} {clause}", step.where)


def _unknown_program(step: Step, around: Surroundings) -> str:
    message = around.message
    writable = {
        account for index, account in enumerate(message.accounts) if message.is_writable(index)
    }
    ours = [
        spell_account(each)
        for each in dict.fromkeys(step.accounts)
        if each in writable and around.is_ours(each)
    ]
    listed = ", ".join(ours[:MAX_LISTED]) + (", ..." if len(ours) > MAX_LISTED else "")
    return (
        f"the unknown program {spell_address(step.program)} gets {len(step.data)} bytes of data,"
        f" {len(step.accounts)} accounts, and may change {len(ours)} of ours"
        f"{': ' if ours else ''}{listed}"
    )


@lru_cache(maxsize=64)
def _token_accounts(owner: bytes, mints: tuple[bytes, ...]) -> frozenset[bytes]:
    return frozenset(
        associated_token_account(owner, mint, program)
        for mint in mints
        for program in TOKEN_PROGRAMS
    )
