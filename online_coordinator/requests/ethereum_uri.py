"""`ethereum:` URIs (EIP-681): ether to an address, or an ERC-20 `transfer(address,uint256)`."""

import re

from online_coordinator.errors import PaymentUriInvalid, foreign
from online_coordinator.requests.payment_uri import EthereumPayment, Uri, once

SCHEME = "ethereum"
_TARGET = re.compile(r"(?:pay-)?([^@/]+)(?:@([^/]*))?(?:/(.*))?", re.ASCII)
_ADDRESS = re.compile(r"0x[0-9a-fA-F]{40}", re.ASCII)
_CHAIN_ID = re.compile(r"[1-9][0-9]{0,18}", re.ASCII)
_NUMBER = re.compile(r"([0-9]{0,78})(?:\.([0-9]{1,78}))?(?:[eE]([0-9]{1,2}))?", re.ASCII)
_LIMIT = 1 << 256
_GAS = frozenset({"gas", "gasLimit", "gasPrice"})
_COIN = ("value",)
_TOKEN = ("address", "uint256")


def ethereum_payment(uri: Uri) -> EthereumPayment:
    """Read a URI of this scheme. Raises PaymentUriInvalid.

    The payee does not set gas: what it may cost is the coordinator's estimate within the signed
    policy. Names (ENS) would have to be believed to whoever resolves them.
    """
    target = _TARGET.fullmatch(uri.path)
    if target is None:
        raise PaymentUriInvalid("ethereum: is followed by an address")
    address, chain_id, function = _address(target[1]), _chain_id(target[2]), target[3]
    keys = tuple(key for key, _ in uri.parameters)
    if gas := _GAS & set(keys):
        raise PaymentUriInvalid(f"the payee sets {min(gas)}; fees are set by the payer alone")
    match function:
        case None:
            _expect(keys, _COIN)
            return EthereumPayment(address, None, chain_id, _number(once(uri.parameters, "value")))
        case "transfer":
            _expect(keys, _TOKEN)
            payee = _address(once(uri.parameters, "address") or "")
            amount = _number(once(uri.parameters, "uint256"))
            return EthereumPayment(payee, address, chain_id, amount)
        case _:
            raise PaymentUriInvalid(f"the URI calls '{foreign(function)}', which is no payment")


def _expect(keys: tuple[str, ...], known: tuple[str, ...]) -> None:
    """Parameters are a call's arguments: none may be passed over, and their order counts."""
    for key in keys:
        if key not in known:
            raise PaymentUriInvalid(f"the parameter '{foreign(key)}' is not one of a plain payment")
    if known == _TOKEN and tuple(dict.fromkeys(keys)) != known:
        raise PaymentUriInvalid("a transfer has the parameters address and uint256, in this order")


def _address(text: str) -> str:
    if not _ADDRESS.fullmatch(text):
        raise PaymentUriInvalid(
            f"'{foreign(text)}' is not an address (0x and 40 digits); names are not resolved"
        )
    return text


def _chain_id(text: str | None) -> int | None:
    if text is None:
        return None
    if not _CHAIN_ID.fullmatch(text):
        raise PaymentUriInvalid(f"'{foreign(text)}' is not a chain id")
    return int(text)


def _number(text: str | None) -> int | None:
    """Read a number of base units exactly: `2.014e18` is a whole number, `1.5` is none."""
    if text is None:
        return None
    form = _NUMBER.fullmatch(text)
    if form is None or not (form[1] or form[2]):
        raise PaymentUriInvalid(f"'{foreign(text)}' is not a number of base units")
    fraction = (form[2] or "").rstrip("0")
    shift = int(form[3] or 0) - len(fraction)
    if shift < 0:
        raise PaymentUriInvalid(f"{foreign(text)} is not a whole number of base units")
    number: int = int(form[1] + fraction or "0") * 10**shift
    if not 0 < number < _LIMIT:
        raise PaymentUriInvalid(f"{foreign(text)} base units are no amount that can be paid")
    return number
