"""Solana accounts, signers and tables that are not what they seem."""

import struct
from collections.abc import Iterator

from solders.instruction import AccountMeta, Instruction
from solders.pubkey import Pubkey

from tests.attacks.case import Case
from tests.attacks.solana import (
    CLIENT,
    FORBIDDEN,
    SOL,
    THEM,
    US,
    case,
    create_account,
    legacy,
    memo,
    pay,
    readable,
    send,
    version_0,
    with_lookup,
    writable,
)
from tests.attacks.solana_programs import ACCOUNT, OURS, OWNER, THEIRS, USDC
from tests.attacks.world import (
    MINTS,
    SOLANA_CLIENTS,
    TOKEN_2022,
    TOKEN_PROGRAM,
    solana_key,
    token_account,
)


def cases() -> Iterator[Case]:
    yield from _accounts()
    yield from _signers()
    yield from _tables()


def _accounts() -> Iterator[Case]:
    usdt = MINTS["USDT"][0]
    yield case("dest-unlisted", legacy(pay(SOL, THEM)), "reject", "the attacker", ("WHITELIST",))
    yield case(
        "dest-self",
        legacy(pay(SOL, US)),
        "reject",
        "to ourselves",
        ("WHITELIST",),
        also_ok=("warn",),
    )
    yield case(
        "dest-token-account",
        legacy(pay(SOL, token_account(CLIENT, USDC))),
        "reject",
        "SOL to a token account",
        ("WHITELIST",),
    )
    yield case(
        "dest-program",
        legacy(pay(SOL, TOKEN_PROGRAM)),
        "reject",
        "SOL to a program",
        ("WHITELIST", *FORBIDDEN),
    )
    variants = {
        "attackers-account": send("USDC", 10**6, THEM),
        "random-account": send("USDC", 10**6, account=solana_key("auxiliary")),
        "client-wallet": send("USDC", 10**6, account=CLIENT),
        "account-of-other-mint": send("USDC", 10**6, account=token_account(CLIENT, usdt)),
        "account-of-other-program": send(
            "USDC", 10**6, account=token_account(CLIENT, USDC, TOKEN_2022)
        ),
        "mint-itself": send("USDC", 10**6, account=USDC),
        "own-account": send("USDC", 10**6, US),
    }
    for name, instruction in variants.items():
        yield case(
            f"ata-{name}",
            legacy(instruction),
            "reject",
            f"the token account is {name}",
            ACCOUNT,
            also_ok=("warn",) if name == "own-account" else (),
        )
    for decimals in (0, 9, 18, 255):
        yield case(
            f"decimals-{decimals}",
            legacy(send("USDC", 10**6, decimals=decimals)),
            "reject",
            f"{decimals} decimals where 6 are pinned",
            ("TOKEN-DECIMALS", "TOKEN-UNKNOWN", *FORBIDDEN),
        )
    fake = solana_key("fake usdc")
    metas = [
        writable(token_account(US, fake)),
        readable(fake),
        writable(token_account(CLIENT, fake)),
        OWNER,
    ]
    checked = b"\x0c" + struct.pack("<QB", 10**6, 6)
    yield case(
        "mint-unknown",
        legacy(Instruction(TOKEN_PROGRAM, checked, metas)),
        "reject",
        "an unknown mint",
        ("TOKEN-UNKNOWN",),
    )
    metas = [writable(OURS), readable(fake), writable(token_account(CLIENT, USDC)), OWNER]
    yield case(
        "mint-swapped",
        legacy(Instruction(TOKEN_PROGRAM, checked, metas)),
        "reject",
        "the mint is another than the accounts'",
        ("TOKEN-UNKNOWN", "TOKEN-ACCOUNT"),
    )
    metas = [
        writable(solana_key("source")),
        readable(USDC),
        writable(token_account(CLIENT, USDC)),
        OWNER,
    ]
    yield case(
        "source-not-ata",
        legacy(Instruction(TOKEN_PROGRAM, checked, metas)),
        "reject",
        "from another account of ours",
        (*ACCOUNT, "ACCOUNT-UNKNOWN", "SOURCE"),
        also_ok=("warn",),
    )
    hooks = [readable(solana_key("hook")), writable(solana_key("hook meta"))]
    yield case(
        "hook-accounts",
        legacy(send("PYUSD", 5, program=TOKEN_2022, more=hooks)),
        "reject",
        "accounts of a transfer hook",
        FORBIDDEN,
    )
    yield case(
        "token-extra-account",
        legacy(send("USDC", 5, more=[readable(THEM)])),
        "reject",
        "one account too many",
        (*FORBIDDEN, "MALFORMED"),
    )
    multisig = [AccountMeta(THEM, is_signer=True, is_writable=False)]
    yield case(
        "token-multisig-signer",
        legacy(send("USDC", 5, more=multisig)),
        "reject",
        "a second signer",
        (*FORBIDDEN, "SIGNER-NOT-OURS", "ACCOUNT-UNKNOWN"),
    )
    yield case(
        "ata-created-for-attacker",
        legacy(create_account("USDC", THEM), send("USDC", 5)),
        "reject",
        "we pay for the attacker's account",
        ACCOUNT,
    )
    lie = create_account("USDC", CLIENT, account=THEIRS)
    yield case(
        "ata-created-wrong",
        legacy(lie, send("USDC", 5, account=THEIRS)),
        "reject",
        "the client's name on the attacker's account",
        ACCOUNT,
    )
    yield case(
        "ata-other-client",
        legacy(create_account("USDC", SOLANA_CLIENTS[1]), send("USDC", 5)),
        "accept",
        "an account for another listed client",
        also_ok=("warn", "reject"),
    )


