"""The data volume's key: given to this release and later ones, never again to earlier ones."""

import struct
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path

import pytest
from airlock_os.tpm import objects, rollback_floor
from airlock_os.tpm.commands import (
    ANYBODY,
    Authorisation,
    Code,
    TpmError,
    TpmRefused,
    command,
    sized,
)
from airlock_os.tpm.objects import OWNER, Sealed
from airlock_os.tpm.rollback_floor import (
    INDEX,
    STORAGE_KEY,
    MachineInUse,
    OlderRelease,
    OtherImage,
    OtherMachine,
    Policy,
    PolicyMalformed,
)

from image.trust import elliptic, floor_policy
from image.trust.errors import TrustError
from tests.image.trust.conftest import Machine

SECRET = bytes(range(32))
SECURE_BOOT = sha256(b"Secure Boot under the owner's keys").digest()
BELOW, AT_MOST, POLICY_NOT_MET = 5, 9, 0x126
NOT_OURS = sha256(b"Secure Boot off").digest()
IMAGES = {number: sha256(b"image %d" % number).digest() for number in (6, 7, 8)}


def after(digest: bytes) -> bytes:
    """A register's value once this was measured into it."""
    return sha256(bytes(32) + digest).digest()


def policy_of(number: int, key: Path) -> Policy:
    signed = floor_policy.signed(number, after(IMAGES[number]), key)
    return rollback_floor.read_policy(signed.encoded())


def start(machine: Machine, number: int, secure_boot: bytes = SECURE_BOOT) -> None:
    """Switch the machine on with the image of this release."""
    machine.restart()
    machine.measure(7, secure_boot)
    machine.measure(11, IMAGES[number])


def claim_floor(machine: Machine, by: int, number: int, operation: int) -> None:
    """Claim in a session how the floor compares to a number, as any program may."""
    claim = sized(struct.pack(">Q", number)) + struct.pack(">HH", 0, operation)
    command(machine.exchange, Code.POLICY_NV, (INDEX, INDEX, by), claim, (ANYBODY,))


def claim_refused(machine: Machine, number: int, operation: int) -> int:
    with objects.session(machine.exchange) as by:
        with pytest.raises(TpmRefused) as refused:
            claim_floor(machine, by, number, operation)
        return refused.value.code


@pytest.fixture
def sealed(machine: Machine, release_key: Path) -> Sealed:
    """A machine on which release 7 has founded the data volume."""
    start(machine, 7)
    return rollback_floor.found(machine.exchange, policy_of(7, release_key), SECRET)


def test_gives_the_key_to_the_release_that_sealed_it(
    machine: Machine, release_key: Path, sealed: Sealed
) -> None:
    start(machine, 7)
    kept = rollback_floor.decoded(rollback_floor.encoded(sealed))
    assert rollback_floor.unsealed(machine.exchange, policy_of(7, release_key), kept) == SECRET
    assert not rollback_floor.raise_floor(machine.exchange, policy_of(7, release_key))


def test_refuses_yesterdays_signed_release_once_todays_has_started(
    machine: Machine, release_key: Path, sealed: Sealed
) -> None:
    yesterday, today = policy_of(7, release_key), policy_of(8, release_key)
    start(machine, 8)
    assert rollback_floor.unsealed(machine.exchange, today, sealed) == SECRET
    start(machine, 7)
    assert rollback_floor.unsealed(machine.exchange, yesterday, sealed) == SECRET
    start(machine, 8)
    assert rollback_floor.raise_floor(machine.exchange, today)
    assert rollback_floor.unsealed(machine.exchange, today, sealed) == SECRET
    start(machine, 7)
    with pytest.raises(OlderRelease):
        rollback_floor.unsealed(machine.exchange, yesterday, sealed)


def test_the_tpm_itself_refuses_yesterday_whatever_program_asks(
    machine: Machine, release_key: Path, sealed: Sealed
) -> None:
    start(machine, 8)
    rollback_floor.raise_floor(machine.exchange, policy_of(8, release_key))
    start(machine, 7)
    assert claim_refused(machine, 7, AT_MOST) == POLICY_NOT_MET
    with (
        objects.loaded(machine.exchange, STORAGE_KEY, sealed) as item,
        objects.session(machine.exchange) as by,
    ):
        objects.meet_registers(machine.exchange, by, 7)
        with pytest.raises(TpmRefused):
            objects.unseal(machine.exchange, item, by)


