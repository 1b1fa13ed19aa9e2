"""A unified kernel image: systemd's EFI stub with the kernel and its command line as sections.

PE/COFF as in Microsoft's specification; the sections and what the stub measures of them into PCR 11
as in the UAPI group's specification of unified kernel images and systemd-stub(7).
"""

import struct
from dataclasses import dataclass
from hashlib import sha256

from image.errors import PartError

_SECTION_SIZE = 40
_READ_DATA = 0x40000040
_MOST = 1 << 31
_ALIGNMENTS = tuple(1 << power for power in range(17))
# The order in which the stub measures, whatever the order of the sections in the file.
_MEASURED = (
    ".linux",
    ".osrel",
    ".cmdline",
    ".initrd",
    ".ucode",
    ".splash",
    ".dtb",
    ".uname",
    ".sbat",
)


@dataclass(frozen=True, slots=True)
class Section:
    """A section's name and its content as it is loaded."""

    name: str
    body: bytes


@dataclass(frozen=True, slots=True)
class _Headers:
    """Where the parts of a PE32+ file's headers lie, and how its sections are aligned."""

    count_at: int
    optional_at: int
    table_at: int
    count: int
    in_memory: int
    in_file: int
    header_room: int


def _headers(image: bytes) -> _Headers:
    try:
        (pe,) = struct.unpack_from("<I", image, 60)
        signature, _, count = struct.unpack_from("<4sHH", image, pe)
        (optional_size,) = struct.unpack_from("<H", image, pe + 20)
        optional = pe + 24
        magic, memory, file = struct.unpack_from("<H30xII", image, optional)
        (room,) = struct.unpack_from("<I", image, optional + 60)
    except struct.error as problem:
        raise PartError("the EFI stub is too short for a PE file") from problem
    if image[:2] != b"MZ" or signature != b"PE\0\0" or magic != 0x20B:
        raise PartError("the EFI stub is not a PE32+ file")
    table = optional + optional_size
    if not count or len(image) < table + count * _SECTION_SIZE:
        raise PartError("the EFI stub has no sections, or not all that it tells of")
    if memory not in _ALIGNMENTS or file not in _ALIGNMENTS:
        raise PartError("the EFI stub's sections lie as none do")
    return _Headers(pe + 6, optional, table, count, memory, file, room)


def sections(image: bytes) -> tuple[Section, ...]:
    """Return the sections of a PE32+ file, at the size they have in memory.

    Raises PartError if it is none, or if sections share what they hold.
    """
    headers = _headers(image)
    rows = [struct.unpack_from("<8sIIII", image, at) for at in _rows(headers)]
    if sum(min(size, raw) for _, size, _, raw, _ in rows) > len(image):
        raise PartError("the sections of an EFI program hold more than the program")
    try:
        return tuple(
            Section(name.rstrip(b"\0").decode("ascii"), image[offset : offset + min(size, raw)])
            for name, size, _, raw, offset in rows
        )
    except UnicodeDecodeError as problem:
        raise PartError("a section of an EFI program has no name that can be read") from problem


def _rows(headers: _Headers) -> range:
    return range(headers.table_at, headers.table_at + headers.count * _SECTION_SIZE, _SECTION_SIZE)


def _aligned(value: int, to: int) -> int:
    return -(-value // to) * to


def assemble(stub: bytes, added: tuple[Section, ...]) -> bytes:
    """Return the stub with sections added after its own.

    Raises PartError if the stub is no PE32+ file, or has no room for more sections in its header or
    in memory.
    """
    headers = _headers(stub)
    end = headers.table_at + (headers.count + len(added)) * _SECTION_SIZE
    if end > headers.header_room or any(stub[headers.table_at + headers.count * 40 : end]):
        raise PartError("the EFI stub has no room for more sections")
    image = bytearray(stub) + bytes(-len(stub) % headers.in_file)
    address = max(_end_in_memory(stub, at, headers) for at in _rows(headers))
    (initialised,) = struct.unpack_from("<I", stub, headers.optional_at + 8)
    if max(address, initialised, len(image)) + sum(len(each.body) for each in added) >= _MOST:
        raise PartError("the EFI stub has no room for more sections")
    loaded = 0
    for number, section in enumerate(added, headers.count):
        body = section.body + bytes(-len(section.body) % headers.in_file)
        row = struct.pack(
            "<8sIIIIIIHHI", section.name.encode("ascii"), len(section.body), address, len(body),
            len(image), 0, 0, 0, 0, _READ_DATA,
        )  # fmt: skip
        at = headers.table_at + number * _SECTION_SIZE
        image[at : at + _SECTION_SIZE] = row
        image += body
        address = _aligned(address + len(section.body), headers.in_memory)
        loaded += len(body)
    _enter_totals(image, headers, len(added), loaded, address)
    return bytes(image)


def _end_in_memory(stub: bytes, at: int, headers: _Headers) -> int:
    size, address = struct.unpack_from("<8xII", stub, at)
    return _aligned(address + size, headers.in_memory)


def _enter_totals(image: bytearray, headers: _Headers, added: int, loaded: int, end: int) -> None:
    struct.pack_into("<H", image, headers.count_at, headers.count + added)
    (initialised,) = struct.unpack_from("<I", image, headers.optional_at + 8)
    struct.pack_into("<I", image, headers.optional_at + 8, initialised + loaded)
    struct.pack_into("<I", image, headers.optional_at + 56, end)
    struct.pack_into("<I", image, headers.optional_at + 64, 0)


def pcr_11(image: bytes) -> bytes:
    """Return the value that the stub leaves in PCR 11 of a TPM's SHA-256 bank.

    Nothing on the appliance extends the register after the stub has.
    """
    held = {section.name: section.body for section in sections(image)}
    register = bytes(32)
    for name in _MEASURED:
        if name in held:
            for measured in (name.encode("ascii") + b"\0", held[name]):
                register = sha256(register + sha256(measured).digest()).digest()
    return register
