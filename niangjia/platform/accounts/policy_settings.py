"""How long sessions and codes live and how often one may try. Each value is a Django setting with a default here.

A setting is looked up when it is used, so tests and installations may change any of them. Where the environment may
set the value, its variable is named in brackets. Rule sources: reliability R16–R18 (codes, equal answers, sessions).
"""

from __future__ import annotations

import os
from datetime import timedelta
from typing import Any

from django.conf import settings

DEFAULTS: dict[str, int] = {
    "MEMBER_SESSION_DAYS": 30,
    "MEMBER_IDLE_DAYS": 7,
    "STAFF_SESSION_HOURS": 12,
    "STAFF_IDLE_MINUTES": 15,
    "STAFF_PENDING_MINUTES": 10,
    "OWNER_MINUTES": 30,
    "STEP_UP_MINUTES": 10,
    "CODE_MINUTES": 5,
    "CODE_GUESSES": 5,
    "CODES_PER_MINUTE": 1,
    "CODES_PER_HOUR": 5,
    "CODES_PER_DAY": 10,
    "CODES_PER_ADDRESS": 25,
    "CODE_GUESSES_PER_ADDRESS": 150,
    "CODES_DAILY_BUDGET": 50_000,
    "STAFF_PASSWORD_TRIES": 5,
    "STAFF_TOTP_TRIES": 20,
    "STAFF_TRIES_PER_ADDRESS": 200,
    "OWNER_TRIES": 5,
    "SESSION_RECORD_DAYS": 180,
}
"""Every whole number that an installation may set, as ``NIANGJIA_<name>`` in the environment."""

SESSION_RECORD_FLOOR_DAYS = 180
"""Records of sign-ins are kept six months at least (Cybersecurity Law 2016, article 21(3); MLPS level 3)."""
ADDRESS_WINDOW_SECONDS = 300
LOCK_OUT_SECONDS = 900
OWNER_WINDOW_SECONDS = 7 * 86400
"""Four places are guessed too easily for a short window."""
TOTP_STEP_SECONDS = 30
PASSWORD_MAX_LENGTH = 4096
COOKIE_HEADER_BYTES = 8 * 1024
DEMO_CODE = "246810"

SIGN_IN_PATH = "/sign-in/"
OWNER_PATH = "/sign-in/owner/"
CONSOLE_SIGN_IN_PATH = "/console/sign-in/"
CONSOLE_SECOND_FACTOR_PATH = "/console/second-factor/"
CONSOLE_ENROLMENT_PATH = "/console/second-factor/set-up/"


def number(name: str) -> int:
    """The value of ``name``: the Django setting, else the environment's ``NIANGJIA_<name>``, else the default."""
    return int(_lookup(name, DEFAULTS[name]))


def staff_networks() -> list[str]:
    """Networks (CIDR) from which staff may work [NIANGJIA_STAFF_NETWORKS, comma-separated]; empty means anywhere."""
    value = _lookup("STAFF_NETWORKS", "")
    parts = value.split(",") if isinstance(value, str) else value
    return [part.strip() for part in parts if part.strip()]


def path(name: str) -> str:
    """One of the addresses above, which a shell may place elsewhere by a Django setting of the same name."""
    return str(getattr(settings, name, globals()[name]))


def member_session() -> timedelta:
    """How long a member stays signed in at most [NIANGJIA_MEMBER_SESSION_DAYS]."""
    return timedelta(days=number("MEMBER_SESSION_DAYS"))


def member_idle() -> timedelta:
    """How long a member's session survives unused [NIANGJIA_MEMBER_IDLE_DAYS]."""
    return timedelta(days=number("MEMBER_IDLE_DAYS"))


def staff_session() -> timedelta:
    """How long staff stay signed in at most [NIANGJIA_STAFF_SESSION_HOURS]."""
    return timedelta(hours=number("STAFF_SESSION_HOURS"))


def staff_idle() -> timedelta:
    """How long a staff session survives unused [NIANGJIA_STAFF_IDLE_MINUTES]."""
    return timedelta(minutes=number("STAFF_IDLE_MINUTES"))


def staff_pending() -> timedelta:
    """How long the second factor may take after the password [NIANGJIA_STAFF_PENDING_MINUTES]."""
    return timedelta(minutes=number("STAFF_PENDING_MINUTES"))


def owner_pending() -> timedelta:
    """How long a session may be held before its owner is known [NIANGJIA_OWNER_MINUTES]."""
    return timedelta(minutes=number("OWNER_MINUTES"))


def step_up() -> timedelta:
    """How recent a second factor must be for a delicate act [NIANGJIA_STEP_UP_MINUTES]."""
    return timedelta(minutes=number("STEP_UP_MINUTES"))


def code_life() -> timedelta:
    """How long a code by SMS is good [NIANGJIA_CODE_MINUTES]."""
    return timedelta(minutes=number("CODE_MINUTES"))


def _lookup(name: str, default: Any) -> Any:
    return getattr(settings, name, os.environ.get(f"NIANGJIA_{name}", default))