@pytest.mark.parametrize("register", [11, 12, 13])
def test_refuses_an_image_that_was_tampered_with_or_handed_something(
    machine: Machine, release_key: Path, sealed: Sealed, register: int
) -> None:
    start(machine, 7)
    machine.measure(register, b"\xff" * 32)
    with pytest.raises(OtherImage):
        rollback_floor.unsealed(machine.exchange, policy_of(7, release_key), sealed)


def test_refuses_a_policy_that_an_attacker_signed(
    machine: Machine, release_key: Path, tmp_path: Path, sealed: Sealed
) -> None:
    attacker = tmp_path / "attacker.key"
    elliptic.make_key(attacker)
    owner = elliptic.public_key(release_key)
    start(machine, 8)
    pcr_11 = after(IMAGES[8])
    forged = Policy(
        8,
        pcr_11,
        elliptic.public_key(attacker),
        elliptic.sign(attacker, floor_policy.unseal_policy(8, pcr_11, owner) + floor_policy.UNSEAL),
        elliptic.sign(attacker, floor_policy.raise_policy(8, owner) + floor_policy.RAISE),
    )
    with pytest.raises(OtherMachine):
        rollback_floor.unsealed(machine.exchange, forged, sealed)
    with pytest.raises(TpmRefused):
        rollback_floor.raise_floor(machine.exchange, forged)
    assert rollback_floor.floor(machine.exchange) == 7


@pytest.mark.parametrize("changed", ["number", "register", "approvals swapped"])
def test_refuses_a_signed_policy_that_was_changed(
    machine: Machine, release_key: Path, sealed: Sealed, changed: str
) -> None:
    genuine = policy_of(7, release_key)
    start(machine, 8 if changed == "register" else 7)
    forged = {
        "number": Policy(9, genuine.pcr_11, genuine.key, genuine.unseal, genuine.raising),
        "register": Policy(7, after(IMAGES[8]), genuine.key, genuine.unseal, genuine.raising),
        "approvals swapped": Policy(
            7, genuine.pcr_11, genuine.key, genuine.raising, genuine.unseal
        ),
    }[changed]
    with pytest.raises(OtherImage):
        rollback_floor.unsealed(machine.exchange, forged, sealed)


def test_refuses_when_secure_boot_is_not_as_it_was(
    machine: Machine, release_key: Path, sealed: Sealed
) -> None:
    start(machine, 7, secure_boot=NOT_OURS)
    with pytest.raises(OtherMachine):
        rollback_floor.unsealed(machine.exchange, policy_of(7, release_key), sealed)


def _write_as_anybody(machine: Machine) -> None:
    content = sized(bytes(8)) + bytes(2)
    command(machine.exchange, Code.NV_WRITE, (INDEX, INDEX), content, (ANYBODY,))


def _write_as_owner(machine: Machine) -> None:
    content = sized(bytes(8)) + bytes(2)
    command(machine.exchange, Code.NV_WRITE, (OWNER, INDEX), content, (ANYBODY,))


def _write_without_approval(machine: Machine) -> None:
    content = sized(bytes(8)) + bytes(2)
    with objects.session(machine.exchange) as by:
        command(machine.exchange, Code.NV_WRITE, (INDEX, INDEX), content, (Authorisation(by),))


def _remove(machine: Machine) -> None:
    answer = machine.demand(0x122, (OWNER, INDEX))
    raise TpmRefused(Code.NV_DEFINE, int.from_bytes(answer[6:10], "big"))


@pytest.mark.parametrize(
    "attack", [_write_as_anybody, _write_as_owner, _write_without_approval, _remove]
)
def test_nobody_lowers_or_removes_the_floor(
    machine: Machine, sealed: Sealed, attack: Callable[[Machine], None]
) -> None:
    with pytest.raises(TpmRefused) as refused:
        attack(machine)
    assert refused.value.code
    assert rollback_floor.floor(machine.exchange) == 7


