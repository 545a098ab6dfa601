"""What members read about campaigns: what is open to them, what is left, what they have."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

from django.db.models import F, Sum

from niangjia.commons.entitlement import compile as entitlement
from niangjia.commons.entitlement import queries as entitlements
from niangjia.commons.entitlement.compile import Explanation
from niangjia.commons.entitlement.rules import Period, parse
from niangjia.kernel import clock
from niangjia.kernel.actor import Actor
from niangjia.kernel.errors import NotFound, RuleBroken
from niangjia.kernel.text import Text, _
from niangjia.services.offers import policies, records, rules
from niangjia.services.offers.counter.models import AppealCause
from niangjia.services.offers.models import Bar, Campaign, Cell, Item, Reservation, Waiting, Wave, Wish
from niangjia.services.offers.states import TAKING_STATES, CampaignState, WishState

FRESH_SECONDS = 2.0
"""So old may be what pages say is left: thousands of phones ask again and again, one reading serves them all."""

LISTED_DAYS = 60
"""For so long after the last pick-up day a campaign stays in the list."""

MOST_LISTED = 100


class Phase(StrEnum):
    """Where a campaign stands for members, by the clock."""

    SOON = "soon"
    WISHES = "wishes"
    DRAWING = "drawing"
    OPEN = "open"
    PICKUP = "pickup"
    OVER = "over"


PHASE_LABELS: Mapping[Phase, Text] = {
    Phase.SOON: _("即将开始"),
    Phase.WISHES: _("填报志愿中"),
    Phase.DRAWING: _("正在抽签"),
    Phase.OPEN: _("预约中"),
    Phase.PICKUP: _("领取中"),
    Phase.OVER: _("已结束"),
}
PHASE_TONES: Mapping[Phase, str] = {
    Phase.SOON: "warn",
    Phase.WISHES: "good",
    Phase.DRAWING: "warn",
    Phase.OPEN: "good",
    Phase.PICKUP: "info",
    Phase.OVER: "off",
}


def phase_of(campaign: Campaign, now: datetime) -> Phase:
    """The phase at ``now``; the recorded state may lag behind, so that only an end that was recorded counts."""
    if campaign.state not in TAKING_STATES or now >= campaign.closes_at:
        settled = campaign.state == CampaignState.SETTLED
        return Phase.OVER if settled or clock.day_of(now) > campaign.pickup_until else Phase.PICKUP
    if now < campaign.opens_at:
        return Phase.SOON
    if now < campaign.first_come_from:
        return Phase.WISHES
    return Phase.DRAWING if campaign.is_draw and campaign.drawn_at is None else Phase.OPEN


@dataclass(frozen=True)
class Figures:
    """What was left of each item (by id) at ``read_at``, on pick-up days that are not over."""

    read_at: datetime
    left: Mapping[int, int]

    @property
    def all_left(self) -> int:
        return sum(self.left.values())


_figures: dict[int, tuple[float, Figures]] = {}


def forget(**_signal: object) -> None:
    """Forget every figure: a flushed database has other ids."""
    _figures.clear()


def figures(campaign_id: int) -> Figures:
    """What is left of a campaign, at most :data:`FRESH_SECONDS` old."""
    kept = _figures.get(campaign_id)
    if kept is not None and time.monotonic() - kept[0] < FRESH_SECONDS:
        return kept[1]
    return figures_of([campaign_id])[campaign_id]


def figures_of(campaign_ids: Sequence[int]) -> Mapping[int, Figures]:
    """What is left of several campaigns, read now in one statement."""
    now, found = clock.now(), {campaign_id: dict[int, int]() for campaign_id in campaign_ids}
    rows = Cell.objects.filter(campaign__in=campaign_ids, day__gte=clock.day_of(now), item__withdrawn_at=None)
    sums = rows.values_list("campaign", "item").annotate(free=Sum(F("size") + F("extra") - F("taken")))
    for campaign_id, item_id, free in sums:
        found[campaign_id][item_id] = free
    read = {campaign_id: Figures(now, left) for campaign_id, left in found.items()}
    if len(_figures) > 500:
        _figures.clear()
    _figures.update({campaign_id: (time.monotonic(), each) for campaign_id, each in read.items()})
    return read


# The list


@dataclass(frozen=True)
class Listed:
    """A campaign in the list. ``next_moment`` is when its phase ends by the clock, None when nothing is waited for."""

    campaign: Campaign
    phase: Phase
    left: int
    read_at: datetime
    is_for_me: bool
    reservation: Reservation | None = None
    has_wish: bool = False

    @property
    def is_mine(self) -> bool:
        return self.reservation is not None or self.has_wish

    @property
    def next_moment(self) -> datetime | None:
        return next_moment(self.campaign, self.phase)

    @property
    def label(self) -> Text:
        return PHASE_LABELS[self.phase]

    @property
    def tone(self) -> str:
        return PHASE_TONES[self.phase]


def next_moment(campaign: Campaign, phase: Phase) -> datetime | None:
    """When the phase ends: the opening, the draw or the close."""
    ends = {
        Phase.SOON: campaign.opens_at,
        Phase.WISHES: campaign.first_come_from,
        Phase.OPEN: campaign.closes_at,
    }
    return ends.get(phase)


def listed(actor: Actor, *, only: Iterable[Phase] = tuple(Phase)) -> list[Listed]:
    """The campaigns that members see, those of the phases named, in the order of their openings."""
    now, wanted = clock.now(), set(only)
    since = clock.day_of(now) - timedelta(days=LISTED_DAYS)
    rows = policies.visible_campaigns(actor).filter(pickup_until__gte=since).select_related("union")
    phases = [(row, phase_of(row, now)) for row in rows.order_by("-opens_at", "-pk")[:MOST_LISTED]]
    kept = [(row, phase) for row, phase in phases if phase in wanted]
    return _with_mine(actor, kept)


def listed_one(actor: Actor, campaign: Campaign) -> Listed:
    """One campaign as the list has it."""
    return _with_mine(actor, [(campaign, phase_of(campaign, clock.now()))])[0]


def _with_mine(actor: Actor, rows: Sequence[tuple[Campaign, Phase]]) -> list[Listed]:
    if not rows:
        return []
    campaigns = [row for row, _phase in rows]
    read = figures_of([row.pk for row in campaigns])
    reserved, wished = _held(actor, campaigns), _wished(actor, campaigns)
    entitled = _entitled(actor, campaigns)
    return [
        Listed(
            row, phase, read[row.pk].all_left, read[row.pk].read_at, row.pk in entitled,
            reserved.get(row.pk), row.pk in wished,
        )
        for row, phase in rows
    ]  # fmt: skip


def _held(actor: Actor, campaigns: Sequence[Campaign]) -> Mapping[int, Reservation]:
    rows = policies.visible_reservations(actor).counting().filter(campaign__in=campaigns)
    return {row.campaign_id: row for row in rows.select_related("item", "site")}


def _wished(actor: Actor, campaigns: Sequence[Campaign]) -> set[int]:
    draws = [row.pk for row in campaigns if row.is_draw]
    if not draws or actor.person_id is None:
        return set()
    rows = Wish.objects.filter(campaign__in=draws, person=actor.person_id).exclude(state=WishState.TAKEN_BACK)
    return set(rows.values_list("campaign", flat=True))


def _entitled(actor: Actor, campaigns: Sequence[Campaign]) -> set[int]:
    """Those in which the actor may take part today and has had nothing yet by another limit of the rule."""
    if actor.person_id is None:
        return set()
    today = clock.today()
    offers = {}
    for row in campaigns:
        rule = parse(row.rule)
        whole = rule.once is not None and rule.once.period is not Period.CAMPAIGN
        key = records.PROGRAMME if whole else row.public_id
        offers[row.pk] = (rule, key, rule.once.period_on(today) if rule.once else "")
    found = entitlements.unused(actor.person_id, list(offers.values()), today)
    return {pk for pk, offer in offers.items() if offer in found}


def open_to(actor: Actor) -> list[Listed]:
    """What the actor may have now or soon and has not taken yet, the first to end first."""
    mine = [
        row for row in listed(actor, only=(Phase.OPEN, Phase.WISHES, Phase.SOON)) if row.is_for_me and not row.is_mine
    ]
    return sorted(mine, key=lambda row: row.next_moment or row.campaign.closes_at)


# One campaign


@dataclass(frozen=True)
class Kind:
    """One item with what is left of it."""

    item: Item
    left: int


@dataclass(frozen=True)
class Board:
    """What changes on a campaign's page: the phase, and what is left of each kind. ``read_at`` is of the figures."""

    campaign: Campaign
    phase: Phase
    now: datetime
    kinds: Sequence[Kind]
    read_at: datetime
    next_wave: datetime | None

    @property
    def left(self) -> int:
        return sum(kind.left for kind in self.kinds)

    @property
    def next_moment(self) -> datetime | None:
        return next_moment(self.campaign, self.phase)

    @property
    def label(self) -> Text:
        return PHASE_LABELS[self.phase]

    @property
    def tone(self) -> str:
        return PHASE_TONES[self.phase]

    @property
    def age_seconds(self) -> int:
        return max(0, int((self.now - self.read_at).total_seconds()))

    @property
    def is_choosing(self) -> bool:
        """Whether looking at sites and days is of use: before the opening one may get ready."""
        return self.phase in (Phase.SOON, Phase.OPEN) and not (self.campaign.is_draw and self.phase is Phase.SOON)


