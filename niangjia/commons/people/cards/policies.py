"""Who may see a card and who may stop, restore or replace it: each question beside its queryset twin."""

from __future__ import annotations

from niangjia.commons.people import policies as people
from niangjia.commons.people.cards.models import Card, CardQuerySet
from niangjia.commons.people.models import Membership
from niangjia.kernel.actor import Actor
from niangjia.kernel.errors import NotFound
from niangjia.kernel.policy import Decision, allow, refuse
from niangjia.kernel.text import _


def not_found() -> NotFound:
    """The one answer for a card that does not exist and for one out of the actor's sight."""
    return NotFound("CARD_NOT_FOUND", _("没有找到这张卡。"))


def visible_cards(actor: Actor) -> CardQuerySet:
    """One's own cards; as an officer those of people whose membership stands or stood last within one's reach."""
    cards: CardQuerySet = Card.objects.all()
    if actor.is_system:
        return cards
    if actor.is_member:
        return cards.filter(person=actor.person_id) if actor.person_id else cards.none()
    seen = people.visible_people(actor).filter(memberships__in=people.visible_memberships(actor))
    return cards.filter(person__in=seen.values("pk")) if actor.is_staff else cards.none()


def may_see(actor: Actor, card: Card) -> Decision:
    """The twin of :func:`visible_cards`."""
    if visible_cards(actor).filter(pk=card.pk).exists():
        return allow("own" if actor.is_member else "office")
    return refuse("CARD_NOT_FOUND", not_found().message)


def may_report_lost(actor: Actor, card: Card) -> Decision:
    """Stop a card: its holder, or who may keep it."""
    return allow("own") if _is_own(actor, card) else may_keep(actor, card)


def may_replace(actor: Actor, card: Card) -> Decision:
    """Give the holder a new card: the holder, or who may keep it."""
    return allow("own") if _is_own(actor, card) else may_keep(actor, card)


def may_keep(actor: Actor, card: Card) -> Decision:
    """Restore a card and note its bank, which needs the papers in hand: an officer of the holder's union or of one
    above, never for one's own card or a relative's."""
    if actor.is_system:
        return allow("system")
    union_id = union_of(card)
    if not actor.is_staff or union_id is None:
        return refuse("NO_OFFICE_HERE", _("您在这个工会没有办理这件事的职务。"))
    here = people.may_keep_at(actor, union_id)
    if here and people.is_own_or_kin(actor, card.person_id):
        return _own_case()
    return here


def may_keep_with(membership: Decision) -> Decision:
    """:func:`may_keep` where the same question about the holder's membership is answered already."""
    return _own_case() if membership.code == "OWN_CASE" else membership


def union_of(card: Card) -> int | None:
    """The union at which the holder is a member, None for a former member."""
    if card.at_union is None:
        held = Membership.objects.current().filter(person=card.person_id)
        card.at_union = held.values_list("union_id", flat=True).first()
    return card.at_union


def _own_case() -> Decision:
    return refuse("OWN_CASE", _("不能办理自己或亲属的卡，请交给同事。"))


def _is_own(actor: Actor, card: Card) -> bool:
    return actor.is_member and actor.person_id == card.person_id
