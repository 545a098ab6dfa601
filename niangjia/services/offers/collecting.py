"""At the counter: who stands here, what is theirs, and handing it out once.

Looking and handing out are two steps, so that somebody sees the masked name and the item before confirming. Every try
is kept, refused ones too. A try carries a nonce of its own; sent again it is the same try with the same outcome.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Protocol, TypeVar

from django.db import transaction

from niangjia.commons.ledger import write as ledger
from niangjia.commons.people.cards import queries as cards
from niangjia.commons.places.models import Site
from niangjia.kernel import clock
from niangjia.kernel.actor import Actor
from niangjia.kernel.errors import Conflict, DomainError, InvalidMove, NotAllowed, NotFound, RuleBroken
from niangjia.kernel.ids import is_readable_number
from niangjia.kernel.reasons import require_reason
from niangjia.kernel.text import _
from niangjia.platform.lifecycle import lifecycle
from niangjia.platform.notices.kinds import Notice
from niangjia.platform.personal_data import masks
from niangjia.platform.requests import limits
from niangjia.services.offers import counter_rules, notices, parameters, policies, records, reserving
from niangjia.services.offers.models import NUMBER_PREFIX, Reservation, Scan
from niangjia.services.offers.reservations import locked
from niangjia.services.offers.states import ReservationEvent, ReservationState

OK = "ok"
WRONG_NUMBERS, WRONG_SECONDS = 10, 600
"""Somebody at a counter may mistype so many reservation numbers in so many seconds."""


class _Done(Protocol):
    """What a try that went well comes to: something of one reservation."""

    @property
    def public_id(self) -> str: ...


D = TypeVar("D", bound=_Done)
_NONCE = re.compile(r"[A-Za-z0-9_-]{8,64}")


@dataclass(frozen=True)
class Found:
    """What is to be handed out, as the keeper sees it: the name masked. ``scanned``: by the card's fresh code, so that
    no paper has to be looked at. ``collected``: this very try handed it out before."""

    public_id: str
    number: str
    name: str
    item: str
    campaign: str
    scanned: bool
    collected: bool = False


def look(*, site: str, text: str, nonce: str, actor: Actor) -> Found:
    """What somebody may collect at ``site`` today who shows a card's code, or whose number is typed.

    Nothing is handed out. Raises NotFound (SITE_NOT_FOUND, NOTHING_HERE, CARD_UNKNOWN, RESERVATION_NOT_FOUND),
    RuleBroken and Conflict with the most useful reason, TooMany. Not inside a transaction.
    """
    place = site_of(actor, site)
    return _kept(place, nonce, actor, lambda: _look(place, text, actor))


def collect(*, public_id: str, site: str, nonce: str, actor: Actor) -> Reservation:
    """Hand it out. The same nonce again is the same collection; any other is told when and where it was.

    Raises as :func:`look`, and NotAllowed for one's own or a relative's. Not inside a transaction.
    """
    place = site_of(actor, site)
    return _kept(place, nonce, actor, lambda: _collect(public_id, place, nonce, actor))


@transaction.atomic()
def undo_collect(*, public_id: str, reason: str, actor: Actor) -> Reservation:
    """Take a collection back: only who confirmed it, only within some minutes, with a reason.

    Raises NotFound, NotAllowed NOT_YOUR_SCAN, InvalidMove TOO_LATE.
    """
    reservation = locked(actor, public_id)
    decision = policies.may_hand_out(actor, reservation).require()
    reason = require_reason(reason)
    if reservation.state == ReservationState.COLLECTED:
        _require_undo(reservation, actor)
    lifecycle.apply(
        reservation,
        ReservationEvent.UNDO_COLLECT,
        actor=actor,
        decision=decision,
        reason=reason,
        changes={"collected_at": None, "collected_by": None, "collect_nonce": ""},
    )
    ledger.reverse(records.SOURCE_TYPE, reservation.pk, at=clock.now(), measures=[records.COLLECTED])
    return reservation


def site_of(actor: Actor, public_id: str) -> Site:
    """A site that the actor keeps. Raises NotFound SITE_NOT_FOUND."""
    found = policies.kept_sites(actor).filter(public_id=public_id).select_related("union").first()
    if found is None:
        raise NotFound("SITE_NOT_FOUND", _("没有找到这个站点。"))
    return found


def _kept(site: Site, nonce: str, actor: Actor, act: Callable[[], D]) -> D:
    """Run a try and keep what came of it. Refusals are kept after they have rolled back."""
    if not (isinstance(nonce, str) and _NONCE.fullmatch(nonce)):
        raise RuleBroken("NONCE", _("扫码请求缺少编号，请刷新页面后再扫。"))
    try:
        done = act()
    except DomainError as error:
        _write_scan(site, nonce, actor, error.code, None)
        raise
    _write_scan(site, nonce, actor, OK, done.public_id)
    return done


def _write_scan(site: Site, nonce: str, actor: Actor, outcome: str, reservation: str | None) -> None:
    """A try that is repeated, or that follows its own look, keeps the row of the first with the newest outcome."""
    of = Reservation.objects.filter(public_id=reservation).values_list("pk", flat=True).first() if reservation else None
    values = {"site": site, "outcome": outcome, "reservation_id": of}
    Scan.objects.update_or_create(user_id=actor.user_id or 0, nonce=nonce, defaults=values)


def _look(site: Site, text: str, actor: Actor) -> Found:
    if _is_reservation_number(text):
        reservation, scanned = _numbered(text, actor), False
    else:
        resolved = cards.resolve(text, actor=actor)
        reservation, scanned = _most_useful(resolved.person_id, site), resolved.scanned
    counter_rules.require_due_here(_facts(reservation), site.pk, clock.today())
    policies.may_hand_out(actor, reservation).require()
    return _found(reservation, scanned=scanned)


def _collect(public_id: str, site: Site, nonce: str, actor: Actor) -> Reservation:
    with transaction.atomic():
        reservation = locked(actor, public_id)
        if reservation.state == ReservationState.COLLECTED and reservation.collect_nonce == nonce:
            return reservation
        decision = policies.may_hand_out(actor, reservation).require()
        counter_rules.require_due_here(_facts(reservation), site.pk, clock.today())
        _require_card(reservation)
        values = {"item": reservation.item.name, "number": reservation.number, "site": site.name}
        notice = Notice(
            notices.COLLECTED,
            reservation.user_id,
            {**values, "union": reservation.campaign.union.name},
            link=reserving.link(public_id),
        )
        return lifecycle.apply(
            reservation,
            ReservationEvent.COLLECT,
            actor=actor,
            decision=decision,
            changes={"collected_at": clock.now(), "collected_by_id": actor.user_id, "collect_nonce": nonce},
            records=[records.collected(reservation)],
            notices=[notice],
        )


def _require_card(reservation: Reservation) -> None:
    """A card that was reported lost between looking and confirming hands out nothing."""
    card = cards.card_of(reservation.person_id)
    if card is not None and not card.is_active:
        raise Conflict("CARD_BLOCKED", _("会员卡已挂失，请会员先在“卡”页面补办新卡，再来领取。"))


def _most_useful(person_id: int, site: Site) -> Reservation:
    """Of everything somebody reserved the one that the counter should speak of. Raises NotFound NOTHING_HERE."""
    rows = Reservation.objects.filter(person_id=person_id, day__gte=clock.today() - timedelta(days=60))
    wanted = rows.with_names().select_related("person", "campaign__union", "site__union").order_by("-pk")
    found: list[Reservation] = list(wanted[:50])
    if not found:
        raise NotFound("NOTHING_HERE", _("这位会员没有可以领取的预约。"))
    today = clock.today()
    return min(found, key=lambda row: counter_rules.rank(_facts(row), site.pk, today))


def _numbered(text: str, actor: Actor) -> Reservation:
    """A reservation by its readable number. Raises NotFound, TooMany after ten unknown ones in ten minutes."""
    key = f"offers.number:{actor.user_id or actor.name}"
    number = _tidy(text)
    if limits.peek(key).hits >= WRONG_NUMBERS:
        limits.hit(key, limit=WRONG_NUMBERS, seconds=WRONG_SECONDS)
    found: Reservation | None = None
    if is_readable_number(number, NUMBER_PREFIX):
        rows = Reservation.objects.with_names().select_related("person", "campaign__union", "site__union")
        found = rows.filter(pk=int(number.split("-")[1])).first()
    if found is None or found.number != number:
        limits.hit(key, limit=WRONG_NUMBERS, seconds=WRONG_SECONDS)
        raise policies.no_reservation()
    return found


def _is_reservation_number(text: object) -> bool:
    return isinstance(text, str) and len(text) < 40 and _tidy(text).startswith(NUMBER_PREFIX)


def _tidy(text: str) -> str:
    return re.sub(r"\s", "", text).upper()


def _facts(row: Reservation) -> counter_rules.Facts:
    return counter_rules.Facts(
        state=ReservationState(row.state),
        site_id=row.site_id,
        site=row.site.name,
        day=row.day,
        moment=row.collected_at or row.state_since,
    )


def _found(row: Reservation, *, scanned: bool) -> Found:
    return Found(
        row.public_id, row.number, masks.mask_name(row.person.name), row.item.name, row.campaign.title, scanned
    )


def _require_undo(reservation: Reservation, actor: Actor) -> None:
    if reservation.collected_by_id != actor.user_id and not actor.is_system:
        raise NotAllowed("NOT_YOUR_SCAN", _("只有当时核销的工作人员可以撤销。"))
    minutes = parameters.undo_minutes(reservation.campaign.union_id, clock.today())
    if reservation.collected_at and clock.now() - reservation.collected_at > timedelta(minutes=minutes):
        raise InvalidMove("TOO_LATE", _("已过 {minutes} 分钟，不能撤销。请在日结单里说明。", minutes=minutes))
