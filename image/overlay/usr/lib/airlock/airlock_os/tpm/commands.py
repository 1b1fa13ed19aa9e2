"""A TPM 2.0, spoken to in its own bytes: commands go out whole, answers are read exactly.

TPM 2.0 Library, Part 1, section 18 (command and response structure) and Part 2. `Exchange` sends
one command and returns one answer; on the image that is the kernel's resource manager.
"""

import os
import struct
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from enum import IntEnum
from pathlib import Path

Exchange = Callable[[bytes], bytes]

DEVICE = Path("/dev/tpmrm0")
LARGEST = 4096
LARGEST_FIELD = 1024
PASSWORD = 0x40000009
SHA256 = 0x000B

_PLAIN, _WITH_SESSIONS = 0x8001, 0x8002
_HEADER = struct.Struct(">HII")
_CONTINUE = 1


class Code(IntEnum):
    """The commands that this image gives."""

    NV_DEFINE = 0x12A
    HIERARCHY_CHANGE_AUTH = 0x129
    EVICT_CONTROL = 0x120
    CREATE_PRIMARY = 0x131
    NV_WRITE = 0x137
    POLICY_NV = 0x149
    NV_READ = 0x14E
    CREATE = 0x153
    LOAD = 0x157
    QUOTE = 0x158
    UNSEAL = 0x15E
    POLICY_CP_HASH = 0x16E
    FLUSH_CONTEXT = 0x165
    LOAD_EXTERNAL = 0x167
    NV_READ_PUBLIC = 0x169
    POLICY_AUTHORIZE = 0x16A
    START_AUTH_SESSION = 0x176
    VERIFY_SIGNATURE = 0x177
    PCR_READ = 0x17E
    POLICY_PCR = 0x17F
    POLICY_GET_DIGEST = 0x189


class TpmError(Exception):
    """The TPM is not there, or does not answer as a TPM does."""


class TpmRefused(TpmError):
    """The TPM refused a command. `code` is its own word for why (Part 2, section 6.6)."""

    def __init__(self, command: Code, code: int) -> None:
        super().__init__(f"the TPM refused {command.name} with {code:#05x}")
        self.command, self.code = command, code


@dataclass(frozen=True, slots=True)
class Authorisation:
    """Who asks: a session, or PASSWORD and its secret."""

    session: int = PASSWORD
    secret: bytes = b""


ANYBODY = Authorisation()


class Fields:
    """An answer's fields, read in order and to the end."""

    def __init__(self, body: bytes) -> None:
        self._body, self._at = body, 0

    def number(self, size: int) -> int:
        """Return a number of `size` bytes. Raises TpmError."""
        return int.from_bytes(self.taken(size), "big")

    def sized(self) -> bytes:
        """Return a field that says its size. Raises TpmError."""
        size = self.number(2)
        if size > LARGEST_FIELD:
            raise TpmError("the TPM answered with a field larger than any")
        return self.taken(size)

    def padded(self, size: int) -> bytes:
        """Return a number that says its size, as `size` bytes. Raises TpmError."""
        number = self.sized()
        if len(number) > size:
            raise TpmError("the TPM answered with a number larger than any")
        return number.rjust(size, b"\0")

    def taken(self, size: int) -> bytes:
        """Return the next bytes. Raises TpmError."""
        taken = self._body[self._at : self._at + size]
        if len(taken) != size:
            raise TpmError("the TPM's answer is cut off")
        self._at += size
        return taken

    def end(self) -> None:
        """Raise TpmError unless all has been read."""
        if self._at != len(self._body):
            raise TpmError("the TPM's answer is longer than it should be")


def sized(body: bytes) -> bytes:
    """Return a field that says its size."""
    return struct.pack(">H", len(body)) + body


def command(
    exchange: Exchange,
    code: Code,
    handles: tuple[int, ...] = (),
    parameters: bytes = b"",
    by: tuple[Authorisation, ...] = (),
) -> Fields:
    """Give a command that answers with parameters alone. Raises TpmError, TpmRefused."""
    return _answered(exchange, code, (handles, parameters, by), 0)[1]


def command_for_handle(
    exchange: Exchange,
    code: Code,
    handles: tuple[int, ...] = (),
    parameters: bytes = b"",
    by: tuple[Authorisation, ...] = (),
) -> tuple[int, Fields]:
    """Give a command that answers with a handle first. Raises TpmError, TpmRefused."""
    return _answered(exchange, code, (handles, parameters, by), 4)


@contextmanager
def opened(device: Path = DEVICE) -> Iterator[Exchange]:
    """Open the machine's TPM. Raises TpmError."""
    try:
        descriptor = os.open(device, os.O_RDWR | os.O_CLOEXEC)
    except OSError as problem:
        raise TpmError("this machine has no TPM") from problem

    def exchange(sent: bytes) -> bytes:
        try:
            os.write(descriptor, sent)
            return os.read(descriptor, LARGEST)
        except OSError as problem:
            raise TpmError("the TPM does not answer") from problem

    try:
        yield exchange
    finally:
        os.close(descriptor)


_Said = tuple[tuple[int, ...], bytes, tuple[Authorisation, ...]]


def _answered(exchange: Exchange, code: Code, said: _Said, handle_size: int) -> tuple[int, Fields]:
    handles, parameters, by = said
    head = b"".join(struct.pack(">I", handle) for handle in handles)
    if by:
        area = b"".join(_area(one) for one in by)
        head += struct.pack(">I", len(area)) + area
    body = head + parameters
    tag = _WITH_SESSIONS if by else _PLAIN
    sent = _HEADER.pack(tag, _HEADER.size + len(body), code) + body
    fields = _opened_answer(exchange(sent), code, tag)
    handle = fields.number(handle_size)
    if not by:
        return handle, fields
    held = fields.taken(_bounded(fields.number(4)))
    for one in by:
        _verify_session(fields, one)
    fields.end()
    return handle, Fields(held)


def _opened_answer(answer: bytes, code: Code, expected: int) -> Fields:
    if not _HEADER.size <= len(answer) <= LARGEST:
        raise TpmError("the TPM's answer has a size that none can have")
    tag, size, result = _HEADER.unpack_from(answer)
    if size == len(answer) == _HEADER.size and tag == _PLAIN and result:
        raise TpmRefused(code, result)
    if size != len(answer) or tag != expected or result:
        raise TpmError("the TPM's answer is malformed")
    return Fields(answer[_HEADER.size :])


def _bounded(size: int) -> int:
    if size > LARGEST:
        raise TpmError("the TPM answered with more than fits")
    return size


def _area(one: Authorisation) -> bytes:
    """Return an authorisation without HMAC: a password, or a policy that asks for none."""
    return struct.pack(">IHB", one.session, 0, _CONTINUE) + sized(one.secret)


def _verify_session(fields: Fields, one: Authorisation) -> None:
    nonce, attributes, code = fields.sized(), fields.number(1), fields.sized()
    if attributes != _CONTINUE or code or (one.session == PASSWORD and nonce):
        raise TpmError("the TPM answered in another session than it was asked in")
