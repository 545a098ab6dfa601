"""A campaign as it runs, for the dashboard: read from counters, a handful of statements whatever the size.

What was read is kept for two seconds in the memory of the process, so that a hundred screens cost as much as one.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Count, F, Q, Sum
from django.db.models.functions import TruncDay, TruncHour, TruncMinute

from niangjia.kernel import clock
from niangjia.kernel.text import Text, _
from niangjia.services.offers.models import Campaign, Cell, Reservation, Waiting
from niangjia.services.offers.states import ReservationState

KEPT_SECONDS = 2.0
REFRESH_SECONDS = 3
NEWEST = 500
"""The speed is measured on so many of the newest reservations at most."""

MOST_POINTS = 90


@dataclass(frozen=True)
class Square:
    """One item at one site over all its days."""

    size: int
    extra: int
    taken: int
    collected: int
    given_up: int
    waiting: int

    @property
    def left(self) -> int:
        return self.size + self.extra - self.taken

    @property
    def is_gone(self) -> bool:
        return self.left <= 0

    @property
    def is_scarce(self) -> bool:
        """A tenth or less is left."""
        return not self.is_gone and self.left * 10 <= self.size + self.extra

    def __add__(self, other: Square) -> Square:
        return Square(
            self.size + other.size,
            self.extra + other.extra,
            self.taken + other.taken,
            self.collected + other.collected,
            self.given_up + other.given_up,
            self.waiting + other.waiting,
        )


NOTHING = Square(0, 0, 0, 0, 0, 0)


@dataclass(frozen=True)
class Line:
    """One item: its squares in the order of the sites (None where it is not given), and all of them together."""

    name: str
    squares: Sequence[Square | None]
    total: Square


@dataclass(frozen=True)
class Curve:
    """Reservations by minute, hour or day since the opening."""

    unit: Text
    labels: Sequence[str]
    values: Sequence[int]

    @property
    def highest(self) -> int:
        return max(self.values, default=0)


@dataclass(frozen=True)
class Live:
    """Everything on the dashboard, as of ``at``. ``speed`` is in reservations a minute; ``gone`` counts cells."""

    at: datetime
    sites: Sequence[str]
    lines: Sequence[Line]
    total: Square
    gone: int
    cells: int
    speed: int
    curve: Curve
    next_wave: datetime | None

    @property
    def age(self) -> int:
        """Seconds since it was read."""
        return max(0, int((clock.now() - self.at).total_seconds()))


_kept: dict[int, tuple[float, Live]] = {}


def live(campaign: Campaign) -> Live:
    """The dashboard's figures, at most two seconds old."""
    kept = _kept.get(campaign.pk)
    if kept is not None and time.monotonic() - kept[0] < KEPT_SECONDS:
        return kept[1]
    found = read(campaign)
    if len(_kept) > 50:
        _kept.clear()
    _kept[campaign.pk] = (time.monotonic(), found)
    return found


def forget(**_signal: object) -> None:
    """Forget everything: a flushed or restored database has other ids."""
    _kept.clear()


def read(campaign: Campaign) -> Live:
    """The dashboard's figures, read now."""
    now = clock.now()
    squares, items, sites = _squares(campaign)
    lines = [_line(name, [squares.get((item, site)) for site in sites]) for item, name in items.items()]
    gone, cells = _gone(campaign)
    wave = campaign.waves.filter(released_at=None).values_list("opens_at", flat=True).first()
    return Live(
        at=now,
        sites=list(sites.values()),
        lines=lines,
        total=sum((line.total for line in lines), NOTHING),
        gone=gone,
        cells=cells,
        speed=_speed(campaign, now),
        curve=_curve(campaign, now),
        next_wave=wave,
    )


def _line(name: str, squares: Sequence[Square | None]) -> Line:
    return Line(name, squares, sum((square for square in squares if square is not None), NOTHING))


def _squares(campaign: Campaign) -> tuple[dict[tuple[int, int], Square], dict[int, str], dict[int, str]]:
    """The squares by item and site, and the names of both in order."""
    rows = (
        Cell.objects.filter(campaign=campaign)
        .order_by("item__position", "item_id", "site__name", "site_id")
        .values_list("item_id", "item__name", "site_id", "site__name")
        .annotate(Sum("size"), Sum("extra"), Sum("taken"))
    )
    states, waiting = _states(campaign), _waiting(campaign)
    squares: dict[tuple[int, int], Square] = {}
    items: dict[int, str] = {}
    sites: dict[int, str] = {}
    for item, name, site, site_name, size, extra, taken in rows:
        items[item], sites[site] = name, site_name
        squares[item, site] = Square(
            size,
            extra,
            taken,
            states[item, site, ReservationState.COLLECTED.value],
            states[item, site, ReservationState.GIVEN_UP.value],
            waiting[item, site],
        )
    return squares, items, dict(sorted(sites.items(), key=lambda pair: pair[1]))


