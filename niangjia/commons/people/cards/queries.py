"""What pages and scanners read of cards."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from niangjia.commons.people.cards import keys, policies, rules
from niangjia.commons.people.cards.models import Card
from niangjia.commons.people.models import Person
from niangjia.kernel import card_code, clock
from niangjia.kernel.actor import Actor
from niangjia.kernel.card_code import TrustList
from niangjia.kernel.errors import DomainError, NotFound, TooMany
from niangjia.kernel.text import _
from niangjia.platform.requests import limits

WRONG_NUMBERS, WRONG_SECONDS = 10, 600
"""Somebody at a scanner may mistype so many card numbers in so many seconds."""

REVOKED_DAYS = 30
"""So long a replaced or closed card stays on the list of revoked ones. Its last code ran out within a minute, so this
is ample; a card that was reported lost stays until it is replaced, closed or restored."""


# One's own


def card_of(person_id: int) -> Card | None:
    """The card in force of a person, active or reported lost; of the one that remained if this entry was merged."""
    named = Person.objects.filter(pk=person_id).values_list("canonical_id", flat=True).first()
    return Card.objects.live().filter(person=named or person_id).select_related("person").first()


def own_card(actor: Actor) -> Card | None:
    """The member's own card in force, else the last one that was closed."""
    if actor.person_id is None or not actor.is_member:
        return None
    return policies.visible_cards(actor).select_related("person").order_by("-pk").first()


def require_own(actor: Actor) -> Card:
    """Like :func:`own_card`; raises NotFound CARD_NONE for who is no member."""
    card = own_card(actor)
    if card is None:
        raise NotFound("CARD_NONE", _("您还没有会员卡。入会通过后，卡会自动出现在这里。"))
    return card


def history(actor: Actor, person_id: int) -> Sequence[Card]:
    """All cards of a person that the actor may see, the newest first."""
    return list(policies.visible_cards(actor).filter(person=person_id).order_by("-pk"))


@dataclass(frozen=True)
class FreshCode:
    """A code to show now. It is to be renewed after ``renew_in`` seconds and runs out after ``accepted_for``."""

    text: str
    issued_at: datetime
    renew_in: int = card_code.RENEWED_SECONDS
    accepted_for: int = card_code.ACCEPTED_SECONDS


def fresh_code(card: Card) -> FreshCode:
    """A code of an active card. Raises as :func:`rules.require_in_force`. Nothing is written."""
    now = clock.now()
    _require_in_force(card, now)
    return FreshCode(keys.sign(card.number, now), now.replace(microsecond=0))


# Scanners


@dataclass(frozen=True)
class Resolved:
    """Who stands behind what was scanned or typed.

    ``person_id`` is the person that remained if entries were merged. ``scanned``: by a fresh code with its ``nonce``;
    otherwise somebody typed the number of the plastic, and the clerk looks at a paper with a picture.
    """

    person_id: int
    card: Card
    scanned: bool
    nonce: str = ""
    issued_at: datetime | None = None


def resolve(text: object, *, actor: Actor, now: datetime | None = None) -> Resolved:
    """The person and card behind a scanned code or a typed card number; nothing is written but the count of mistakes.

    Raises the most useful refusal: for a code RuleBroken CARD_CODE_INVALID, CARD_CODE_EXPIRED, CARD_CODE_FUTURE; for a
    number RuleBroken CARD_NUMBER, or TooMany after ten wrong ones in ten minutes by the same ``actor``; for both
    NotFound CARD_UNKNOWN, Conflict CARD_BLOCKED, CARD_REPLACED, CARD_CLOSED, CARD_RUN_OUT. That a card was replaced is
    said before its picture is called old. Not inside a transaction: the limit counts on its own.
    """
    moment = now or clock.now()
    return _scanned(text, moment) if card_code.is_code(text) or not _is_typed(text) else _typed(text, moment, actor)


def _is_typed(text: object) -> bool:
    """Digits, be they right or wrong: everything else is judged as a code."""
    return (
        isinstance(text, str)
        and any(character.isdigit() for character in text)
        and not any(character.isalpha() for character in text)
    )


def _scanned(text: object, now: datetime) -> Resolved:
    code = card_code.read(text, public_keys=keys.public_keys())
    card = _numbered(code.number)
    _require_in_force(card, now)
    card_code.require_fresh(code, now)
    return Resolved(_canonical(card), card, scanned=True, nonce=code.nonce, issued_at=code.issued_at)


def _typed(text: object, now: datetime, actor: Actor) -> Resolved:
    key = f"card.typed:{actor.user_id or actor.name}"
    tried = limits.peek(key)
    if tried.hits >= WRONG_NUMBERS:
        raise _too_many(tried.ends_in)
    try:
        card = _numbered(card_code.card_number(text))
    except DomainError:
        limits.hit(key, limit=WRONG_NUMBERS, seconds=WRONG_SECONDS)
        raise
    _require_in_force(card, now)
    return Resolved(_canonical(card), card, scanned=False)


def _too_many(seconds: int) -> TooMany:
    sentence = _("输错卡号的次数太多，请 {minutes} 分钟后再试，或请会员出示二维码。", minutes=-(-seconds // 60))
    return TooMany("TOO_MANY", sentence, retry_after=seconds)


def _numbered(number: str) -> Card:
    card: Card | None = Card.objects.filter(number=number).select_related("person").first()
    if card is None:
        raise rules.unknown()
    return card


def _canonical(card: Card) -> int:
    return card.person.canonical_id or card.person_id


def _require_in_force(card: Card, now: datetime) -> None:
    rules.require_in_force(card.state, card.state_day, valid_until=card.valid_until, today=clock.day_of(now))


# Verifiers without network


def trust_list() -> TrustList:
    """Public keys and revoked card numbers as they stand now, dated back to the last full five minutes: an older date
    only makes a verifier ask sooner, and within them an unchanged list stays the same to the letter."""
    now = clock.now()
    as_of = now.replace(minute=now.minute - now.minute % 5, second=0, microsecond=0)
    revoked = Card.objects.revoked(clock.day_of(now) - timedelta(days=REVOKED_DAYS)).values_list("number", flat=True)
    return TrustList(keys.public_keys(), as_of, frozenset(revoked))
