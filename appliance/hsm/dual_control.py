"""PINs that nobody knows: drawn at random, split M of N, and put together only to open a session.

Shares come first: a ceremony draws them, has every holder seal theirs and stores what was sealed,
and only then sets the PINs. A power cut before that costs nothing, and one after it locks nobody
out. The memory of a Python process cannot be wiped for certain, so a PIN lives as short as it can.
"""

import os

from appliance.custody.shares import SECRET_SIZE, Quorum, Share, combine, split
from appliance.errors import HsmError
from appliance.hsm.connection import Connection
from appliance.hsm.session import Hsm

SHARING_SIZE = 8


def draw_shares(connection: Connection, quorum: Quorum) -> tuple[Share, ...]:
    """Draw the secret of a new PIN and return a share of it for each holder.

    Opens a session that is nobody's, and closes it. Raises HsmError.
    """
    connection.open()
    secret, sharing, randomness = (
        _mixed_random(connection, size) for size in (SECRET_SIZE, SHARING_SIZE, quorum.randomness)
    )
    connection.close()
    return split(secret, quorum, sharing, randomness)


def take_control(
    connection: Connection,
    transport_pin: str,
    user: tuple[Share, ...],
    security_officer: tuple[Share, ...],
) -> None:
    """Set the PINs that shares stand for on a token that still has its transport SO PIN.

    Closes the session, and proves that the user's shares open one. Raises HsmError, ApprovalError.
    """
    user_pin, officer_pin = pin_of(user), pin_of(security_officer)
    connection.login_security_officer(transport_pin)
    with connection.call("set the user PIN") as session:
        session.init_pin(user_pin)
    with connection.call("set the SO PIN") as session:
        session.set_pin(transport_pin, officer_pin)
    connection.login(user_pin)
    connection.close()


def replace_user_pin(
    connection: Connection, old: tuple[Share, ...], new: tuple[Share, ...]
) -> None:
    """Make `new` shares open the token and `old` ones nothing, as when a holder leaves.

    Raises HsmError, ApprovalError.
    """
    old_pin, new_pin = pin_of(old), pin_of(new)
    connection.login(old_pin)
    with connection.call("change the user PIN") as session:
        session.set_pin(old_pin, new_pin)
    connection.login(new_pin)
    connection.close()


def replace_security_officer_pin(
    connection: Connection, old: tuple[Share, ...], new: tuple[Share, ...]
) -> None:
    """Make `new` shares stand for the SO PIN and `old` ones for nothing.

    Raises HsmError, ApprovalError.
    """
    old_pin, new_pin = pin_of(old), pin_of(new)
    connection.login_security_officer(old_pin)
    with connection.call("change the SO PIN") as session:
        session.set_pin(old_pin, new_pin)
    connection.login_security_officer(new_pin)
    connection.close()


def login_with_shares(hsm: Hsm, shares: tuple[Share, ...]) -> None:
    """Open a session by a quorum's shares of the user PIN. Raises HsmError, ApprovalError."""
    hsm.login(pin_of(shares))


def pin_of(shares: tuple[Share, ...]) -> str:
    """Return the PIN that a quorum's shares stand for: 64 hexadecimal digits.

    Raises QuorumShort, ApprovalError.
    """
    return combine(shares).hex()


def _mixed_random(connection: Connection, size: int) -> bytes:
    """Return the HSM's randomness xor the operating system's: as good as the better of the two."""
    with connection.call("give random bytes") as session:
        drawn = session.generate_random(8 * size)
    if len(drawn) != size:
        raise HsmError("the HSM gave fewer random bytes than it was asked for")
    return bytes(a ^ b for a, b in zip(drawn, os.urandom(size), strict=True))
