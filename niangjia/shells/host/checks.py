"""Contradictory or dangerous settings stop the start, each with a sentence that says what to change."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Sequence
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, register, run_checks
from django.core.checks.registry import registry
from django.core.exceptions import ImproperlyConfigured
from django.db import DatabaseError, connection

from niangjia.kernel import clock
from niangjia.shells.host.refusals import Refused

HARMLESS_SMS = frozenset(
    {"niangjia.platform.notices.adapters.ConsoleSms", "niangjia.platform.notices.adapters.FileSms"}
)
LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})
SECRET_LENGTH = 50


def refuse_settings() -> None:
    """Judge the settings alone; raises Refused. For who starts others that run every check themselves."""
    _refuse(_of_settings())


def refuse_start(*, answers_requests: bool = True) -> None:
    """Run every check with the database at hand; raises Refused with their sentences when one is an error.

    The settings are judged first and by themselves: with wrong ones the other checks may not even run. Who answers no
    requests need not read every address first, which is half of the work.
    """
    for found in (_of_settings, _of_everything if answers_requests else _without_addresses):
        _refuse(found())


def _of_everything() -> list[CheckMessage]:
    return run_checks(databases=["default"])


def _without_addresses() -> list[CheckMessage]:
    others = [check for check in registry.get_checks() if Tags.urls not in check.tags]
    return [message for check in others for message in check(app_configs=None, databases=["default"])]


def _of_settings() -> list[CheckMessage]:
    judges = (secrets_of_production, clock_of_production, readable_clock, demonstration_alone, known_cipher)
    return [message for judge in judges for message in judge(None)]


def _refuse(found: Sequence[CheckMessage]) -> None:
    errors = [message for message in found if message.is_serious() and not message.is_silenced()]
    if errors:
        raise Refused("\n".join(f"{error.id}: {error.msg} {error.hint or ''}".rstrip() for error in errors))


@register()
def secrets_of_production(app_configs: Any, **kwargs: Any) -> Iterable[CheckMessage]:
    """Production needs its own secrets and names."""
    if not settings.PRODUCTION:
        return
    if len(_secret_key()) < SECRET_LENGTH:
        yield Error(
            f"NIANGJIA_SECRET_KEY must be set to at least {SECRET_LENGTH} random characters.", id="niangjia.E001"
        )
    if not re.fullmatch(r"[0-9a-fA-F]{64}", settings.MASTER_KEY) or len(set(settings.MASTER_KEY)) == 1:
        yield Error("NIANGJIA_MASTER_KEY must be set to 64 random hexadecimal digits.", id="niangjia.E002")
    if not settings.ALLOWED_HOSTS or "*" in settings.ALLOWED_HOSTS:
        yield Error("NIANGJIA_HOSTS must name the hosts of this installation.", id="niangjia.E003")


def _secret_key() -> str:
    try:
        return str(settings.SECRET_KEY)
    except ImproperlyConfigured:
        return ""


@register()
def clock_of_production(app_configs: Any, **kwargs: Any) -> Iterable[CheckMessage]:
    """Time cannot be moved in production: codes, sessions and deadlines rest on it."""
    if settings.PRODUCTION and os.environ.get("NIANGJIA_CLOCK"):
        yield Error("NIANGJIA_CLOCK moves the time and is refused in production.", hint="Unset it.", id="niangjia.E004")


@register()
def readable_clock(app_configs: Any, **kwargs: Any) -> Iterable[CheckMessage]:
    """A clock that cannot be read would otherwise be noticed by the first request, or be taken for the machine's."""
    source = os.environ.get("NIANGJIA_CLOCK", "")
    if not source:
        return
    try:
        if source.startswith("file:"):
            clock.now()
            return
    except (OSError, ValueError):
        pass
    yield Error(
        "NIANGJIA_CLOCK must be file:PATH of a file that holds an ISO moment.",
        hint="Such as 2026-03-04T12:00:00+08:00.",
        id="niangjia.E009",
    )


@register()
def demonstration_alone(app_configs: Any, **kwargs: Any) -> Iterable[CheckMessage]:
    """A demonstration is never production and never writes to real phones or banks."""
    if not settings.DEMO:
        return
    if settings.PRODUCTION:
        yield Error("NIANGJIA_DEMO and NIANGJIA_PRODUCTION exclude each other.", hint="Unset one.", id="niangjia.E005")
    yield from _real_adapters("NIANGJIA_DEMO is set")


@register(Tags.database)
def demonstration_data(
    app_configs: Any, databases: Sequence[str] | None = None, **kwargs: Any
) -> Iterable[CheckMessage]:
    """A database filled by the demonstration never meets a real adapter or production."""
    if settings.DEMO or not databases or not _has_demonstration():
        return
    if settings.PRODUCTION:
        yield Error(
            "This database holds the demonstration city and cannot be used in production.",
            hint="Name an empty one in DATABASE_URL.",
            id="niangjia.E007",
        )
    yield from _real_adapters("This database holds the demonstration city")


def _real_adapters(why: str) -> Iterable[CheckMessage]:
    if settings.SMS_ADAPTER not in HARMLESS_SMS and not _is_here(settings.SMS_URL):
        yield Error(f"{why}, but NIANGJIA_SMS names a real adapter.", hint="Unset NIANGJIA_SMS.", id="niangjia.E006")
    if settings.BANK_URL and not _is_here(settings.BANK_URL):
        yield Error(f"{why}, but NIANGJIA_BANK_URL is a real bank's.", hint="Unset it.", id="niangjia.E006")


def _is_here(url: str) -> bool:
    return urlsplit(url).hostname in LOOPBACK


def _has_demonstration() -> bool:
    from niangjia.shells.demo.models import DemonstrationCity

    try:
        if DemonstrationCity._meta.db_table not in connection.introspection.table_names():
            return False
        return DemonstrationCity.objects.exists()
    except DatabaseError:
        return False


@register()
def known_cipher(app_configs: Any, **kwargs: Any) -> Iterable[CheckMessage]:
    """Only ciphers that we have."""
    if settings.CIPHER not in {"aes-gcm", "sm4-gcm"}:
        yield Error("NIANGJIA_CIPHER must be aes-gcm or sm4-gcm.", id="niangjia.E008")
