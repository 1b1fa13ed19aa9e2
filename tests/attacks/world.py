"""A world of our own: keys, whitelist, tokens and clock, in the format of the shared world."""

import hashlib
from dataclasses import dataclass
from typing import Any

import base58
from embit import bip32, bip39, ec, script
from embit.descriptor.checksum import add_checksum
from eth_account import Account
from solders.keypair import Keypair
from solders.pubkey import Pubkey

Table = dict[str, Any]

HARD = 0x80000000
NETWORK_NAME = "airlock acceptance world, worthless by design"


def seed(label: str) -> bytes:
    """32 bytes for one purpose, the same in every run."""
    return hashlib.sha256(f"{NETWORK_NAME}/{label}".encode()).digest()


@dataclass(frozen=True, slots=True)
class Person:
    """Who holds one BIP-39 seed."""

    name: str
    root: bip32.HDKey
    fingerprint: bytes


def person(name: str) -> Person:
    words = bip39.mnemonic_from_bytes(seed(f"mnemonic/{name}")[:16])
    root = bip32.HDKey.from_seed(bip39.mnemonic_to_seed(words))
    return Person(name, root, root.my_fingerprint)


PRIMARY, COSIGNER_2, COSIGNER_3 = person("primary"), person("cosigner2"), person("cosigner3")
ATTACKER, CLIENT = person("attacker"), person("client")


def path_of(purpose: int, *more: int) -> tuple[int, ...]:
    return (purpose + HARD, HARD, HARD, *more)


PURPOSES = {
    "wpkh": path_of(84),
    "tr": path_of(86),
    "pkh": path_of(44),
    "sh-wpkh": path_of(49),
    "wsh-multisig-2of3": path_of(48, 2 + HARD),
    "sh-wsh-multisig-2of3": path_of(48, 1 + HARD),
}
TEMPLATES = {
    "wpkh": "wpkh({})",
    "tr": "tr({})",
    "pkh": "pkh({})",
    "sh-wpkh": "sh(wpkh({}))",
    "wsh-multisig-2of3": "wsh(sortedmulti(2,{}))",
    "sh-wsh-multisig-2of3": "sh(wsh(sortedmulti(2,{})))",
}


def holders(wallet: str) -> tuple[Person, ...]:
    return (PRIMARY, COSIGNER_2, COSIGNER_3) if "multisig" in wallet else (PRIMARY,)


def extended_public_key(owner: Person, path: tuple[int, ...]) -> bip32.HDKey:
    return owner.root.derive(list(path)).to_public()


def descriptor(wallet: str) -> str:
    path = PURPOSES[wallet]
    origin = "/".join(f"{step - HARD}h" for step in path)
    keys = ",".join(
        f"[{p.fingerprint.hex()}/{origin}]{extended_public_key(p, path).to_base58()}/<0;1>/*"
        for p in holders(wallet)
    )
    return str(add_checksum(TEMPLATES[wallet].format(keys)))


def public_key(owner: Person, index: int) -> ec.PublicKey:
    """A key of somebody outside the wallets."""
    return owner.root.derive([*path_of(84), 0, index]).get_public_key()


def client_scripts() -> tuple[tuple[str, script.Script], ...]:
    keys = [public_key(CLIENT, index) for index in range(9)]
    return (
        ("Client-1", script.p2wpkh(keys[0])),
        ("Client-2", script.p2tr(keys[1])),
        ("Client-3", script.p2pkh(keys[2])),
        ("Client-4", script.p2sh(script.p2wpkh(keys[3]))),
        ("Client-5", script.p2wpkh(keys[4])),
        ("Client-6", script.p2wsh(script.multisig(1, keys[5:7]))),
    )


BITCOIN_CLIENTS = client_scripts()
CHAIN_ID, NEXT_NONCE = 1, 41
ETHEREUM_KEY = Account.from_key(seed("ethereum/vault"))
ETHEREUM_CLIENTS = tuple(
    Account.from_key(seed(f"ethereum/client/{n}")).address for n in range(1, 5)
)
ETHEREUM_ATTACKER = Account.from_key(seed("ethereum/attacker")).address
ERC20 = {
    "USDT": ("0xdAC17F958D2ee523a2206206994597C13D831ec7", 6),
    "USDC": ("0xA0b86991c6218b36c1d19D4a2e9Eb0cE3606eB48", 6),
    "DAI": ("0x6B175474E89094C44Da98b954EedeAC495271d0F", 18),
    "GUSD": ("0x056Fd409E1d7A124BD7017459dFEa2F387b6d5Cd", 2),
}


def tron_address(label: str) -> bytes:
    """21 bytes, 0x41 first."""
    return b"\x41" + bytes.fromhex(Account.from_key(seed(f"tron/{label}")).address[2:])


