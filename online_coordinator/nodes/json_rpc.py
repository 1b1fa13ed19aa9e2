"""JSON-RPC over HTTP, with exact numbers and named failures."""

import json
import ssl
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from typing import Any

from online_coordinator.errors import NodeAnswer, NodeRefused, NodeUnreachable, foreign

MAX_ANSWER = 64 << 20


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Where a node listens. `user` is empty where it asks for no credentials."""

    name: str
    url: str
    user: str
    password: str
    timeout_seconds: int
    version: str


@cache
def _tls() -> ssl.SSLContext:
    return ssl.create_default_context()


def call(endpoint: Endpoint, method: str, parameters: list[Any] | dict[str, Any]) -> Any:
    """Return the result of one call; numbers with a point are Decimal, never float.

    Raises NodeUnreachable, NodeRefused (the node's own error) or NodeAnswer.
    """
    asked = {"jsonrpc": endpoint.version, "id": 1, "method": method, "params": parameters}
    answer = _parse(endpoint, method, _post(endpoint, json.dumps(asked)))
    fault = answer.get("error")
    if fault:
        code, message = _fault(fault)
        raise NodeRefused(f"{endpoint.name} refuses {method}: {foreign(message)}", code)
    if "result" not in answer:
        raise NodeAnswer(f"{endpoint.name} answers {method} with neither result nor error")
    return answer["result"]


def _post(endpoint: Endpoint, body: str) -> bytes:
    import httpx  # noqa: PLC0415 - half of a command's start, and most commands ask no node

    try:
        response = httpx.post(
            endpoint.url,
            content=body,
            headers={"content-type": "application/json"},
            auth=(endpoint.user, endpoint.password) if endpoint.user else None,
            timeout=endpoint.timeout_seconds,
            verify=_tls(),
            trust_env=False,
        )
    except (httpx.HTTPError, httpx.InvalidURL, OSError) as failure:
        reason = foreign(str(failure) or type(failure).__name__)
        raise NodeUnreachable(f"{endpoint.name} does not answer: {reason}") from None
    if response.status_code in (httpx.codes.UNAUTHORIZED, httpx.codes.FORBIDDEN):
        raise NodeUnreachable(f"{endpoint.name} does not accept the configured user and password")
    if len(response.content) > MAX_ANSWER:
        raise NodeAnswer(f"{endpoint.name} answers with more than {MAX_ANSWER} bytes")
    return response.content


def _parse(endpoint: Endpoint, method: str, body: bytes) -> dict[str, Any]:
    try:
        answer = json.loads(body, parse_float=Decimal)
    except (ValueError, RecursionError):
        raise NodeAnswer(f"{endpoint.name} answers {method} with something not JSON") from None
    if not isinstance(answer, dict):
        raise NodeAnswer(f"{endpoint.name} answers {method} with something not an object")
    return answer


def _fault(fault: object) -> tuple[int, str]:
    match fault:
        case {"code": int() as code, "message": str() as message}:
            return code, message
        case _:
            return 0, str(fault)
