"""Payment URIs: what a payee shows to be paid (BIP-21, BIP-321, EIP-681), also within a QR code.

Whoever made one is nobody we know. It is taken apart strictly (RFC 3986), and nothing is guessed:
what it leaves open, or asks for beyond a plain payment, refuses it.
"""

import re
from dataclasses import dataclass

from appliance.wire import registry, ur
from appliance.wire.errors import PartRefused
from online_coordinator.errors import PaymentUriInvalid, foreign

MAX_LENGTH = 2048
"""Characters of the longest URI."""

_FORM = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*):([^?]*)(?:\?(.*))?", re.ASCII)
_VISIBLE = re.compile(r"[!-~]*", re.ASCII)
_ESCAPED = re.compile(r"(?:[^%]|%[0-9A-Fa-f]{2})*", re.ASCII)
_HEX_PAIR = re.compile(rb"%([0-9A-Fa-f]{2})")
Parameters = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class BitcoinPayment:
    """A payment in bitcoin: to any one of the addresses, as they are written.

    `satoshis` is None where the payee leaves the amount open. `reference` is the payee's own words.
    """

    addresses: tuple[str, ...]
    satoshis: int | None
    reference: str


@dataclass(frozen=True, slots=True)
class EthereumPayment:
    """A payment on an Ethereum chain, in base units: of `token` (a contract), or of ether.

    `chain_id` is None where the payee does not name the chain, `amount` where it is left open.
    """

    address: str
    token: str | None
    chain_id: int | None
    amount: int | None


@dataclass(frozen=True, slots=True)
class Uri:
    """A URI taken apart: its scheme in lower case, what is before `?`, and the parameters."""

    scheme: str
    path: str
    parameters: Parameters


def split_uri(text: str) -> Uri:
    """Take a URI apart. Raises PaymentUriInvalid."""
    if len(text) > MAX_LENGTH:
        raise PaymentUriInvalid(
            f"the URI has {len(text)} characters, at most {MAX_LENGTH} are read"
        )
    if not _VISIBLE.fullmatch(text):
        raise PaymentUriInvalid("the URI has a blank or a character that URIs lack")
    if "#" in text:
        raise PaymentUriInvalid("the URI has a fragment (#), which payments lack")
    form = _FORM.fullmatch(text)
    if form is None:
        raise PaymentUriInvalid(f"'{foreign(text)}' is no URI")
    return Uri(form[1].lower(), form[2], _parameters(form[3] or ""))


def written_text(text: str) -> str:
    """Return the URI that a QR code holds: itself, or within a `ur:bytes` of one part.

    Raises PaymentUriInvalid.
    """
    if not text.lower().startswith(ur.SCHEME):
        return text
    try:
        part = ur.Part.parse(text)
    except PartRefused as fault:
        raise PaymentUriInvalid(f"the UR cannot be read: {fault.what}") from None
    if part.transfer.type != "bytes" or part.transfer.fragments != 1:
        raise PaymentUriInvalid("a UR of a payment is ur:bytes in one part")
    try:
        return registry.byte_string("bytes", part.fragment).decode("ascii")
    except ValueError:
        raise PaymentUriInvalid("the UR holds no URI") from None


def once(parameters: Parameters, name: str) -> str | None:
    """Return a parameter's value, None without one. Raises PaymentUriInvalid if it is repeated."""
    values = [value for key, value in parameters if key == name]
    if len(values) > 1:
        raise PaymentUriInvalid(f"the URI says {foreign(name)} twice")
    return values[0] if values else None


def _parameters(query: str) -> Parameters:
    parameters = []
    for pair in query.split("&") if query else ():
        key, separator, value = pair.partition("=")
        if not key or not separator:
            raise PaymentUriInvalid(f"'{foreign(pair)}' is no parameter of a URI")
        parameters.append((_unescaped(key), _unescaped(value)))
    return tuple(parameters)


def _unescaped(text: str) -> str:
    """Undo percent-encoding (RFC 3986 section 2.1); a plus sign is a plus sign."""
    if not _ESCAPED.fullmatch(text):
        raise PaymentUriInvalid("the URI has a % that is not followed by two hexadecimal digits")
    data = _HEX_PAIR.sub(lambda pair: bytes((int(pair[1], 16),)), text.encode("ascii"))
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        raise PaymentUriInvalid("the URI's percent-encoding is not UTF-8") from None
