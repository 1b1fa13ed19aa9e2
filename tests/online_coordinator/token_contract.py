"""A token for tests: balanceOf, transfer and its event, assembled from the listing below.

Whoever deploys it owns 2^128 - 1 base units. A balance lies in the slot of its address. Transfers
beyond the balance revert.
"""

_OPCODES = {
    "ADD": 0x01, "SUB": 0x03, "LT": 0x10, "EQ": 0x14, "SHR": 0x1C, "CALLER": 0x33,
    "CALLDATALOAD": 0x35, "CODECOPY": 0x39, "MSTORE": 0x52, "SLOAD": 0x54, "SSTORE": 0x55,
    "JUMPI": 0x57, "JUMPDEST": 0x5B, "DUP1": 0x80, "DUP2": 0x81, "SWAP1": 0x90, "LOG3": 0xA3,
    "RETURN": 0xF3, "REVERT": 0xFD,
}  # fmt: skip

TRANSFER_TOPIC = "ddf252ad1be2c89b69c2b068fc378daa952ba7f163c4a11628f55a4df523b3ef"

_RUNTIME = f"""
    00 CALLDATALOAD e0 SHR
    DUP1 70a08231 EQ @balance JUMPI
    DUP1 a9059cbb EQ @transfer JUMPI
    00 00 REVERT
balance:
    04 CALLDATALOAD SLOAD 00 MSTORE 20 00 RETURN
transfer:
    24 CALLDATALOAD CALLER SLOAD
    DUP2 DUP2 LT @poor JUMPI
    DUP2 SWAP1 SUB CALLER SSTORE
    04 CALLDATALOAD SLOAD DUP2 ADD 04 CALLDATALOAD SSTORE
    00 MSTORE
    04 CALLDATALOAD CALLER {TRANSFER_TOPIC} 20 00 LOG3
    01 00 MSTORE 20 00 RETURN
poor:
    00 00 REVERT
"""


def _assembled(listing: str) -> bytes:
    """Assemble words: opcodes, hex to be pushed, `name:` to jump to and `@name` to push it."""
    sizes = {"@": 3, ":": 1}
    position, labels = 0, {}
    words = listing.split()
    for word in words:
        if word.endswith(":"):
            labels[word[:-1]] = position
        kind = word[0] if word[0] == "@" else word[-1]
        position += sizes.get(kind) or (1 if word in _OPCODES else 1 + len(word) // 2)
    return b"".join(_encoded(word, labels) for word in words)


def _encoded(word: str, labels: dict[str, int]) -> bytes:
    if word.startswith("@"):
        return b"\x61" + labels[word[1:]].to_bytes(2, "big")
    if word.endswith(":"):
        return bytes([_OPCODES["JUMPDEST"]])
    if word in _OPCODES:
        return bytes([_OPCODES[word]])
    pushed = bytes.fromhex(word)
    return bytes([0x5F + len(pushed)]) + pushed


def deployment() -> bytes:
    """Return the code that deploys the token."""
    runtime = _assembled(_RUNTIME)
    size = f"{len(runtime):04x}"
    head = f"{'ff' * 16} CALLER SSTORE {size} DUP1 %02x 00 CODECOPY 00 RETURN"
    start = len(_assembled(head % 0))
    return _assembled(head % start) + runtime
