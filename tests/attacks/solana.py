"""Solana: payments to sign, and what surrounds them."""

import struct
from collections.abc import Sequence
from functools import partial

from solders.hash import Hash
from solders.instruction import AccountMeta, Instruction
from solders.message import (
    Message,
    MessageAddressTableLookup,
    MessageHeader,
    MessageV0,
    to_bytes_versioned,
)
from solders.pubkey import Pubkey
from solders.system_program import (
    AdvanceNonceAccountParams,
    TransferParams,
    advance_nonce_account,
)
from solders.system_program import transfer as system_transfer

from tests.attacks.case import bytes_case
from tests.attacks.world import (
    ASSOCIATED,
    MINTS,
    NONCE_ACCOUNT,
    SOLANA_ATTACKER,
    SOLANA_CLIENTS,
    SOLANA_VAULT,
    TOKEN_PROGRAM,
    seed,
    token_account,
)

SOL = 10**9
SYSTEM = Pubkey.from_string("11111111111111111111111111111111")
COMPUTE = Pubkey.from_string("ComputeBudget111111111111111111111111111111")
MEMO = Pubkey.from_string("MemoSq4gqABAXKb96qnH8TysNcWxMyWCqXgDLGmfcHr")
MEMO_1 = Pubkey.from_string("Memo1UhkJRfHyvLMcVucJwxXeuD728EqVDDwQDxFMNo")
RENT = Pubkey.from_string("SysvarRent111111111111111111111111111111111")
BLOCKHASH = Hash(seed("solana/blockhash"))
US, CLIENT, THEM = SOLANA_VAULT, SOLANA_CLIENTS[0], SOLANA_ATTACKER
FORBIDDEN = ("OPERATION-FORBIDDEN", "UNSUPPORTED")


def pay(lamports: int, to: Pubkey = CLIENT, source: Pubkey = US) -> Instruction:
    return system_transfer(TransferParams(from_pubkey=source, to_pubkey=to, lamports=lamports))


def send(
    symbol: str,
    amount: int,
    owner: Pubkey = CLIENT,
    *,
    decimals: int | None = None,
    account: Pubkey | None = None,
    program: Pubkey = TOKEN_PROGRAM,
    more: Sequence[AccountMeta] = (),
) -> Instruction:
    """TransferChecked from our associated account to the owner's."""
    mint, pinned = MINTS[symbol]
    to = account or token_account(owner, mint, program)
    data = b"\x0c" + struct.pack("<QB", amount, pinned if decimals is None else decimals)
    metas = [
        writable(token_account(US, mint, program)),
        readable(mint),
        writable(to),
        AccountMeta(US, is_signer=True, is_writable=False),
        *more,
    ]
    return Instruction(program, data, metas)


def writable(key: Pubkey) -> AccountMeta:
    return AccountMeta(key, is_signer=False, is_writable=True)


def readable(key: Pubkey) -> AccountMeta:
    return AccountMeta(key, is_signer=False, is_writable=False)


def signing(key: Pubkey) -> AccountMeta:
    return AccountMeta(key, is_signer=True, is_writable=True)


def create_account(
    symbol: str,
    owner: Pubkey = CLIENT,
    *,
    idempotent: bool = True,
    program: Pubkey = TOKEN_PROGRAM,
    account: Pubkey | None = None,
) -> Instruction:
    mint = MINTS[symbol][0]
    to = account or token_account(owner, mint, program)
    metas = [signing(US), writable(to), *map(readable, (owner, mint, SYSTEM, program))]
    return Instruction(ASSOCIATED, b"\x01" if idempotent else b"\x00", metas)


def unit_limit(units: int) -> Instruction:
    return Instruction(COMPUTE, b"\x02" + struct.pack("<I", units), [])


def unit_price(micro_lamports: int) -> Instruction:
    return Instruction(COMPUTE, b"\x03" + struct.pack("<Q", micro_lamports), [])


def memo(text: bytes, program: Pubkey = MEMO, *signers: Pubkey) -> Instruction:
    return Instruction(
        program, text, [AccountMeta(s, is_signer=True, is_writable=False) for s in signers]
    )


def advance(account: Pubkey = NONCE_ACCOUNT, authority: Pubkey = US) -> Instruction:
    return advance_nonce_account(
        AdvanceNonceAccountParams(nonce_pubkey=account, authorized_pubkey=authority)
    )


def legacy(*instructions: Instruction, payer: Pubkey = US) -> bytes:
    return bytes(Message.new_with_blockhash(list(instructions), payer, BLOCKHASH))


def version_0(*instructions: Instruction, payer: Pubkey = US) -> bytes:
    return bytes(
        to_bytes_versioned(MessageV0.try_compile(payer, list(instructions), [], BLOCKHASH))
    )


def with_lookup(data: bytes, table: Pubkey, writes: bytes, reads: bytes) -> bytes:
    """A v0 message with one address table put beside its own accounts."""
    made = MessageV0.from_bytes(data[1:])
    tables = [MessageAddressTableLookup(table, writes, reads)]
    header = MessageHeader(
        made.header.num_required_signatures,
        made.header.num_readonly_signed_accounts,
        made.header.num_readonly_unsigned_accounts,
    )
    return bytes(
        to_bytes_versioned(
            MessageV0(header, made.account_keys, made.recent_blockhash, made.instructions, tables)
        )
    )


case = partial(bytes_case, ("sol", "sol-message"))