def tron_text(raw: bytes) -> str:
    return base58.b58encode_check(raw).decode()


TRON_VAULT, TRON_ATTACKER = tron_address("vault"), tron_address("attacker")
TRON_CLIENTS = tuple(tron_address(f"client/{n}") for n in range(1, 4))
TRON_USDT = base58.b58decode_check("TR7NHqjeKQxGTCi8q8ZY4pL8otSzgjLj6t")
CLOCK_MS = 1_780_000_000_000

TOKEN_PROGRAM = Pubkey.from_string("TokenkegQfeZyiNwAJbNbGKPFXCWuBvf9Ss623VQ5DA")
TOKEN_2022 = Pubkey.from_string("TokenzQdBNbLqP5VEhdkAS6EPFLC1PHnBqCXEpPxuEb")
ASSOCIATED = Pubkey.from_string("ATokenGPvbdGVxr1b2hvZbsiqW5xWH25efTNsLJA8knL")


def solana_key(label: str) -> Pubkey:
    return Keypair.from_seed(seed(f"solana/{label}")).pubkey()


def token_account(owner: Pubkey, mint: Pubkey, program: Pubkey = TOKEN_PROGRAM) -> Pubkey:
    """The associated token account, re-derived as its program does."""
    seeds = [bytes(owner), bytes(program), bytes(mint)]
    return Pubkey.find_program_address(seeds, ASSOCIATED)[0]


SOLANA_VAULT, SOLANA_ATTACKER = solana_key("vault"), solana_key("attacker")
SOLANA_CLIENTS = tuple(solana_key(f"client/{n}") for n in range(1, 4))
NONCE_ACCOUNT, FOREIGN_NONCE = solana_key("nonce"), solana_key("foreign-nonce")
MINTS = {
    "USDC": (Pubkey.from_string("EPjFWdd5AufqSSqeM2qN1xzybapC8G4wEGGkZwyTDt1v"), 6),
    "USDT": (Pubkey.from_string("Es9vMFrzaCERmJfrF4H2FYD4KCoNkY11McCe8BenwNYB"), 6),
    "PYUSD": (Pubkey.from_string("2b1kV6DkPAnxd5ixfnxCpjxmKwqjjaYmCZfHsFu24GXo"), 6),
}


def world() -> Table:
    """The reference policy of this world."""
    return {
        "world": "acceptance",
        "bitcoin": _bitcoin(),
        "ethereum": _ethereum(),
        "tron": _tron(),
        "solana": _solana(),
    }


def _bitcoin() -> Table:
    return {
        "network": "main",
        "wallet_descriptors": {name: descriptor(name) for name in PURPOSES},
        "whitelist": [
            {"label": label, "address": paid.address()} for label, paid in BITCOIN_CLIENTS
        ],
        "policy": {"max_feerate_sat_vb": 250, "max_fee_fraction": 0.05, "per_tx_limit_btc": "40"},
    }


def _ethereum() -> Table:
    return {
        "chain_id": CHAIN_ID,
        "address": ETHEREUM_KEY.address,
        "account_nonce_at_case_time": NEXT_NONCE,
        "whitelist": _listed(ETHEREUM_CLIENTS),
        "tokens": [
            {"symbol": symbol, "contract": contract, "decimals": decimals}
            for symbol, (contract, decimals) in ERC20.items()
        ],
        "policy": {
            "max_fee_per_gas_gwei": 400,
            "per_tx_limit": {
                "ETH": "1000000000",
                "USDT": "3000000",
                "USDC": "3000000",
                "DAI": "1000000000",
                "GUSD": "3000000",
            },
        },
    }


def _tron() -> Table:
    return {
        "address": tron_text(TRON_VAULT),
        "whitelist": _listed(tuple(map(tron_text, TRON_CLIENTS))),
        "tokens": [{"symbol": "USDT", "contract": tron_text(TRON_USDT), "decimals": 6}],
        "policy": {
            "max_fee_limit_trx": 120,
            "per_tx_limit": {"TRX": "8000000", "USDT": "3000000"},
            "clock_ms_at_case_time": CLOCK_MS,
        },
    }


def _solana() -> Table:
    return {
        "address": str(SOLANA_VAULT),
        "registered_nonce_account": str(NONCE_ACCOUNT),
        "whitelist": _listed(tuple(map(str, SOLANA_CLIENTS))),
        "tokens": [
            {"symbol": symbol, "mint": str(mint), "decimals": decimals}
            for symbol, (mint, decimals) in MINTS.items()
        ],
        "policy": {"per_tx_limit": {"SOL": "90000"}},
    }


def _listed(addresses: tuple[str, ...]) -> list[Table]:
    return [{"label": f"Client-{n}", "address": text} for n, text in enumerate(addresses, 1)]
