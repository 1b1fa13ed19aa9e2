"""Registered wallets for these tests. Keys and checksums are made by embit, not by the product."""

from embit.bip32 import HDKey
from embit.descriptor.checksum import add_checksum
from embit.networks import NETWORKS

from appliance.wire.epochs import BitcoinAccount, DescriptorPair, EthereumAccount
from tests.appliance.chains.bitcoin.world import public_key

MASTERS = tuple(HDKey.from_seed(bytes([number]) * 32) for number in range(1, 4))
COSIGNER_PATH = "48h/1h/0h/2h"


def descriptor(text: str) -> str:
    return str(add_checksum(text))


def extended(number: int, path: str = COSIGNER_PATH, network: str = "regtest") -> str:
    """Return a cosigner's extended key behind its origin."""
    master = MASTERS[number]
    fingerprint = master.my_fingerprint.hex()
    key = master.derive(f"m/{path}").to_public()
    version = NETWORKS["main" if network == "mainnet" else "regtest"]["xpub"]
    return f"[{fingerprint}/{path}]{key.to_base58(version=version)}"


def account(*pairs: tuple[str, str], network: str = "regtest", end: int = 0) -> BitcoinAccount:
    closed = (DescriptorPair(descriptor(one), descriptor(two)) for one, two in pairs)
    return BitcoinAccount("cold", network, tuple(closed), end)


def plain(number: int) -> str:
    return public_key(number).hex()


FLAT = account(
    (f"wpkh({plain(1)})", f"wpkh({plain(2)})"), (f"wpkh({plain(3)})", f"wpkh({plain(4)})")
)
FLAT_MULTISIG = account(
    (
        f"wsh(sortedmulti(2,{plain(1)},{plain(2)},{plain(3)}))",
        f"wsh(sortedmulti(2,{plain(4)},{plain(5)},{plain(6)}))",
    )
)
_COSIGNERS = f"{plain(7)},{extended(0)}/<0;1>/*,{extended(1)}/<0;1>/*"
MIXED = account((f"wsh(sortedmulti(2,{_COSIGNERS}))",) * 2, end=20)
"""Our own key is plain, the cosigners' are ranged."""
SINGLE = account((f"wpkh({extended(0, '84h/1h/0h')}/<0;1>/*)",) * 2, end=20)
SPLIT = account(
    (f"wpkh({extended(0, '84h/1h/0h')}/0/*)", f"wpkh({extended(0, '84h/1h/0h')}/1/*)"), end=20
)
ETHEREUM = EthereumAccount(
    "eth", "1", "0x7E5F4552091A69125d5DfCb7b8C2659029395Bdf", public_key(1), 0
)
EVERY_BITCOIN = (FLAT, FLAT_MULTISIG, MIXED, SINGLE, SPLIT)
