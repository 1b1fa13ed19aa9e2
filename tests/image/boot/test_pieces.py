"""The pieces of the harness: text off a picture, keys for a text, where the parts of a disk are."""

import json
import socket
import threading
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from image.boot import other_machine
from image.boot.host import SECURE_FIRMWARE
from image.boot.keys import chords
from image.boot.machine import Hardware, arguments, occurrences
from image.boot.partitions import EFI_SYSTEM, TAMPERED_BYTES, Partition, partitions, tampered
from image.boot.picture import UNKNOWN, Pixels, Reader, grey, read_ppm
from image.boot.qmp import MachineFailed, Qmp
from image.console.font import Font

FONT = Font(
    4,
    4,
    {
        " ": (0, 0, 0, 0),
        "A": (0b0110, 0b1001, 0b1111, 0b1001),
        "B": (0b0110, 0b0101, 0b0110, 0b0111),
        "o": (0b0000, 0b0110, 0b0110, 0b0000),
    },
)
INK, PAPER = (200, 30, 30), (10, 10, 60)
READER = Reader.of(FONT)


def painted(lines: list[str], ink: tuple[int, int, int], paper: tuple[int, int, int]) -> Pixels:
    height, width = 4 * len(lines), 4 * len(lines[0])
    pixels = np.full((height + 3, width + 1, 3), paper, np.uint8)
    for row, line in enumerate(lines):
        for column, character in enumerate(line):
            for y, bits in enumerate(FONT.glyphs[character]):
                for x in range(4):
                    if bits >> (3 - x) & 1:
                        pixels[4 * row + y, 4 * column + x] = ink
    return pixels


@given(st.lists(st.text("ABo ", min_size=5, max_size=5), min_size=1, max_size=4))
def test_text_is_read_off_in_any_colours(lines: list[str]) -> None:
    expected = "\n".join(line.rstrip() for line in lines)
    assert READER.text(painted(lines, INK, PAPER)) == expected
    assert READER.text(painted(lines, PAPER, INK)) == expected


def test_what_is_no_glyph_is_said_to_be_none() -> None:
    pixels = painted(["AB"], INK, PAPER)
    pixels[0, 1] = (1, 2, 3)
    pixels[1, 2] = INK
    assert READER.text(pixels) == f"{UNKNOWN}B"


def test_a_picture_is_read_as_it_was_written() -> None:
    pixels = painted(["AoB"], INK, PAPER)
    head = b"P6\n%d %d\n255\n" % (pixels.shape[1], pixels.shape[0])
    assert (read_ppm(head + pixels.tobytes()) == pixels).all()
    assert grey(pixels).shape == pixels.shape[:2]


@pytest.mark.parametrize("data", [b"", b"P5 1 1 255 x", b"P6 2 2 255 x"])
def test_what_is_no_picture_is_refused(data: bytes) -> None:
    with pytest.raises(ValueError, match=r".+"):
        read_ppm(data)


def test_a_text_is_typed_key_by_key() -> None:
    assert list(chords("aZ 1?\r")) == [
        ("a",),
        ("shift", "z"),
        ("spc",),
        ("1",),
        ("shift", "slash"),
        ("ret",),
    ]


def test_every_printable_character_is_on_a_key() -> None:
    assert len(list(chords("".join(map(chr, range(32, 127)))))) == 95


def test_a_character_without_a_key_is_refused() -> None:
    with pytest.raises(ValueError, match="no key"):
        list(chords("\xe9"))


@pytest.mark.parametrize(
    ("shown", "count"),
    [
        ("", 0),
        ("> word", 1),
        ("New: ****\nAgain: ", 1),
        ("New: ****\nAgain: ***", 1),
        ("New: ****\nAgain: ****", 2),
        ("*****", 0),
    ],
)
def test_what_was_typed_has_arrived_when_it_stands_there_once_more(shown: str, count: int) -> None:
    assert occurrences("word", shown) == count
    assert occurrences("", shown) == 0


@pytest.mark.parametrize("program", [other_machine.FILL, other_machine.CARRY_OVER])
def test_what_another_machine_runs_is_a_program(program: str) -> None:
    compile(other_machine.whole(program), "program", "exec")


def made_disk(folder: Path) -> Path:
    """Two partitions: an EFI system partition, then a root of one megabyte."""
    entries = {EFI_SYSTEM: (40, 63), b"R" * 16: (64, 64 + 2047)}
    header = bytearray(512)
    header[:8] = b"EFI PART"
    header[72:80] = (2).to_bytes(8, "little")
    header[80:84], header[84:88] = (4).to_bytes(4, "little"), (128).to_bytes(4, "little")
    table = b"".join(
        kind + bytes(16) + first.to_bytes(8, "little") + last.to_bytes(8, "little") + bytes(80)
        for kind, (first, last) in entries.items()
    )
    path = folder / "disk.img"
    path.write_bytes((bytes(512) + header + table).ljust(512 * (64 + 2048), b"\0"))
    return path


