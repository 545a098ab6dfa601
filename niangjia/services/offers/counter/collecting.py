"""At the counter: who stands here, what is theirs, and handing it out once.

Looking and handing out are two steps, so that somebody sees the masked name and the item before confirming. Every try
is kept, refused ones too. A try carries a nonce of its own; sent again it is the same try with the same outcome.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction

from niangjia.commons.ledger import write as ledger
from niangjia.commons.people.cards import queries as cards
from niangjia.commons.people.models import Membership, Person
from niangjia.commons.places.models import Site
from niangjia.kernel import clock
from niangjia.kernel.actor import Actor
from niangjia.kernel.errors import Conflict, DomainError, InvalidMove, NotAllowed, NotFound, RuleBroken
from niangjia.kernel.ids import is_readable_number
from niangjia.kernel.policy import Decision
from niangjia.kernel.reasons import require_reason
from niangjia.kernel.text import _
from niangjia.platform.lifecycle import lifecycle
from niangjia.platform.notices.kinds import Notice, NoticeKind
from niangjia.platform.personal_data import masks
from niangjia.platform.requests import limits
from niangjia.services.offers import notices, parameters, policies, records
from niangjia.services.offers.counter import rules as counter_rules
from niangjia.services.offers.models import NUMBER_PREFIX, Reservation, Scan
from niangjia.services.offers.rush import reserving
from niangjia.services.offers.rush.reservations import locked
from niangjia.services.offers.states import CampaignState, ReservationEvent, ReservationState

HANDED_OUT, FOUND = "ok", "found"
"""Outcomes of a scan that was not refused."""

WRONG_NUMBERS, WRONG_SECONDS = 10, 600
"""Somebody at a counter may mistype so many reservation numbers in so many seconds."""

LOOK_BACK_DAYS = 60
"""What is longer ago is no longer spoken of at a counter."""

_NONCE = re.compile(r"[A-Za-z0-9_-]{8,64}")


@dataclass(frozen=True)
class Found:
    """What is to be handed out, as the keeper sees it: the name masked. ``scanned``: by the card's fresh code, so that
    no paper has to be looked at."""

    public_id: str
    number: str
    name: str
    item: str
    campaign: str
    scanned: bool


@dataclass(frozen=True)
class Try:
    """One try at a counter: where, under which nonce, whose hands, when; by which device and sent in by whom when it
    was made without network, else neither."""

    site: Site
    nonce: str
    user_id: int | None
    moment: datetime
    device: str = ""
    uploaded_by_id: int | None = None


def look(*, site: str, text: str, nonce: str, actor: Actor) -> Found:
    """What somebody may collect at ``site`` today who shows a card's code, or whose number is typed.

    Nothing is handed out. Raises NotFound (SITE_NOT_FOUND, NOTHING_HERE, CARD_UNKNOWN, RESERVATION_NOT_FOUND),
    RuleBroken and Conflict with the most useful reason, TooMany. Not inside a transaction.
    """
    this = _try(site, nonce, actor)
    with refusals_kept(this):
        found, row = _look(this.site, text, actor)
    keep(this, FOUND, row)
    return found


def collect(*, public_id: str, site: str, nonce: str, actor: Actor) -> Reservation:
    """Hand it out. The same nonce again is the same collection; any other is told when and where it was.

    Raises as :func:`look`, and NotAllowed for one's own or a relative's; Conflict UNDONE for a nonce whose collection
    was taken back, NONCE_USED for one that handed out something else. Not inside a transaction.
    """
    this = _try(site, nonce, actor)
    with refusals_kept(this), transaction.atomic():
        reservation = locked(actor, public_id)
        if is_again(this, reservation):
            return reservation
        decision = policies.may_hand_out(actor, reservation).require()
        counter_rules.require_due_here(facts(reservation), this.site.pk, clock.today())
        require_holder(reservation)
        return hand_out(reservation, this, actor=actor, decision=decision)


def hand_out(
    reservation: Reservation,
    this: Try,
    *,
    actor: Actor,
    decision: Decision,
    event: ReservationEvent = ReservationEvent.COLLECT,
    told: NoticeKind = notices.COLLECTED,
) -> Reservation:
    """Write that it was handed out: state, record, notice, and the try itself. Within the caller's transaction."""
    values = {"item": reservation.item.name, "number": reservation.number, "site": this.site.name}
    notice = _notice(told, reservation, values)
    done = lifecycle.apply(
        reservation,
        event,
        actor=actor,
        decision=decision,
        changes={"collected_at": this.moment, "collected_by_id": this.user_id, "collect_nonce": this.nonce},
        records=[records.collected(reservation, clock.day_of(this.moment))],
        notices=[notice],
    )
    keep(this, HANDED_OUT, reservation)
    return done


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
        notices=[_notice(notices.UNDONE, reservation, {"item": reservation.item.name, "number": reservation.number})],
    )
    ledger.reverse(records.SOURCE_TYPE, reservation.pk, at=clock.now(), measures=[records.COLLECTED])
    return reservation


def site_of(actor: Actor, public_id: str) -> Site:
    """A site that the actor keeps. Raises NotFound SITE_NOT_FOUND."""
    found = policies.kept_sites(actor).filter(public_id=public_id).select_related("union").first()
    if found is None:
        raise NotFound("SITE_NOT_FOUND", _("没有找到这个站点。"))
    return found


# Tries


def _try(site: str, nonce: str, actor: Actor) -> Try:
    place = site_of(actor, site)
    require_nonce(nonce)
    return Try(place, nonce, actor.user_id, clock.now())


