"""The instructions that pay: SOL by the System program, tokens by the token programs.

Sources: solana-system-interface (SystemInstruction), spl-token and spl-token-2022
(TokenInstruction).
"""

from collections.abc import Iterator

from appliance.chains.solana.address import ADDRESS_BYTES
from appliance.chains.solana.derivation import is_on_curve
from appliance.chains.solana.programs import (
    NOT_PAYEES,
    RECENT_BLOCKHASHES,
    TOKEN_2022,
    TOKEN_PROGRAMS,
)
from appliance.chains.solana.surroundings import (
    MAX_LISTED,
    Advance,
    Outcome,
    Step,
    Surroundings,
    forbidden,
    spell_account,
    token_account_of,
)
from appliance.model.money import native_asset
from appliance.model.rule import Rule, refusal
from appliance.model.transaction import Fact, Transfer
from appliance.wire.messages import Finding
from appliance.wire.terms import Chain

_TRANSFER, _TRANSFER_BYTES = b"\2\0\0\0", 12
_ADVANCE_NONCE = b"\4\0\0\0"
_TRANSFER_CHECKED, _TRANSFER_CHECKED_BYTES = b"\x0c", 10


def read_system(step: Step, around: Surroundings) -> Iterator[Outcome]:
    """Read an instruction of the System program: a transfer, or the use of a nonce."""
    tag, data, accounts = step.data[:4], step.data, step.accounts
    if tag == _TRANSFER and len(data) >= _TRANSFER_BYTES and len(accounts) >= 2:
        yield from _transfer(step, around)
    elif data == _ADVANCE_NONCE and len(accounts) == 3:
        if step.number == 1:
            yield Advance(accounts[0])
        yield from _nonce_objections(step, around)
    else:
        yield forbidden(step, around)


def _transfer(step: Step, around: Surroundings) -> Iterator[Outcome]:
    source, payee = step.accounts[:2]
    amount = int.from_bytes(step.data[4:_TRANSFER_BYTES], "little")
    asset = native_asset(Chain.SOLANA, around.network)
    yield Transfer(asset, amount, spell_account(payee), step.where)
    if source != around.payer:
        message = f"the SOL is taken from {spell_account(source)}, not from the fee payer"
        yield refusal(Rule.SIGNER_NOT_OURS, message, step.where)
    if payee in NOT_PAYEES or payee in around.tokens:
        message = f"{spell_account(payee)} is no wallet: what is sent there is lost"
        yield refusal(Rule.OPERATION_FORBIDDEN, message, step.where)
    yield from _nothing_moves(amount, source == payee, step)
    yield from around.read_only(step, (1,))
    yield from _hidden(step, _TRANSFER_BYTES, 2)


def _nothing_moves(amount: int, to_itself: bool, step: Step) -> Iterator[Finding]:  # noqa: FBT001
    # The flag is a comparison of two accounts, which are of no use here.
    if amount == 0:
        yield refusal(Rule.TRANSFER_ZERO, "the amount is 0", step.where)
    if to_itself:
        message = "the source is the destination, so that nothing moves"
        yield refusal(Rule.TRANSFER_ZERO, message, step.where)


def _hidden(step: Step, data_bytes: int, accounts: int) -> Iterator[Finding]:
    """Refuse data and accounts that a program is given beyond those it takes."""
    data, more = len(step.data) - data_bytes, step.accounts[accounts:]
    if data:
        message = f"{data} bytes of data follow those that the transfer takes"
        yield refusal(Rule.OPERATION_FORBIDDEN, message, step.where)
    if more:
        listed = ", ".join(map(spell_account, more[:MAX_LISTED]))
        message = (
            f"the transfer gets {len(more)} accounts beyond those it takes, as signers of a"
            f" multisig or for a program that runs with it: {listed}"
        )
        yield refusal(Rule.OPERATION_FORBIDDEN, message, step.where)


