"""The networks, and what spells an address or a key differently on each of them."""

from dataclasses import dataclass

from appliance.errors import UnsupportedTransaction


@dataclass(frozen=True, slots=True)
class Network:
    """The prefixes of a network (Bitcoin Core, kernel/chainparams; BIP-173; BIP-32).

    A PSBT does not say which network it is for: the registered account that pays does.
    """

    name: str
    bech32_prefix: str
    key_hash_version: int
    script_hash_version: int
    extended_key_version: bytes


_TEST_VERSIONS = (0x6F, 0xC4, bytes.fromhex("043587cf"))

NETWORKS = {
    network.name: network
    for network in (
        Network("mainnet", "bc", 0x00, 0x05, bytes.fromhex("0488b21e")),
        Network("testnet", "tb", *_TEST_VERSIONS),
        Network("signet", "tb", *_TEST_VERSIONS),
        Network("regtest", "bcrt", *_TEST_VERSIONS),
    )
}
MAINNET = NETWORKS["mainnet"]


def network_named(name: str) -> Network:
    """Return a network by its name. Raises UnsupportedTransaction."""
    network = NETWORKS.get(name)
    if network is None:
        raise UnsupportedTransaction("a Bitcoin network is one of " + ", ".join(NETWORKS))
    return network
