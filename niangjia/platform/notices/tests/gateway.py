"""An SMS gateway that behaves badly on purpose, and keeps one message per business id as a gateway must."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from niangjia.platform.notices.http_sms import signature

KEY = "a-key-for-the-tests"
Behaviour = Callable[["Gateway", BaseHTTPRequestHandler, dict[str, Any]], None]


class Gateway:
    """What the gateway was asked, what it sent, and how it behaves next."""

    def __init__(self) -> None:
        self.asked: list[dict[str, Any]] = []
        self.sent: dict[str, dict[str, Any]] = {}
        self.forged = 0
        self.behaviour: Behaviour = accept
        self._lock = threading.Lock()
        self.url = ""

    def take(self, message: dict[str, Any]) -> str:
        """Send the message unless this business id was sent before."""
        with self._lock:
            known = message["business_id"] in self.sent
            self.sent.setdefault(message["business_id"], message)
        return "duplicate" if known else "accepted"


def answer(request: BaseHTTPRequestHandler, body: Any, status: int = 200, **headers: str) -> None:
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    request.send_response(status)
    for name, value in {"Content-Length": str(len(data)), **headers}.items():
        request.send_header(name.replace("_", "-"), value)
    request.end_headers()
    request.wfile.write(data)


def accept(gateway: Gateway, request: BaseHTTPRequestHandler, message: dict[str, Any]) -> None:
    answer(request, {"status": gateway.take(message), "id": f"g-{message['business_id']}"})


def drop_before(gateway: Gateway, request: BaseHTTPRequestHandler, message: dict[str, Any]) -> None:
    """The line breaks before the message is taken."""
    request.connection.close()


def drop_after(gateway: Gateway, request: BaseHTTPRequestHandler, message: dict[str, Any]) -> None:
    """The message is sent and the answer lost: the dangerous case."""
    gateway.take(message)
    request.connection.close()


def drip(gateway: Gateway, request: BaseHTTPRequestHandler, message: dict[str, Any]) -> None:
    """The answer comes a byte at a time, each of which starts a socket's timeout anew."""
    gateway.take(message)
    request.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n")
    try:
        for _byte in range(200):
            request.wfile.write(b" ")
            time.sleep(0.05)
    except OSError:
        return


@contextmanager
def running() -> Iterator[Gateway]:
    gateway = Gateway()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            length = int(self.headers["Content-Length"])
            body = self.rfile.read(length)
            if len(body) < length:
                return  # whoever was sending was killed over it: no request, hence no forged one
            stamp = self.headers["X-Niangjia-Timestamp"]
            if self.headers["X-Niangjia-Signature"] != signature(KEY, stamp, body):
                gateway.forged += 1
            message = json.loads(body)
            assert self.headers["Idempotency-Key"] == message["business_id"]
            gateway.asked.append(message)
            gateway.behaviour(gateway, self, message)

        def log_message(self, *_about: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    gateway.url = f"http://127.0.0.1:{server.server_address[1]}/sms?v=1"
    try:
        yield gateway
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
