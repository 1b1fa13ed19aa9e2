"""Signatures of EFI programs: taken off, put back on byte for byte, and what they are over.

Microsoft's PE/COFF and "Windows Authenticode Portable Executable Signature Format"; UEFI 2.10,
section 32.2.4. A program here is either unsigned, with no checksum, as the build makes it, or has
one signature, which is then the last thing in the file.
"""

import struct
from dataclasses import dataclass
from hashlib import sha256

from image.trust.errors import TrustError

_PE32_PLUS = 0x20B
_CERTIFICATES = 4
_HEADER = struct.Struct("<IHH")
_REVISION, _PKCS_7 = 0x0200, 0x0002
_ALIGNMENT = 8
_LARGEST = 1 << 16


@dataclass(frozen=True, slots=True)
class _Places:
    """Where the fields lie that a signature changes: the checksum, and the entry that names it."""

    checksum: int
    entry: int


def attached(unsigned: bytes, signature: bytes) -> bytes:
    """Return an unsigned program with a detached PKCS#7 signature attached.

    The result is the very file that was signed, whoever rebuilt the program. Raises TrustError if
    it is signed already, or is no PE32+ file.
    """
    places = _places(unsigned)
    if any(_entry(unsigned, places)):
        raise TrustError("the EFI program is signed already")
    if not 0 < len(signature) <= _LARGEST:
        raise TrustError("a signature is empty or larger than any signature")
    image = bytearray(unsigned) + bytes(-len(unsigned) % _ALIGNMENT)
    certificate = _HEADER.pack(_HEADER.size + len(signature), _REVISION, _PKCS_7) + signature
    certificate += bytes(-len(certificate) % _ALIGNMENT)
    struct.pack_into("<II", image, places.entry, len(image), len(certificate))
    image += certificate
    struct.pack_into("<I", image, places.checksum, 0)
    struct.pack_into("<I", image, places.checksum, _checksum(image))
    return bytes(image)


def detached(signed: bytes) -> tuple[bytes, bytes]:
    """Return the program as it was built, and its signature. Raises TrustError.

    Nothing is lost on the way: attaching the signature again gives `signed`, or this refuses.
    """
    places = _places(signed)
    offset, size = _entry(signed, places)
    if offset + size != len(signed) or size < _HEADER.size or offset < places.entry:
        raise TrustError("the EFI program has no signature at its end")
    length, revision, kind = _HEADER.unpack_from(signed, offset)
    if (revision, kind) != (_REVISION, _PKCS_7) or not _HEADER.size < length <= size:
        raise TrustError("the EFI program's signature is none that firmware reads")
    unsigned = bytearray(signed[:offset])
    struct.pack_into("<II", unsigned, places.entry, 0, 0)
    struct.pack_into("<I", unsigned, places.checksum, 0)
    signature = signed[offset + _HEADER.size : offset + length]
    if attached(bytes(unsigned), signature) != signed:
        raise TrustError("the EFI program holds something besides itself and one signature")
    return bytes(unsigned), signature


def is_signed(program: bytes) -> bool:
    """Tell whether a program says that it has a signature. Raises TrustError if it is none."""
    return any(_entry(program, _places(program)))


def digest(unsigned: bytes) -> bytes:
    """Return the SHA-256 that a signature of the program is over, and that firmware measures.

    All of the file but the two fields that signing changes. Raises TrustError for a signed one.
    """
    places = _places(unsigned)
    if any(_entry(unsigned, places)):
        raise TrustError("the EFI program is signed already")
    hashed = sha256(unsigned[: places.checksum])
    hashed.update(unsigned[places.checksum + 4 : places.entry])
    hashed.update(unsigned[places.entry + 8 :])
    hashed.update(bytes(-len(unsigned) % _ALIGNMENT))
    return hashed.digest()


def _places(image: bytes) -> _Places:
    try:
        (pe,) = struct.unpack_from("<I", image, 60)
        (signature,) = struct.unpack_from("<4s", image, pe)
        optional = pe + 24
        (magic,) = struct.unpack_from("<H", image, optional)
        (directories,) = struct.unpack_from("<I", image, optional + 108)
        places = _Places(optional + 64, optional + 112 + 8 * _CERTIFICATES)
        _entry(image, places)
    except struct.error as problem:
        raise TrustError("the EFI program is too short for a PE file") from problem
    if image[:2] != b"MZ" or signature != b"PE\0\0" or magic != _PE32_PLUS:
        raise TrustError("the EFI program is not a PE32+ file")
    if directories <= _CERTIFICATES:
        raise TrustError("the EFI program has no place for a signature")
    return places


def _entry(image: bytes | bytearray, places: _Places) -> tuple[int, int]:
    offset, size = struct.unpack_from("<II", image, places.entry)
    return offset, size


def _checksum(image: bytes | bytearray) -> int:
    """Return a PE file's checksum: the sum of its 16-bit words, carries folded in, and its size.

    Folding carries in is arithmetic modulo 0xFFFF, where the file as one number is that sum.
    """
    return (int.from_bytes(image, "little") % 0xFFFF or 0xFFFF) + len(image)
