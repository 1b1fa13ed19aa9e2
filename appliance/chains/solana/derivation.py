"""Addresses that no private key stands behind, derived from seeds; and tokens' accounts by them.

Sources: Solana's program derived addresses (Pubkey::find_program_address), the Associated Token
Account program, Curve25519 in Edwards form (RFC 8032, section 5.1.3).
"""

import hashlib
from functools import lru_cache

from appliance.chains.solana.programs import ASSOCIATED_TOKEN
from appliance.errors import UnsupportedTransaction

_P = 2**255 - 19
_D = -121665 * pow(121666, -1, _P) % _P
_SIGN = 1 << 255
_MARKER = b"ProgramDerivedAddress"


def is_on_curve(address: bytes) -> bool:
    """Return whether 32 bytes are the compressed form of a point, as Solana's nodes see it.

    A point's x² is (y² - 1) / (dy² + 1), so it has one where that is a square modulo p. As nodes
    do it, y is taken modulo p, and the sign of x is not looked at.
    """
    y = int.from_bytes(address, "little") & ~_SIGN
    square = y * y % _P
    return _jacobi((square - 1) * (_D * square + 1) % _P) >= 0


def _jacobi(value: int) -> int:
    """Return the Jacobi symbol of a value over p: 1 for squares, 0 for 0, else -1.

    It is a quarter of the cost of Euler's criterion, and every account is derived by it.
    """
    modulus, sign = _P, 1
    while value:
        twos = (value & -value).bit_length() - 1
        value >>= twos
        if twos & 1 and modulus & 7 in (3, 5):
            sign = -sign
        if value & modulus & 3 == 3:
            sign = -sign
        value, modulus = modulus % value, value
    return sign if modulus == 1 else 0


def find_program_address(seeds: bytes, program: bytes) -> bytes:
    """Return the first address off the curve, with bump seeds counted down from 255.

    `seeds` are all seeds one behind the other. Raises UnsupportedTransaction where no bump seed
    leads to one, which happens once in 2^255 times.
    """
    tail = program + _MARKER
    for bump in range(255, -1, -1):
        address = hashlib.sha256(b"%b%c%b" % (seeds, bump, tail)).digest()
        if not is_on_curve(address):
            return address
    raise UnsupportedTransaction("no program derived address exists for these seeds")


@lru_cache(maxsize=4096)
def associated_token_account(owner: bytes, mint: bytes, token_program: bytes) -> bytes:
    """Return the account in which an owner holds a token, under the token program of its mint."""
    return find_program_address(owner + token_program + mint, ASSOCIATED_TOKEN)
