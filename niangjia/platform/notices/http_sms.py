"""An SMS gateway behind one small JSON interface, which a provider's own interface is easily put behind.

Request: ``POST NIANGJIA_SMS_URL`` with ``{"business_id": …, "phone": …, "text": …}`` as UTF-8 JSON and the headers

* ``Idempotency-Key``: the business id again; the gateway sends one message per business id, however often it is asked;
* ``X-Niangjia-Timestamp``: seconds since 1970, by which the gateway refuses old requests;
* ``X-Niangjia-Signature``: hex HMAC-SHA-256 with the key ``NIANGJIA_SMS_KEY`` over ``timestamp + "." + body``.

Answer: 200 or 202 with ``{"status": "accepted" | "duplicate" | "refused", "id": …, "reason": …}``. 408, 425, 429 and
5xx are tried again, any other status is a refusal. Redirects are not followed and at most 64 KiB are read, all within
``TIMEOUT_SECONDS``. The gateway may report delivery later, signed in the same way (see ``receipts``).
"""

from __future__ import annotations

import contextlib
import hashlib
import hmac
import http.client
import json
import re
import socket
import ssl
import threading
from typing import Any
from urllib.parse import SplitResult, urlsplit

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from niangjia.kernel import clock
from niangjia.platform.notices.adapters import DeliveryFailed, DeliveryRefused

TIMEOUT_SECONDS = 5.0
LONGEST_ANSWER = 64 * 1024
_TRY_AGAIN = {408, 425, 429}
_LOOPBACK = {"127.0.0.1", "::1", "localhost"}
_PHONE = re.compile(r"\+?[0-9]{5,15}")


def signature(key: str, timestamp: str, body: bytes) -> str:
    """What both sides put beside a body to show that it is theirs and fresh."""
    return hmac.new(key.encode(), timestamp.encode() + b"." + body, hashlib.sha256).hexdigest()


class HttpSms:
    """Sends by the interface above."""

    def __init__(self) -> None:
        self.url, self.key = _checked(settings.SMS_URL), _key()

    def send(self, phone: str, text: str, business_id: str) -> str:
        if not _PHONE.fullmatch(phone):
            raise DeliveryRefused("phone")
        body = json.dumps({"business_id": business_id, "phone": phone, "text": text}, ensure_ascii=False).encode()
        timestamp = str(int(clock.now().timestamp()))
        headers = {
            "Content-Type": "application/json; charset=utf-8",
            "Idempotency-Key": business_id,
            "X-Niangjia-Timestamp": timestamp,
            "X-Niangjia-Signature": signature(self.key, timestamp, body),
        }
        try:
            status, answer = self._post(body, headers)
        except (OSError, http.client.HTTPException) as error:
            raise DeliveryFailed(type(error).__name__) from error
        return _judge(status, answer)

    def _post(self, body: bytes, headers: dict[str, str]) -> tuple[int, bytes]:
        connection = _connect(self.url)
        alarm = threading.Timer(TIMEOUT_SECONDS, _cut, [connection])
        alarm.daemon = True
        alarm.start()
        try:
            path = (self.url.path or "/") + (f"?{self.url.query}" if self.url.query else "")
            connection.request("POST", path, body, headers)
            response = connection.getresponse()
            return response.status, _read(response)
        finally:
            alarm.cancel()
            connection.close()


def _connect(url: SplitResult) -> http.client.HTTPConnection:
    host = url.hostname or ""
    if url.scheme == "https":
        return http.client.HTTPSConnection(
            host, url.port, timeout=TIMEOUT_SECONDS, context=ssl.create_default_context()
        )
    return http.client.HTTPConnection(host, url.port, timeout=TIMEOUT_SECONDS)


def _cut(connection: http.client.HTTPConnection) -> None:
    """End a call whose time is up: a socket's own timeout starts again with every byte that drips in."""
    if connection.sock is not None:
        with contextlib.suppress(OSError):
            connection.sock.shutdown(socket.SHUT_RDWR)


def _read(response: http.client.HTTPResponse) -> bytes:
    answer = response.read(LONGEST_ANSWER + 1)
    if len(answer) > LONGEST_ANSWER:
        raise DeliveryFailed("answer too long")
    return answer


def _judge(status: int, answer: bytes) -> str:
    if status in _TRY_AGAIN or status >= 500:
        raise DeliveryFailed(f"status {status}")
    if status not in (200, 202):
        raise DeliveryRefused(f"status {status}")
    try:
        said: Any = json.loads(answer)
    except ValueError as error:
        raise DeliveryFailed("answer is not JSON") from error
    outcome = said.get("status") if isinstance(said, dict) else None
    if outcome in ("accepted", "duplicate"):
        return str(said.get("id", ""))[:64]
    if outcome == "refused":
        raise DeliveryRefused(re.sub(r"[^\w.-]", " ", str(said.get("reason", "")), flags=re.ASCII)[:60] or "refused")
    raise DeliveryFailed("answer not understood")


def _checked(url: str) -> SplitResult:
    """The configured address, if it is one that messages may be trusted to. Raises ImproperlyConfigured."""
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ImproperlyConfigured("NIANGJIA_SMS_URL must be an http or https address")
    if parts.username or parts.password or parts.fragment:
        raise ImproperlyConfigured("NIANGJIA_SMS_URL must hold neither user, password nor fragment")
    if parts.scheme == "http" and settings.PRODUCTION and parts.hostname not in _LOOPBACK:
        raise ImproperlyConfigured("NIANGJIA_SMS_URL must be https in production")
    return parts


def shared_key() -> str:
    """The key shared with the gateway; "" when there is none."""
    return str(settings.SMS_KEY)


def _key() -> str:
    key = shared_key()
    if not key:
        raise ImproperlyConfigured("NIANGJIA_SMS_KEY is not set")
    return key
