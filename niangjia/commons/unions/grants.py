"""What a user's offices are today, handed to the sign-in as grants."""

from __future__ import annotations

from typing import Any

from django.db.models import BigIntegerField, DateField, Exists, F, OuterRef, Q, QuerySet

from niangjia.commons.unions.kinds import Axis
from niangjia.commons.unions.models import Appointment
from niangjia.kernel import clock
from niangjia.kernel.actor import Grant
from niangjia.platform.prepared import Parameter, Prepared


def of_user(user_id: int) -> tuple[Grant, ...]:
    """The grants of a user today, in one query. A deputy's falls as soon as the one stood in for holds the office no
    longer; an office at a closed union is none."""
    return tuple(Grant(*row) for row in _OFFICES.ask(user=user_id, day=clock.today()))


def _offices() -> QuerySet[Appointment, Any]:
    """Role, union, path and the one stood in for, of each office of ``user`` on ``day``."""
    day: Any = Parameter("day", DateField())
    own = Appointment.objects.in_force(day).filter(
        user=OuterRef("deputy_for"), union=OuterRef("union"), role=OuterRef("role"), deputy_for=None
    )
    rows = (
        Appointment.objects.in_force(day)
        .filter(Q(deputy_for=None) | Exists(own), user_id=Parameter("user", BigIntegerField()))
        .filter(Q(union__closed_on=None) | Q(union__closed_on__gt=day))
        .filter(
            Q(union__spans__valid_to=None) | Q(union__spans__valid_to__gt=day),
            union__spans__axis=Axis.AFFILIATION,
            union__spans__valid_from__lte=day,
        )
        .annotate(path=F("union__spans__path"))
        .order_by("path", "role")
    )
    return rows.values_list("role", "union_id", "path", "deputy_for_id")


_OFFICES = Prepared(_offices)
