"""The programs and sysvars that instructions name, by their addresses."""

from appliance.codecs import base58

SYSTEM = bytes(32)
TOKEN = base58.decode("TokenkegQfeZyiNwAJbNbGKPFXCWuBvf9Ss623VQ5DA")
TOKEN_2022 = base58.decode("TokenzQdBNbLqP5VEhdkAS6EPFLC1PHnBqCXEpPxuEb")
TOKEN_PROGRAMS = (TOKEN, TOKEN_2022)
ASSOCIATED_TOKEN = base58.decode("ATokenGPvbdGVxr1b2hvZbsiqW5xWH25efTNsLJA8knL")
COMPUTE_BUDGET = base58.decode("ComputeBudget111111111111111111111111111111")
MEMO = base58.decode("MemoSq4gqABAXKb96qnH8TysNcWxMyWCqXgDLGmfcHr")
MEMO_1 = base58.decode("Memo1UhkJRfHyvLMcVucJwxXeuD728EqVDDwQDxFMNo")
STAKE = base58.decode("Stake11111111111111111111111111111111111111")
VOTE = base58.decode("Vote111111111111111111111111111111111111111")
UPGRADEABLE_LOADER = base58.decode("BPFLoaderUpgradeab1e11111111111111111111111")
LOOKUP_TABLE = base58.decode("AddressLookupTab1e1111111111111111111111111")

RECENT_BLOCKHASHES = base58.decode("SysvarRecentB1ockHashes11111111111111111111")
RENT = base58.decode("SysvarRent111111111111111111111111111111111")

NAMES: dict[bytes, str] = {
    SYSTEM: "System",
    TOKEN: "Token",
    TOKEN_2022: "Token-2022",
    ASSOCIATED_TOKEN: "Associated Token Account",
    COMPUTE_BUDGET: "Compute Budget",
    MEMO: "Memo",
    MEMO_1: "Memo v1",
    STAKE: "Stake",
    VOTE: "Vote",
    UPGRADEABLE_LOADER: "Upgradeable Loader",
    LOOKUP_TABLE: "Address Lookup Table",
}
"""What people call the programs that this folder can explain."""

NOT_PAYEES = frozenset((*NAMES, RECENT_BLOCKHASHES, RENT))
"""Accounts of the chain itself: coins that are sent there are lost."""
