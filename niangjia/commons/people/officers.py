"""What an officer does to a membership at the desk: one durable transaction each, in the order of all actions."""

from __future__ import annotations

from datetime import date

from django.db import transaction

from niangjia.commons.people import actions, policies
from niangjia.commons.people.models import Membership, Person
from niangjia.commons.people.rules import broken
from niangjia.commons.people.states import MembershipEvent
from niangjia.commons.unions.models import Union
from niangjia.kernel.actor import Actor
from niangjia.kernel.policy import Decision
from niangjia.kernel.text import _


@transaction.atomic(durable=True)
def retain(*, public_id: str, day: date, reason: str, actor: Actor) -> Membership:
    """Keep the membership with its union. Raises NotFound, NotAllowed and as :func:`actions.retain`."""
    membership, decision = _found(public_id, actor)
    return actions.retain(membership, actor=actor, decision=decision, day=day, reason=reason)


@transaction.atomic(durable=True)
def take_up(*, public_id: str, day: date, union_code: str = "", actor: Actor) -> Membership:
    """Make it active again, at another union of the officer's reach when its code is given.

    Raises NotFound, NotAllowed, RuleBroken UNION_UNKNOWN and as :func:`actions.take_up`.
    """
    membership, decision = _found(public_id, actor)
    union = _union(union_code) if union_code.strip() else None
    if union is not None:
        policies.may_keep_at(actor, union.pk).require()
    return actions.take_up(membership, actor=actor, decision=decision, day=day, union=union)


@transaction.atomic(durable=True)
def end_membership(*, public_id: str, cause: str, day: date, reason: str = "", actor: Actor) -> Membership:
    """End it. Raises NotFound, NotAllowed, RuleBroken WARNING_FIRST and as :func:`actions.end_membership`."""
    membership, decision = _found(public_id, actor)
    if cause == MembershipEvent.DEEM_LEFT:
        raise broken("WARNING_FIRST", _("视为退会要先提醒本人并等到期限，请在“视为退会”里办理。"), "cause")
    return actions.end_membership(membership, cause=cause, actor=actor, decision=decision, day=day, reason=reason)


@transaction.atomic(durable=True)
def change_category(*, public_id: str, category: str, actor: Actor) -> Person:
    """Correct what kind of worker a member is. ``public_id`` is the membership's. Raises NotFound, NotAllowed."""
    membership, _decision = _found(public_id, actor)
    return actions.change_category(membership.person, category=category, actor=actor)


def _found(public_id: str, actor: Actor) -> tuple[Membership, Decision]:
    rows = policies.visible_memberships(actor).filter(public_id=public_id).select_related("person", "union")
    membership = rows.first()
    if membership is None:
        raise policies.not_found()
    return membership, policies.may_keep(actor, membership).require()


def _union(code: str) -> Union:
    union = Union.objects.filter(code=code.strip(), closed_on=None).first()
    if union is None:
        raise broken("UNION_UNKNOWN", _("没有找到这个工会，请核对代码。"), "union_code")
    return union
