"""When disputes have been kept long enough, and how they go."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db.models import QuerySet

from niangjia.commons.people.disputes.models import Dispute, DisputePaper
from niangjia.commons.people.disputes.states import OPEN_STATES
from niangjia.kernel import clock
from niangjia.kernel.actor import Actor
from niangjia.platform.files import actions as files
from niangjia.platform.personal_data.retention import Rule

SEALED = ("value", "stated_name", "note", "holder_note", "right_number")


def _ended_before(cutoff: datetime) -> QuerySet[Any]:
    rows: QuerySet[Any] = Dispute.objects.exclude(state__in=OPEN_STATES).filter(state_since__lt=cutoff)
    return rows.filter(emptied_at=None)


def _empty(keys: Sequence[int], _actor: Actor) -> int:
    """Number, union, outcome and days stay; what both sides said and showed goes."""
    rows = list(Dispute.objects.select_for_update(of=("self",)).filter(pk__in=keys))
    papers = DisputePaper.objects.filter(dispute__in=rows).select_related("file")
    shown = [paper.file for paper in papers]
    papers.delete()
    for file in shown:
        files.delete(file)
    for row in rows:
        for name in SEALED:
            setattr(row, name, "")
        row.emptied_at = clock.now()
        row.save(update_fields=[*SEALED, "emptied_at"])
    return len(rows)


RULE = Rule("people.dispute", "application", ("people.Dispute", "people.DisputePaper"), _ended_before, _empty)
