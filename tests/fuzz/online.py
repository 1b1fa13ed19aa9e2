"""What the coordinator reads of strangers: payment URIs, as text or within a QR code's UR."""

import json

from appliance.wire import registry, ur
from online_coordinator.errors import PaymentUriInvalid
from online_coordinator.requests.bitcoin_uri import MAX_SATOSHIS
from online_coordinator.requests.payment_uri import BitcoinPayment
from online_coordinator.requests.payments import payment_of
from tests.fuzz.campaign import Target
from tests.shared_vectors import ROOT

VECTORS = ROOT / "tests" / "vectors" / "online_coordinator" / "payment_uris.jsonl"
MAX_TOLD = 300
MAX_WEI = (1 << 256) - 1


def payment_target() -> Target:
    """What is read can be paid exactly; what is refused is refused in words fit for a screen."""

    def read(data: bytes) -> str:
        try:
            payment = payment_of(data.decode("latin-1"))
        except PaymentUriInvalid as refusal:
            return told(refusal.what)
        if isinstance(payment, BitcoinPayment):
            amount, most = payment.satoshis, MAX_SATOSHIS
        else:
            amount, most = payment.amount, MAX_WEI
        assert amount is None or 0 < amount <= most
        return "read"

    return Target("payment", seeds(), read, ())


def told(sentence: str) -> str:
    assert len(sentence) <= MAX_TOLD
    assert sentence.isprintable()
    return "refused"


def seeds() -> tuple[bytes, ...]:
    """URIs of every scheme that are read, as they are, in capitals, and within a UR."""
    cases = [json.loads(line) for line in VECTORS.read_text("utf-8").splitlines()]
    uris = [case["uri"].encode() for case in cases if "refused" not in case]
    bodies = [registry.body_of_bytes(uri) for uri in uris]
    parts = [ur.Encoder("bytes", body, len(body)).part(1).encode() for body in bodies[:3]]
    return (*uris, *(part.upper() for part in parts), *parts)
