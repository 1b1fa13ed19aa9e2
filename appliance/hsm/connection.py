"""One token and at most one session with it; every call bounded in time, every error translated.

A session lives from C_Initialize to C_Finalize: a failed login leaves a session behind in the
module, and a failed operation may leave one wedged, and finalising is what clears both. So a
process holds one connection at a time.
"""

from collections.abc import Iterator
from contextlib import contextmanager, suppress

import pkcs11
from pkcs11 import TokenFlag
from pkcs11.exceptions import PinIncorrect, PinLocked, PKCS11Error, TokenNotPresent

from appliance.errors import HsmError, SessionClosed
from appliance.hsm.attributes import TokenAttributes, printable
from appliance.hsm.watchdog import Patience, bounded

MAX_DETAIL = 60


class Connection:
    """The way to the token with one serial number, through one PKCS#11 module."""

    def __init__(self, module: str, serial: str, patience: Patience | None = None) -> None:
        """Name the module (a path) and the token. Nothing is loaded yet."""
        self.module = module
        self.serial = serial
        self.patience = patience or Patience()
        self._session: pkcs11.Session | None = None

    def verify_open(self) -> None:
        """Raise SessionClosed unless a session is open."""
        self._require()

    def open(self) -> None:
        """Open a session that is nobody's. Raises HsmError."""
        self._open(user_pin=None, so_pin=None)

    def login(self, pin: str) -> None:
        """Open a session as the user. Raises HsmError; a refused PIN leaves no session behind."""
        self._open(user_pin=pin, so_pin=None)

    def login_security_officer(self, pin: str) -> None:
        """Open a session as the security officer, who may set PINs but use no key."""
        self._open(user_pin=None, so_pin=pin)

    def close(self) -> None:
        """End the session and finalise the module, whatever state they are in."""
        self._session = None
        with bounded(self.patience.login), suppress(PKCS11Error):
            pkcs11.lib(self.module).finalize()

    @contextmanager
    def call(self, purpose: str, seconds: float | None = None) -> Iterator[pkcs11.Session]:
        """Lend the session for one call. Any error ends the session; PKCS#11's become HsmError.

        Raises SessionClosed when none is open.
        """
        session = self._require()
        with self._closing_on_error(purpose), bounded(seconds or self.patience.call):
            yield session

    def _require(self) -> pkcs11.Session:
        if self._session is None:
            raise SessionClosed("no HSM session is open")
        return self._session

    def _open(self, *, user_pin: str | None, so_pin: str | None) -> None:
        if self._session is not None:
            self.close()
        with self._closing_on_error("open a session"), bounded(self.patience.login):
            self._session = find_token(self.module, self.serial).open(
                rw=True, user_pin=user_pin, so_pin=so_pin, attribute_mapper=TokenAttributes()
            )

    @contextmanager
    def _closing_on_error(self, purpose: str) -> Iterator[None]:
        try:
            yield
        except PKCS11Error as error:
            self.close()
            raise translated(purpose, error) from error
        except BaseException:
            self.close()
            raise


def translated(purpose: str, error: PKCS11Error) -> HsmError:
    """Return what a PKCS#11 error means to people."""
    match error:
        case PinIncorrect():
            return HsmError("the HSM refused the PIN: these shares are not of this token's PIN")
        case PinLocked():
            return HsmError("the HSM has locked the PIN after too many refusals")
        case _:
            detail = printable(str(error).encode()[:MAX_DETAIL])
            return HsmError(f"the HSM did not {purpose}: {type(error).__name__} {detail}".strip())


def find_token(module: str, serial: str) -> pkcs11.Token:
    """Return the token with this serial number; labels may repeat and are not looked at.

    Raises HsmError for none or several, PKCS11Error where the module fails.
    """
    present = (_token_in(slot) for slot in pkcs11.lib(module).get_slots(token_present=True))
    matching = [token for token in present if token and token.serial == serial.encode()]
    if len(matching) != 1:
        raise HsmError(f"{len(matching)} tokens with the expected serial number are connected")
    return matching[0]


def connected_serials(module: str, patience: Patience | None = None) -> tuple[str, ...]:
    """Return the serial numbers of all initialised tokens, without login. Raises HsmError.

    The module is finalised again, and no token is asked for more.
    """
    try:
        with bounded((patience or Patience()).login):
            library = pkcs11.lib(module)
            try:
                present = (_token_in(slot) for slot in library.get_slots(token_present=True))
                tokens = [token for token in present if token]
            finally:
                library.finalize()
    except PKCS11Error as error:
        raise translated("answer", error) from error
    ready = (token for token in tokens if token.flags & TokenFlag.TOKEN_INITIALIZED)
    return tuple(printable(token.serial) for token in ready)


def _token_in(slot: pkcs11.Slot) -> pkcs11.Token | None:
    with suppress(TokenNotPresent):
        return slot.get_token()
    return None
