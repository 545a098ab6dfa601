"""The ways out. An adapter sends one message or says why not; it never touches the database.

An SMS adapter is a class without arguments, named by ``NIANGJIA_SMS``, with ``send(phone, text, business_id)``. A
repetition carries the same ``business_id``: whoever sends must send it once. :class:`DeliveryRefused` means that
trying again is useless, :class:`DeliveryFailed` that it may help.
"""

from __future__ import annotations

import json
import threading
from pathlib import Path
from typing import Protocol, cast

import structlog
from django.conf import settings
from django.core.mail import EmailMessage
from django.utils.module_loading import import_string

from niangjia.kernel import clock
from niangjia.platform.personal_data.masks import mask_phone

log = structlog.get_logger("niangjia.notices")

_file_lock = threading.Lock()


class DeliveryFailed(Exception):
    """It may or may not have been sent; the same business id is to be tried again later."""


class DeliveryRefused(Exception):
    """It was not sent and never will be, such as to a number that does not exist."""


class SmsAdapter(Protocol):
    """A way to send an SMS."""

    def send(self, phone: str, text: str, business_id: str) -> str:
        """Hand it over and return the gateway's own id. Raises DeliveryFailed, DeliveryRefused."""


class ConsoleSms:
    """Writes to the log instead of sending. In production neither number nor text is shown: it may be a code."""

    def send(self, phone: str, text: str, business_id: str) -> str:
        if settings.PRODUCTION:
            log.warning("sms_not_sent", number=mask_phone(phone), letters=len(text), business_id=business_id)
        else:
            log.info("sms", number=phone, says=text, business_id=business_id)
        return ""


class FileSms:
    """Appends to a file of JSON lines instead of sending; a repetition is written once, as a gateway sends it once.

    The file is ``NIANGJIA_SMS_URL`` (``file:/path``), else ``sms.jsonl`` in the folder for data.
    """

    def send(self, phone: str, text: str, business_id: str) -> str:
        path = self.path()
        line = {"business_id": business_id, "phone": phone, "text": text, "at": clock.now().isoformat()}
        with _file_lock:
            if any(known["business_id"] == business_id for known in self.sent()):
                return business_id
            path.parent.mkdir(parents=True, exist_ok=True)
            with path.open("a", encoding="utf-8") as stream:
                stream.write(json.dumps(line, ensure_ascii=False) + "\n")
        return business_id

    @staticmethod
    def path() -> Path:
        """Where the lines are."""
        url = settings.SMS_URL
        return Path(url.removeprefix("file:")) if url.startswith("file:") else settings.VAR / "sms.jsonl"

    @classmethod
    def sent(cls) -> list[dict[str, str]]:
        """Everything that was sent so far, oldest first."""
        path = cls.path()
        if not path.exists():
            return []
        return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def sms() -> SmsAdapter:
    """The adapter of this installation."""
    return cast(SmsAdapter, import_string(settings.SMS_ADAPTER)())


def send_email(address: str, subject: str, body: str, business_id: str) -> str:
    """Send one e-mail whose Message-ID is the business id. Raises DeliveryFailed, DeliveryRefused."""
    if "\n" in address or "\r" in address or "@" not in address:
        raise DeliveryRefused("address")
    message = EmailMessage(subject.replace("\n", " ").replace("\r", " "), body, to=[address])
    message.extra_headers["Message-ID"] = f"<{business_id}@niangjia>"
    try:
        message.send()
    except OSError as error:
        raise DeliveryFailed(type(error).__name__) from error
    return business_id


def __getattr__(name: str) -> object:
    """``adapters.HttpSms`` is named in settings; it lives in a module of its own, which builds on this one."""
    if name == "HttpSms":
        from niangjia.platform.notices.http_sms import HttpSms

        return HttpSms
    raise AttributeError(name)
