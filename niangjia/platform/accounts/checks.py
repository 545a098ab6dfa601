"""Settings that contradict the law, themselves, or each other stop the start."""

from __future__ import annotations

from ipaddress import ip_network
from typing import Any

from django.core.checks import CheckMessage, Error, register

from niangjia.platform.accounts import policy_settings


@register()
def sign_in_settings(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    """Numbers are positive, idle limits lie within the whole, records are kept long enough, networks are networks."""
    return [*_numbers(), *_spans(), *_records(), *_networks()]


def _numbers() -> list[CheckMessage]:
    found: list[CheckMessage] = []
    for name in policy_settings.DEFAULTS:
        try:
            good = policy_settings.number(name) > 0
        except ValueError:
            good = False
        if not good:
            found.append(Error(f"NIANGJIA_{name} must be a whole number above 0.", id="accounts.E001"))
    return found


def _spans() -> list[CheckMessage]:
    if _numbers():
        return []
    pairs = [
        (policy_settings.member_idle(), policy_settings.member_session(), "MEMBER_IDLE_DAYS", "MEMBER_SESSION_DAYS"),
        (policy_settings.staff_idle(), policy_settings.staff_session(), "STAFF_IDLE_MINUTES", "STAFF_SESSION_HOURS"),
    ]
    return [
        Error(f"NIANGJIA_{part} must not be longer than NIANGJIA_{whole}.", id="accounts.E002")
        for idle, longest, part, whole in pairs
        if idle > longest
    ]


def _records() -> list[CheckMessage]:
    floor = policy_settings.SESSION_RECORD_FLOOR_DAYS
    if _numbers() or policy_settings.number("SESSION_RECORD_DAYS") >= floor:
        return []
    return [Error(f"NIANGJIA_SESSION_RECORD_DAYS must be {floor} at least.", id="accounts.E003")]


def _networks() -> list[CheckMessage]:
    found: list[CheckMessage] = []
    for network in policy_settings.staff_networks():
        try:
            ip_network(network, strict=False)
        except ValueError:
            found.append(Error(f"NIANGJIA_STAFF_NETWORKS: {network!r} is no network.", id="accounts.E004"))
    return found