def test_an_old_approval_to_raise_the_floor_does_not_lower_it(
    machine: Machine, release_key: Path, sealed: Sealed
) -> None:
    start(machine, 8)
    rollback_floor.raise_floor(machine.exchange, policy_of(8, release_key))
    assert not rollback_floor.raise_floor(machine.exchange, policy_of(7, release_key))
    assert claim_refused(machine, 7, BELOW) == POLICY_NOT_MET
    assert rollback_floor.floor(machine.exchange) == 8


def test_clearing_the_tpm_removes_the_floor_and_the_key_with_it(
    machine: Machine, release_key: Path, sealed: Sealed
) -> None:
    machine.clear()
    start(machine, 7)
    with pytest.raises(OtherMachine):
        rollback_floor.unsealed(machine.exchange, policy_of(7, release_key), sealed)
    founded_again = rollback_floor.found(machine.exchange, policy_of(7, release_key), SECRET[::-1])
    assert founded_again != sealed
    with pytest.raises(OtherMachine):
        rollback_floor.unsealed(machine.exchange, policy_of(7, release_key), sealed)


def test_a_tpm_in_use_takes_no_second_floor(
    machine: Machine, release_key: Path, sealed: Sealed
) -> None:
    assert not rollback_floor.is_free(machine.exchange)
    with pytest.raises(MachineInUse):
        rollback_floor.found(machine.exchange, policy_of(7, release_key), SECRET)
    assert rollback_floor.unsealed(machine.exchange, policy_of(7, release_key), sealed) == SECRET
    machine.clear()
    assert rollback_floor.is_free(machine.exchange)


def test_a_tpm_that_is_somebodys_takes_no_floor(machine: Machine, release_key: Path) -> None:
    start(machine, 7)
    theirs = sized(b"their own authorisation of owner")
    command(machine.exchange, Code.HIERARCHY_CHANGE_AUTH, (OWNER,), theirs, (ANYBODY,))
    with pytest.raises(MachineInUse):
        rollback_floor.found(machine.exchange, policy_of(7, release_key), SECRET)


def test_another_machine_does_not_open_it(machine: Machine, release_key: Path) -> None:
    start(machine, 7)
    with pytest.raises(OtherMachine, match="no floor"):
        rollback_floor.unsealed(
            machine.exchange, policy_of(7, release_key), Sealed(b"public", b"private")
        )


def test_the_policies_computed_beforehand_are_the_ones_the_tpm_computes(
    machine: Machine, release_key: Path, sealed: Sealed
) -> None:
    start(machine, 8)
    policy = policy_of(8, release_key)
    assert rollback_floor.floor_name(machine.exchange) == floor_policy.floor_name(policy.key)
    with objects.session(machine.exchange) as by:
        claim_floor(machine, by, 8, AT_MOST)
        objects.meet_registers(machine.exchange, by, 11, 12, 13)
        computed = objects.policy_digest(machine.exchange, by)
    assert computed == floor_policy.unseal_policy(8, policy.pcr_11, policy.key)


def test_reads_back_the_policy_that_it_wrote(release_key: Path) -> None:
    signed = floor_policy.signed(7, after(IMAGES[7]), release_key)
    assert floor_policy.decoded(signed.encoded()) == signed
    assert len(signed.encoded()) == 248


@pytest.mark.parametrize("at", [0, 20, 30, 80, 130, 247])
def test_refuses_a_policy_file_with_a_changed_byte(release_key: Path, at: int) -> None:
    body = bytearray(floor_policy.signed(7, after(IMAGES[7]), release_key).encoded())
    body[at] ^= 1
    with pytest.raises(TrustError):
        floor_policy.decoded(bytes(body))


@pytest.mark.parametrize("body", [b"", b"AIRLOCK-POLICY-1", bytes(248), bytes(249)])
def test_refuses_a_file_that_is_no_policy(body: bytes) -> None:
    with pytest.raises(PolicyMalformed):
        rollback_floor.read_policy(body)
    with pytest.raises(TrustError):
        floor_policy.decoded(body)


@pytest.mark.parametrize("body", [b"", b"\0", b"\0\1a\0\2b", b"\0\1a\0\1bc", b"\xff\xff" * 700])
def test_refuses_a_sealed_secret_that_is_malformed(body: bytes) -> None:
    with pytest.raises(TpmError):
        rollback_floor.decoded(body)
