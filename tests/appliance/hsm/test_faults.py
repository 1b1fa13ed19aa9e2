"""An HSM that errs, lies or hangs: nothing false is released, and the session is over."""

import signal
from contextlib import suppress
from hashlib import sha256
from pathlib import Path

import pytest

from appliance.errors import AirlockError, HsmError, SessionClosed, SignatureMismatch
from appliance.hsm.session import Hsm
from appliance.hsm.watchdog import Patience
from appliance.signatures import is_low_s, released_signature
from appliance.wire.epochs import Genesis
from appliance.wire.messages import JournalHead
from appliance.wire.statement import StatementType
from tests.appliance.hsm.desk import Founded, serve
from tests.appliance.hsm.signer_process import USER_PIN, Died, SoftToken, run

DIGEST = sha256(b"a digest of these tests").digest()
IMPATIENT = Patience(login=1.0, call=1.0, keys=1.0)


def faulty(founded: Founded, fault_module: Path, fault: str) -> SoftToken:
    token = founded.token
    log = str(token.folder / "sessions")
    return token.through(fault_module, FAULT_MODULE=token.module, FAULT=fault, FAULT_LOG=log)


def signed(token: SoftToken, genesis: Genesis) -> bytes:
    hsm = serve(token, genesis, IMPATIENT)
    return hsm.sign_digest(genesis.manifest.keys[0].public_key, DIGEST)


def after_an_error(token: SoftToken, genesis: Genesis) -> list[str]:
    """Return what happens to a signature, to the next one, and whether a new session opens."""
    hsm = serve(token, genesis)
    public_key = genesis.manifest.keys[0].public_key
    kinds = []
    for _ in range(2):
        try:
            hsm.sign_digest(public_key, DIGEST)
        except AirlockError as error:
            kinds.append(str(error))
    hsm.login(USER_PIN)
    hsm.serve(genesis)
    return kinds


def sealed(token: SoftToken, genesis: Genesis) -> bytes:
    return serve(token, genesis).seal(StatementType.JOURNAL_HEAD, b"a head")


def generated(token: SoftToken) -> bytes:
    hsm = Hsm(token.module, token.serial)
    hsm.login(USER_PIN)
    return hsm.generate_account_key(b"\3")


def test_the_shim_alone_changes_nothing(founded: Founded, fault_module: Path) -> None:
    raw = run(faulty(founded, fault_module, ""), signed, founded.genesis)
    released_signature(founded.account_key, DIGEST, raw, 0)


def test_a_flipped_bit_is_never_released(founded: Founded, fault_module: Path) -> None:
    token = faulty(founded, fault_module, "sign flip")
    raw = run(token, signed, founded.genesis)
    with pytest.raises(SignatureMismatch, match="did not verify"):
        released_signature(founded.account_key, DIGEST, raw, 0)
    with pytest.raises(SignatureMismatch, match="PyCryptodome and OpenSSL"):
        run(token, sealed, founded.genesis)
    with pytest.raises(SignatureMismatch, match="libsecp256k1 and OpenSSL"):
        run(token, generated)


def test_high_s_is_released_as_low_s(founded: Founded, fault_module: Path) -> None:
    raw = run(faulty(founded, fault_module, "sign highs"), signed, founded.genesis)
    assert not is_low_s(raw)
    assert is_low_s(released_signature(founded.account_key, DIGEST, raw, 0).signature)


def test_an_answer_of_63_bytes_ends_the_session(founded: Founded, fault_module: Path) -> None:
    kinds = run(faulty(founded, fault_module, "sign short"), after_an_error, founded.genesis)
    assert kinds[0] == "SIGNATURE-MISMATCH: the HSM answered with 63 bytes, not r ‖ s"
    assert kinds[1].startswith(SessionClosed.id)


@pytest.mark.parametrize(
    ("fault", "name"),
    [
        ("sign 30", "DeviceError"),
        ("sign 101", "UserNotLoggedIn"),
        ("signinit 70", "MechanismInvalid"),
        ("signinit 32", "DeviceRemoved"),
        ("sign 80000123", "PKCS11Error"),
    ],
)
def test_any_error_while_signing_ends_the_session(
    founded: Founded, fault_module: Path, fault: str, name: str
) -> None:
    kinds = run(faulty(founded, fault_module, fault), after_an_error, founded.genesis)
    assert kinds[0].startswith(f"{HsmError.id}: the HSM did not sign: {name}")
    assert kinds[1].startswith(SessionClosed.id)


@pytest.mark.parametrize("fault", ["sign hang", "signinit hang", "login hang"])
def test_a_call_that_hangs_ends_the_process(
    founded: Founded, fault_module: Path, fault: str
) -> None:
    died = run(faulty(founded, fault_module, fault), signed, founded.genesis)
    assert died == Died(-signal.SIGALRM)
    run(founded.token, signed, founded.genesis)


def sessions_after_refusals(token: SoftToken, pin: str) -> str:
    for _ in range(3):
        with suppress(HsmError):
            Hsm(token.module, token.serial).login(pin)
    return Path(token.environment["FAULT_LOG"]).read_text()


@pytest.mark.parametrize(("fault", "pin"), [("", "a wrong PIN"), ("login 30", USER_PIN)])
def test_a_refused_login_leaves_no_session_behind(
    founded: Founded, fault_module: Path, fault: str, pin: str
) -> None:
    token = faulty(founded, fault_module, fault)
    assert run(token, sessions_after_refusals, pin) == "0"


def locked(token: SoftToken) -> None:
    Hsm(token.module, token.serial).login(USER_PIN)


def test_a_locked_pin_is_named(founded: Founded, fault_module: Path) -> None:
    with pytest.raises(HsmError, match="locked the PIN"):
        run(faulty(founded, fault_module, "login a4"), locked)


def anchored(token: SoftToken, genesis: Genesis) -> JournalHead | None:
    hsm = serve(token, genesis)
    hsm.write_anchor(JournalHead(3, bytes(32)))
    return None


def read(token: SoftToken) -> object:
    hsm = Hsm(token.module, token.serial)
    hsm.login(USER_PIN)
    return hsm.read_anchor()


def test_an_anchor_that_is_not_written_is_an_error(founded: Founded, fault_module: Path) -> None:
    with pytest.raises(HsmError, match="did not write the anchor: DeviceMemory"):
        run(faulty(founded, fault_module, "create 31"), anchored, founded.genesis)
    assert run(founded.token, read) is None