def _nonce_objections(step: Step, around: Surroundings) -> Iterator[Finding]:
    """Nodes take the nonce for the blockhash only where the first instruction advances it."""
    account, sysvar, authority = step.accounts
    named = spell_account(account)
    if step.number != 1:
        message = f"the nonce account {named} is advanced, but not by the first instruction"
        yield refusal(Rule.NONCE_ACCOUNT, message, step.where)
    if around.nonce_accounts is not None and account not in around.nonce_accounts:
        message = f"{named} is not a registered nonce account of the account that pays"
        yield refusal(Rule.NONCE_ACCOUNT, message, step.where)
    if authority != around.payer:
        message = f"the authority over nonce account {named} is {spell_account(authority)}"
        yield refusal(Rule.NONCE_ACCOUNT, f"{message}, not the account that pays", step.where)
    if sysvar != RECENT_BLOCKHASHES:
        message = f"{spell_account(sysvar)} stands for the recent blockhashes"
        yield refusal(Rule.NONCE_ACCOUNT, message, step.where)
    yield from around.read_only(step, (0,))


def read_token(step: Step, around: Surroundings) -> Iterator[Outcome]:
    """Read an instruction of a token program: TransferChecked, and nothing else."""
    if not is_token_transfer(step):
        yield forbidden(step, around)
        return
    source, mint, destination, _ = step.accounts[:4]
    amount = int.from_bytes(step.data[1:9], "little")
    account = spell_account(destination)
    payee = spell_account(_payee(destination, mint, step.program, around))
    yield Transfer(around.asset(mint), amount, payee, step.where, account)
    if step.program == TOKEN_2022:
        yield Fact("Token program", "Token-2022: a fee or a hook of the token itself is not seen")
    yield from _source_objections(step, around)
    yield from _destination_objections(destination, around, step)
    yield from _token_objections(step, around)
    yield from _nothing_moves(amount, source == destination, step)
    yield from around.read_only(step, (0, 2))
    yield from _hidden(step, _TRANSFER_CHECKED_BYTES, 4)


def is_token_transfer(step: Step) -> bool:
    """Return whether an instruction moves tokens of a mint that it names."""
    if step.program not in TOKEN_PROGRAMS or step.data[:1] != _TRANSFER_CHECKED:
        return False
    return len(step.data) >= _TRANSFER_CHECKED_BYTES and len(step.accounts) >= 4


def _payee(account: bytes, mint: bytes, program: bytes, around: Surroundings) -> bytes:
    """Return the owner of a token account where it is known, else the account again."""
    if mint in around.tokens:
        owner = around.owners.owner_of(account, mint, program)
        if owner is not None:
            return owner
    if around.owners.lists(account):
        return account
    if account == token_account_of(around.payer, mint, program):
        return around.payer
    return around.created.get(account, account)


def _source_objections(step: Step, around: Surroundings) -> Iterator[Finding]:
    source, mint, _, authority = step.accounts[:4]
    if authority != around.payer:
        message = f"the tokens are taken by {spell_account(authority)}, not by the fee payer"
        yield refusal(Rule.SIGNER_NOT_OURS, message, step.where)
    own = token_account_of(around.payer, mint, step.program)
    if own is not None and source != own:
        yield refusal(
            Rule.TOKEN_ACCOUNT,
            f"the tokens are taken from {spell_account(source)}, not from the fee payer's own"
            f" token account {spell_account(own)}",
            step.where,
        )


def _destination_objections(account: bytes, around: Surroundings, step: Step) -> Iterator[Finding]:
    """Refuse a wallet's own address, which somebody has the key of: no derived account is that."""
    known = account == around.payer or around.owners.lists(account)
    if known and len(account) == ADDRESS_BYTES and is_on_curve(account):
        message = f"{spell_account(account)} is a wallet's address, not its account of the token"
        yield refusal(Rule.TOKEN_ACCOUNT, message, step.where)


def _token_objections(step: Step, around: Surroundings) -> Iterator[Finding]:
    mint, decimals = step.accounts[1], step.data[9]
    pinned = around.tokens.get(mint)
    if pinned is None:
        message = f"the token {spell_account(mint)} is not pinned"
        yield refusal(Rule.TOKEN_UNKNOWN, message, step.where)
    elif pinned.decimals != decimals:
        message = f"{decimals} decimals are stated for {pinned.symbol}, not {pinned.decimals}"
        yield refusal(Rule.TOKEN_DECIMALS, message, step.where)
