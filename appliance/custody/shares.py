"""M-of-N sharing of a secret: any M shares give it back, M-1 say nothing about it.

This is the inner sharing of SLIP-39 (section "Sharing a secret", without its mnemonics, groups and
passphrase): Shamir's scheme over GF(256), byte by byte, with the secret at x = 255 and a digest
of it at x = 254, so that shares which do not belong together are noticed. Randomness is an
argument, which is why it is written here: the reference library draws its own.
"""

import hmac
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated

from appliance.errors import ApprovalError, QuorumShort
from appliance.wire.shapes import Below, Length

SECRET_SIZE = 32
MAX_HOLDERS = 16
LEAST_THRESHOLD = 2

_DIGEST_SIZE = 4
_DIGEST_AT, _SECRET_AT = 254, 255


@dataclass(frozen=True, slots=True)
class Share:
    """One holder's share. `sharing` is drawn anew for each sharing and names it."""

    sharing: Annotated[bytes, Length(8, 8)]
    threshold: Annotated[int, Below(MAX_HOLDERS + 1)]
    index: Annotated[int, Below(MAX_HOLDERS)]
    value: Annotated[bytes, Length(SECRET_SIZE, SECRET_SIZE)] = field(repr=False)


@dataclass(frozen=True, slots=True)
class Quorum:
    """How many of the holders of one sharing it takes."""

    threshold: int
    holders: int

    def __post_init__(self) -> None:
        if not LEAST_THRESHOLD <= self.threshold <= self.holders <= MAX_HOLDERS:
            raise ApprovalError(
                f"{self.threshold} of {self.holders} is no quorum: at least {LEAST_THRESHOLD} "
                f"of at most {MAX_HOLDERS} people hold a secret together"
            )

    @property
    def randomness(self) -> int:
        """The bytes of randomness that one sharing takes."""
        return (self.threshold - 1) * SECRET_SIZE - _DIGEST_SIZE


def split(secret: bytes, quorum: Quorum, sharing: bytes, randomness: bytes) -> tuple[Share, ...]:
    """Return one share for each holder of a 32-byte secret.

    `randomness` is `quorum.randomness` bytes, used once. Raises ValueError for a wrong size.
    """
    if len(secret) != SECRET_SIZE or len(randomness) != quorum.randomness:
        raise ValueError("the secret or the randomness has the wrong size")
    drawn = quorum.threshold - 2
    points = {at: randomness[at * SECRET_SIZE : (at + 1) * SECRET_SIZE] for at in range(drawn)}
    salt = randomness[drawn * SECRET_SIZE :]
    fixed = {**points, _DIGEST_AT: _digest(salt, secret) + salt, _SECRET_AT: secret}
    return tuple(
        Share(sharing, quorum.threshold, at, _interpolate(fixed, at))
        for at in range(quorum.holders)
    )


def combine(shares: tuple[Share, ...]) -> bytes:
    """Return the secret. Every share given must fit, also those beyond the threshold.

    Raises QuorumShort for too few shares; ApprovalError for shares that are not distinct shares of
    one sharing.
    """
    if not shares:
        raise QuorumShort("no share was given")
    threshold = shares[0].threshold
    points = {share.index: share.value for share in shares}
    if len({(share.sharing, share.threshold) for share in shares}) != 1:
        raise ApprovalError("the shares are of different sharings")
    if len(points) != len(shares):
        raise ApprovalError("one share was given twice")
    if len(points) < max(threshold, LEAST_THRESHOLD):
        raise QuorumShort(f"{len(points)} of {threshold} shares were given")
    return _recover(points, threshold)


def _recover(points: Mapping[int, bytes], threshold: int) -> bytes:
    enough = dict(tuple(points.items())[:threshold])
    secret, proof = _interpolate(enough, _SECRET_AT), _interpolate(enough, _DIGEST_AT)
    expected = _digest(proof[_DIGEST_SIZE:], secret)
    fits = all(_interpolate(enough, at) == value for at, value in points.items())
    if not fits or not hmac.compare_digest(proof[:_DIGEST_SIZE], expected):
        raise ApprovalError("the shares do not fit together: one of them is damaged or forged")
    return secret


def _digest(salt: bytes, secret: bytes) -> bytes:
    return hmac.digest(salt, secret, "sha256")[:_DIGEST_SIZE]


def _interpolate(points: Mapping[int, bytes], at: int) -> bytes:
    """Return the value at `at` of the polynomials through `points` (Lagrange)."""
    if at in points:
        return points[at]
    result = bytes(SECRET_SIZE)
    for own, value in points.items():
        weight = 0
        for other in points:
            if other != own:
                weight += _LOGARITHM[other ^ at] - _LOGARITHM[other ^ own]
        result = bytes(
            total ^ _times_power(byte, weight) for total, byte in zip(result, value, strict=True)
        )
    return result


def _times_power(byte: int, exponent: int) -> int:
    """Return byte · 3^exponent in GF(256)."""
    return _POWER[(_LOGARITHM[byte] + exponent) % 255] if byte else 0


def _powers() -> tuple[int, ...]:
    """Return the powers of 3 in GF(2)[x] / (x^8 + x^4 + x^3 + x + 1), the field of AES."""
    powers, element = [], 1
    for _ in range(255):
        powers.append(element)
        element ^= element << 1
        if element > 0xFF:
            element ^= 0x11B
    return tuple(powers)


_POWER = _powers()
_LOGARITHM = {element: exponent for exponent, element in enumerate(_POWER)}
