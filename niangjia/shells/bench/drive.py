"""Many phones at once: every connection asks something different, and asks again when it got no answer."""

from __future__ import annotations

import json
import os
import resource
import selectors
import socket
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

_BUFFER = 65536
_TICKS = 100
"""Clock ticks a second in /proc; the same on every Linux that Python runs on."""


@dataclass(frozen=True)
class Ask:
    """One request and what it is about."""

    member: int
    place: int
    data: bytes


class Crowd(Protocol):
    """Who asks: ``next()`` is the next request, None when there is nothing to ask now; ``heard`` takes each answer."""

    def next(self) -> Ask | None: ...

    def heard(self, ask: Ask, status: int, body: bytes) -> None: ...

    def over(self) -> bool: ...


@dataclass
class Driven:
    """What came of it. Latencies in seconds; ``own_share`` is the generator's part of one core."""

    seconds: float
    statuses: Counter[int]
    latencies: list[float]
    own_share: float
    cpu_seconds: float
    retried: int

    def count(self, status: int) -> int:
        return self.statuses[status]

    def percentile(self, share: float) -> float:
        """The latency in milliseconds that ``share`` of the answers stay under; 0 without answers."""
        ordered = sorted(self.latencies)
        return ordered[min(len(ordered) - 1, int(len(ordered) * share))] * 1000 if ordered else 0.0


@dataclass
class _Line:
    """One connection with the request that is on it."""

    sock: socket.socket
    ask: Ask | None = None
    sent_at: float = 0.0
    received: bytes = b""

    def answer(self) -> tuple[int, bytes] | None:
        """Status and body once the whole answer is here."""
        head, found, body = self.received.partition(b"\r\n\r\n")
        if not found:
            return None
        low = head.lower()
        if b"transfer-encoding: chunked" in low:
            return (int(head[9:12]), body) if body.endswith(b"0\r\n\r\n") else None
        start = low.find(b"content-length:")
        length = int(low[start + 15 :].split(b"\r\n", 1)[0]) if start >= 0 else 0
        return (int(head[9:12]), body) if len(body) >= length else None


@dataclass
class Drive:
    """Drives a crowd over ``connections`` connections to a server on this machine; ``each`` is called now and then."""

    port: int
    connections: int = 64
    each: Callable[[], None] = lambda: None
    _selector: selectors.BaseSelector = field(default_factory=selectors.DefaultSelector)
    _retried: int = 0

    def run(self, crowd: Crowd, seconds: float) -> Driven:
        """Until the crowd is done or ``seconds`` have passed."""
        statuses, latencies = Counter[int](), list[float]()
        lines = [self._open() for _number in range(self.connections)]
        own, others, began = own_cpu(), cpu_below_us(), time.perf_counter()
        for line in lines:
            self._ask(line, crowd.next())
        while not crowd.over() and time.perf_counter() - began < seconds:
            for key, _events in self._selector.select(timeout=0.05):
                self._read(key.data, crowd, statuses, latencies)
            for line in lines:
                if line.ask is None:
                    self._ask(line, crowd.next())
            self.each()
        spent = time.perf_counter() - began
        found = Driven(spent, statuses, latencies, (own_cpu() - own) / spent, cpu_below_us() - others, self._retried)
        for line in lines:
            self._selector.unregister(line.sock)
            line.sock.close()
        return found

    def _open(self) -> _Line:
        line = _Line(self._connect())
        self._selector.register(line.sock, selectors.EVENT_READ, line)
        return line

    def _connect(self) -> socket.socket:
        deadline = time.monotonic() + 20
        while True:
            try:
                sock = socket.create_connection(("127.0.0.1", self.port), timeout=20)
            except OSError:
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.05)
                continue
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            return sock

    def _ask(self, line: _Line, ask: Ask | None) -> None:
        line.ask, line.received = ask, b""
        if ask is None:
            return
        line.sent_at = time.perf_counter()
        try:
            line.sock.sendall(ask.data)
        except OSError:
            self._again(line)

    def _again(self, line: _Line) -> None:
        """The server hung up: ask the very same again over a new connection, as a phone would."""
        self._retried += 1
        self._selector.unregister(line.sock)
        line.sock.close()
        line.sock = self._connect()
        self._selector.register(line.sock, selectors.EVENT_READ, line)
        ask, began = line.ask, line.sent_at
        self._ask(line, ask)
        line.sent_at = began

    def _read(self, line: _Line, crowd: Crowd, statuses: Counter[int], latencies: list[float]) -> None:
        try:
            chunk = line.sock.recv(_BUFFER)
        except OSError:
            chunk = b""
        if not chunk:
            self._again(line)
            return
        line.received += chunk
        answer = line.answer()
        if answer is None or line.ask is None:
            return
        statuses[answer[0]] += 1
        latencies.append(time.perf_counter() - line.sent_at)
        crowd.heard(line.ask, *answer)
        self._ask(line, crowd.next())


def own_cpu() -> float:
    """Seconds of processor that this process used."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def cpu_below_us() -> float:
    """Seconds of processor that all processes below this one used, ended ones too: servers and database."""
    times, parent = {}, {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        pid = int(stat.parent.name)
        parent[pid] = int(fields[1])
        times[pid] = sum(int(value) for value in fields[11:15]) / _TICKS
    return sum(spent for pid, spent in times.items() if _is_below(pid, parent))


def _is_below(pid: int, parent: dict[int, int]) -> bool:
    own = os.getpid()
    while pid in parent:
        pid = parent[pid]
        if pid == own:
            return True
    return False


def body_of(data: bytes) -> dict[str, object]:
    """The JSON of an answer, empty when it is none."""
    try:
        found = json.loads(data)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}
