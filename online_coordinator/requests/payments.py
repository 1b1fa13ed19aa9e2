"""What a payment URI of any scheme asks for."""

from online_coordinator.errors import PaymentUriInvalid, foreign
from online_coordinator.requests import bitcoin_uri, ethereum_uri
from online_coordinator.requests.payment_uri import (
    BitcoinPayment,
    EthereumPayment,
    split_uri,
    written_text,
)

Payment = BitcoinPayment | EthereumPayment


def payment_of(text: str) -> Payment:
    """Read the text of a payment URI, or of the UR in a QR code. Raises PaymentUriInvalid."""
    uri = split_uri(written_text(text))
    match uri.scheme:
        case bitcoin_uri.SCHEME:
            return bitcoin_uri.bitcoin_payment(uri)
        case ethereum_uri.SCHEME:
            return ethereum_uri.ethereum_payment(uri)
        case _:
            raise PaymentUriInvalid(f"{foreign(uri.scheme)}: is none of bitcoin: and ethereum:")
