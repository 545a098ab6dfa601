"""A load generator on raw sockets: a fixed number of connections of one process, each with one request at a time.

It reads no more of an answer than its status and length, so that as little as possible of the machine goes into
making load. What it takes all the same is measured and printed.
"""

from __future__ import annotations

import resource
import selectors
import socket
import time
from collections import Counter
from dataclasses import dataclass, field

_BUFFER = 1 << 16


@dataclass(frozen=True)
class Result:
    """What came of a load: answers by status, latencies in seconds, and the generator's own share of one core."""

    seconds: float
    statuses: dict[int, int]
    latencies: list[float]
    own_share: float

    @property
    def per_second(self) -> float:
        return sum(self.statuses.values()) / self.seconds

    def percentile(self, share: float) -> float:
        """The latency (seconds) that ``share`` of the answers stay under; 0 without answers."""
        ordered = sorted(self.latencies)
        return ordered[min(len(ordered) - 1, int(len(ordered) * share))] if ordered else 0.0


@dataclass
class _Connection:
    """One keep-alive connection with its answer so far."""

    sock: socket.socket
    sent_at: float = 0.0
    received: bytes = b""

    def send(self, request: bytes) -> None:
        self.received, self.sent_at = b"", time.perf_counter()
        self.sock.sendall(request)

    def finished_status(self) -> int:
        """The status once the whole answer is here; 0 before."""
        head, found, body = self.received.partition(b"\r\n\r\n")
        if not found:
            return 0
        fields = head.lower().split(b"\r\n")
        if b"transfer-encoding: chunked" in fields:
            return int(head[9:12]) if body.endswith(b"0\r\n\r\n") else 0
        length = next((int(line[15:]) for line in fields if line.startswith(b"content-length:")), 0)
        return int(head[9:12]) if len(body) >= length else 0


@dataclass
class Load:
    """``request`` is the whole HTTP/1.1 request, sent again and again over ``connections`` connections."""

    host: str
    port: int
    request: bytes
    connections: int = 16
    _selector: selectors.BaseSelector = field(default_factory=selectors.DefaultSelector)

    def run(self, seconds: float) -> Result:
        """Load for ``seconds`` and count. Raises ConnectionError when the server hangs up."""
        statuses, latencies = Counter[int](), list[float]()
        opened = [self._open() for _number in range(self.connections)]
        cpu, began = _cpu_seconds(), time.perf_counter()
        for connection in opened:
            connection.send(self.request)
        while time.perf_counter() - began < seconds:
            for key, _events in self._selector.select(timeout=0.1):
                self._read(key.data, statuses, latencies)
        spent = time.perf_counter() - began
        for connection in opened:
            self._selector.unregister(connection.sock)
            connection.sock.close()
        return Result(spent, dict(statuses), latencies, (_cpu_seconds() - cpu) / spent)

    def _open(self) -> _Connection:
        sock = socket.create_connection((self.host, self.port))
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        connection = _Connection(sock)
        self._selector.register(sock, selectors.EVENT_READ, connection)
        return connection

    def _read(self, connection: _Connection, statuses: Counter[int], latencies: list[float]) -> None:
        chunk = connection.sock.recv(_BUFFER)
        if not chunk:
            raise ConnectionError("the server closed a connection")
        connection.received += chunk
        if status := connection.finished_status():
            statuses[status] += 1
            latencies.append(time.perf_counter() - connection.sent_at)
            connection.send(self.request)


def _cpu_seconds() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime
