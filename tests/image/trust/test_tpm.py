"""Answers of a TPM are read exactly, and whatever else comes is an error of the TPM's."""

import struct
from contextlib import suppress
from pathlib import Path

import pytest
from airlock_os.tpm import commands, objects
from airlock_os.tpm.commands import ANYBODY, Code, TpmError, TpmRefused, command
from hypothesis import given
from hypothesis import strategies as st

PLAIN, WITH_SESSIONS = 0x8001, 0x8002
SESSION = b"\0\0\1\0\0"


def answer(tag: int, result: int, body: bytes = b"") -> bytes:
    return struct.pack(">HII", tag, 10 + len(body), result) + body


def read_registers(given_answer: bytes) -> bytes:
    return objects.read_register(lambda _: given_answer, 11)


def register_answer(value: bytes = bytes(32), chosen: int = 11) -> bytes:
    values = struct.pack(">IH", 1, len(value)) + value
    return answer(PLAIN, 0, bytes(4) + objects.selection(chosen) + values)


def test_reads_an_answer() -> None:
    assert read_registers(register_answer(b"v" * 32)) == b"v" * 32


def test_names_the_command_that_was_refused() -> None:
    with pytest.raises(TpmRefused, match=r"PCR_READ with 0x101") as refused:
        read_registers(answer(PLAIN, 0x101))
    assert (refused.value.command, refused.value.code) == (Code.PCR_READ, 0x101)


@pytest.mark.parametrize(
    "given_answer",
    [
        b"",
        b"\x80\x01",
        register_answer()[:-1],
        register_answer() + b"\0",
        register_answer(chosen=7),
        answer(PLAIN, 0, bytes(4)),
        answer(PLAIN, 0x101, b"more"),
        answer(WITH_SESSIONS, 0, b""),
        answer(0x1234, 0, b""),
        bytes(5000),
    ],
)
def test_refuses_an_answer_that_is_malformed(given_answer: bytes) -> None:
    with pytest.raises(TpmError):
        read_registers(given_answer)


@given(st.binary(max_size=80), st.sampled_from([PLAIN, WITH_SESSIONS]))
def test_any_answer_is_read_or_refused(body: bytes, tag: int) -> None:
    with suppress(TpmError):
        assert len(read_registers(answer(tag, 0, body))) <= 80


def test_reads_the_parameters_of_an_authorised_answer() -> None:
    body = struct.pack(">I", 3) + b"abc" + SESSION
    fields = command(lambda _: answer(WITH_SESSIONS, 0, body), Code.UNSEAL, (1,), b"", (ANYBODY,))
    assert fields.taken(3) == b"abc"
    fields.end()


@pytest.mark.parametrize(
    "body",
    [
        b"",
        struct.pack(">I", 3) + b"abc",
        struct.pack(">I", 9999) + b"abc" + SESSION,
        struct.pack(">I", 3) + b"abc" + SESSION + b"\0",
        struct.pack(">I", 3) + b"abc\0\0\0\0\0",
        struct.pack(">I", 3) + b"abc\0\1n\1\0\0",
    ],
)
def test_refuses_an_answer_in_another_session(body: bytes) -> None:
    with pytest.raises(TpmError):
        command(lambda _: answer(WITH_SESSIONS, 0, body), Code.UNSEAL, (1,), b"", (ANYBODY,))


def test_says_that_there_is_no_tpm(tmp_path: Path) -> None:
    with pytest.raises(TpmError, match="no TPM"), commands.opened(tmp_path / "tpmrm0"):
        pass
