"""What deemed exits do by the clock. Safe to run twice."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from django.db.models import F, Q

from niangjia.commons.people.models import Membership
from niangjia.commons.people.states import MembershipState
from niangjia.commons.unions.models import Union
from niangjia.kernel import clock
from niangjia.kernel.actor import Actor
from niangjia.kernel.errors import DomainError
from niangjia.kernel.text import _
from niangjia.platform.jobs import JobHandle, every
from niangjia.services.joining.exits import actions, parameters, rules, signs
from niangjia.services.joining.exits.models import Exit
from niangjia.services.joining.exits.states import ExitState

ASKED_AGAIN_AFTER = timedelta(days=180)
"""Whoever said that they are still there, or was kept, is not listed again so soon."""


@every("joining.exits_listed", "30 2 * * *", label=_("列出可能视为退会的会员"))
def make_list(job: JobHandle) -> dict[str, int]:
    """Close what is overtaken, then list who falls under the rule at the unions where it is on."""
    actor = Actor.system("joining.exits_listed")
    closed = sum(_done(actions.close_exit, public_id=key, actor=actor) for key in _overtaken())
    listed = sum(_list(union, actor) for union in Union.objects.accepting(clock.today()).iterator())
    return {"closed": closed, "listed": listed}


def _overtaken() -> list[str]:
    gone = ~Q(membership__state__in=(MembershipState.ACTIVE, MembershipState.TRANSFERRING))
    gone |= ~Q(membership__union=F("union"))
    return list(Exit.objects.open().filter(gone).values_list("public_id", flat=True))


def _list(union: Union, actor: Actor) -> int:
    months = parameters.after_months(union.pk, clock.today())
    if not months:
        return 0
    lately = Q(state__in=(ExitState.STAYED, ExitState.KEPT, ExitState.UNDONE))
    lately &= Q(state_since__gte=clock.now() - ASKED_AGAIN_AFTER)
    known = Exit.objects.filter(lately | Q(pk__in=Exit.objects.open())).values("membership")
    silent = signs.without_any(union, rules.idle_since(clock.today(), months)).exclude(pk__in=known)
    return sum(_one(membership, actor) for membership in silent.order_by("pk"))


def _one(membership: Membership, actor: Actor) -> int:
    return _done(actions.list_exit, membership=membership, actor=actor)


def _done(act: Callable[..., Exit], **said: object) -> int:
    try:
        act(**said)
    except DomainError:
        return 0
    return 1