def _signers() -> Iterator[Case]:
    signer = ("SIGNER-NOT-OURS", "ACCOUNT-UNKNOWN", "FEE-PAYER", *FORBIDDEN)
    yield case(
        "payer-foreign",
        legacy(pay(SOL), payer=THEM),
        "reject",
        "a stranger pays the fee and must sign too",
        signer,
    )
    yield case(
        "payer-foreign-v0",
        version_0(send("USDC", 5), payer=THEM),
        "reject",
        "the same in v0",
        signer,
    )
    yield case(
        "signer-extra",
        legacy(
            pay(SOL),
            memo(b"x", Pubkey.from_string("MemoSq4gqABAXKb96qnH8TysNcWxMyWCqXgDLGmfcHr"), THEM),
        ),
        "reject",
        "a second signer",
        signer,
    )
    yield case(
        "source-foreign",
        legacy(pay(SOL, CLIENT, THEM)),
        "reject",
        "the attacker pays, we only sign for the fee",
        signer,
    )
    yield case(
        "all-foreign",
        legacy(pay(SOL, CLIENT, THEM), payer=THEM),
        "reject",
        "nothing of it is ours",
        signer,
    )


def _tables() -> Iterator[Case]:
    table = ("LOOKUP-TABLE", "LOOKUP-TABLES", *FORBIDDEN)
    yield case(
        "lookup-unused",
        with_lookup(version_0(pay(SOL)), THEM, b"\x00", b""),
        "reject",
        "an address table nobody uses",
        table,
    )
    base = version_0(pay(SOL))
    used = bytearray(with_lookup(base, THEM, b"\x05", b""))
    place = bytes(used).index(b"\x02\x00\x01\x0c")
    used[place + 2] = 3
    yield case(
        "lookup-recipient", bytes(used), "reject", "the recipient stands in an address table", table
    )
    token = bytearray(with_lookup(version_0(send("USDC", 5)), THEM, b"\x00\x01", b"\x02"))
    yield case("lookup-token", bytes(token), "reject", "a table beside a token transfer", table)