def board(campaign: Campaign) -> Board:
    """The board as it stands now."""
    now, read = clock.now(), figures(campaign.pk)
    items = Item.objects.filter(campaign=campaign, withdrawn_at=None)
    kinds = [Kind(item, max(0, read.left.get(item.pk, 0))) for item in items]
    wave = Wave.objects.filter(campaign=campaign, released_at=None, opens_at__gt=now).first()
    return Board(campaign, phase_of(campaign, now), now, kinds, read.read_at, wave.opens_at if wave else None)


@dataclass(frozen=True)
class Mine:
    """How the member stands towards one campaign. ``explanation`` is None for who is no member yet."""

    reservation: Reservation | None
    wish: Wish | None
    waiting: Waiting | None
    barred_until: date | None
    explanation: Explanation | None

    @property
    def is_entitled(self) -> bool:
        return self.explanation is not None and self.explanation.entitled

    @property
    def may_ask(self) -> bool:
        """Whether nothing but the clock and the stock stands in the way."""
        return self.is_entitled and self.reservation is None and self.barred_until is None


def standing(actor: Actor, campaign: Campaign) -> Mine:
    """Everything that one campaign means for the member, said before it opens and not only after the tap."""
    if actor.person_id is None:
        return Mine(None, None, None, None, None)
    person, day = actor.person_id, max(clock.today(), clock.day_of(campaign.opens_at))
    wishes = Wish.objects.filter(campaign=campaign, person=person).exclude(state=WishState.TAKEN_BACK)
    waiting = Waiting.objects.queued().filter(campaign=campaign, person=person)
    return Mine(
        reservation=_held(actor, [campaign]).get(campaign.pk),
        wish=wishes.first() if campaign.is_draw else None,
        waiting=waiting.select_related("cell__item", "cell__site").first() if campaign.has_waiting_list else None,
        barred_until=barred_until(actor),
        explanation=entitlement.explain(parse(campaign.rule), person, day),
    )