def test_the_parts_of_a_disk_are_found(tmp_path: Path) -> None:
    assert partitions(made_disk(tmp_path)) == (
        Partition(EFI_SYSTEM, 40 * 512, 24 * 512),
        Partition(b"R" * 16, 64 * 512, 2048 * 512),
    )


def test_a_disk_without_a_table_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "blank.img"
    path.write_bytes(bytes(4096))
    with pytest.raises(ValueError, match="partition table"):
        partitions(path)


def test_tampering_changes_64_bytes_of_the_root_and_nothing_else(tmp_path: Path) -> None:
    disk = made_disk(tmp_path)
    before, after = disk.read_bytes(), tampered(disk, tmp_path).read_bytes()
    changed = [at for at, pair in enumerate(zip(before, after, strict=True)) if pair[0] != pair[1]]
    assert len(changed) == TAMPERED_BYTES
    assert all(64 * 512 <= at < 64 * 512 + (1 << 20) for at in changed)
    assert all((before[at] ^ after[at]).bit_count() == 1 for at in changed)


def test_tampering_strikes_the_partition_of_a_kind(tmp_path: Path) -> None:
    disk = made_disk(tmp_path)
    before, after = disk.read_bytes(), tampered(disk, tmp_path, EFI_SYSTEM).read_bytes()
    changed = [at for at, pair in enumerate(zip(before, after, strict=True)) if pair[0] != pair[1]]
    assert len(changed) == TAMPERED_BYTES
    assert all(40 * 512 <= at < 64 * 512 for at in changed)
    with pytest.raises(ValueError, match="no such partition"):
        tampered(disk, tmp_path, b"V" * 16)


def test_the_machine_is_never_accelerated_and_never_writes_the_disk(tmp_path: Path) -> None:
    said = " ".join(arguments(Hardware(tmp_path / "disk.img"), tmp_path))
    assert "accel=tcg" in said
    assert "kvm" not in said
    assert f"file={tmp_path}/disk.img,if=none,id=boot,format=raw,snapshot=on" in said
    assert "netdev" not in said


def test_owner_keys_need_the_firmware_that_enforces_them(tmp_path: Path) -> None:
    hardware = Hardware(tmp_path / "disk.img", variables=tmp_path / "variables.fd")
    said = " ".join(arguments(hardware, tmp_path))
    assert str(SECURE_FIRMWARE) in said
    assert "smm=on" in said


def answering(path: Path, answers: list[dict[str, object]]) -> threading.Thread:
    """Stand in for the emulator: greet, answer each line with the next answer, and end."""
    listening = socket.socket(socket.AF_UNIX)
    listening.bind(str(path))
    listening.listen()

    greeting: dict[str, object] = {"QMP": {}}

    def serve() -> None:
        connection, _ = listening.accept()
        with listening, connection, connection.makefile("rwb") as file:
            for answer in (greeting, *answers):
                if "return" in answer or "error" in answer:
                    file.readline()
                file.write(json.dumps(answer).encode() + b"\n")
                file.flush()

    thread = threading.Thread(target=serve)
    thread.start()
    return thread


def test_events_between_a_command_and_its_answer_are_kept(tmp_path: Path) -> None:
    answers: list[dict[str, object]] = [
        {"return": {}},
        {"event": "POWERDOWN"},
        {"return": {"status": "running"}},
    ]
    thread = answering(tmp_path / "qmp", answers)
    with Qmp(tmp_path / "qmp") as qmp:
        assert qmp.happened("POWERDOWN")
    thread.join(10)


def test_the_last_events_are_had_after_the_emulator_has_ended(tmp_path: Path) -> None:
    shutdown: dict[str, object] = {"event": "SHUTDOWN", "data": {"reason": "guest-reset"}}
    thread = answering(tmp_path / "qmp", [{"return": {}}, {"event": "RESET"}, shutdown])
    with Qmp(tmp_path / "qmp") as qmp:
        thread.join(10)
        assert [event["event"] for event in qmp.last_events()] == ["RESET", "SHUTDOWN"]
        with pytest.raises(MachineFailed):
            qmp.run("query-status")


def test_a_refused_command_is_an_error_with_the_reason(tmp_path: Path) -> None:
    answers: list[dict[str, object]] = [{"return": {}}, {"error": {"desc": "no such device"}}]
    thread = answering(tmp_path / "qmp", answers)
    with Qmp(tmp_path / "qmp") as qmp, pytest.raises(MachineFailed, match="no such device"):
        qmp.run("device_del", id="x")
    thread.join(10)


def test_an_emulator_that_never_answers_is_given_up(tmp_path: Path) -> None:
    with pytest.raises(MachineFailed, match="does not answer"):
        Qmp(tmp_path / "nobody", seconds=0.2)
