"""Who may see a transfer and who may move it. An employer's agent is in no list: to it there are no transfers."""

from __future__ import annotations

from django.db.models import Q

from niangjia.commons.people.policies import is_own_or_kin
from niangjia.commons.unions import scope
from niangjia.commons.unions.models import Union
from niangjia.commons.unions.policies import ground_of
from niangjia.commons.unions.roles import Role
from niangjia.kernel.actor import Actor
from niangjia.kernel.errors import NotFound
from niangjia.kernel.policy import Decision, allow, refuse
from niangjia.kernel.text import _
from niangjia.services.joining.transfers.models import Transfer, TransferQuerySet
from niangjia.services.joining.transfers.states import Asked

READERS = (Role.UNION_OFFICER, Role.REVIEWER)
_NAMED_BY_NEW = (Asked.UNION.value, Asked.ROSTER.value)


def not_found() -> NotFound:
    """The one answer for a transfer that does not exist and for one out of sight."""
    return NotFound("NOT_FOUND", _("没有找到这件会籍接转。"))


def visible_transfers(actor: Actor) -> TransferQuerySet:
    """A member's own; an officer's by the old or the new union.

    Before the member has agreed the old union sees nothing, and the new one only whom it named itself.
    """
    rows: TransferQuerySet = Transfer.objects.all()
    if actor.is_system:
        return rows
    if actor.is_member:
        return rows.filter(person=actor.person_id) if actor.person_id else rows.none()
    if actor.is_staff and actor.grants_of(*READERS):
        return rows.filter(_sides(scope.within(actor, *READERS, field="old"), _new(actor))).exclude(
            person__user=actor.user_id
        )
    return rows.none()


def listed_transfers(actor: Actor) -> TransferQuerySet:
    """The visible ones within the union chosen in the console's switcher."""
    shown = scope.shown(actor, *READERS, field="old") | scope.shown(actor, *READERS, field="new")
    return visible_transfers(actor).filter(shown)


def _new(actor: Actor) -> Q:
    return scope.within(actor, *READERS, field="new")


def _sides(old: Q, new: Q) -> Q:
    agreed = Q(agreed_at__isnull=False)
    return (old & agreed) | (new & (agreed | Q(asked__in=_NAMED_BY_NEW)))


def may_list(actor: Actor) -> Decision:
    """Whether there are transfers for the actor at all."""
    held = actor.grants_of(*READERS) if actor.is_staff else ()
    if not held:
        return refuse("NO_OFFICE_HERE", _("您没有查看会籍接转的职务。"))
    return allow(ground_of(held[0]))


def may_propose(actor: Actor) -> Decision:
    """Propose that somebody comes: officers; for which union, says :func:`office_for`."""
    held = actor.grants_of(Role.UNION_OFFICER) if actor.is_staff else ()
    if not held:
        return refuse("NO_OFFICE_HERE", _("您没有办理会籍接转的职务。"))
    return allow(ground_of(held[0]))


def office_for(actor: Actor, union: Union) -> Decision:
    """The office from which the actor proposes for ``union``. Raises NotFound, NotAllowed."""
    return allow(ground_of(scope.require(actor, union.pk, Role.UNION_OFFICER)))


def may_ask(actor: Actor) -> Decision:
    """Ask to be transferred: a member, about oneself."""
    if actor.is_member and actor.person_id is not None:
        return allow("own")
    return refuse("NOT_YOURS", _("您还不是会员，不用接转，可以直接申请入会。"))


def may_act_for_self(actor: Actor, transfer: Transfer) -> Decision:
    """Agree, decline, withdraw: only the member."""
    if actor.is_member and actor.person_id == transfer.person_id:
        return allow("own")
    return refuse("NOT_YOURS", _("只有本人可以这样操作。"))


def answers_for(actor: Actor, transfer: Transfer) -> bool:
    """Whether the actor holds the office that must answer; whether they may in this case, says :func:`may_decide`."""
    grants = actor.grants_of(Role.UNION_OFFICER) if actor.is_staff else ()
    return any(grant.node_id == transfer.responsible_id for grant in grants)


def may_decide(actor: Actor, transfer: Transfer) -> Decision:
    """Release, accept, refuse: an officer of exactly the responsible union, never about oneself or one's kin."""
    if actor.is_system:
        return allow("system")
    grants = actor.grants_of(Role.UNION_OFFICER) if actor.is_staff else ()
    grant = next((one for one in grants if one.node_id == transfer.responsible_id), None)
    if grant is None:
        return refuse("NOT_RESPONSIBLE", _("这件接转现在由“{union}”办理。", union=transfer.responsible.name))
    if is_own_or_kin(actor, transfer.person_id):
        return refuse("OWN_CASE", _("不能办理自己或亲属的会籍，请交给同事。"))
    return allow(ground_of(grant))
