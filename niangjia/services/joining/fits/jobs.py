"""What offers do by the clock. Every job is safe to run twice."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from itertools import islice

from django.db.models import F, Q

from niangjia.commons.desk.models import DeskItem
from niangjia.commons.people.states import MembershipState
from niangjia.commons.unions.models import Union
from niangjia.kernel import clock
from niangjia.kernel.actor import Actor
from niangjia.kernel.errors import DomainError
from niangjia.kernel.text import _
from niangjia.platform.jobs import JobHandle, every
from niangjia.services.joining.fits import actions, finding
from niangjia.services.joining.fits.actions import SUBJECT_TYPE
from niangjia.services.joining.fits.models import Fit
from niangjia.services.joining.fits.states import FitState

MOST_A_NIGHT = 20_000
"""So many are told in one night at most; the next night goes on."""


@every("joining.fits", "20 2 * * *", label=_("为会员推荐合适的工会"))
def tend(job: JobHandle) -> dict[str, int]:
    """Close what is overtaken, let silence be later, ask again whose day has come, then offer what fits."""
    actor = Actor.system("joining.fits")
    closed = _each(_overtaken(), actions.close_fit, actor)
    closed += _each(list(finding.misplaced()), actions.close_fit, actor)
    resting = _each(_silent(), actions.let_rest_fit, actor)
    due = Fit.objects.filter(state=FitState.LATER, ask_again_on__lte=clock.today())
    again = _each(due, actions.ask_fit_again, actor)
    return {"closed": closed, "resting": resting, "again": again, "offered": offer_all(actor)}


def offer_all(actor: Actor, most: int = MOST_A_NIGHT) -> int:
    """Offer to each held member the union that fits; how many."""
    offered = 0
    for membership, found in islice(finding.all_fits(), most):
        try:
            actions.offer_fit(membership=membership, found=found, actor=actor)
        except DomainError:
            continue
        offered += 1
    return offered


def _overtaken() -> Iterable[Fit]:
    gone = ~Q(membership__state=MembershipState.ACTIVE) | ~Q(membership__union=F("held"))
    gone |= ~Q(union__in=Union.objects.accepting(clock.today()))
    return Fit.objects.open().filter(gone)


def _silent() -> Iterable[Fit]:
    items = DeskItem.objects.open().filter(subject_type=SUBJECT_TYPE, due_at__lt=clock.now())
    return Fit.objects.filter(state=FitState.OFFERED, pk__in=list(items.values_list("subject_id", flat=True)))


def _each(rows: Iterable[Fit], act: Callable[..., Fit], actor: Actor) -> int:
    moved = 0
    for public_id in [row.public_id for row in rows]:
        try:
            act(public_id=public_id, actor=actor)
        except DomainError:
            continue
        moved += 1
    return moved
