"""When guardianships have been kept long enough, and how they go."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db.models import QuerySet

from niangjia.commons.people.guardians.models import GuardianPaper, Guardianship
from niangjia.commons.people.guardians.states import STANDING
from niangjia.kernel import clock
from niangjia.kernel.actor import Actor
from niangjia.platform.files import actions as files
from niangjia.platform.personal_data.retention import Rule

EMPTIED = ("name", "id_number", "ward_index", "note", "emptied_at")


def _ended_before(cutoff: datetime) -> QuerySet[Any]:
    rows: QuerySet[Any] = Guardianship.objects.exclude(state__in=STANDING).filter(state_since__lt=cutoff)
    return rows.filter(emptied_at=None)


def _empty(keys: Sequence[int], _actor: Actor) -> int:
    """Who was whose guardian from when until when stays; what was stated and shown goes."""
    rows = list(Guardianship.objects.select_for_update(of=("self",)).filter(pk__in=keys))
    papers = GuardianPaper.objects.filter(guardianship__in=rows).select_related("file")
    shown = [paper.file for paper in papers]
    papers.delete()
    for file in shown:
        files.delete(file)
    for row in rows:
        row.name = row.id_number = row.ward_index = row.note = ""
        row.emptied_at = clock.now()
        row.save(update_fields=EMPTIED)
    return len(rows)


RULE = Rule(
    "people.guardianship", "application", ("people.Guardianship", "people.GuardianPaper"), _ended_before, _empty
)
