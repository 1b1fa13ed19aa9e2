"""`bitcoin:` URIs (BIP-21, BIP-321)."""

import re

from online_coordinator.errors import PaymentUriInvalid, foreign
from online_coordinator.requests.payment_uri import BitcoinPayment, Parameters, Uri, once

SCHEME = "bitcoin"
DECIMALS = 8
MAX_SATOSHIS = 21_000_000 * 10**DECIMALS

_AMOUNT = re.compile(r"([0-9]{0,12})(?:\.([0-9]{0,32}))?", re.ASCII)
_PREFIXES = ("bc", "tb", "bcrt")
"""Parameters of BIP-321 that hold a segwit address, by its human-readable part."""


def bitcoin_payment(uri: Uri) -> BitcoinPayment:
    """Read a URI of this scheme. Raises PaymentUriInvalid.

    Unknown parameters are passed over, as BIP-21 has it, unless they begin with `req-`. Those for
    other ways of paying, and `pop`, which asks to tell a third party, are never followed.
    """
    if uri.path.startswith("//"):
        raise PaymentUriInvalid("bitcoin: is followed by the address, not by //")
    # QR codes in capitals have their parameters in capitals too (BIP-321).
    parameters = tuple((key.lower(), value) for key, value in uri.parameters)
    for key, _ in parameters:
        if key.startswith("req-"):
            raise PaymentUriInvalid(f"the payee requires '{foreign(key)}', which is not done here")
    amount = once(parameters, "amount")
    words = (once(parameters, "label"), once(parameters, "message"))
    once(parameters, "pop")
    return BitcoinPayment(
        addresses=_addresses(uri.path, parameters),
        satoshis=None if amount is None else _satoshis(amount),
        reference=": ".join(word for word in words if word),
    )


def _addresses(path: str, parameters: Parameters) -> tuple[str, ...]:
    found = [path] if path else []
    for key, value in parameters:
        if key in _PREFIXES:
            if not value.lower().startswith(f"{key}1"):
                raise PaymentUriInvalid(f"'{foreign(value)}' is not an address that begins {key}1")
            found.append(value)
    return tuple(dict.fromkeys(found))


def _satoshis(text: str) -> int:
    """Read an amount of bitcoin: digits with at most one point, whatever a locale would write."""
    form = _AMOUNT.fullmatch(text)
    if form is None or not (form[1] or form[2]):
        raise PaymentUriInvalid(
            f"'{foreign(text)}' is not an amount of bitcoin: digits and a point"
        )
    whole, fraction = form[1], form[2] or ""
    if len(fraction) > DECIMALS:
        raise PaymentUriInvalid(f"{foreign(text)} has {len(fraction)} decimals, bitcoin has 8")
    satoshis = int(whole + fraction.ljust(DECIMALS, "0"))
    if not 0 < satoshis <= MAX_SATOSHIS:
        raise PaymentUriInvalid(f"{foreign(text)} bitcoin is no amount that can be paid")
    return satoshis
