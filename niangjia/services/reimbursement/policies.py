"""Who may see and move feeds, rounds, cases and settlements that matched nobody. An employer's agent is in no list."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet

from niangjia.commons.people.policies import is_own_or_kin
from niangjia.commons.rosters.models import StagedRosterQuerySet
from niangjia.commons.rosters.states import RosterState
from niangjia.commons.unions import scope, tree
from niangjia.commons.unions.models import Union
from niangjia.commons.unions.policies import ground_of
from niangjia.commons.unions.roles import Role
from niangjia.kernel.actor import Actor, Grant
from niangjia.kernel.errors import NotFound
from niangjia.kernel.policy import Decision, allow, refuse
from niangjia.kernel.text import _
from niangjia.services.reimbursement.models import Case, CaseQuerySet, Feed, Lost, Round

WORKERS = (Role.AGENCY_CLERK,)
"""Offices that bring in settlements, and look for the people of those that matched nobody."""

DECIDERS = (Role.REVIEWER,)
"""Offices that agree to a round, hold cases back, and judge the sample."""

READERS = (*WORKERS, *DECIDERS)


def not_found() -> NotFound:
    """The one answer for what does not exist and what is out of sight."""
    return NotFound("NOT_FOUND", _("没有找到这一项。"))


def _seen(actor: Actor, rows: Any) -> Any:
    if actor.is_system:
        return rows
    if actor.is_staff and actor.grants_of(*READERS):
        return rows.filter(scope.within(actor, *READERS))
    return rows.none()


def visible_feeds(actor: Actor) -> StagedRosterQuerySet:
    """The feeds for unions within the actor's offices."""
    rows: StagedRosterQuerySet = _seen(actor, Feed.objects.all())
    return rows


def visible_rounds(actor: Actor) -> QuerySet[Round]:
    """The rounds of unions within the actor's offices."""
    rows: QuerySet[Round] = _seen(actor, Round.objects.select_related("union", "feed"))
    return rows


def visible_lost(actor: Actor) -> QuerySet[Lost]:
    """What matched nobody, of unions within the actor's offices."""
    rows: QuerySet[Lost] = _seen(actor, Lost.objects.select_related("union", "feed"))
    return rows


def visible_cases(actor: Actor) -> CaseQuerySet:
    """One's own as a member; as staff those of the rounds that one sees, never one's own."""
    rows: CaseQuerySet = Case.objects.all()
    if actor.is_member:
        return rows.filter(person_id=actor.person_id or 0)
    if actor.is_system:
        return rows
    found: CaseQuerySet = rows.filter(round__in=visible_rounds(actor).values("pk")).exclude(
        person__user_id=actor.user_id
    )
    return found


def may_list(actor: Actor) -> Decision:
    """Open the pages at all: staff with a reader's office."""
    held = actor.grants_of(*READERS) if actor.is_staff else ()
    if actor.is_system or held:
        return allow("office")
    return refuse("NO_OFFICE_HERE", _("您没有办理二次报销的职务。"))


def may_upload(actor: Actor) -> Decision:
    """Whether the actor may bring in settlements somewhere; where, says :func:`office_for`."""
    if actor.is_staff and actor.grants_of(*WORKERS):
        return allow("office")
    return refuse("NO_OFFICE_HERE", _("您没有上传结算数据的职务。"))


def office_for(actor: Actor, union: Union) -> Grant:
    """The office from which settlements of ``union`` may be brought in. Raises NotFound, NotAllowed."""
    return scope.require(actor, union.pk, *WORKERS)


def _here(actor: Actor, union_id: int, *roles: Role) -> Decision:
    if actor.is_system:
        return allow("system")
    grant = scope.reaching(actor, tree.path_of(union_id), *roles) if actor.is_staff else None
    if grant is None:
        return refuse("NO_OFFICE_HERE", _("您在这个工会没有办理二次报销的职务。"))
    return allow(ground_of(grant))


def may_work(actor: Actor, feed: Feed) -> Decision:
    """Confirm, apply, check again, discard a feed."""
    return _here(actor, feed.union_id, *WORKERS)


def may_apply(actor: Actor, feed: Feed) -> Decision:
    """Like :func:`may_work`; who confirmed it for a second pair of eyes is not that pair."""
    if feed.state == RosterState.CONFIRMED and actor.user_id == feed.confirmed_by_id and not actor.is_system:
        return refuse("SECOND_EYES", _("这份数据由您确认，要请另一位同事生成报销。"))
    return may_work(actor, feed)


def may_decide(actor: Actor, round_: Round) -> Decision:
    """Agree to a round or call it off: a reviewer of its union or above, and not who computed it."""
    here = _here(actor, round_.union_id, *DECIDERS)
    if here and not actor.is_system and actor.user_id == round_.computed_by_id:
        return refuse("FOUR_EYES", _("这一轮由您提交，要由另一位同事复核。"))
    return here


def may_judge(actor: Actor, case: Case) -> Decision:
    """Judge a case of a round: as :func:`may_decide`, never one's own or a relative's."""
    here = may_decide(actor, case.round)
    if here and not actor.is_system and actor.user_id == case.brought_by_id:
        return refuse("FOUR_EYES", _("这一笔由您匹配或恢复办理，要由另一位同事核对。"))
    if here and not actor.is_system and is_own_or_kin(actor, case.person_id):
        return refuse("OWN_CASE", _("不能办理自己或亲属的报销，请交给同事。"))
    return here


def may_take_up(actor: Actor, case: Case) -> Decision:
    """Take up a case that was held back: who works on settlements or judges them there, never one's own or a
    relative's."""
    here = _here(actor, case.round.union_id, *READERS)
    if here and not actor.is_system and is_own_or_kin(actor, case.person_id):
        return refuse("OWN_CASE", _("不能办理自己或亲属的报销，请交给同事。"))
    return here


def may_match(actor: Actor, lost: Lost) -> Decision:
    """Look for the person of a settlement that matched nobody, or give it up."""
    return _here(actor, lost.union_id, *WORKERS)


def may_hear_of_money(actor: Actor) -> Decision:
    """Move a case by what the bank did: only the system, which hears it from the payments."""
    if actor.is_system:
        return allow("system")
    return refuse("SYSTEM_ALONE", _("这一步由系统按银行结果自动办理。"))
