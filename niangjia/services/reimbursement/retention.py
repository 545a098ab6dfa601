"""When settlements that matched nobody have been kept long enough, and how they go.

Cases stay as pseudonyms for the books: sums, days and a number of the insurer, nothing of what somebody had.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db.models import QuerySet

from niangjia.kernel.actor import Actor
from niangjia.platform.personal_data.retention import Rule
from niangjia.services.reimbursement.models import Case, Lost
from niangjia.services.reimbursement.states import CaseState, LostState

_OVER = (CaseState.NOTHING, CaseState.PAID, CaseState.DROPPED)


def _lost(cutoff: datetime) -> QuerySet[Any]:
    rows: QuerySet[Any] = Lost.objects.exclude(state=LostState.WAITING).filter(state_since__lt=cutoff)
    return rows.exclude(id_index="")


def _empty_lost(keys: Sequence[int], _actor: Actor) -> int:
    """What the insurer wrote goes; number, sum and cause stay."""
    count = 0
    for lost in Lost.objects.select_for_update().filter(pk__in=keys):
        lost.content = lost.id_index = ""
        lost.save(update_fields=["content", "id_index"])
        count += 1
    return count


def _cases(cutoff: datetime) -> QuerySet[Any]:
    rows: QuerySet[Any] = Case.objects.filter(state__in=_OVER, state_since__lt=cutoff)
    return rows.exclude(transaction__startswith="gone-")


def _forget_numbers(keys: Sequence[int], _actor: Actor) -> int:
    """The insurer's number leads to a treatment: it goes, the case stays for the books."""
    count = 0
    for case in Case.objects.select_for_update().filter(pk__in=keys):
        case.transaction, case.document = f"gone-{case.public_id}", {}
        case.save(update_fields=["transaction", "document"])
        count += 1
    return count


RULES = (
    Rule("reimbursement.lost", "membership", ("reimbursement.Lost",), _lost, _empty_lost),
    Rule("reimbursement.case", "membership", ("reimbursement.Case",), _cases, _forget_numbers),
)
