"""Telling many people at the same moment: written down before, in committed batches, and heard by all together.

A batch and how far it came are stored together, so that whoever is killed in the middle is taken up by the next run,
and running twice tells nobody twice.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, datetime, timedelta

import structlog
from django.db import transaction
from django.db.models import Exists, F, OuterRef

from niangjia.commons.entitlement import compile as entitlement
from niangjia.commons.entitlement.rules import parse
from niangjia.commons.people.models import Membership, PersonQuerySet
from niangjia.kernel import clock
from niangjia.platform.notices import outbox
from niangjia.platform.notices.kinds import Notice
from niangjia.services.offers import notices, rules
from niangjia.services.offers.campaign import ending
from niangjia.services.offers.chances.held import Tells
from niangjia.services.offers.models import Campaign, Reservation, ReservationQuerySet, Telling
from niangjia.services.offers.rush import reserving
from niangjia.services.offers.states import TAKING_STATES

log = structlog.get_logger("niangjia.offers")

BATCH = 1_000
PER_SECOND = 500
"""So many people are written to in a second, counted low: how long before the moment the writing begins."""

SHORTEST_LEAD = timedelta(minutes=2)

Progress = Callable[[int, int], None]


def lead(people: int) -> timedelta:
    """How long writing to so many people may take."""
    return SHORTEST_LEAD + timedelta(seconds=people / PER_SECOND)


def is_due(campaign: Campaign) -> bool:
    """Whether it is time to write the announcement of a published campaign down."""
    if campaign.announced_at is not None or campaign.state not in TAKING_STATES:
        return False
    if campaign.announce_at is None:
        return True
    return bool(clock.now() + lead(_entitled(campaign).count()) >= campaign.announce_at)


def announce(public_id: str, progress: Progress = lambda done, total: None) -> int:
    """Write to everybody entitled that the campaign comes; returns to how many in all.

    They all hear it at ``announce_at``. When none was chosen, or it is too late for it, a moment is chosen by which
    everybody can be written to. Not inside a transaction.
    """
    campaign = Campaign.objects.filter(public_id=public_id).first()
    if campaign is None or campaign.announced_at is not None or campaign.state not in TAKING_STATES:
        return 0
    total = _entitled(campaign).count()
    telling = _begin(campaign, total)
    while telling.ended_at is None:
        telling = _announce_batch(telling)
        progress(telling.told, total)
    if campaign.announce_at is not None and telling.ended_at > campaign.announce_at:
        log.warning("announced_late", campaign=public_id, told=telling.told)
    return telling.told


@transaction.atomic()
def _begin(campaign: Campaign, people: int) -> Telling:
    """Fix the moment at which everybody hears, once."""
    row = Campaign.objects.select_for_update(no_key=True).get(pk=campaign.pk)
    known = Telling.objects.filter(campaign=row, tells=Tells.ANNOUNCEMENT.value).first()
    if known is None:
        if row.announce_at is None or row.announce_at <= clock.now():
            row.announce_at = clock.now() + lead(people)
            Campaign.objects.filter(pk=row.pk).update(announce_at=row.announce_at)
        day = clock.day_of(row.announce_at)
        known = Telling.objects.create(campaign=row, tells=Tells.ANNOUNCEMENT.value, day=day)
    campaign.announce_at = row.announce_at
    return known


@transaction.atomic()
def _announce_batch(telling: Telling) -> Telling:
    telling = _locked(telling)
    campaign = Campaign.objects.select_for_update(of=("self",), no_key=True).select_related("union")
    found = campaign.get(pk=telling.campaign_id)
    people = _entitled(found).filter(pk__gt=telling.cursor).order_by("pk").values_list("pk", "user_id")[:BATCH]
    runs = found.state in TAKING_STATES
    batch = list(people) if runs and telling.ended_at is None else []
    outbox.write([_announced(found, user) for _person, user in batch], at=found.announce_at)
    if runs and len(batch) < BATCH and found.announced_at is None:
        Campaign.objects.filter(pk=found.pk).update(announced_at=found.announce_at)
    return _came_to(telling, [person for person, _user in batch])


def _announced(campaign: Campaign, user_id: int) -> Notice:
    values = {
        "union": campaign.union.name,
        "title": campaign.title,
        "opens": rules.moment_words(campaign.opens_at),
        "pickup": _days(campaign.pickup_from, campaign.pickup_until),
    }
    return Notice(notices.ANNOUNCED, user_id, values, link=ending.announced_link(campaign))


def _days(first: date, last: date) -> str:
    begin = f"{first.month}月{first.day}日"
    return begin if first == last else f"{begin}至{last.month}月{last.day}日"


def _entitled(campaign: Campaign) -> PersonQuerySet:
    """Everybody who may take part and has an account by which they can be told."""
    people = entitlement.entitled(parse(campaign.rule), clock.day_of(campaign.announce_at or clock.now()))
    member = Membership.objects.current().filter(person=OuterRef("pk"))
    return people.canonical().filter(Exists(member), user__is_active=True, erased_at=None)


# Reminders


def remind(campaign_id: int, day: date, progress: Progress = lambda done, total: None) -> int:
    """Remind everybody of a campaign whose item waits for them on ``day``, once; returns to how many in all.

    Not inside a transaction.
    """
    telling, _made = Telling.objects.get_or_create(campaign_id=campaign_id, tells=Tells.REMINDER.value, day=day)
    total = _to_collect(campaign_id, day).count()
    while telling.ended_at is None:
        telling = _remind_batch(telling)
        progress(telling.told, total)
    return telling.told


@transaction.atomic()
def _remind_batch(telling: Telling) -> Telling:
    telling = _locked(telling)
    rows = _to_collect(telling.campaign_id, telling.day).filter(pk__gt=telling.cursor).order_by("pk").with_names()
    batch = [] if telling.ended_at else list(rows[:BATCH])
    outbox.write([_reminded(row) for row in batch])
    if len(batch) < BATCH:
        Campaign.objects.filter(pk=telling.campaign_id).update(reminded_at=clock.now())
    return _came_to(telling, [row.pk for row in batch])


def _to_collect(campaign_id: int, day: date) -> ReservationQuerySet:
    rows: ReservationQuerySet = Reservation.objects.due().filter(campaign=campaign_id, day=day)
    return rows


def _reminded(row: Reservation) -> Notice:
    values = {"item": row.item.name, "number": row.number, "day": f"{row.day:%Y-%m-%d}", "site": row.site.name}
    return Notice(notices.REMINDED, row.user_id, values, link=reserving.link(row.public_id))


# How far it came


def _locked(telling: Telling) -> Telling:
    """The row as it stands, for this batch alone."""
    return Telling.objects.select_for_update(no_key=True).get(pk=telling.pk)


def _came_to(telling: Telling, keys: Sequence[int]) -> Telling:
    if telling.ended_at is not None:
        return telling
    ended: datetime | None = None if len(keys) == BATCH else clock.now()
    cursor = keys[-1] if keys else telling.cursor
    Telling.objects.filter(pk=telling.pk).update(cursor=cursor, told=F("told") + len(keys), ended_at=ended)
    telling.refresh_from_db()
    return telling
