"""What became of a request that no public format has an answer for, in words for the screen."""

from collections.abc import Iterator

from appliance.wire import record
from appliance.wire.envelope import Envelope
from appliance.wire.messages import (
    BatchBurnt,
    BatchRefused,
    BatchRejected,
    BatchSigned,
    SigningResponse,
)
from appliance.wire.terms import Severity


def unspoken(response: bytes) -> tuple[str, ...]:
    """Return what a response of our own, as it is on record, says about a request."""
    sealed = record.decode(SigningResponse, Envelope.parse(response).payload)
    return tuple(_lines(sealed))


def _lines(response: SigningResponse) -> Iterator[str]:
    match response.outcome:
        case BatchRefused(findings=findings):
            for finding in findings:
                if finding.severity is Severity.REFUSE:
                    yield f"{finding.rule}: {finding.message}"
        case BatchRejected(by=by, reason=reason):
            yield f"{by} rejected it: {reason}"
        case BatchBurnt(by=by):
            yield f"Signing was interrupted, and given up by {' and '.join(by)}"
        case BatchSigned():
            yield "It was signed"