def barred_until(actor: Actor) -> date | None:
    """The last day on which the member cannot reserve because of items not collected; None when they can."""
    today = clock.today()
    bars = Bar.objects.filter(person=actor.person_id, lifted_at=None, starts_on__lte=today, until__gte=today)
    return bars.order_by("-until").values_list("until", flat=True).first()


@dataclass(frozen=True)
class DayChoice:
    """One pick-up day at a site. ``value`` is what a form sends."""

    value: str
    day: date
    left: int


@dataclass(frozen=True)
class SiteChoice:
    """A site with the days on which the item can be collected there."""

    public_id: str
    name: str
    address: str
    hours: str
    days: Sequence[DayChoice]


def item_of(campaign: Campaign, public_id: str) -> Item:
    """An item that is still given. Raises NotFound ITEM_NOT_FOUND."""
    found = Item.objects.filter(campaign=campaign, public_id=public_id, withdrawn_at=None).first()
    if found is None:
        raise rules.no_item()
    return found


def places_of(item: Item) -> list[SiteChoice]:
    """Where and when the item can be collected from today on, with what is left, by site."""
    rows = Cell.objects.filter(item=item, day__gte=clock.today()).exclude(size=0, extra=0)
    return _by_site(rows.select_related("site").order_by("site__name", "site", "day"))


def places_by_item(campaign: Campaign) -> Mapping[int, list[SiteChoice]]:
    """The same for every item of a campaign, by item id, in one statement."""
    items: dict[int, list[Cell]] = {}
    for cell in cells_of(campaign):
        items.setdefault(cell.item_id, []).append(cell)
    return {item_id: _by_site(cells) for item_id, cells in items.items()}


