"""Handing out without network: a list to take along for one site and one day, and what was scanned sent in afterwards.

Devices that cannot see each other cannot stop a second hand-out. So each judges only by its list, nothing counts before
the server has said so, and what was handed out twice is kept and reported with both devices and both moments.
"""

from __future__ import annotations

import hmac
from collections.abc import Sequence, Set
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum

from django.conf import settings
from django.core import signing
from django.db import transaction

from niangjia.commons.people.cards.models import Card
from niangjia.commons.people.policies import is_own_or_kin
from niangjia.commons.places.models import Site
from niangjia.kernel import clock
from niangjia.kernel.actor import Actor
from niangjia.kernel.errors import DomainError, NotAllowed, RuleBroken
from niangjia.kernel.text import Text, _
from niangjia.platform.accounts.models import User
from niangjia.platform.personal_data import looks, masks
from niangjia.platform.personal_data.cipher import derive
from niangjia.platform.personal_data.kinds import LookKind
from niangjia.platform.personal_data.models import Look
from niangjia.services.offers import policies
from niangjia.services.offers.counter import late
from niangjia.services.offers.counter import rules as counter_rules
from niangjia.services.offers.counter.collecting import (
    HANDED_OUT,
    Try,
    facts,
    hand_out,
    is_again,
    keep,
    nonce_used,
    require_holder,
    require_nonce,
    site_of,
)
from niangjia.services.offers.models import Reservation, Scan
from niangjia.services.offers.rush.reservations import locked
from niangjia.services.offers.states import ReservationState

LIST_HOURS = 24
"""A list is no longer judged by when it is so old: since then others may have handed out, cards may have been lost."""

TOLERANCE = timedelta(minutes=5)
"""Clocks may differ by so much without a word."""

MOST_SCANS = 500
CONFLICT = "CONFLICT"
"""Outcome of a scan by which something was handed out that had been handed out already."""

GONE = (HANDED_OUT, CONFLICT)
"""Outcomes of scans after which the piece was gone and we know it."""

_NOT_KEPT = ("NONCE", "NONCE_USED")
"""Refusals of a scan that has no row of its own to be kept in."""

_SALT = "offers.counter.list"


# The list


@dataclass(frozen=True)
class Listed:
    """One piece to hand out. ``card`` is the keyed hash of the number of its holder's card, empty without a card."""

    public_id: str
    number: str
    card: str
    name: str
    item: str


@dataclass(frozen=True)
class SiteList:
    """What is to be handed out at a site today, as it stood at ``as_of``; good until ``good_until``.

    ``key`` in hexadecimal makes the hashes: HMAC-SHA-256 of the sixteen digits, its first 32 hexadecimal digits.
    ``stamp`` is sent in with the scans; it says, signed, whose list of which site and day and moment it was.
    """

    site: Site
    day: date
    as_of: datetime
    good_until: datetime
    key: str
    stamp: str
    rows: Sequence[Listed]


def site_list(*, site: str, actor: Actor) -> SiteList:
    """The list of today for a site that the actor keeps. That it left the house is written down for each person, once
    a day. Raises NotFound SITE_NOT_FOUND."""
    place, now, day = site_of(actor, site), clock.now().replace(microsecond=0), clock.today()
    rows = list(Reservation.objects.due().filter(site=place, day=day).select_related("person", "item").order_by("pk"))
    _note_looks(actor, [row.subject_key for row in rows])
    key = _list_key(place, day)
    holders = {row.person_id: row.person.canonical_id or row.person_id for row in rows}
    numbers = dict(
        Card.objects.live().filter(person__in=set(holders.values()), state="active").values_list("person_id", "number")
    )
    return SiteList(
        site=place,
        day=day,
        as_of=now,
        good_until=now + timedelta(hours=LIST_HOURS),
        key=key.hex(),
        stamp=_Stamp(place.public_id, day, now, actor.user_id or 0).sealed(),
        rows=[_listed(row, key, numbers.get(holders[row.person_id], "")) for row in rows],
    )


def card_hash(key: bytes, number: str) -> str:
    """The keyed hash under which a card number stands in a list."""
    return hmac.digest(key, number.encode(), "sha256").hex()[:32]


def _listed(row: Reservation, key: bytes, number: str) -> Listed:
    hashed = card_hash(key, number) if number else ""
    return Listed(row.public_id, row.number, hashed, masks.mask_name(row.person.name), row.item.name)


def _list_key(site: Site, day: date) -> bytes:
    """One key for a site's day, so that two devices' lists agree and no list helps with another."""
    return derive(settings.MASTER_KEY.encode(), f"offers-list/{site.public_id}/{day}")


def _note_looks(actor: Actor, keys: Sequence[str]) -> None:
    midnight = clock.now().astimezone(clock.SHANGHAI).replace(hour=0, minute=0, second=0, microsecond=0)
    noted = Look.objects.filter(actor_user_id=actor.user_id, at__gte=midnight, kind=LookKind.EXPORTED.value)
    known = set(noted.values_list("subject_key", flat=True))
    looks.record(actor, [key for key in keys if key not in known], LookKind.EXPORTED)


