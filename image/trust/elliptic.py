"""ECDSA on P-256 with SHA-256, through the `openssl` command: Python's library has none.

A signature is r and s, 32 bytes each; a public key is x and y likewise. These are what a TPM takes
and gives. A private key is named as openssl names it: a file, or a URI of a key in an HSM.
"""

import tempfile
from pathlib import Path

from image.commands import run
from image.errors import CommandError, ProgramAbsent
from image.trust import der
from image.trust.errors import TrustError

HALF = 32
_ALGORITHM = bytes.fromhex("06072a8648ce3d020106082a8648ce3d030107")
"""id-ecPublicKey with prime256v1 (RFC 5480)."""
_UNCOMPRESSED = b"\0\x04"


def make_key(path: Path) -> None:
    """Write a new private key, readable by its owner alone. Raises CommandError, TrustError."""
    made = run(("openssl", "genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256"))
    try:
        path.touch(0o600, exist_ok=False)
        path.write_bytes(made)
    except OSError as problem:
        raise TrustError(f"{path.name} was not written: {problem.strerror}") from problem


def public_key(key: str | Path) -> bytes:
    """Return the public key of a private one. Raises CommandError, TrustError."""
    wrapped = run(("openssl", "pkey", "-in", key, "-pubout", "-outform", "DER"))
    point = wrapped[-2 * HALF :]
    if wrapped != _wrapped(point):
        raise TrustError("the key is not one of P-256")
    return point


def sign(key: str | Path, message: bytes) -> bytes:
    """Sign the SHA-256 of a message. Raises CommandError, TrustError."""
    made = run(("openssl", "dgst", "-sha256", "-sign", key), stdin=message)
    match der.elements(der.content(made, der.SEQUENCE)):
        case ((der.INTEGER, r), (der.INTEGER, s)):
            return b"".join(int.from_bytes(part, "big").to_bytes(HALF, "big") for part in (r, s))
        case _:
            raise TrustError("openssl made something else than an ECDSA signature")


def is_signed(point: bytes, message: bytes, signature: bytes) -> bool:
    """Tell whether a signature is one of this public key over this message.

    Raises TrustError for sizes that neither can have, and ProgramAbsent without `openssl`.
    """
    if len(point) != 2 * HALF or len(signature) != 2 * HALF:
        raise TrustError("a public key and a signature of P-256 have 64 bytes each")
    halves = (signature[:HALF], signature[HALF:])
    body = b"".join(der.encoded(der.INTEGER, _unsigned(half)) for half in halves)
    with tempfile.TemporaryDirectory() as name:
        public, signed = Path(name, "public.der"), Path(name, "signature.der")
        public.write_bytes(_wrapped(point))
        signed.write_bytes(der.encoded(der.SEQUENCE, body))
        words = ("-keyform", "DER", "-verify", public, "-signature", signed)
        try:
            return run(("openssl", "dgst", "-sha256", *words), stdin=message) == b"Verified OK\n"
        except ProgramAbsent:
            raise
        except CommandError:
            return False


def _wrapped(point: bytes) -> bytes:
    algorithm = der.encoded(der.SEQUENCE, _ALGORITHM)
    return der.encoded(der.SEQUENCE, algorithm + der.encoded(der.BIT_STRING, _UNCOMPRESSED + point))


def _unsigned(half: bytes) -> bytes:
    stripped = half.lstrip(b"\0") or b"\0"
    return b"\0" + stripped if stripped[0] & 0x80 else stripped
