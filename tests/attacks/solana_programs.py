"""Solana: every instruction that is no payment, and accounts that are not what they seem."""

import struct
from collections.abc import Iterator

from solders import system_program as system
from solders.instruction import AccountMeta, Instruction
from solders.pubkey import Pubkey

from tests.attacks.case import Case
from tests.attacks.solana import (
    CLIENT,
    FORBIDDEN,
    RENT,
    SOL,
    THEM,
    US,
    case,
    legacy,
    pay,
    readable,
    signing,
    version_0,
    writable,
)
from tests.attacks.world import (
    MINTS,
    NONCE_ACCOUNT,
    TOKEN_2022,
    TOKEN_PROGRAM,
    solana_key,
    token_account,
)

STAKE = Pubkey.from_string("Stake11111111111111111111111111111111111111")
LOADER = Pubkey.from_string("BPFLoaderUpgradeab1e11111111111111111111111")
CLOCK = Pubkey.from_string("SysvarC1ock11111111111111111111111111111111")
USDC, DECIMALS = MINTS["USDC"]
OURS, THEIRS = token_account(US, USDC), token_account(THEM, USDC)
STAKED, OWNER = solana_key("stake"), AccountMeta(US, is_signer=True, is_writable=False)
ACCOUNT = ("TOKEN-ACCOUNT", "TOKEN-UNKNOWN", "WHITELIST", *FORBIDDEN)


def cases() -> Iterator[Case]:
    yield from _system()
    yield from _token()


def alone(name: str, instruction: Instruction, reason: str, *says: str) -> Iterator[Case]:
    """The instruction by itself, and hidden behind an honest payment."""
    yield case(name, legacy(instruction), "reject", reason, FORBIDDEN, says=says)
    data = version_0(pay(SOL), instruction)
    yield case(
        f"{name}-hidden", data, "reject", f"{reason}, behind a payment", FORBIDDEN, says=says
    )


def _system() -> Iterator[Case]:
    made = {
        "assign": system.assign(system.AssignParams(pubkey=US, owner=THEM)),
        "allocate": system.allocate(system.AllocateParams(pubkey=US, space=100)),
        "create-account": system.create_account(
            system.CreateAccountParams(
                from_pubkey=US, to_pubkey=US, lamports=SOL, space=10, owner=THEM
            )
        ),
        "create-with-seed": system.create_account_with_seed(
            system.CreateAccountWithSeedParams(
                from_pubkey=US, to_pubkey=THEM, base=US, seed="x", lamports=SOL, space=0, owner=THEM
            )
        ),
        "transfer-with-seed": system.transfer_with_seed(
            system.TransferWithSeedParams(
                from_pubkey=STAKED,
                from_base=US,
                from_seed="x",
                from_owner=THEM,
                to_pubkey=CLIENT,
                lamports=SOL,
            )
        ),
        "nonce-withdraw": system.withdraw_nonce_account(
            system.WithdrawNonceAccountParams(
                nonce_pubkey=NONCE_ACCOUNT, authorized_pubkey=US, to_pubkey=THEM, lamports=SOL
            )
        ),
        "nonce-authorize": system.authorize_nonce_account(
            system.AuthorizeNonceAccountParams(
                nonce_pubkey=NONCE_ACCOUNT, authorized_pubkey=US, new_authority=THEM
            )
        ),
        "nonce-initialize": system.initialize_nonce_account(
            system.InitializeNonceAccountParams(nonce_pubkey=NONCE_ACCOUNT, authority=THEM)
        ),
        "assign-with-seed": system.assign_with_seed(
            system.AssignWithSeedParams(address=STAKED, base=US, seed="x", owner=THEM)
        ),
        "nonce-upgrade": system.upgrade_nonce_account(
            system.UpgradeNonceAccountParams(nonce_pubkey=NONCE_ACCOUNT)
        ),
    }
    for name, instruction in made.items():
        yield from alone(f"system-{name}", instruction, f"system program: {name}")
    for name, data in {
        "unknown": struct.pack("<I", 99),
        "short": b"\x02\x00\x00\x00\x01",
        "long": struct.pack("<IQ", 2, SOL) + b"\x00",
        "empty": b"",
    }.items():
        instruction = Instruction(system.ID, data, [signing(US), writable(CLIENT)])
        yield case(
            f"system-{name}",
            legacy(instruction),
            "reject",
            f"system instruction: {name}",
            (*FORBIDDEN, "MALFORMED", "INSTRUCTION-DATA"),
        )
    extra = Instruction(
        system.ID, struct.pack("<IQ", 2, SOL), [signing(US), writable(CLIENT), writable(THEM)]
    )
    yield case(
        "system-extra-account",
        legacy(extra),
        "reject",
        "a transfer with a third account",
        FORBIDDEN,
    )


