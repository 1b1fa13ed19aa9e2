"""Signatures of EFI programs and firmware variables, against the tools that others use."""

import struct
import subprocess
from hashlib import sha256
from pathlib import Path
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from image.disk import esp, gpt
from image.disk.gpt import Partition
from image.disk.uki import Section, assemble
from image.errors import CommandError
from image.trust import authenticode, der, floor_policy, secure_boot, signed_disk
from image.trust.__main__ import main
from image.trust.errors import TrustError
from image.trust.secure_boot import KeyFiles

OWNER = UUID("a0baa8a3-041d-48a8-bc87-c36d121b5e3d")
EPOCH = 1_760_000_000


def stub() -> bytes:
    """The least PE32+ file with a section, and room for more of them."""
    head = bytearray(1024)
    head[:2], head[60:64] = b"MZ", struct.pack("<I", 64)
    struct.pack_into("<4sHH12xHH", head, 64, b"PE\0\0", 0x8664, 1, 240, 0x22E)
    struct.pack_into("<HBBIII", head, 88, 0x20B, 0, 0, 512, 0, 0)
    struct.pack_into("<QII", head, 88 + 24, 0, 4096, 512)
    struct.pack_into("<II", head, 88 + 56, 8192, 1024)
    struct.pack_into("<H", head, 88 + 68, 10)
    struct.pack_into("<I", head, 88 + 108, 16)
    row = (b".text", 512, 4096, 512, 1024, 0, 0, 0, 0, 0x60000020)
    struct.pack_into("<8sIIIIIIHHI", head, 88 + 240, *row)
    return bytes(head) + b"\xf4" * 512


UNSIGNED = assemble(stub(), (Section(".cmdline", b"quiet\0"), Section(".linux", b"K" * 5000)))


@pytest.fixture(scope="session")
def key(tmp_path_factory: pytest.TempPathFactory) -> KeyFiles:
    return secure_boot.make_key("db", tmp_path_factory.mktemp("keys"))


@pytest.mark.needs("sbsign")
@pytest.mark.parametrize("surplus", range(0, 9, 4))
def test_attaches_a_detached_signature_to_a_rebuilt_program_byte_for_byte(
    key: KeyFiles, tmp_path: Path, surplus: int
) -> None:
    unsigned, signed = tmp_path / "unsigned.efi", tmp_path / "signed.efi"
    program = assemble(stub(), (Section(".linux", b"K" * (5000 + 512 * surplus)),))
    unsigned.write_bytes(program)
    words = ("--key", str(key.key), "--cert", str(key.certificate), "--output", str(signed))
    subprocess.run(("sbsign", *words, str(unsigned)), check=True, capture_output=True)
    rebuilt, signature = authenticode.detached(signed.read_bytes())
    assert rebuilt == program
    assert authenticode.attached(rebuilt, signature) == signed.read_bytes()
    assert authenticode.digest(rebuilt) in signature
    unsigned.with_name("signature").write_bytes(signature)
    attach = ("sbattach", "--attach", str(tmp_path / "signature"), str(unsigned))
    subprocess.run(attach, check=True, capture_output=True)
    assert unsigned.read_bytes() == signed.read_bytes()


@pytest.mark.needs("sbsign")
def test_signs_a_program_so_that_others_verify_it(key: KeyFiles, tmp_path: Path) -> None:
    program = tmp_path / "program.efi"
    program.write_bytes(UNSIGNED)
    signature = secure_boot.sign_program(program, key, tmp_path)
    for body, expected in ((UNSIGNED, 0), (UNSIGNED.replace(b"quiet", b"Quiet"), 1)):
        program.write_bytes(authenticode.attached(body, signature))
        words = ("sbverify", "--cert", str(key.certificate), str(program))
        assert subprocess.run(words, check=False, capture_output=True).returncode == expected


SIGNATURE = b"a signature, as far as its wrapping goes"
SIGNED = authenticode.attached(UNSIGNED, SIGNATURE)


def test_nothing_is_lost_on_the_way() -> None:
    assert authenticode.detached(SIGNED) == (UNSIGNED, SIGNATURE)
    assert sha256(authenticode.detached(SIGNED)[0]).digest() == sha256(UNSIGNED).digest()


@pytest.mark.parametrize(
    "program",
    [
        b"",
        b"MZ",
        UNSIGNED,
        SIGNED[:-8],
        SIGNED + bytes(8),
        SIGNED[:-1] + b"x",
        b"\x7fELF" + SIGNED[4:],
    ],
)
def test_refuses_what_is_not_a_program_and_one_signature(program: bytes) -> None:
    with pytest.raises(TrustError):
        authenticode.detached(program)


def test_refuses_to_sign_what_is_signed() -> None:
    with pytest.raises(TrustError, match="signed already"):
        authenticode.attached(SIGNED, SIGNATURE)
    with pytest.raises(TrustError, match="signed already"):
        authenticode.digest(SIGNED)


@given(st.integers(0, len(SIGNED) - 1), st.integers(1, 255))
def test_a_changed_byte_is_refused_or_shows_in_the_program_or_its_signature(
    at: int, change: int
) -> None:
    changed = bytearray(SIGNED)
    changed[at] ^= change
    try:
        found = authenticode.detached(bytes(changed))
    except TrustError:
        return
    assert found != (UNSIGNED, SIGNATURE)