@dataclass(frozen=True)
class _Stamp:
    """What a list was: of which site, day and moment, given to whom."""

    site: str
    day: date
    as_of: datetime
    user_id: int

    def sealed(self) -> str:
        told = [self.site, self.day.isoformat(), int(self.as_of.timestamp()), self.user_id]
        return signing.Signer(salt=_SALT).sign_object(told)

    @classmethod
    def opened(cls, text: str, site: Site) -> _Stamp:
        """Raises RuleBroken LIST_UNKNOWN when we did not sign it, or for another site."""
        try:
            key, day, moment, user_id = signing.Signer(salt=_SALT).unsign_object(text)
        except (signing.BadSignature, ValueError):
            key, day, moment, user_id = "", "2000-01-01", 0, 0
        if key != site.public_id:
            sentence = _("名单不是这个站点的，或已损坏。请保留扫码记录，重新下载名单后再上传。")
            raise RuleBroken("LIST_UNKNOWN", sentence, fields={"stamp": [sentence]})
        return cls(key, date.fromisoformat(day), datetime.fromtimestamp(moment, UTC), user_id)


# What was scanned


class Outcome(StrEnum):
    """``repeated``: this very scan was sent in before."""

    OK = "ok"
    REPEATED = "repeated"
    CONFLICT = "CONFLICT"
    REFUSED = "refused"


class Flag(StrEnum):
    """What was odd about a moment: the device's clock was set right; it lay in the future; before its list."""

    CLOCK = "clock"
    FUTURE = "future"
    BEFORE_LIST = "before_list"


@dataclass(frozen=True)
class OfflineScan:
    """A piece that was handed out without network, ``at`` by the device's clock. ``force``: to be written down although
    day, site or card speak against it; only by who runs the campaign."""

    reservation: str
    nonce: str
    at: datetime
    force: bool = False


@dataclass(frozen=True)
class HandedOut:
    """An earlier hand-out: when, at which site, by whom, with which device (empty: with network)."""

    at: datetime
    site: str
    by: str
    device: str


@dataclass(frozen=True)
class Answer:
    """What became of a scan. ``code`` and ``message`` are those of a refusal; of a repeated scan ``code`` is what came
    of it first. ``first`` is the other hand-out of a conflict."""

    nonce: str
    outcome: Outcome
    code: str = ""
    message: Text | str = ""
    flags: tuple[Flag, ...] = ()
    first: HandedOut | None = None


@dataclass(frozen=True)
class Uploaded:
    """``whose`` list it was: who stood at the counter, not who sends the scans in."""

    whose: str
    answers: Sequence[Answer]


def upload(
    *, site: str, stamp: str, device: str, device_now: datetime, scans: Sequence[OfflineScan], actor: Actor
) -> Uploaded:
    """Take in what was handed out without network, each scan by itself; the order does not matter, and sending again
    does nothing again. ``device_now`` is the device's clock while it sends, by which its moments are set right.

    Raises NotFound SITE_NOT_FOUND, RuleBroken (LIST_UNKNOWN, SCANS, DEVICE). Not inside a transaction.
    """
    place = site_of(actor, site)
    opened, name = _Stamp.opened(stamp, place), _device(device)
    if not 1 <= len(scans) <= MOST_SCANS:
        sentence = _("一次上传 1 到 {most} 条扫码记录，请分几次上传。", most=MOST_SCANS)
        raise RuleBroken("SCANS", sentence, fields={"scans": [sentence]})
    batch = _Batch(place, opened, name, device_now, clock.now(), actor, _known(scans, actor), _sent_in(scans, opened))
    owner = User.objects.filter(pk=opened.user_id).first()
    answers: dict[int, Answer] = {}
    for position in sorted(range(len(scans)), key=lambda number: (scans[number].at, scans[number].nonce)):
        answers[position] = _take(batch, scans[position])
    return Uploaded(str(owner or ""), [answers[position] for position in range(len(scans))])


@dataclass(frozen=True)
class _Batch:
    """``known`` are the reservations that the actor sees, ``sent_in`` the scans by nonce that handed something out."""

    site: Site
    stamp: _Stamp
    device: str
    device_now: datetime
    now: datetime
    actor: Actor
    known: Set[str]
    sent_in: dict[str, Scan]

    def moment(self, scan: OfflineScan) -> tuple[datetime, tuple[Flag, ...]]:
        """When it was scanned, reckoned back from now by the device's own measure of how long ago that was."""
        flags = [Flag.CLOCK] if abs(self.now - self.device_now) > TOLERANCE else []
        ago, longest = self.device_now - scan.at, self.now - self.stamp.as_of
        if ago < -TOLERANCE:
            flags.append(Flag.FUTURE)
        elif ago > longest + TOLERANCE:
            flags.append(Flag.BEFORE_LIST)
        return self.now - min(max(ago, timedelta(0)), longest), tuple(flags)


