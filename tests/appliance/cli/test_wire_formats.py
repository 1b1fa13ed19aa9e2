"""`appliance wire` and `appliance scan` with the public formats, as processes."""

import gzip
import json
import random
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from appliance.wire import ur
from appliance.wire.registry import body_of_bytes
from tests.appliance.cli.test_commands import appliance
from tests.shared_vectors import folder, need, shared

PUBLIC = ("ur", "bbqr")


@pytest.fixture
def message(tmp_path: Path) -> Path:
    path = tmp_path / "message"
    path.write_bytes(b"psbt\xff" + random.Random(str(tmp_path)).randbytes(3000))
    return path


def encoded(form: str, message: Path, *options: object) -> list[bytes]:
    _, told, _ = appliance("wire", "encode", "--format", form, *options, message)
    return told.splitlines()


@pytest.mark.parametrize("form", PUBLIC)
def test_parts_in_any_order_among_foreign_lines_give_the_message(form: str, message: Path) -> None:
    lines = encoded(form, message, "--type", "psbt", "--part-bytes", 200)
    mixed = b"\n".join([b"nonsense", *reversed(lines), lines[2], b"\xff\xfe", b"ur:x/y", b"a1"])
    whole = message.read_bytes()
    status, joined, _ = appliance("wire", "decode", "--format", form, stdin=mixed)
    assert (status, joined) == (0, body_of_bytes(whole) if form == "ur" else whole)
    status, joined, _ = appliance("wire", "decode", "--format", form, "--unwrap", stdin=mixed)
    assert (status, joined) == (0, whole)
    status, joined, _ = appliance("wire", "decode", "--format", form, "--json", stdin=mixed)
    told = json.loads(joined)
    assert status == 0
    assert (told["format"], told["type"]) == (form, "psbt" if form == "ur" else "P")
    assert told["message_bytes"] == len(bytes.fromhex(told["message"]))


def test_a_run_of_a_ur_goes_on_so_that_losses_do_not_matter(message: Path) -> None:
    lines = encoded("ur", message, "--part-bytes", 100, "--parts", 80)
    assert len(lines) == 80
    assert lines[0].startswith(b"ur:bytes/1-31/")
    seen = b"\n".join(lines[31:])
    status, joined, _ = appliance("wire", "decode", "--format", "ur", "--unwrap", stdin=seen)
    assert (status, joined) == (0, message.read_bytes())


@pytest.mark.parametrize("form", PUBLIC)
def test_too_few_mixed_or_wrong_parts_give_no_output(form: str, message: Path) -> None:
    lines = encoded(form, message, "--part-bytes", 200)
    (message.parent / "other").write_bytes(random.Random(7).randbytes(2000))
    other = encoded(form, message.parent / "other", "--part-bytes", 200)
    for stdin, error in (
        (lines[1:], "LINK-INCOMPLETE"),
        (lines[:1] + other[:1], "LINK-INCOMPLETE"),
        (lines + other, "LINK-MIXED"),
        ([], "LINK-INCOMPLETE"),
        (encoded("fountain", message), "LINK-INCOMPLETE"),
    ):
        status, joined, complaint = appliance(
            "wire", "decode", "--format", form, stdin=b"\n".join(stdin)
        )
        assert (status, joined) == (1, b"")
        assert error in complaint


def test_a_body_that_is_no_byte_string_cannot_be_unwrapped(tmp_path: Path) -> None:
    body = tmp_path / "body"
    body.write_bytes(b"\xa1\x01\x02")
    lines = b"\n".join(encoded("ur", body, "--type", "eth-sign-request"))
    assert appliance("wire", "decode", "--format", "ur", stdin=lines)[:2] == (0, b"\xa1\x01\x02")
    status, joined, complaint = appliance(
        "wire", "decode", "--format", "ur", "--unwrap", stdin=lines
    )
    assert (status, joined) == (1, b"")
    assert "UNSUPPORTED" in complaint


@pytest.mark.parametrize(
    "options",
    [
        ("--format", "ur", "--type", "No Type"),
        ("--format", "ur", "--type", "eth-sign-request"),
        ("--format", "bbqr", "--type", "crypto-psbt"),
        ("--format", "fountain", "--type", "psbt"),
        ("--format", "ur", "--part-bytes", "0"),
        ("--format", "bbqr", "--part-bytes", "9000"),
        ("--format", "ur", "--parts", "-1"),
        ("--format", "morse"),
    ],
    ids=" ".join,
)
def test_bad_usage_is_told_apart(options: tuple[str, ...], message: Path) -> None:
    status, told, complaint = appliance("wire", "encode", *options, message)
    assert (status, told) == (2, b"")
    assert complaint