def _token() -> Iterator[Case]:
    amount, none = struct.pack("<Q", 10**9), b"\x00"
    kinds: dict[str, tuple[bytes, list[AccountMeta]]] = {
        "transfer-unchecked": (
            b"\x03" + amount,
            [writable(OURS), writable(token_account(CLIENT, USDC)), OWNER],
        ),
        "approve": (b"\x04" + amount, [writable(OURS), readable(THEM), OWNER]),
        "approve-max": (b"\x04" + b"\xff" * 8, [writable(OURS), readable(THEM), OWNER]),
        "approve-checked": (
            b"\x0d" + amount + b"\x06",
            [writable(OURS), readable(USDC), readable(THEM), OWNER],
        ),
        "revoke": (b"\x05", [writable(OURS), OWNER]),
        "set-authority-mint": (b"\x06\x00\x01" + bytes(THEM), [writable(USDC), OWNER]),
        "set-authority-freeze": (b"\x06\x01\x00", [writable(USDC), OWNER]),
        "set-authority-owner": (b"\x06\x02\x01" + bytes(THEM), [writable(OURS), OWNER]),
        "set-authority-close": (b"\x06\x03\x01" + bytes(THEM), [writable(OURS), OWNER]),
        "mint-to": (b"\x07" + amount, [writable(USDC), writable(OURS), OWNER]),
        "burn": (b"\x08" + amount, [writable(OURS), writable(USDC), OWNER]),
        "burn-checked": (b"\x0f" + amount + b"\x06", [writable(OURS), writable(USDC), OWNER]),
        "close-account": (b"\x09", [writable(OURS), writable(THEM), OWNER]),
        "close-account-to-us": (b"\x09", [writable(OURS), signing(US), OWNER]),
        "freeze": (b"\x0a", [writable(OURS), readable(USDC), OWNER]),
        "initialize-account": (
            b"\x01",
            [writable(OURS), readable(USDC), readable(THEM), readable(RENT)],
        ),
        "initialize-multisig": (b"\x02\x01", [writable(OURS), readable(RENT), readable(THEM)]),
        "sync-native": (b"\x11", [writable(OURS)]),
        "unknown": (b"\xc8" + none, [writable(OURS), OWNER]),
    }
    for name, (data, metas) in kinds.items():
        says = ("SetAuthority",) if name.startswith("set-") else ()
        yield from alone(
            f"token-{name}",
            Instruction(TOKEN_PROGRAM, data, metas),
            f"token program: {name}",
            *says,
        )
    for name, data in {
        "fee-extension": b"\x1a\x01" + amount + b"\x06" + amount,
        "permanent-delegate": b"\x23" + bytes(THEM),
        "cpi-guard": b"\x22\x01",
        "confidential": b"\x1b\x07",
    }.items():
        metas = [
            writable(token_account(US, USDC, TOKEN_2022)),
            readable(USDC),
            writable(THEIRS),
            OWNER,
        ]
        yield case(
            f"token-2022-{name}",
            legacy(Instruction(TOKEN_2022, data, metas)),
            "reject",
            f"Token-2022: {name}",
            FORBIDDEN,
        )