def _known(scans: Sequence[OfflineScan], actor: Actor) -> Set[str]:
    wanted = {one.reservation for one in scans}
    return set(policies.visible_reservations(actor).filter(public_id__in=wanted).values_list("public_id", flat=True))


def _sent_in(scans: Sequence[OfflineScan], stamp: _Stamp) -> dict[str, Scan]:
    rows = Scan.objects.filter(user_id=stamp.user_id, nonce__in={one.nonce for one in scans})
    return {row.nonce: row for row in rows.filter(outcome__in=GONE).select_related("reservation")}


def _device(name: str) -> str:
    tidy = " ".join(name.split())
    if not 1 <= len(tidy) <= 40:
        sentence = _("请给设备起一个 1 到 40 个字的名字。")
        raise RuleBroken("DEVICE", sentence, fields={"device": [sentence]})
    return tidy


def _take(batch: _Batch, scan: OfflineScan) -> Answer:
    moment, flags = batch.moment(scan)
    this = Try(batch.site, scan.nonce, batch.stamp.user_id, moment, batch.device, batch.actor.user_id)
    told = Answer(scan.nonce, Outcome.OK, flags=flags)
    try:
        require_nonce(scan.nonce)
        if _is_sent_in(batch, scan):
            return replace(told, outcome=Outcome.REPEATED, code=batch.sent_in[scan.nonce].outcome)
        with transaction.atomic():
            row = _hand_out(batch, this, scan)
    except DomainError as error:
        return _not_taken(batch, told, this, scan, error)
    batch.sent_in[scan.nonce] = Scan(nonce=scan.nonce, outcome=HANDED_OUT, reservation=row)
    return told


def _is_sent_in(batch: _Batch, scan: OfflineScan) -> bool:
    """Whether something was handed out by this very scan; one that was refused is judged again.

    Raises Conflict NONCE_USED when it was another reservation's.
    """
    earlier = batch.sent_in.get(scan.nonce)
    if earlier is None:
        return False
    if earlier.reservation is not None and earlier.reservation.public_id != scan.reservation:
        raise nonce_used()
    return True


def _hand_out(batch: _Batch, this: Try, scan: OfflineScan) -> Reservation:
    if scan.reservation not in batch.known:
        raise policies.no_reservation()
    row = locked(batch.actor, scan.reservation)
    if is_again(this, row):
        return row
    decision = policies.may_hand_out(batch.actor, row).require()
    _require_not_own(this, row, batch.actor)
    is_late = late.was_waiting(row, this.moment)
    judged = replace(facts(row), state=ReservationState.RESERVED) if is_late else facts(row)
    if scan.force:
        decision = policies.may_run(batch.actor, row.campaign.union_id).require()
        counter_rules.require_waiting(judged)
    else:
        _require_good_list(batch.stamp, this)
        counter_rules.require_due_here(judged, batch.site.pk, clock.day_of(this.moment))
        require_holder(row)
    if is_late:
        return late.collect_after_all(reservation=row, this=this, actor=batch.actor, decision=decision)
    return hand_out(row, this, actor=batch.actor, decision=decision)


def _require_not_own(this: Try, row: Reservation, actor: Actor) -> None:
    """Who stood at the counter is judged too, not only who sends it in."""
    if is_own_or_kin(replace(actor, user_id=this.user_id), row.person_id):
        raise NotAllowed("OWN_CASE", _("不能核销自己或亲属的预约，请交给同事。"))


def _require_good_list(stamp: _Stamp, this: Try) -> None:
    if this.moment - stamp.as_of > timedelta(hours=LIST_HOURS):
        raise RuleBroken("LIST_OLD", _("扫码时名单已超过 {hours} 小时，没有记为领取。", hours=LIST_HOURS))


def _not_taken(batch: _Batch, told: Answer, this: Try, scan: OfflineScan, error: DomainError) -> Answer:
    """What was handed out twice and what was refused is kept: it has left the counter all the same."""
    refused = replace(told, outcome=Outcome.REFUSED, code=error.code, message=error.message)
    if error.code in _NOT_KEPT:
        return refused
    row = _seen(scan.reservation) if scan.reservation in batch.known else None
    if error.code != "ALREADY_COLLECTED" or row is None:
        keep(this, error.code, row)
        return refused
    batch.sent_in[scan.nonce] = keep(this, CONFLICT, row)
    return replace(refused, outcome=Outcome.CONFLICT, first=_first(row))


def _seen(public_id: str) -> Reservation:
    found: Reservation = Reservation.objects.with_names().select_related("collected_by").get(public_id=public_id)
    return found


def _first(row: Reservation) -> HandedOut:
    by = Scan.objects.filter(reservation=row, outcome=HANDED_OUT, nonce=row.collect_nonce).first()
    moment = row.collected_at or row.state_since
    return HandedOut(moment, row.site.name, str(row.collected_by or ""), by.device if by is not None else "")
