"""When what somebody told about an item not collected has been kept long enough, and how it goes."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db.models import QuerySet

from niangjia.kernel.actor import Actor
from niangjia.platform.personal_data.retention import Rule
from niangjia.services.offers.counter.models import Appeal
from niangjia.services.offers.states import AppealState

ANSWERED = (AppealState.ACCEPTED.value, AppealState.REFUSED.value)
WITH_THE_PERSON = ("offers.Reservation", "offers.Wish", "offers.Waiting", "offers.Scan", "offers.Bar")
"""They name the person by their row alone, and mean nobody once the person has gone."""


def _answered(cutoff: datetime) -> QuerySet[Any]:
    rows: QuerySet[Any] = Appeal.objects.filter(state__in=ANSWERED, state_since__lt=cutoff)
    return rows


def _delete(keys: Sequence[int], _actor: Actor) -> int:
    """What followed, a lifted bar, stands in the bar and the audit."""
    return int(Appeal.objects.filter(pk__in=keys).delete()[0])


RULE = Rule("offers.appeal", "application", ("offers.Appeal",), _answered, _delete)
