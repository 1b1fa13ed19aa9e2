"""The owner's disk: the one that was built, with the signature and the policy that are the owner's.

A pure function of the three, so that whoever rebuilds the disk and has the two published files has
the owner's disk, bit for bit. The root's partition is taken over as it is.
"""

import struct
from hashlib import sha256
from uuid import UUID

from image.disk import esp, gpt
from image.disk.gpt import Partition
from image.trust import authenticode
from image.trust.errors import TrustError
from image.trust.floor_policy import FloorPolicy

POLICY_NAME = "airlock-policy"
POLICY_KIND = UUID("9c2f6c3e-6f0a-5d0b-8f43-0a1c5f3a7e11")
_ENTRY = struct.Struct("<16s16sQQQ72s")
_MOST = 8


def assembled(
    disk: bytes, program: bytes, signature: bytes, policy: FloorPolicy | None, epoch: int
) -> bytes:
    """Return the disk with its program signed, and the policy beside it if there is one.

    `disk` and `program` are as built; `epoch` is the build's. Raises TrustError if the disk is none
    of ours or the program is signed already.
    """
    signed = authenticode.attached(program, signature)
    digest = sha256(signed + (policy.encoded() if policy else b"")).digest()
    boot = esp.make(signed, int.from_bytes(digest[:4], "big"), epoch)
    first = Partition(gpt.ESP, UUID(bytes=digest[:16], version=4), "airlock-boot", 0, boot)
    added = (_policy_partition(policy),) if policy else ()
    kept = (part for part in partitions(disk) if part.kind != gpt.ESP)
    return gpt.disk(UUID(bytes=digest[16:], version=4), (first, *kept, *added))


def started(disk: bytes, epoch: int) -> bytes:
    """Return the program, as it was built, that a disk of ours starts, signed or not.

    Raises TrustError if the disk is none of ours, or could start another one.
    """
    boots = [part.body for part in partitions(disk) if part.kind == gpt.ESP]
    try:
        (program,) = (esp.program(body, epoch) for body in boots)
    except ValueError as problem:
        raise TrustError("the disk does not start one program alone") from problem
    return authenticode.detached(program)[0] if authenticode.is_signed(program) else program


def partitions(disk: bytes) -> tuple[Partition, ...]:
    """Return the partitions of a disk that `image.disk.gpt` made. Raises TrustError for others'."""
    found = []
    try:
        for number in range(_MOST):
            row = _ENTRY.unpack_from(disk, 2 * gpt.SECTOR + number * _ENTRY.size)
            kind, identifier, first, last, attributes, name = row
            body = disk[first * gpt.SECTOR : (last + 1) * gpt.SECTOR]
            ids = (UUID(bytes_le=kind), UUID(bytes_le=identifier))
            if any(kind):
                text = name.decode("utf-16-le").rstrip("\0")
                found.append(Partition(*ids, text, attributes, body))
        (held,) = struct.unpack_from("<16s", disk, gpt.SECTOR + 56)
        is_ours = gpt.disk(UUID(bytes_le=held), tuple(found)) == disk
    except (struct.error, UnicodeDecodeError, ValueError) as problem:
        raise TrustError("the disk is none that was built here") from problem
    if not is_ours:
        raise TrustError("the disk holds something besides its partitions")
    return tuple(found)


def _policy_partition(policy: FloorPolicy) -> Partition:
    body = policy.encoded()
    identifier = UUID(bytes=sha256(body).digest()[:16], version=4)
    attributes = gpt.READ_ONLY | gpt.NOT_MOUNTED_UNASKED
    padded = body + bytes(-len(body) % gpt.SECTOR)
    return Partition(POLICY_KIND, identifier, POLICY_NAME, attributes, padded)