def _by_site(cells: Iterable[Cell]) -> list[SiteChoice]:
    sites: dict[int, list[Cell]] = {}
    for cell in cells:
        sites.setdefault(cell.site_id, []).append(cell)
    return [_site_choice(each) for each in sites.values()]


def _site_choice(cells: Sequence[Cell]) -> SiteChoice:
    site = cells[0].site
    days = [DayChoice(place_value(cell), cell.day, max(0, cell.left)) for cell in cells]
    return SiteChoice(site.public_id, site.name, site.address, site.hours, days)


def place_value(cell: Cell) -> str:
    """Site and day as a form sends them; the site must be loaded."""
    return f"{cell.site.public_id}.{cell.day.isoformat()}"


def cells_of(campaign: Campaign) -> list[Cell]:
    """Every place of a campaign from today on, in the order of items, sites and days."""
    rows = Cell.objects.filter(campaign=campaign, item__withdrawn_at=None, day__gte=clock.today())
    return list(
        rows.exclude(size=0, extra=0)
        .select_related("item", "site")
        .order_by("item__position", "item", "site__name", "site", "day")
    )


# What is mine


@dataclass(frozen=True)
class Holdings:
    """Everything of the member's: reservations newest first, places on waiting lists, wishes, the bar."""

    current: Sequence[Reservation]
    past: Sequence[Reservation]
    waiting: Sequence[Waiting]
    wishes: Sequence[Wish]
    barred_until: date | None

    @property
    def is_empty(self) -> bool:
        return not (self.current or self.past or self.waiting or self.wishes)


def holdings(actor: Actor, *, past: int = 50) -> Holdings:
    """What the member has and had, ``past`` of the latter."""
    rows = policies.visible_reservations(actor).with_names().select_related("appeal")
    person = actor.person_id
    waiting = Waiting.objects.filter(person=person).queued() if person else Waiting.objects.none()
    wishes = Wish.objects.filter(person=person or 0).exclude(state=WishState.TAKEN_BACK)
    return Holdings(
        current=list(rows.due().order_by("day", "pk")),
        past=list(rows.exclude(pk__in=rows.due().values("pk")).order_by("-pk")[:past]),
        waiting=list(waiting.select_related("campaign", "cell__item", "cell__site", "reservation").order_by("-pk")),
        wishes=list(wishes.select_related("campaign", "reservation__item", "reservation__site").order_by("-pk")[:past]),
        barred_until=barred_until(actor) if person is not None else None,
    )


def waiting_for(actor: Actor, public_id: str) -> Waiting:
    """The member's own place on a waiting list. Raises NotFound WAITING_NOT_FOUND."""
    rows = Waiting.objects.filter(person=actor.person_id, public_id=public_id) if actor.person_id else None
    found = rows.select_related("campaign", "cell__item", "cell__site").first() if rows is not None else None
    if found is None:
        raise NotFound("WAITING_NOT_FOUND", _("没有找到这个候补，请到“我的预约”里看。"))
    return found  # type: ignore[no-any-return]


def wish_for(actor: Actor, campaign: Campaign) -> Wish | None:
    """The member's own wish of a draw, unless it was taken back."""
    if actor.person_id is None:
        return None
    rows = Wish.objects.filter(campaign=campaign, person=actor.person_id).exclude(state=WishState.TAKEN_BACK)
    return rows.first()


def wish_by_id(actor: Actor, public_id: str) -> Wish:
    """A wish of the member's own, also one that was taken back. Raises NotFound WISH_NOT_FOUND."""
    rows = Wish.objects.filter(person=actor.person_id, public_id=public_id).select_related("campaign", "reservation")
    found = rows.first() if actor.person_id is not None else None
    if found is None:
        raise NotFound("WISH_NOT_FOUND", _("没有找到这份志愿，请到“我的预约”里看。"))
    return found  # type: ignore[no-any-return]


def cause_of(code: str) -> AppealCause:
    """The cause of an appeal. Raises RuleBroken APPEAL_CAUSE."""
    if code not in set(AppealCause):
        sentence = _("请选择没有领取的原因。")
        raise RuleBroken("APPEAL_CAUSE", sentence, fields={"cause": [sentence]})
    return AppealCause(code)


def cells_by_id(ids: Sequence[int]) -> list[Cell]:
    """Cells in the order of ``ids``, such as the choices of a wish."""
    found = Cell.objects.select_related("item", "site").in_bulk(list(ids))
    return [found[one] for one in ids if one in found]
