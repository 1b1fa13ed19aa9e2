"""A JSON-RPC server in this process, over real HTTP: the node's side of a test."""

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

Answer = Callable[[str, Any], Any]


class NodeFault(Exception):
    """What the node answers with instead of a result."""

    def __init__(self, code: int, message: str) -> None:
        super().__init__(message)
        self.code = code


@contextmanager
def serving(answer: Answer) -> Iterator[str]:
    """Answer calls by `answer(method, parameters)` until the end of the block; yield the address.

    An answer of type bytes is sent as the whole body.
    """

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            asked = json.loads(self.rfile.read(int(self.headers["content-length"])))
            body = _body(asked, answer)
            self.send_response(200)
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def _body(asked: dict[str, Any], answer: Answer) -> bytes:
    told: dict[str, Any] = {"jsonrpc": "2.0", "id": asked["id"]}
    try:
        result = answer(asked["method"], asked["params"])
    except NodeFault as fault:
        told["error"] = {"code": fault.code, "message": str(fault)}
    else:
        if isinstance(result, bytes):
            return result
        told["result"] = result
    return json.dumps(told).encode()
