"""Secure Boot under keys of the owner's own: PK, KEK and db, as firmware takes them.

UEFI 2.10, sections 8.2.2 (authenticated variables) and 32.4.1 (signature lists). Keys and PKCS#7
come from the `openssl` command, since Python's library has neither. RSA of 2048 bits, the one
algorithm that all firmware has.
"""

import struct
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

from image.commands import run
from image.trust import authenticode, der
from image.trust.errors import TrustError

PLATFORM, EXCHANGE, IMAGES = "PK", "KEK", "db"
SIGNERS: Mapping[str, str] = {PLATFORM: PLATFORM, EXCHANGE: PLATFORM, IMAGES: EXCHANGE}
"""Each variable, and the key that has to sign its content."""

_GLOBAL = UUID("8be4df61-93ca-11d2-aa0d-00e098032b8c")
_NAMESPACES = {
    PLATFORM: _GLOBAL,
    EXCHANGE: _GLOBAL,
    IMAGES: UUID("d719b2cb-3d3a-4596-a3bc-dad00e67656f"),
}
_X509 = UUID("a5c059a1-94e4-4aa7-87b5-ab155c2bf072")
_PKCS_7 = UUID("4aafd29d-68df-49ee-8aa9-347d375665a7")
_ATTRIBUTES = 0x27
"""Kept without power, seen at boot and at run time, written only with a signature and a time."""
_GUID_CERTIFICATE = 0x0EF1
_DAYS = "7300"


@dataclass(frozen=True, slots=True)
class KeyFiles:
    """A private key, as openssl names it, and its certificate in PEM."""

    key: str | Path
    certificate: Path


def make_key(name: str, folder: Path) -> KeyFiles:
    """Write a new key and certificate of this name. Raises CommandError, TrustError."""
    files = KeyFiles(folder / f"{name}.key", folder / f"{name}.crt")
    if Path(files.key).exists() or files.certificate.exists():
        raise TrustError(f"there is a key of the name {name} already")
    subject = ("-subj", f"/CN=Airlock {name}/", "-days", _DAYS)
    kind = ("-newkey", "rsa:2048", "-nodes", "-sha256")
    output = ("-keyout", files.key, "-out", files.certificate)
    run(("openssl", "req", "-x509", *kind, *subject, *output))
    return files


def certificate(files: KeyFiles) -> bytes:
    """Return a certificate in DER. Raises CommandError."""
    return run(("openssl", "x509", "-in", files.certificate, "-outform", "DER"))


def signature_list(body: bytes, owner: UUID) -> bytes:
    """Return one certificate as an EFI signature list of the owner's."""
    size = 16 + len(body)
    return _X509.bytes_le + struct.pack("<III", 28 + size, 0, size) + owner.bytes_le + body


def signed_part(variable: str, content: bytes, epoch: int) -> bytes:
    """Return what the signature of a variable's new content is over: name, place, time, content."""
    head = variable.encode("utf-16-le") + _NAMESPACES[variable].bytes_le
    return head + struct.pack("<I", _ATTRIBUTES) + _time(epoch) + content


def update(variable: str, content: bytes, epoch: int, signer: KeyFiles) -> bytes:
    """Return a variable's new content, signed: what firmware and its tools call an .auth file.

    A pure function of content, time and key: the signature has no time of its own. `epoch` has to
    be later than that of the content before. Raises CommandError.
    """
    words = ("-binary", "-noattr", "-md", "sha256", "-outform", "DER")
    made = run(
        ("openssl", "cms", "-sign", *words, "-signer", signer.certificate, "-inkey", signer.key),
        stdin=signed_part(variable, content, epoch),
    )
    signature = _signed_data(made)
    header = struct.pack("<IHH", 24 + len(signature), 0x0200, _GUID_CERTIFICATE)
    return _time(epoch) + header + _PKCS_7.bytes_le + signature + content


def sign_program(unsigned: Path, signer: KeyFiles, folder: Path) -> bytes:
    """Return the detached signature of an EFI program, by sbsign.

    It differs each time, for it holds the time; the program under it does not. `folder` is for
    scratch. Raises CommandError, TrustError.
    """
    signed = folder / "signed.efi"
    run(("sbsign", "--key", signer.key, "--cert", signer.certificate, "--output", signed, unsigned))
    program, signature = authenticode.detached(signed.read_bytes())
    if program != unsigned.read_bytes():
        raise TrustError("sbsign changed the program that it signed")
    return signature


def _signed_data(wrapped: bytes) -> bytes:
    """Return SignedData without the ContentInfo around it, as section 8.2.2 has it."""
    match der.elements(der.content(wrapped, der.SEQUENCE)):
        case ((der.OBJECT, _), (der.CONTEXT_0, body)):
            return body
        case _:
            raise TrustError("openssl made something else than a signature")


def _time(epoch: int) -> bytes:
    at = datetime.fromtimestamp(epoch, UTC)
    return struct.pack(
        "<HBBBBBxIhBx", at.year, at.month, at.day, at.hour, at.minute, at.second, 0, 0, 0
    )
