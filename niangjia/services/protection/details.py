"""What a claimant writes about an event, as one value that is stored sealed. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any


@dataclass(frozen=True)
class Bill:
    """One invoice or settlement list: who issued it, its number, its sum in fen."""

    issuer: str
    number: str
    fen: int


@dataclass(frozen=True)
class Details:
    """The event as the claimant tells it. ``area_tenths`` is in tenths of a square metre; ``grade`` a grade of
    disability; ``admitted`` and ``discharged`` are days in hospital."""

    story: str = ""
    place: str = ""
    hospital: str = ""
    diagnosis: str = ""
    admitted: date | None = None
    discharged: date | None = None
    grade: str = ""
    area_tenths: int = 0
    bills: tuple[Bill, ...] = ()

    @property
    def bill_fen(self) -> int:
        return sum(bill.fen for bill in self.bills)

    @property
    def days(self) -> int:
        """Days in hospital, the first and the last counted as one stay of their difference."""
        if self.admitted is None or self.discharged is None:
            return 0
        return (self.discharged - self.admitted).days


def document_of(details: Details) -> dict[str, Any]:
    """Only numbers and strings."""
    document = asdict(details)
    for name in ("admitted", "discharged"):
        document[name] = document[name].isoformat() if document[name] else None
    return document


def read(document: Mapping[str, Any]) -> Details:
    """The inverse of :func:`document_of`."""
    days = {name: date.fromisoformat(document[name]) if document.get(name) else None for name in _DAYS}
    bills = tuple(Bill(**bill) for bill in document.get("bills", ()))
    return Details(**{**document, **days, "bills": bills})


_DAYS = ("admitted", "discharged")
