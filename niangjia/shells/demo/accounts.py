"""The sign-ins of the demonstration: fixed, so that they can be printed and written down. Never in production.

The passwords and secrets below open invented data only; a server that has real adapters or is in production refuses
to start with them (see ``shells/host/checks.py``).
"""

from __future__ import annotations

import base64
import hashlib
import json
import unicodedata
from collections.abc import Sequence
from dataclasses import asdict, dataclass

CODE = "246810"
"""The code that every invented phone receives; the same as accounts' ``DEMO_CODE`` (a test compares them)."""


@dataclass(frozen=True)
class SignIn:
    """One way into the demonstration. Members sign in by phone and code, staff by name, password and TOTP."""

    role: str
    union: str
    union_code: str
    sign_in: str
    password: str = ""
    code: str = ""
    totp_secret: str = ""

    @property
    def is_staff(self) -> bool:
        return bool(self.password)


def _staff(role: str, union: str, union_code: str, name: str) -> SignIn:
    digest = hashlib.sha256(f"niangjia demonstration {name}".encode()).digest()
    secret = base64.b32encode(digest[:20]).decode()
    return SignIn(role, union, union_code, name, password=f"niangjia-{name}-2026", totp_secret=secret)


def _by_phone(role: str, union: str, union_code: str, phone: str) -> SignIn:
    return SignIn(role, union, union_code, phone, code=CODE)


CITY = ("北京市总工会", "110000")
DISTRICT = ("北京市昌平区总工会", "110114")
STREET = ("回龙观街道总工会", "110114011")
EMPLOYER_UNION = ("芒种田餐饮管理有限公司工会", "110114011-P01")

SIGN_INS: tuple[SignIn, ...] = (
    _by_phone("worker, not yet a member", "", "", "15400000001"),
    _by_phone("member", *EMPLOYER_UNION, "15400000002"),
    _staff("union_officer", *STREET, "officer"),
    _staff("union_officer", *EMPLOYER_UNION, "grassroots"),
    _staff("reviewer", *STREET, "reviewer"),
    _staff("reviewer", *DISTRICT, "district"),
    _staff("reviewer", *CITY, "city"),
    _staff("union_officer", *CITY, "chair"),
    _staff("stall_officer", *STREET, "stall"),
    _staff("site_keeper", *STREET, "keeper"),
    _staff("agency_clerk", *DISTRICT, "clerk"),
    _staff("finance_preparer", *CITY, "preparer"),
    _staff("finance_releaser", *CITY, "releaser"),
    _staff("mediator", *DISTRICT, "mediator"),
    _staff("hotline_operator", *CITY, "hotline"),
    _staff("employer_agent", *EMPLOYER_UNION, "employer"),
    _staff("system_admin", *CITY, "system"),
    _staff("security_admin", *CITY, "security"),
    _staff("audit_admin", *CITY, "audit"),
)


def as_json() -> str:
    """The sign-ins for programs: role, union, union_code, sign_in, password, code, totp_secret."""
    return json.dumps([asdict(entry) for entry in SIGN_INS], ensure_ascii=False, indent=2) + "\n"


def as_table() -> str:
    """The sign-ins for people: one line each, in columns that stand under each other."""
    head = ("role", "union", "sign in as", "password or code", "secret of the authenticator")
    rows = [head, *((e.role, e.union, e.sign_in, e.password or e.code, e.totp_secret) for e in SIGN_INS)]
    widths = [max(_width(row[column]) for row in rows) for column in range(len(head))]
    return "".join(_line(row, widths) for row in rows)


def _line(row: Sequence[str], widths: Sequence[int]) -> str:
    cells = (cell + " " * (width - _width(cell)) for cell, width in zip(row, widths, strict=True))
    return "  " + "  ".join(cells).rstrip() + "\n"


def _width(text: str) -> int:
    """Columns of a terminal that ``text`` takes: a Chinese character takes two."""
    return sum(2 if unicodedata.east_asian_width(character) in "WF" else 1 for character in text)