def require_nonce(nonce: object) -> None:
    """Raises RuleBroken NONCE unless it has 8 to 64 letters, digits, hyphens and underscores."""
    if not (isinstance(nonce, str) and _NONCE.fullmatch(nonce)):
        raise RuleBroken("NONCE", _("扫码请求缺少编号，请刷新页面后再扫。"))


@contextmanager
def refusals_kept(this: Try) -> Iterator[None]:
    """Keep what a try was refused for, after it has rolled back."""
    try:
        yield
    except DomainError as error:
        keep(this, error.code, None)
        raise


def keep(this: Try, outcome: str, reservation: Reservation | None) -> Scan:
    """The row of a try. One that is repeated, or that follows its own look, keeps the row of the first with the newest
    outcome; one that handed out stays what it was."""
    values: dict[str, object] = {
        "site": this.site,
        "outcome": outcome,
        "reservation": reservation,
        "device": this.device,
    }
    if this.device:
        values |= {"offline_at": this.moment, "uploaded_by_id": this.uploaded_by_id}
    row, made = Scan.objects.get_or_create(user_id=this.user_id or 0, nonce=this.nonce, defaults=values)
    if not made and row.outcome != HANDED_OUT:
        Scan.objects.filter(pk=row.pk).update(**values)
        row.outcome = outcome
    return row


def is_again(this: Try, reservation: Reservation) -> bool:
    """Whether this very try has handed this out already. Raises Conflict UNDONE, NONCE_USED when the nonce has done
    something that does not stand, or something else."""
    earlier = Scan.objects.filter(user_id=this.user_id or 0, nonce=this.nonce, outcome=HANDED_OUT).first()
    if earlier is None:
        return False
    if earlier.reservation_id != reservation.pk:
        raise nonce_used()
    if reservation.collect_nonce != this.nonce:
        raise Conflict("UNDONE", _("这次核销已经撤销，请重新扫码。"))
    return True


def nonce_used() -> Conflict:
    """The nonce of a try has handed out something else."""
    return Conflict("NONCE_USED", _("这次扫码的编号已经用过，请重新扫码。"))


# Finding


def _look(site: Site, text: str, actor: Actor) -> tuple[Found, Reservation]:
    if _is_reservation_number(text):
        reservation, scanned = _numbered(text, actor), False
    else:
        resolved = cards.resolve(text, actor=actor)
        reservation, scanned = _most_useful(resolved.person_id, site), resolved.scanned
    counter_rules.require_due_here(facts(reservation), site.pk, clock.today())
    policies.may_hand_out(actor, reservation).require()
    require_holder(reservation)
    return _found(reservation, scanned=scanned), reservation


def require_holder(reservation: Reservation) -> None:
    """Raises Conflict CARD_BLOCKED for a card that was reported lost, LEFT_UNION for who is no member any more."""
    card = cards.card_of(reservation.person_id)
    if card is not None and not card.is_active:
        raise Conflict("CARD_BLOCKED", _("会员卡已挂失，请会员先在“卡”页面补办新卡，再来领取。"))
    if not Membership.objects.current().filter(person__in=_entries(reservation.person_id)).exists():
        raise Conflict("LEFT_UNION", _("这位会员已经退出工会，不能领取。有疑问请会员联系所在工会。"))


def _entries(person_id: int) -> list[int]:
    """All entries of one person: what was merged remained one person."""
    named = Person.objects.filter(pk=person_id).values_list("canonical_id", flat=True).first()
    remained = named or person_id
    return [remained, *Person.objects.filter(canonical=remained).values_list("pk", flat=True)]


def _most_useful(person_id: int, site: Site) -> Reservation:
    """Of everything somebody reserved the one that the counter should speak of. Raises NotFound NOTHING_HERE."""
    since = clock.today() - timedelta(days=LOOK_BACK_DAYS)
    rows = Reservation.objects.filter(person__in=_entries(person_id), day__gte=since)
    wanted = rows.with_names().select_related("person", "campaign__union", "site__union").order_by("-pk")
    found: list[Reservation] = list(wanted[:50])
    if not found:
        raise NotFound("NOTHING_HERE", _("这位会员没有可以领取的预约。"))
    today = clock.today()
    return min(found, key=lambda row: counter_rules.rank(facts(row), site.pk, today))


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


def facts(row: Reservation) -> counter_rules.Facts:
    """A reservation as the rules of the counter judge it; campaign and site must be loaded."""
    return counter_rules.Facts(
        state=ReservationState(row.state),
        site_id=row.site_id,
        site=row.site.name,
        day=row.day,
        moment=row.collected_at or row.state_since,
        called_off=row.campaign.state == CampaignState.CALLED_OFF,
    )


def _found(row: Reservation, *, scanned: bool) -> Found:
    return Found(
        row.public_id, row.number, masks.mask_name(row.person.name), row.item.name, row.campaign.title, scanned
    )


def _notice(kind: NoticeKind, row: Reservation, values: dict[str, str]) -> Notice:
    named = {**values, "union": row.campaign.union.name}
    return Notice(kind, row.user_id, named, link=reserving.link(row.public_id))


def _require_undo(reservation: Reservation, actor: Actor) -> None:
    if reservation.collected_by_id != actor.user_id and not actor.is_system:
        raise NotAllowed("NOT_YOUR_SCAN", _("只有当时核销的工作人员可以撤销。"))
    minutes = parameters.undo_minutes(reservation.campaign.union_id, clock.today())
    if reservation.collected_at and clock.now() - reservation.collected_at > timedelta(minutes=minutes):
        raise InvalidMove("TOO_LATE", _("已过 {minutes} 分钟，不能撤销。请在日结单里说明。", minutes=minutes))
