"""A quote: shown by a machine, judged on another one."""

import struct
from hashlib import sha256
from pathlib import Path

import pytest
from airlock_os.tpm import attestation
from airlock_os.tpm.attestation import NONCE_SIZE
from airlock_os.tpm.commands import TpmError

from image.trust import elliptic, quote
from image.trust.__main__ import main
from image.trust.errors import QuoteRefused
from image.trust.quote import Enrolled, Quote
from tests.image.conftest import manifest_of
from tests.image.trust.conftest import Machine

NONCE = bytes(range(NONCE_SIZE))
SECURE_BOOT, IMAGE = sha256(b"owner's keys").digest(), sha256(b"image").digest()
PCR_7, PCR_11 = (sha256(bytes(32) + digest).digest() for digest in (SECURE_BOOT, IMAGE))


def start(machine: Machine, secure_boot: bytes = SECURE_BOOT, image: bytes = IMAGE) -> None:
    machine.restart()
    machine.measure(7, secure_boot)
    machine.measure(11, image)


def enrolled(machine: Machine) -> Enrolled:
    start(machine)
    return quote.read_enrolment(attestation.enrolment(machine.exchange))


def judged(shown: bytes, known: Enrolled, pcr_11: bytes = PCR_11, nonce: bytes = NONCE) -> None:
    quote.verified(quote.read_quote(shown), known, pcr_11, nonce)


def test_accepts_the_expected_image_on_the_enrolled_machine_after_a_restart(
    machine: Machine,
) -> None:
    known = enrolled(machine)
    assert known.pcr_7 == PCR_7
    start(machine)
    shown = attestation.quote(machine.exchange, NONCE)
    assert len(shown) < 512
    judged(shown, known)


def test_refuses_another_image_another_nonce_and_other_secure_boot(machine: Machine) -> None:
    known = enrolled(machine)
    shown = attestation.quote(machine.exchange, NONCE)
    with pytest.raises(QuoteRefused, match="another image"):
        judged(shown, known, pcr_11=bytes(32))
    with pytest.raises(QuoteRefused, match="another question"):
        judged(shown, known, nonce=NONCE[::-1])
    machine.measure(12, sha256(b"a credential beside the image").digest())
    with pytest.raises(QuoteRefused, match="12 and 13 were used"):
        judged(attestation.quote(machine.exchange, NONCE), known)
    start(machine, secure_boot=sha256(b"off").digest())
    with pytest.raises(QuoteRefused, match="Secure Boot"):
        judged(attestation.quote(machine.exchange, NONCE), known)


def test_refuses_registers_and_words_that_the_tpm_did_not_sign(
    machine: Machine, release_key: Path
) -> None:
    known = enrolled(machine)
    start(machine, image=sha256(b"malware").digest())
    genuine = quote.read_quote(attestation.quote(machine.exchange, NONCE))
    lying = Quote(genuine.pcr_7, PCR_11, genuine.signature, genuine.attest)
    with pytest.raises(QuoteRefused, match="other registers than those shown"):
        quote.verified(lying, known, PCR_11, NONCE)
    forged = genuine.attest[:-32] + sha256(PCR_7 + PCR_11 + bytes(64)).digest()
    own = Quote(PCR_7, PCR_11, elliptic.sign(release_key, forged), forged)
    with pytest.raises(QuoteRefused, match="not signed by the TPM"):
        quote.verified(own, known, PCR_11, NONCE)


def test_refuses_the_word_of_another_machine(machine: Machine) -> None:
    start(machine)
    shown = attestation.quote(machine.exchange, NONCE)
    other = Enrolled(elliptic_point(), PCR_7)
    with pytest.raises(QuoteRefused, match="not signed by the TPM"):
        judged(shown, other)


def elliptic_point() -> bytes:
    """P-256's base point: a public key that is nobody's here."""
    return bytes.fromhex(
        "6b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c296"
        "4fe342e2fe1a7f9b8ee7eb4a7c0f9e162bce33576b315ececbb6406837bf51f5"
    )


def attest_of(registers: bytes = b"\x80\x38\x00", magic: int = 0xFF544347) -> bytes:
    head = struct.pack(">IHH", magic, 0x8018, 2) + b"ak" + struct.pack(">H", NONCE_SIZE) + NONCE
    chosen = struct.pack(">IHB", 1, 0x0B, 3) + registers
    return head + struct.pack(">QIIBQ", 5, 4, 3, 1, 2) + chosen + struct.pack(">H", 32) + bytes(32)


def test_reads_what_a_tpm_signs() -> None:
    attest = quote.read_attest(attest_of())
    assert (attest.nonce, attest.clock, attest.resets, attest.restarts) == (NONCE, 5, 4, 3)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        attest_of()[:40],
        attest_of()[:-1],
        attest_of() + b"\0",
        attest_of(registers=b"\x00\x08\x00"),
        attest_of(magic=0),
    ],
)
def test_refuses_what_is_no_quote_of_both_registers(body: bytes) -> None:
    with pytest.raises(QuoteRefused):
        quote.read_attest(body)


@pytest.mark.parametrize("body", [b"", quote.QUOTE, bytes(400), quote.QUOTE + bytes(2000)])
def test_refuses_bytes_that_are_no_quote_or_enrolment(body: bytes) -> None:
    with pytest.raises(QuoteRefused):
        quote.read_quote(body)
    with pytest.raises(QuoteRefused):
        quote.read_enrolment(body)


def test_the_machine_refuses_a_nonce_of_another_size(machine: Machine) -> None:
    with pytest.raises(TpmError):
        attestation.quote(machine.exchange, b"short")


def test_the_command_judges_files(
    machine: Machine, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    start(machine)
    (tmp_path / "enrolment").write_bytes(attestation.enrolment(machine.exchange))
    (tmp_path / "quote").write_bytes(attestation.quote(machine.exchange, NONCE))
    (tmp_path / "right.json").write_text(manifest_of({}, PCR_11))
    (tmp_path / "wrong.json").write_text(manifest_of({}))
    words = ["quote", "verify", str(tmp_path / "quote"), "--nonce", NONCE.hex()]
    words += ["--enrolment", str(tmp_path / "enrolment"), "--manifest"]
    assert main([*words, str(tmp_path / "right.json")]) == 0
    assert "runs airlock-x 1.0" in capsys.readouterr().out
    assert main([*words, str(tmp_path / "wrong.json")]) == 1
    assert "another image" in capsys.readouterr().err
