"""Answers of a TPM are read exactly, and whatever else comes is an error of the TPM's."""

import struct
from collections.abc import Callable
from contextlib import suppress
from hashlib import sha256
from pathlib import Path

import pytest
from airlock_os.tpm import attestation, commands, objects, rollback_floor
from airlock_os.tpm.commands import ANYBODY, Code, Exchange, TpmError, TpmRefused, command
from airlock_os.volume.keys import volume_key
from hypothesis import given, settings
from hypothesis import strategies as st

from appliance.wire import qr
from image.trust import floor_policy
from tests.image.trust.conftest import Machine

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


@settings(deadline=None)
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


def test_a_number_is_no_longer_than_its_kind() -> None:
    assert commands.Fields(b"\0\1a").padded(4) == b"\0\0\0a"
    with pytest.raises(TpmError):
        commands.Fields(b"\0\5abcde").padded(4)


@pytest.mark.parametrize("size", [0, 31, 33, 64])
def test_a_register_holds_a_digest_of_sha_256(size: int) -> None:
    with pytest.raises(TpmError):
        read_registers(register_answer(bytes(size)))


def with_one_byte(said: bytes) -> bytes:
    """The answer of a session, with a field of one byte in place of what it holds."""
    if int.from_bytes(said[:2], "big") != WITH_SESSIONS:
        return said
    held = 14 + int.from_bytes(said[10:14], "big")
    return answer(WITH_SESSIONS, 0, struct.pack(">IHs", 3, 1, b"x") + said[held:])


LIES: dict[str, Callable[[bytes], bytes]] = {
    "nothing": lambda _: b"",
    "half": lambda said: said[: len(said) // 2],
    "one byte less": lambda said: said[:-1],
    "one byte more": lambda said: said + b"\0",
    "noughts": lambda said: said[:10] + bytes(len(said) - 10),
    "ones": lambda said: said[:10] + b"\xff" * (len(said) - 10),
    "success without a word": lambda said: said[:2] + struct.pack(">II", 10, 0),
    "a refusal": lambda _: answer(PLAIN, 0x922),
    "as much as there can be": lambda said: answer(
        int.from_bytes(said[:2], "big"), 0, b"\4\0" * 2043
    ),
    "a field of one byte": with_one_byte,
    "a large field everywhere": lambda said: answer(
        int.from_bytes(said[:2], "big"), 0, said[10:14] + (b"\4\0" + bytes(1024)) * 3
    ),
}


def told(real: Exchange, ask: Callable[[Exchange], object]) -> tuple[bytes, ...]:
    """What a sound TPM answers, one after the other."""
    answers: list[bytes] = []

    def listening(sent: bytes) -> bytes:
        answers.append(real(sent))
        return answers[-1]

    ask(listening)
    return tuple(answers)


def replayed(answers: tuple[bytes, ...]) -> Exchange:
    coming = iter(answers)
    return lambda _: next(coming, b"")


@pytest.mark.parametrize("lie", LIES)
def test_a_tpm_that_lies_or_dies_at_any_moment_is_an_error_of_the_tpm(
    machine: Machine, release_key: Path, lie: str
) -> None:
    """Each answer of a sound TPM in turn is replaced by a lie: no program breaks on it."""
    image = sha256(b"image").digest()
    machine.measure(11, image)
    signed = floor_policy.signed(7, sha256(bytes(32) + image).digest(), release_key)
    policy = rollback_floor.read_policy(signed.encoded())
    sealed = rollback_floor.found(machine.exchange, policy, bytes(32))
    room = qr.part_size(qr.MAX_VERSION)
    asks: tuple[Callable[[Exchange], object], ...] = (
        lambda tpm: volume_key(rollback_floor.unsealed(tpm, policy, sealed), "passphrase"),
        lambda tpm: rollback_floor.raise_floor(tpm, policy),
        lambda tpm: len(attestation.enrolment(tpm)) <= room or pytest.fail("no code holds it"),
        lambda tpm: (
            len(attestation.quote(tpm, bytes(8))) <= room or pytest.fail("no code holds it")
        ),
    )
    for ask in asks:
        answers = told(machine.exchange, ask)
        for at in range(len(answers)):
            lying = (*answers[:at], LIES[lie](answers[at]), *answers[at + 1 :])
            with suppress(TpmError):
                ask(replayed(lying))
