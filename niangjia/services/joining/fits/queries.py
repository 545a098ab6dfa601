"""What the pages of offers read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from django.db.models import Count, Q, QuerySet

from niangjia.commons.desk import queries as desk
from niangjia.commons.desk.subjects import DeskLine
from niangjia.commons.unions.models import Union
from niangjia.kernel.actor import Actor
from niangjia.kernel.text import _
from niangjia.platform.web.parts import Fact
from niangjia.services.joining.fits import policies
from niangjia.services.joining.fits.models import Fit
from niangjia.services.joining.fits.states import FIT, FitState
from niangjia.services.joining.transfers.states import UNDER_WAY, TransferState

SUBJECT_TYPE = FIT.name
COUNTED: Mapping[str, Q] = {
    "offered": Q(fits__state=FitState.OFFERED),
    "put_off": Q(fits__state=FitState.LATER),
    "declined": Q(fits__state=FitState.DECLINED),
    "unanswered": Q(fits__state=FitState.LAPSED),
    "accepted": Q(fits__state=FitState.ACCEPTED),
    "waiting": Q(fits__transfer__state__in=UNDER_WAY),
    "taken_in": Q(fits__transfer__state=TransferState.ACCEPTED),
}
"""How the offers of a union stand; ``waiting`` and ``taken_in`` are of those accepted."""


def fit_for(actor: Actor, public_id: str) -> Fit:
    """One offer that the actor may see. Raises NotFound."""
    found = policies.visible_fits(actor).with_unions().filter(public_id=public_id).first()
    if found is None:
        raise policies.not_found()
    return found  # type: ignore[no-any-return]


def own_fits(actor: Actor) -> list[Fit]:
    """A member's own, the newest first."""
    if not actor.is_member:
        return []
    return list(policies.visible_fits(actor).with_unions().order_by("-created_at", "-pk")[:20])


def facts(fit: Fit) -> list[Fact]:
    """What is offered, and why."""
    return [
        Fact(_("合适的工会"), fit.union.name),
        Fact(_("为什么合适"), fit.ground_label),
        Fact(_("现在的工会"), fit.held.name),
    ]


def due_at(fit: Fit) -> datetime | None:
    """By when the member shall choose; None when nobody waits."""
    item = desk.open_item(SUBJECT_TYPE, fit.pk)
    return item.due_at if item is not None else None


def counted(actor: Actor) -> QuerySet[Union]:
    """The unions in reach that are offered, with how many stand where."""
    counts = {name: Count("fits", filter=condition) for name, condition in COUNTED.items()}
    return policies.counted_unions(actor).annotate(**counts)


def sums(actor: Actor) -> Mapping[str, int]:
    """The same over all unions in reach."""
    counts = {name: Count("fits", filter=condition) for name, condition in COUNTED.items()}
    return policies.counted_unions(actor).aggregate(**counts)


def desk_lines(_actor: Actor, _ids: Sequence[int]) -> Mapping[int, DeskLine]:
    """None: an offer waits on the member alone."""
    return {}
