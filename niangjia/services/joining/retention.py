"""When applications that made nobody a member have been kept long enough, and how they go."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db.models import QuerySet

from niangjia.kernel.actor import Actor
from niangjia.platform.personal_data.retention import Rule
from niangjia.services.joining import hearing
from niangjia.services.joining.models import Application
from niangjia.services.joining.states import ApplicationState

CLOSED = (ApplicationState.REFUSED, ApplicationState.WITHDRAWN, ApplicationState.LAPSED)


def _closed_before(cutoff: datetime) -> QuerySet[Any]:
    rows: QuerySet[Any] = Application.objects.filter(state__in=CLOSED, state_since__lt=cutoff).exclude(name="")
    return rows


def _empty(keys: Sequence[int], _actor: Actor) -> int:
    """Number, union, state, category and dates stay for the figures."""
    return hearing.empty(Application.objects.select_for_update().filter(pk__in=keys))


RULE = Rule("joining.application", "application", ("joining.Application",), _closed_before, _empty)
"""An application that was approved belongs to the membership and goes with the person."""
