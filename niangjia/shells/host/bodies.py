"""Bodies of requests that do not come: whoever sends one too slowly is answered 408, and the thread is free again.

Granian reads a body where the application asks for it, and sets no limit of time. The reading is left to a helper's
thread, and the thread of the request waits for it only so long: a setting of seconds, and one more for each
``LEAST_RATE`` bytes that have come. A helper whose client neither sends nor goes away stays where it is until the
connection ends; granian allows so many of these as connections (its ``backpressure``).
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Iterable
from queue import Empty, SimpleQueue
from threading import Thread
from typing import Any

from django.http import HttpRequest, UnreadablePostError
from django.http.response import HttpResponseBase

from niangjia.kernel.errors import DomainError
from niangjia.kernel.text import _
from niangjia.platform.web import errors

LEAST_RATE = 8192
"""Bytes a second below which a body does not come as it should."""

_MOST_IDLE = 16
Work = Callable[[], bytes]
Application = Callable[[dict[str, Any], Any], Iterable[bytes]]
_idle: deque[SimpleQueue[tuple[Work, SimpleQueue[Any]]]] = deque()


class SlowBody(DomainError):
    """The request did not come in time."""

    status = 408


def within(application: Application, seconds: float) -> Application:
    """``application``, whose requests must bring their bodies within so many seconds."""

    def answer(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        if environ.get("CONTENT_LENGTH", "") not in ("", "0"):
            environ["wsgi.input"] = Body(environ["wsgi.input"], seconds)
        return application(environ, start_response)

    return answer


class Body:
    """A ``wsgi.input`` that waits for its client only so long. Its methods raise TimeoutError, and ``is_late`` then
    stays true."""

    def __init__(self, inner: Any, seconds: float) -> None:
        self.inner, self.seconds = inner, seconds
        self.received, self.is_late, self.began = 0, False, time.monotonic()

    def read(self, size: int = -1) -> bytes:
        return self._waited(lambda: self.inner.read(size))

    def readline(self, size: int = -1) -> bytes:
        return self._waited(lambda: self.inner.readline(size))

    def _waited(self, work: Work) -> bytes:
        left = self.began + self.seconds + self.received / LEAST_RATE - time.monotonic()
        if self.is_late or left <= 0:
            self.is_late = True
            raise TimeoutError("the body came too slowly")
        try:
            piece, fault = _handed(work).get(timeout=left)
        except Empty:
            self.is_late = True
            raise TimeoutError("the body came too slowly") from None
        if fault is not None:
            raise fault
        self.received += len(piece)
        return bytes(piece)


def _handed(work: Work) -> SimpleQueue[Any]:
    """Where a helper that is free puts what it read, and what went wrong."""
    box: SimpleQueue[Any] = SimpleQueue()
    try:
        inbox = _idle.pop()
    except IndexError:
        inbox = SimpleQueue()
        Thread(target=_help, args=(inbox,), name="body", daemon=True).start()
    inbox.put((work, box))
    return box


def _help(inbox: SimpleQueue[tuple[Work, SimpleQueue[Any]]]) -> None:
    while True:
        _read(*inbox.get())
        if len(_idle) >= _MOST_IDLE:
            return
        _idle.append(inbox)


def _read(work: Work, box: SimpleQueue[Any]) -> None:
    try:
        box.put((work(), None))
    except BaseException as fault:  # noqa: BLE001 - it belongs to the thread of the request
        box.put((b"", fault))


class SlowBodyMiddleware:
    """Whatever was made of a request whose body did not come, the client is told that."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        return self._told(request) if _is_late(request) else response

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponseBase | None:
        """No fault of ours, and none to be logged as one."""
        return self._told(request) if isinstance(error, UnreadablePostError) and _is_late(request) else None

    @staticmethod
    def _told(request: HttpRequest) -> HttpResponseBase:
        text = _("提交的内容传得太慢，没有收全，没有作任何改动。请换个网络好的地方再提交一次。")
        response = errors.draw(request, SlowBody("BODY_TOO_SLOW", text))
        response["Connection"] = "close"
        return response


def _is_late(request: HttpRequest) -> bool:
    return getattr(request.META.get("wsgi.input"), "is_late", False)
