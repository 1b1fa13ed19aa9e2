"""The two ways to the data volume: the machine's TPM and a passphrase, or a quorum of officers.

The TPM's secret alone opens nothing, and neither does the passphrase: what is sniffed on the TPM's
wires, or typed by a custodian who left, is one half. When a mainboard is dead or its TPM cleared,
officers put a recovery secret together; it opens another key slot of the same volume, and the
volume is sealed to the new machine's TPM. Each officer's share is sealed to a passphrase, as the
shares of the HSM's PINs are.
"""

import hmac

from appliance.custody.shares import SECRET_SIZE, Quorum, Share, combine, split

_EVERY_DAY, _RECOVERY = b"airlock volume: machine and custodian", b"airlock volume: recovery"


def volume_key(secret: bytes, passphrase: str) -> str:
    """Return what the volume's first key slot takes, from the TPM's secret and the passphrase.

    Raises ValueError for a secret of a wrong size.
    """
    return _derived(secret, _EVERY_DAY + b"\0" + passphrase.encode())


def recovery_shares(
    secret: bytes, quorum: Quorum, sharing: bytes, randomness: bytes
) -> tuple[str, tuple[Share, ...]]:
    """Return what the volume's second key slot takes, and a share of the secret for each officer.

    `secret`, 32 bytes, `sharing`, 8 bytes, and `randomness`, `quorum.randomness` bytes, are drawn
    for this once. Raises ValueError for other sizes.
    """
    return _derived(secret, _RECOVERY), split(secret, quorum, sharing, randomness)


def recovery_key(shares: tuple[Share, ...]) -> str:
    """Return what the second key slot takes, from enough officers' shares.

    Raises QuorumShort for too few, ApprovalError for shares that do not belong together.
    """
    return _derived(combine(shares), _RECOVERY)


def _derived(secret: bytes, use: bytes) -> str:
    if len(secret) != SECRET_SIZE:
        raise ValueError(f"a secret of the data volume has {SECRET_SIZE} bytes")
    return hmac.digest(secret, use, "sha256").hex()
