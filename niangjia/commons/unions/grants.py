"""What a user's offices are today, handed to the sign-in as grants."""

from __future__ import annotations

from django.db.models import Exists, F, OuterRef, Q

from niangjia.commons.unions.kinds import Axis
from niangjia.commons.unions.models import Appointment
from niangjia.kernel import clock
from niangjia.kernel.actor import Grant


def of_user(user_id: int) -> tuple[Grant, ...]:
    """The grants of a user today, in one query. A deputy's falls as soon as the one stood in for holds the office no
    longer; an office at a closed union is none."""
    day = clock.today()
    own = Appointment.objects.in_force(day).filter(
        user=OuterRef("deputy_for"), union=OuterRef("union"), role=OuterRef("role"), deputy_for=None
    )
    rows = (
        Appointment.objects.in_force(day)
        .filter(Q(deputy_for=None) | Exists(own), user_id=user_id)
        .filter(Q(union__closed_on=None) | Q(union__closed_on__gt=day))
        .filter(
            Q(union__spans__valid_to=None) | Q(union__spans__valid_to__gt=day),
            union__spans__axis=Axis.AFFILIATION,
            union__spans__valid_from__lte=day,
        )
        .annotate(path=F("union__spans__path"))
        .order_by("path", "role")
    )
    return tuple(
        Grant(role, union_id, path, deputy_for)
        for role, union_id, path, deputy_for in rows.values_list("role", "union_id", "path", "deputy_for_id")
    )
