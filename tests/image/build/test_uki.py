from hashlib import sha256
from itertools import pairwise

import pytest

from image.disk import uki
from image.disk.uki import Section
from image.errors import PartError
from tests.image.build.conftest import stub_of

STUB = stub_of({".text": b"code", ".sbat": b"sbat,1\n"})
ADDED = (
    Section(".osrel", b"NAME=x"),
    Section(".cmdline", b"quiet"),
    Section(".linux", b"K" * 9000),
)


def test_adds_sections_after_the_stubs_own() -> None:
    image = uki.assemble(STUB, ADDED)
    assert uki.sections(image) == (Section(".text", b"code"), Section(".sbat", b"sbat,1\n"), *ADDED)


def test_sections_do_not_overlap_in_memory() -> None:
    image = uki.assemble(STUB, ADDED)
    rows = [image[64 + 24 + 240 + 40 * n :][:40] for n in range(5)]
    spans = [(int.from_bytes(r[12:16], "little"), int.from_bytes(r[8:12], "little")) for r in rows]
    for (address, size), (following, _) in pairwise(spans):
        assert address + size <= following
        assert following % 4096 == 0
    size_of_image = int.from_bytes(image[64 + 24 + 56 :][:4], "little")
    assert size_of_image >= sum(spans[-1])


def test_pcr_11_measures_names_and_contents_in_the_stubs_order() -> None:
    register = bytes(32)
    order = (
        (".linux", b"K" * 9000),
        (".osrel", b"NAME=x"),
        (".cmdline", b"quiet"),
        (".initrd", b"I" * 5000),
        (".uname", b"6.12"),
        (".sbat", b"sbat,1\n"),
    )
    more = (Section(".uname", b"6.12"), Section(".initrd", b"I" * 5000))
    for name, body in order:
        for measured in (name.encode() + b"\0", body):
            register = sha256(register + sha256(measured).digest()).digest()
    assert uki.pcr_11(uki.assemble(STUB, (*ADDED, *more))) == register


def test_pcr_11_tells_any_two_command_lines_apart() -> None:
    images = [uki.assemble(STUB, (Section(".cmdline", b),)) for b in (b"ro", b"rw")]
    assert uki.pcr_11(images[0]) != uki.pcr_11(images[1])


def test_pcr_11_ignores_what_the_stub_does_not_measure() -> None:
    images = [uki.assemble(STUB, (*ADDED, Section(".other", b))) for b in (b"1", b"2")]
    assert uki.pcr_11(images[0]) == uki.pcr_11(images[1])


def test_refuses_more_sections_than_the_header_has_room_for() -> None:
    many = tuple(Section(f".s{number}", b"x") for number in range(30))
    with pytest.raises(PartError, match="room"):
        uki.assemble(STUB, many)


@pytest.mark.parametrize("stub", [b"", b"MZ", b"\x7fELF" * 100, STUB[:100], b"XX" + STUB[2:]])
def test_refuses_what_is_no_efi_program(stub: bytes) -> None:
    with pytest.raises(PartError):
        uki.assemble(stub, ADDED)


def changed(at: int, body: bytes) -> bytes:
    return STUB[:at] + body + STUB[at + len(body) :]


OPTIONAL, TABLE = 64 + 24, 64 + 24 + 240


@pytest.mark.parametrize(
    "program",
    [
        changed(TABLE, b"\xff.text\0\0"),
        changed(TABLE + 8, b"\xff\xff\0\0\0\0\0\0\xff\xff\0\0"),
        changed(64 + 6, b"\xff\xff"),
        changed(64 + 6, b"\0\0"),
        changed(OPTIONAL + 32, bytes(4)),
        changed(OPTIONAL + 36, bytes(4)),
        STUB[: TABLE + 20],
    ],
)
def test_refuses_a_program_whose_sections_cannot_be(program: bytes) -> None:
    with pytest.raises(PartError):
        uki.sections(program)


@pytest.mark.parametrize("at", [TABLE + 8, TABLE + 12, OPTIONAL + 8])
def test_refuses_a_program_without_room_in_memory(at: int) -> None:
    with pytest.raises(PartError, match="room"):
        uki.assemble(changed(at, b"\xff\xff\xff\xff"), ADDED)
