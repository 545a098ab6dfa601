"""What changes cards: issue, report lost, unblock, replace, close; and noting the bank's side of a plastic card.

Order of locks: the person, then the card. A card comes with a membership and ends with it (:mod:`hearing`).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, timedelta

from django.db import IntegrityError, transaction
from django.db.models import Exists, OuterRef

from niangjia.commons.people import actions as people
from niangjia.commons.people.cards import notices, policies, rules
from niangjia.commons.people.cards.models import Card
from niangjia.commons.people.cards.states import CARD, CardEvent
from niangjia.commons.people.models import Membership, Person
from niangjia.kernel import clock
from niangjia.kernel.actor import Actor
from niangjia.kernel.card_code import new_card_number
from niangjia.kernel.errors import Conflict
from niangjia.kernel.policy import Decision, allow
from niangjia.kernel.reasons import require_reason
from niangjia.kernel.text import _
from niangjia.platform.audit import entries as audit
from niangjia.platform.lifecycle import lifecycle
from niangjia.platform.lifecycle.lifecycle import Effects
from niangjia.platform.notices.kinds import Notice, NoticeKind

TRIES = 5
"""So often is a taken number drawn anew; in a city of a million two in a row are one in 10^14."""


def issue(
    person: Person,
    *,
    actor: Actor,
    decision: Decision,
    union_id: int | None = None,
    replaces: Card | None = None,
    told: NoticeKind | None = None,
    numbers: Callable[[], str] = new_card_number,
) -> Card:
    """Give the person a card from today on, in the caller's transaction and under the lock of the person.

    ``union_id`` is where the person is a member, for the audit; ``told`` is what the holder is told. Raises NotAllowed,
    Conflict CARD_EXISTS when the person has a card in force.
    """
    for _attempt in range(TRIES):
        card = Card(person=person, number=numbers(), issued_on=clock.today(), replaces=replaces)
        card.at_union = union_id
        notes = [_notice(told, card)] if told else []
        try:
            with transaction.atomic():
                return lifecycle.open(card, actor=actor, decision=decision, notices=notes, data={"tail": card.tail})
        except IntegrityError:
            if not Card.objects.filter(number=card.number).exists():
                raise _card_exists() from None
    raise Conflict("STALE", _("别人刚刚处理过这一件，请刷新页面后再看。"))


@transaction.atomic()
def report_lost(*, public_id: str, reason: str = "", actor: Actor) -> Card:
    """Stop a card at once; the holder is told. A member needs no reason, an officer does.

    Raises NotFound, NotAllowed, InvalidMove, RuleBroken REASON_NEEDED.
    """
    card = _held(public_id, actor)
    decision = policies.may_report_lost(actor, card).require()
    reason = _reason(reason) if actor.is_staff else reason
    notice = _notice(notices.BLOCKED, card)
    return lifecycle.apply(card, CardEvent.REPORT_LOST, actor=actor, decision=decision, reason=reason, notices=[notice])


@transaction.atomic()
def unblock(*, public_id: str, reason: str, actor: Actor) -> Card:
    """Let a card that was reported lost count again; the holder is told. Raises as :func:`report_lost`."""
    card = _held(public_id, actor)
    decision = policies.may_keep(actor, card).require()
    reason, notice = _reason(reason), _notice(notices.UNBLOCKED, card)
    return lifecycle.apply(card, CardEvent.UNBLOCK, actor=actor, decision=decision, reason=reason, notices=[notice])


@transaction.atomic()
def replace(*, public_id: str, reason: str = "", actor: Actor) -> Card:
    """Stop a card for ever and give its holder a new one at once, which is returned; the holder is told.

    Sending it twice replaces once: the second finds the named card replaced. Raises NotFound, NotAllowed, InvalidMove,
    RuleBroken REASON_NEEDED for an officer, Conflict CARD_TOO_OFTEN for a member.
    """
    card = _held(public_id, actor)
    decision = policies.may_replace(actor, card).require()
    CARD.require(card.state, CardEvent.REPLACE)
    if actor.is_member:
        rules.require_not_too_often(_replaced_lately(card.person_id))
    reason = _reason(reason) if actor.is_staff else reason
    ended = {"valid_until": clock.today()}
    lifecycle.apply(card, CardEvent.REPLACE, actor=actor, decision=decision, reason=reason, changes=ended)
    return issue(
        card.person,
        actor=actor,
        decision=decision,
        union_id=card.at_union,
        replaces=card,
        told=notices.REPLACED,
    )


def close(person: Person, *, union_id: int | None, actor: Actor, decision: Decision) -> Card | None:
    """End the person's card, if one is in force, in the caller's transaction and under the lock of the person."""
    card = Card.objects.live().select_for_update(of=("self",), no_key=True).filter(person=person).first()
    if card is None:
        return None
    card.person, card.at_union = person, union_id
    ended = {"valid_until": clock.today()}
    return lifecycle.apply(card, CardEvent.CLOSE, actor=actor, decision=decision, changes=ended)  # type: ignore[no-any-return]


@transaction.atomic()
def record_bank(*, public_id: str, bank_code: str, bank_card_tail: str, day: date, actor: Actor) -> Card:
    """Note that a bank issued the plastic of this card together with an account: its number, the tail, the day.

    Raises NotFound, NotAllowed, Conflict as :func:`rules.require_in_force`, RuleBroken (BANK_CODE, BANK_CARD_TAIL,
    DAY_IN_FUTURE, DAY_TOO_EARLY).
    """
    card = _held(public_id, actor)
    decision = policies.may_keep(actor, card).require()
    today = clock.today()
    rules.require_in_force(card.state, card.state_day, valid_until=card.valid_until, today=today)
    rules.require_day_of_co_branding(day, issued_on=card.issued_on, today=today)
    card.bank_code, card.bank_card_tail = rules.bank_code(bank_code), rules.bank_card_tail(bank_card_tail)
    card.co_branded_on = day
    card.save(update_fields=["bank_code", "bank_card_tail", "co_branded_on"])
    audit.record(
        actor,
        "people.card.bank_recorded",
        subject_type=card.subject_type,
        subject_id=card.public_id,
        subject_key=card.subject_key,
        node_id=card.at_union,
        ground=decision.ground,
        data={"day": day.isoformat()},
    )
    return card


# Members who have no card yet


def issue_missing(*, limit: int, actor: Actor) -> int:
    """Give cards to at most ``limit`` members who have none, with a handful of statements; how many.

    Called again until it returns 0. Members who joined before there were cards are found so.
    """
    with transaction.atomic():
        held = _without_card(limit)
        cards = [_first_card(*pair) for pair in zip(held, _free_numbers(len(held)), strict=True)]
        lifecycle.open_many(
            cards, actor=actor, decision=allow("membership"), effects_for=lambda card: Effects(data={"tail": card.tail})
        )
    return len(cards)


def _without_card(limit: int) -> Sequence[Membership]:
    """Under the lock of the persons, so that nobody gives them a card meanwhile; in one order for everybody."""
    live = Card.objects.live().filter(person=OuterRef("person"))
    rows = Membership.objects.current().filter(~Exists(live)).order_by("person_id")[:limit]
    wanted = list(rows.values_list("person_id", flat=True))
    people_rows = Person.objects.select_for_update(of=("self",), no_key=True).filter(pk__in=wanted).order_by("pk")
    free = [person.pk for person in people_rows]
    return list(Membership.objects.current().filter(~Exists(live), person__in=free).select_related("person"))


def _free_numbers(count: int) -> set[str]:
    drawn: set[str] = set()
    while len(drawn) < count:
        drawn |= {new_card_number() for _missing in range(count - len(drawn))}
        drawn -= set(Card.objects.filter(number__in=drawn).values_list("number", flat=True))
    return drawn


def _first_card(membership: Membership, number: str) -> Card:
    card = Card(person=membership.person, number=number, issued_on=clock.today())
    card.at_union = membership.union_id
    return card


# Parts


def _held(public_id: str, actor: Actor) -> Card:
    """The card, its holder locked before it, as both stand now. Raises NotFound.

    What is no public id at all is not asked for: a NUL would be an error of the database.
    """
    if not (public_id.isascii() and public_id.isalnum()):
        raise policies.not_found()
    seen = policies.visible_cards(actor).filter(public_id=public_id).select_related("person").first()
    if seen is None:
        raise policies.not_found()
    person = people.lock(seen.person)
    card: Card = Card.objects.select_for_update(of=("self",), no_key=True).get(pk=seen.pk)
    card.person = person
    policies.union_of(card)
    return card


def _reason(text: str) -> str:
    return require_reason(text, sentence=_("请写明理由，4 到 300 个字。"))


def _replaced_lately(person_id: int) -> int:
    since = clock.today() - timedelta(days=rules.REPLACEMENT_DAYS)
    return Card.objects.filter(person=person_id, issued_on__gt=since, replaces__isnull=False).count()


def _card_exists() -> Conflict:
    return Conflict("CARD_EXISTS", _("这位会员已经有一张卡，请刷新页面后再看。"))


def _notice(kind: NoticeKind, card: Card) -> Notice:
    return Notice(kind, card.person.user_id, {"tail": card.tail}, link="/card/")