@pytest.mark.needs("sbsiglist")
def test_makes_the_signature_list_that_others_make(key: KeyFiles, tmp_path: Path) -> None:
    body = secure_boot.certificate(key)
    source, made = tmp_path / "db.cer", tmp_path / "db.esl"
    source.write_bytes(body)
    words = ("--owner", str(OWNER), "--type", "x509", "--output", str(made), str(source))
    subprocess.run(("sbsiglist", *words), check=True, capture_output=True)
    assert secure_boot.signature_list(body, OWNER) == made.read_bytes()


def test_signs_a_variables_content_for_its_name_and_time_alone(
    key: KeyFiles, tmp_path: Path
) -> None:
    content = secure_boot.signature_list(secure_boot.certificate(key), OWNER)
    update = secure_boot.update("db", content, EPOCH, key)
    assert update == secure_boot.update("db", content, EPOCH, key)
    (length,) = struct.unpack_from("<I", update, 16)
    assert update[16 + length :] == content
    wrapped = der.encoded(0x06, bytes.fromhex("2a864886f70d010702"))
    wrapped += der.encoded(der.CONTEXT_0, update[40 : 16 + length])
    (tmp_path / "signature").write_bytes(der.encoded(der.SEQUENCE, wrapped))
    for name, epoch, is_good in (
        ("db", EPOCH, True),
        ("KEK", EPOCH, False),
        ("db", EPOCH + 1, False),
    ):
        (tmp_path / "content").write_bytes(secure_boot.signed_part(name, content, epoch))
        words = ("-binary", "-inform", "DER", "-in", "signature", "-content", "content")
        trusted = ("-noverify", "-certfile", str(key.certificate))
        ran = subprocess.run(
            ("openssl", "cms", "-verify", *words, *trusted),
            cwd=tmp_path,
            check=False,
            capture_output=True,
        )
        assert (ran.returncode == 0) is is_good


def test_refuses_to_overwrite_a_key(key: KeyFiles) -> None:
    with pytest.raises(TrustError):
        secure_boot.make_key("db", key.certificate.parent)


@pytest.mark.parametrize("epoch", ["0", "-5", "1793528430000"])
def test_makes_no_key_for_a_time_that_firmware_cannot_hold(
    tmp_path: Path, epoch: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit):
        main(["keys", str(tmp_path / "keys"), f"--epoch={epoch}"])
    assert "no time in seconds" in capsys.readouterr().err
    assert not (tmp_path / "keys").exists()


def test_names_a_missing_key(tmp_path: Path) -> None:
    with pytest.raises(CommandError):
        secure_boot.certificate(KeyFiles(tmp_path / "no", tmp_path / "no"))


ROOT = Partition(gpt.ROOT, UUID(int=5, version=4), "airlock-root", gpt.READ_ONLY, b"root" * 1024)
DISK = gpt.disk(
    UUID(int=1, version=4),
    (Partition(gpt.ESP, UUID(int=2, version=4), "airlock-boot", 0, bytes(4096)), ROOT),
)


def test_the_owners_disk_is_the_built_one_with_signature_and_policy(release_key: Path) -> None:
    policy = floor_policy.signed(7, bytes(32), release_key)
    made = signed_disk.assembled(DISK, UNSIGNED, SIGNATURE, policy, EPOCH)
    assert made == signed_disk.assembled(DISK, UNSIGNED, SIGNATURE, policy, EPOCH)
    boot, root, beside = signed_disk.partitions(made)
    assert SIGNED in boot.body
    assert root == ROOT
    assert floor_policy.decoded(beside.body[:248]) == policy
    assert beside.name == signed_disk.POLICY_NAME


def test_a_disk_starts_the_program_that_was_built_signed_or_not(release_key: Path) -> None:
    boot = esp.make(UNSIGNED, 9, EPOCH)
    first = Partition(gpt.ESP, UUID(int=2, version=4), "airlock-boot", 0, boot)
    disk = gpt.disk(UUID(int=1, version=4), (first, ROOT))
    policy = floor_policy.signed(7, bytes(32), release_key)
    for each in (disk, signed_disk.assembled(disk, UNSIGNED, SIGNATURE, policy, EPOCH)):
        assert signed_disk.started(each, EPOCH) == UNSIGNED
        with pytest.raises(TrustError, match="one program alone"):
            signed_disk.started(each, EPOCH + 2)
    with pytest.raises(TrustError, match="one program alone"):
        signed_disk.started(DISK, EPOCH)


@pytest.mark.parametrize("disk", [b"", bytes(4 << 20), DISK[:-1], DISK[:-512] + b"x" * 512])
def test_refuses_a_disk_that_was_not_built_here(disk: bytes) -> None:
    with pytest.raises(TrustError):
        signed_disk.partitions(disk)


@given(st.binary(max_size=40))
def test_der_is_read_in_its_one_form_or_refused(body: bytes) -> None:
    try:
        found = der.elements(body)
    except TrustError:
        return
    assert b"".join(der.encoded(tag, content) for tag, content in found) == body