@pytest.mark.parametrize("rate", ["0", "nan", "1e9"])
def test_a_video_has_a_rate_that_a_screen_can_show(
    rate: str, message: Path, tmp_path: Path
) -> None:
    video = tmp_path / "code.avi"
    status, _, complaint = appliance("wire", "render", "--fps", rate, message, video)
    assert status == 2
    assert "frames a second" in complaint
    assert not video.exists()


def test_a_secret_is_not_written_as_a_ur(tmp_path: Path) -> None:
    file = tmp_path / "seed"
    file.write_bytes(bytes.fromhex("a10150" + "11" * 16))
    status, told, complaint = appliance(
        "wire", "encode", "--format", "ur", "--type", "crypto-seed", file
    )
    assert (status, told) == (2, b"")
    assert "secret" in complaint


@pytest.mark.parametrize("form", PUBLIC)
def test_a_rendered_video_is_scanned_back(form: str, message: Path, tmp_path: Path) -> None:
    video, out = tmp_path / "code.avi", tmp_path / "out"
    render = ("wire", "render", "--format", form, "--type", "psbt", "--version", 15)
    assert appliance(*render, message, video)[0] == 0
    status, told, _ = appliance("scan", "--video", video, "--out", out, "--unwrap", "--json")
    seen = json.loads(told)
    assert status == 0
    assert out.read_bytes() == message.read_bytes()
    assert (seen["format"], seen["type"]) == (form, "psbt" if form == "ur" else "P")
    assert seen["frames"] == seen["decoded"] + seen["lost"] > 0
    assert seen["decoded"] > 0
    assert seen["bytes_per_second"] > 0


def filmed() -> list[dict[str, Any]]:
    path = folder() / "qr-video" / "expected.json"
    return list(json.loads(path.read_bytes())) if path.exists() else []


@pytest.mark.parametrize("case", filmed(), ids=lambda case: case["file"])
def test_a_film_of_a_ur_gives_its_body(case: dict[str, Any], tmp_path: Path) -> None:
    out, video = tmp_path / "out", folder() / "qr-video" / case["file"]
    status, told, _ = appliance("scan", "--video", video, "--out", out, "--json")
    assert status == 0
    assert sha256(out.read_bytes()).hexdigest() == case["cbor_sha256"]
    assert json.loads(told)["type"] == case["ur_type"]
    assert json.loads(told)["frames"] <= case["reference"]["complete_at_frame"] + 1


def test_a_film_that_ends_too_soon_is_told(message: Path, tmp_path: Path) -> None:
    video = tmp_path / "code.avi"
    shared_video = ("wire", "render", "--format", "bbqr", "--version", 10, "--fps", 30)
    assert appliance(*shared_video, message, video)[0] == 0
    data = video.read_bytes()
    video.write_bytes(data[: len(data) // 8])
    status, told, complaint = appliance("scan", "--video", video)
    assert (status, told) == (1, b"")
    assert "LINK-INCOMPLETE" in complaint


def test_the_shared_streams_pass_through_the_command() -> None:
    """One of each kind; all of them run without a process of their own elsewhere."""
    streams = need(shared("ur/ur_streams.jsonl.gz"))
    one = {case["mode"]: case for case in streams}
    for case in one.values():
        stdin = "\n".join(case["frames"]).encode()
        status, joined, _ = appliance("wire", "decode", "--format", "ur", stdin=stdin)
        assert status == 0
        assert sha256(joined).hexdigest() == case["cbor_sha256"]
    path = folder() / "bbqr" / "bbqr_reference_frames.jsonl.gz"
    files = [json.loads(line) for line in gzip.decompress(path.read_bytes()).splitlines()]
    for case in {case["encoding"]: case for case in files}.values():
        stdin = "\n".join(case["frames"]).encode()
        status, joined, _ = appliance("wire", "decode", "--format", "bbqr", stdin=stdin)
        assert status == 0
        assert sha256(joined).hexdigest() == case["sha256"]


@pytest.mark.parametrize("ur_type", ["seed", "crypto-seed", "crypto-eckey", "sskr"])
def test_what_may_hold_a_secret_is_passed_on_to_nobody(ur_type: str) -> None:
    part = ur.Encoder(ur_type, bytes.fromhex("a10150" + "11" * 16), 200).part(1)
    status, told, complaint = appliance("wire", "decode", "--format", "ur", stdin=part.encode())
    assert (status, told) == (1, b"")
    assert "secret" in complaint