def _states(campaign: Campaign) -> Counter[tuple[int, int, str]]:
    """Collected and given up; none of either while people rush, so the index answers at once."""
    wanted = (ReservationState.COLLECTED.value, ReservationState.GIVEN_UP.value)
    cells = Cell.objects.filter(campaign=campaign).values("pk")
    rows = Reservation.objects.filter(cell__in=cells, state__in=wanted).order_by()
    counted = rows.values_list("cell__item_id", "cell__site_id", "state").annotate(Count("pk"))
    return Counter({(item, site, state): count for item, site, state, count in counted})


def _waiting(campaign: Campaign) -> Counter[tuple[int, int]]:
    rows = Waiting.objects.queued().filter(campaign=campaign).order_by()
    counted = rows.values_list("cell__item_id", "cell__site_id").annotate(Count("pk"))
    return Counter({(item, site): count for item, site, count in counted})


def _gone(campaign: Campaign) -> tuple[int, int]:
    """How many cells are sold out, of how many."""
    full = Q(taken__gte=F("size") + F("extra"))
    counted = Cell.objects.filter(campaign=campaign, size__gt=0).aggregate(
        gone=Count("pk", filter=full), cells=Count("pk")
    )
    return counted["gone"], counted["cells"]


def _speed(campaign: Campaign, now: datetime) -> int:
    """Reservations a minute: in the last minute, or of the newest 500 when that was less than a minute ago."""
    newest = Reservation.objects.filter(campaign=campaign).order_by("-pk").values_list("created_at", flat=True)[:NEWEST]
    recent = [moment for moment in newest if moment > now - timedelta(minutes=1)]
    if len(recent) < NEWEST:
        return len(recent)
    seconds: float = max(1.0, (now - min(recent)).total_seconds())
    return int(len(recent) * 60 / seconds)


def _curve(campaign: Campaign, now: datetime) -> Curve:
    """By minute in the first hour and a half, then by hour, then by day."""
    since, until = campaign.opens_at, min(now, campaign.closes_at)
    passed = until - since
    trunc: type[TruncMinute | TruncHour | TruncDay]
    if passed <= timedelta(minutes=MOST_POINTS):
        unit, trunc, step, form = _("每分钟"), TruncMinute, timedelta(minutes=1), "%H:%M"
    elif passed <= timedelta(hours=MOST_POINTS):
        unit, trunc, step, form = _("每小时"), TruncHour, timedelta(hours=1), "%m-%d %H:00"
    else:
        unit, trunc, step, form = _("每天"), TruncDay, timedelta(days=1), "%m-%d"
    local = trunc("created_at", tzinfo=clock.SHANGHAI)
    rows = Reservation.objects.filter(campaign=campaign).order_by().annotate(part=local).values_list("part")
    counted = {f"{part.astimezone(clock.SHANGHAI):{form}}": count for part, count in rows.annotate(Count("pk"))}
    labels = _labels(since, until, step, form)
    return Curve(unit, labels, [counted.get(label, 0) for label in labels])


def _labels(since: datetime, until: datetime, step: timedelta, form: str) -> list[str]:
    at, found = since.astimezone(clock.SHANGHAI), list[str]()
    while at <= until and len(found) <= 2 * MOST_POINTS:
        found.append(f"{at:{form}}")
        at += step
    if until > since and (last := f"{until.astimezone(clock.SHANGHAI):{form}}") not in found[-1:]:
        found.append(last)
    return list(dict.fromkeys(found))


# The curve as bars of an SVG, drawn without script

BAR_WIDTH, CURVE_HEIGHT = 8, 120
SLOT_WIDTH, LEAST_WIDTH = 10, 300
"""A picture with few bars is as wide as one with thirty, so that no bar becomes a block."""


@dataclass(frozen=True)
class Bar:
    """One bar in the coordinates of the picture; ``title`` is what a pointer reads."""

    x: str
    y: str
    width: str
    height: str
    title: str


@dataclass(frozen=True)
class Picture:
    """A curve ready to be drawn, with the first and the last label below it."""

    width: str
    bars: Sequence[Bar]
    label: Text
    first: str
    last: str


def picture(curve: Curve) -> Picture:
    """Bars whose highest fills the height."""
    highest, count = max(1, curve.highest), max(1, len(curve.values))
    width = max(count * SLOT_WIDTH, LEAST_WIDTH)
    bars = [
        _bar((place + 0.5) * width / count, value * CURVE_HEIGHT / highest, f"{label}  {value:,}")
        for place, (label, value) in enumerate(zip(curve.labels, curve.values, strict=True))
    ]
    return Picture(
        width=str(width),
        bars=bars,
        label=_("{unit}预约份数，最高 {n}", unit=curve.unit, n=curve.highest),
        first=curve.labels[0] if curve.labels else "",
        last=curve.labels[-1] if len(curve.labels) > 1 else "",
    )


def _bar(middle: float, height: float, title: str) -> Bar:
    return Bar(
        x=f"{middle - BAR_WIDTH / 2:.1f}",
        y=f"{CURVE_HEIGHT - height:.1f}",
        width=str(BAR_WIDTH),
        height=f"{height:.1f}",
        title=title,
    )
