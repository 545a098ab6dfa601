"""What this room leaves in the ledger: each case that was paid, under the programme it belongs to."""

from __future__ import annotations

from datetime import date
from typing import Any

from niangjia.commons.people.categories import is_new_form
from niangjia.platform.lifecycle.records import Record
from niangjia.services.reimbursement.models import Case

PAID = "reimbursement.paid"
DAYS = "reimbursement.days_to_payment"
"""Measures: a case with what was given back; days from the feed to the payment in ``qty``."""


def programme_of(programme: str) -> str:
    """The programme's code in the ledger."""
    return f"reimbursement.{programme}"


def paid(case: Case, day: date) -> list[Record]:
    """A case whose money arrived on ``day``; round and person must be loaded."""
    person = case.person
    dims = {
        "programme": case.programme,
        "kind": case.kind,
        "category": person.category,
        "new_form": "yes" if is_new_form(person.category) else "no",
        "sex": person.sex,
    }
    took = max(0, (day - case.round.created_at.date()).days)
    common: dict[str, Any] = {"person_id": case.person_id, "day": day, "dims": dims}
    return [
        Record(programme_of(case.programme), PAID, case.union_id, fen=case.fen, **common),
        Record(programme_of(case.programme), DAYS, case.union_id, qty=took, **common),
    ]
