"""Who may see a campaign or a reservation, and who may move them: each question beside its queryset twin.

An employer's agent is in no list below. Keepers of a site see what is to be collected at the sites of their union.
"""

from __future__ import annotations

from typing import Any

from django.db.models import Q, QuerySet

from niangjia.commons.people.policies import is_own_or_kin
from niangjia.commons.places.models import Site
from niangjia.commons.unions import scope, tree
from niangjia.commons.unions.roles import Role
from niangjia.kernel.actor import Actor
from niangjia.kernel.errors import NotFound
from niangjia.kernel.policy import Decision, allow, refuse
from niangjia.kernel.text import _
from niangjia.services.offers.chances.models import WaitingQuerySet
from niangjia.services.offers.models import (
    Appeal,
    Campaign,
    CampaignQuerySet,
    Reservation,
    ReservationQuerySet,
    Waiting,
    Wish,
)

READERS = (Role.UNION_OFFICER, Role.REVIEWER)
"""Offices that see the campaigns of their union and of those below, and who reserved."""

MANAGERS = (Role.UNION_OFFICER,)
"""Offices that run campaigns."""

KEEPERS = (Role.SITE_KEEPER, Role.UNION_OFFICER)
"""Offices that hand out at the sites of their union and of those below."""


def no_campaign() -> NotFound:
    """The one answer for a campaign that does not exist and for one out of sight."""
    return NotFound("CAMPAIGN_NOT_FOUND", _("没有找到这个活动，它可能已经下线。"))


def no_reservation() -> NotFound:
    """The one answer for a reservation that does not exist and for somebody else's."""
    return NotFound("RESERVATION_NOT_FOUND", _("没有找到这份预约。"))


def visible_campaigns(actor: Actor) -> CampaignQuerySet:
    """Members and strangers see what is published; staff what their offices reach, drafts too."""
    if actor.is_system:
        return Campaign.objects.all()
    if actor.is_staff:
        return Campaign.objects.filter(scope.within(actor, *READERS, *KEEPERS))
    return Campaign.objects.shown()


def listed_campaigns(actor: Actor) -> CampaignQuerySet:
    """The visible ones within the union chosen in the console's switcher."""
    return visible_campaigns(actor).filter(scope.shown(actor, *READERS, *KEEPERS))


def visible_reservations(actor: Actor) -> ReservationQuerySet:
    """One's own as a member; those of one's campaigns as an officer; those at one's sites as a keeper."""
    if actor.is_system:
        return Reservation.objects.all()
    if actor.is_member:
        return Reservation.objects.filter(person_id=actor.person_id) if actor.person_id else Reservation.objects.none()
    if actor.is_staff:
        return Reservation.objects.filter(
            scope.within(actor, *READERS, field="campaign__union") | Q(site__in=kept_sites(actor))
        )
    return Reservation.objects.none()


def visible_places(actor: Actor) -> WaitingQuerySet:
    """Places on waiting lists: one's own as a member; those of one's campaigns as an officer."""
    rows: WaitingQuerySet = Waiting.objects.filter(_of_whom(actor))
    return rows


def visible_wishes(actor: Actor) -> QuerySet[Wish]:
    """Wishes in draws: one's own as a member; those of one's campaigns as an officer."""
    rows: QuerySet[Wish] = Wish.objects.filter(_of_whom(actor))
    return rows


def visible_appeals(actor: Actor) -> QuerySet[Appeal]:
    """Appeals: one's own as a member; those of one's campaigns as an officer."""
    rows: QuerySet[Appeal] = Appeal.objects.filter(_of_whom(actor, "reservation__"))
    return rows


def _of_whom(actor: Actor, prefix: str = "") -> Q:
    if actor.is_system:
        return Q()
    if actor.is_staff:
        return scope.within(actor, *READERS, field=f"{prefix}campaign__union")
    if actor.is_member and actor.person_id:
        return Q(**{f"{prefix}person": actor.person_id})
    return Q(pk__in=[])


def kept_sites(actor: Actor) -> QuerySet[Site]:
    """The sites at which the actor may hand out."""
    if not (actor.is_system or (actor.is_staff and actor.grants_of(*KEEPERS))):
        return Site.objects.none()
    return Site.objects.filter(scope.within(actor, *KEEPERS))


def may_keep(actor: Actor) -> Decision:
    """Open the counter at all: whoever holds an office that hands out."""
    if actor.is_system or (actor.is_staff and actor.grants_of(*KEEPERS)):
        return allow("office")
    return refuse("NO_OFFICE_HERE", _("您没有核销的职务。"))


def may_run(actor: Actor, union_id: int) -> Decision:
    """Draw up, publish, call off, give extra pieces: an officer of the campaign's union or of one above."""
    if actor.is_system:
        return allow("system")
    grant = scope.reaching(actor, tree.path_of(union_id), *MANAGERS) if actor.is_staff else None
    if grant is None:
        return refuse("NO_OFFICE_HERE", _("您在这个工会没有办理活动的职务。"))
    return allow(_ground(grant))


def may_reserve(actor: Actor) -> Decision:
    """A member's own session; staff sessions never reserve."""
    if actor.is_member and actor.user_id is not None:
        return allow("own")
    return refuse("MEMBER_SESSION_REQUIRED", _("请用会员身份登录后再预约。"))


def may_act_for_self(actor: Actor, person_id: int) -> Decision:
    """Cancel, wish, queue, appeal: only the person, signed in as a member."""
    if actor.is_member and actor.person_id == person_id:
        return allow("own")
    return refuse("NOT_YOURS", _("只有预约人本人可以这样操作。"))


def may_hand_out(actor: Actor, reservation: Reservation) -> Decision:
    """Confirm a collection: a keeper of the site, never for oneself, a relative or one's household."""
    if actor.is_system:
        return allow("system")
    if is_own_or_kin(actor, reservation.person_id):
        return refuse("OWN_CASE", _("不能核销自己或亲属的预约，请交给同事。"))
    grant = scope.reaching(actor, tree.path_of(reservation.site.union_id), *KEEPERS) if actor.is_staff else None
    if grant is None:
        return refuse("NO_OFFICE_HERE", _("您不是这个领取点的工作人员。"))
    return allow(_ground(grant))


def _ground(grant: Any) -> str:
    return f"{grant.role}@{grant.node_id}" + (f" for {grant.deputy_for}" if grant.deputy_for else "")
