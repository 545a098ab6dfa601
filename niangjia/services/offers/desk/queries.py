"""What the officers' pages read: a campaign as it stands, what follows from a move, who has reserved."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db.models import Count, Q, QuerySet, Sum
from django.db.models.functions import Coalesce

from niangjia.commons.entitlement import compile as entitlement
from niangjia.commons.entitlement.rules import Rule, in_words, parse
from niangjia.commons.places.models import Site
from niangjia.commons.unions import scope, tree
from niangjia.commons.unions.models import Union
from niangjia.kernel import clock
from niangjia.kernel.actor import Actor, ActorKind
from niangjia.kernel.policy import Decision, allow, refuse
from niangjia.kernel.text import Text, _
from niangjia.platform.audit.models import AuditEntry
from niangjia.platform.personal_data import looks, masks
from niangjia.platform.personal_data.kinds import LookKind
from niangjia.platform.web import dates
from niangjia.platform.web.moves import Choice
from niangjia.platform.web.parts import Fact, TimelineEntry
from niangjia.services.offers import policies
from niangjia.services.offers.campaign import campaigns, extra
from niangjia.services.offers.campaign.campaigns import Plan
from niangjia.services.offers.models import (
    Appeal,
    Campaign,
    CampaignQuerySet,
    Cell,
    Mode,
    Reservation,
    Source,
    StockAfter,
    Supplier,
    Wave,
    WaveStock,
)
from niangjia.services.offers.states import (
    APPEAL,
    CAMPAIGN,
    RESERVATION,
    CampaignEvent,
    CampaignState,
    ReservationEvent,
    ReservationState,
)

CAMPAIGN_TYPE, RESERVATION_TYPE = "offers.campaign", "offers.reservation"

SOURCE_LABELS: Mapping[str, Text] = {
    Source.FIRST_COME: _("先到先得"),
    Source.DRAW: _("抽中"),
    Source.WAITING_LIST: _("候补"),
    Source.EXTRA: _("额外"),
}
MODE_LABELS: Mapping[str, Text] = {Mode.FIRST_COME: _("先到先得"), Mode.DRAW: _("抽签")}


# Who sees what


def readable(actor: Actor) -> CampaignQuerySet:
    """Campaigns that the actor reads as an officer or reviewer. A keeper sees the counter only."""
    found: CampaignQuerySet = Campaign.objects.filter(scope.within(actor, *policies.READERS))
    return found


def listed(actor: Actor) -> CampaignQuerySet:
    """The readable ones within the union chosen in the console's switcher."""
    return readable(actor).filter(scope.shown(actor, *policies.READERS))


def campaign_for(actor: Actor, public_id: str) -> Campaign:
    """One readable campaign. Raises NotFound CAMPAIGN_NOT_FOUND, the same for hidden and missing ones."""
    found = readable(actor).select_related("union").filter(public_id=public_id).first()
    if found is None:
        raise policies.no_campaign()
    return found  # type: ignore[no-any-return]


def may_read(actor: Actor) -> Decision:
    """See the lists of this room at all: officers and reviewers."""
    if actor.grants_of(*policies.READERS):
        return allow("reader")
    return refuse("NO_OFFICE_HERE", _("您没有查看普惠活动的职务。"))


def running_unions(actor: Actor) -> list[tuple[str, str]]:
    """Unions for which the actor may run campaigns, by code and name: the chosen one first, then the offices."""
    ids = [grant.node_id for grant in scope.grants(actor, *policies.MANAGERS)]
    chosen = actor.chosen_node_id
    if chosen is not None and policies.may_run(actor, chosen):
        ids.insert(0, chosen)
    names = Union.objects.in_bulk(ids)
    return [(names[node].code, names[node].name) for node in dict.fromkeys(ids) if node in names]


def sites_for(campaign: Campaign) -> list[Site]:
    """Sites in use at which a campaign may be collected: those of its union and of the unions below."""
    sites = Site.objects.open_on(clock.today()).filter(union__in=tree.below(campaign.union_id))
    return list(sites.select_related("union").order_by("union__code", "name")[:1000])


def suppliers_for(campaign: Campaign) -> list[Supplier]:
    """Suppliers of the campaign's union and of those above it."""
    line = [campaign.union_id, *[union.pk for union in tree.ancestors(campaign.union_id)]]
    return list(Supplier.objects.filter(union__in=line).order_by("name")[:500])


# A campaign


def plan_of(campaign: Campaign) -> Plan:
    """The plan that would draw up this campaign again."""
    names = (
        "title", "opens_at", "closes_at", "pickup_from", "pickup_until", "summary", "terms", "wishes_until", "rule",
        "has_waiting_list", "offer_hours", "announce_at",
    )  # fmt: skip
    values = {name: getattr(campaign, name) for name in names}
    return Plan(mode=Mode(campaign.mode), stock_after=StockAfter(campaign.stock_after), **values)


@dataclass(frozen=True)
class Totals:
    """Pieces of a campaign. ``coming`` are in waves not yet given free, ``extra`` beyond ``size``."""

    size: int
    extra: int
    taken: int
    coming: int
    states: Mapping[str, int]

    @property
    def left(self) -> int:
        return self.size + self.extra - self.taken

    @property
    def reserved(self) -> int:
        """Waiting to be collected."""
        return self.states.get(ReservationState.RESERVED, 0)

    @property
    def collected(self) -> int:
        return self.states.get(ReservationState.COLLECTED, 0)

    @property
    def given_up(self) -> int:
        return self.states.get(ReservationState.GIVEN_UP, 0)

    @property
    def undone(self) -> int:
        """Cancelled or made void."""
        return self.states.get(ReservationState.CANCELLED, 0) + self.states.get(ReservationState.REVOKED, 0)


def totals(campaign: Campaign) -> Totals:
    """Three statements, whatever the size."""
    sums = Cell.objects.filter(campaign=campaign).aggregate(
        size=Coalesce(Sum("size"), 0), extra=Coalesce(Sum("extra"), 0), taken=Coalesce(Sum("taken"), 0)
    )
    waves = WaveStock.objects.filter(wave__campaign=campaign, wave__released_at=None)
    coming = waves.aggregate(n=Coalesce(Sum("quantity"), 0))["n"]
    states = Reservation.objects.filter(campaign=campaign).order_by().values_list("state").annotate(Count("pk"))
    return Totals(sums["size"], sums["extra"], sums["taken"], coming, dict(states))


def who_may(campaign: Campaign) -> list[Text]:
    """Who may take part, in sentences."""
    rule = parse(campaign.rule)
    return in_words(rule, entitlement.union_names(rule.union_codes))


def entitled_count(rule: Rule, day: date) -> int:
    """How many people may take part."""
    return entitlement.entitled(rule, day).count()


def facts(campaign: Campaign) -> list[Fact]:
    """What was promised, as a summary list."""
    opens = f"{dates.moment(campaign.opens_at)} – {dates.moment(campaign.closes_at)}"
    wishes = [Fact(_("截止填志愿、抽签"), dates.moment(campaign.wishes_until))] if campaign.is_draw else []
    return [
        Fact(_("主办工会"), campaign.union.name),
        Fact(_("怎么分配"), _("抽签，剩余的先到先得") if campaign.is_draw else MODE_LABELS[campaign.mode]),
        Fact(_("预约时间"), opens),
        *wishes,
        Fact(_("领取日期"), f"{dates.day(campaign.pickup_from)} – {dates.day(campaign.pickup_until)}"),
        Fact(_("逾期未领"), _after_words(campaign)),
        Fact(_("约满以后"), _queue_words(campaign)),
        Fact(_("通知会员"), _announcement(campaign)),
    ]


def _after_words(campaign: Campaign) -> Text:
    if campaign.stock_after == StockAfter.RETURN:
        return _("退回名额")
    return _("留在领取点，由主办工会处理")


def _queue_words(campaign: Campaign) -> Text:
    if campaign.has_waiting_list:
        return _("可以候补，轮到后保留 {hours} 小时", hours=campaign.offer_hours)
    return _("不设候补")


def _announcement(campaign: Campaign) -> Text | str:
    if campaign.announced_at is not None:
        return _("{moment} 已通知全体可参加的会员", moment=dates.moment(campaign.announced_at))
    if campaign.announce_at is not None:
        return _("{moment} 同时通知全体可参加的会员", moment=dates.moment(campaign.announce_at))
    return _("不发通知，会员在活动列表里看到")


_DONE: Mapping[str, Text] = {
    **{f"{CAMPAIGN.name}.{move.event}": move.label for move in CAMPAIGN.moves},
    f"{CAMPAIGN.name}.{CampaignEvent.DRAW_UP}": CAMPAIGN.opening_label,
    "offers.wave.released": _("放出一批名额"),
    campaigns.WAVE_ADDED: _("安排一批加放名额"),
    campaigns.REVISED: _("修改草稿"),
    campaigns.ITEMS_SET: _("填写品类"),
    campaigns.STOCK_SET: _("填写名额"),
    extra.GIVEN: _("额外给出 1 份"),
    "offers.campaign.announced": _("通知会员"),
    "offers.campaign.drawn": _("抽签"),
}
_TONES = {"publish": "good", "open_doors": "good", "call_off": "bad", "settle": "off", "close_doors": "off"}


def timeline(campaign: Campaign) -> list[TimelineEntry]:
    """What happened to a campaign, oldest first, and what is still to come."""
    rows = AuditEntry.objects.filter(subject_type=CAMPAIGN_TYPE, subject_id=campaign.public_id, action__in=_DONE)
    entries = [_entry(row, _DONE[row.action]) for row in rows.order_by("id")[:200]]
    return entries + _to_come(campaign)


def _entry(row: AuditEntry, title: Text) -> TimelineEntry:
    tone = _TONES.get(row.action.rsplit(".", 1)[1], "info")
    pieces = row.data.get("pieces")
    detail = row.reason or (str(_("{n} 份", n=pieces)) if pieces else "")
    who = row.by_whom if row.actor_kind != ActorKind.MEMBER else ""
    return TimelineEntry(title, row.at, who=who, detail=detail, tone=tone)


def _to_come(campaign: Campaign) -> list[TimelineEntry]:
    if campaign.state in (CampaignState.DRAFT, CampaignState.SETTLED, CampaignState.CALLED_OFF):
        return []
    moments: list[tuple[Text, Any]] = [
        (_("开始预约"), campaign.opens_at),
        (_("抽签"), campaign.wishes_until if campaign.drawn_at is None else None),
        (_("结束预约"), campaign.closes_at),
    ]
    ahead = [TimelineEntry(title, at, future=True) for title, at in moments if at and at > clock.now()]
    if campaign.pickup_until >= clock.today():
        ahead.append(TimelineEntry(_("领取的最后一天"), campaign.pickup_until, future=True))
    return sorted(ahead, key=_day_of_entry)


def _day_of_entry(entry: TimelineEntry) -> date:
    return clock.day_of(entry.at) if isinstance(entry.at, datetime) else (entry.at or date.max)


def choices(actor: Actor, campaign: Campaign) -> list[Choice]:
    """The moves of the machine from here, each with its reason when it is not open."""
    decision = policies.may_run(actor, campaign.union_id)
    moves = [CAMPAIGN.find(campaign.state, event) for event in CampaignEvent if event != CampaignEvent.DRAW_UP]
    return [
        Choice(move, decision.refusal if not decision else _too_early(campaign, move.event)) for move in moves if move
    ]


def _too_early(campaign: Campaign, event: str) -> Text | None:
    now = clock.now()
    if event == CampaignEvent.OPEN_DOORS and now < campaign.opens_at:
        return _("{moment} 自动开始，不用操作。", moment=dates.moment(campaign.opens_at))
    if event == CampaignEvent.CLOSE_DOORS and now < campaign.closes_at:
        return _("{moment} 自动结束，不用操作。", moment=dates.moment(campaign.closes_at))
    if event == CampaignEvent.SETTLE and clock.today() <= campaign.pickup_until:
        return _("{day} 领取结束后才能结清。", day=dates.day(campaign.pickup_until))
    if event == CampaignEvent.SETTLE and Reservation.objects.due().filter(campaign=campaign).exists():
        return _("还有未领取的预约没有处理，当晚会自动记为放弃。")
    return None


def called_off_reason(campaign: Campaign) -> str:
    """Why it was called off; empty when it was not."""
    if campaign.state != CampaignState.CALLED_OFF:
        return ""
    action = f"{CAMPAIGN.name}.{CampaignEvent.CALL_OFF}"
    rows = AuditEntry.objects.filter(subject_type=CAMPAIGN_TYPE, subject_id=campaign.public_id, action=action)
    told = rows.first()
    return told.reason if told else ""


def waves_of(campaign: Campaign) -> list[Wave]:
    """Parts of the stock that come later, each with its ``pieces``, the first to come first."""
    return list(campaign.waves.annotate(pieces=Coalesce(Sum("stocks__quantity"), 0)))


@dataclass(frozen=True)
class GivenExtra:
    """A piece beyond the stock: who gave it and why."""

    row: Reservation
    by: str
    name: str


def extras_of(campaign: Campaign) -> list[GivenExtra]:
    """Pieces given beyond the stock, the newest first, with who gave them by the audit."""
    rows = list(reservations_of(campaign).filter(source=Source.EXTRA.value).order_by("-pk")[:50])
    opened = f"{RESERVATION.name}.{ReservationEvent.RESERVE}"
    entries = AuditEntry.objects.filter(
        subject_type=RESERVATION_TYPE, subject_id__in=[row.public_id for row in rows], action=opened
    )
    givers = dict(entries.values_list("subject_id", "actor_name")) if rows else {}
    return [GivenExtra(row, givers.get(row.public_id, ""), masks.mask_name(row.person.name)) for row in rows]


# What follows from publishing


@dataclass(frozen=True)
class Outlook:
    """What publishing a draft would promise, to whom and when."""

    people: int
    items: int
    sites: int
    days: int
    pieces: int
    coming: int
    announcement: Text | str
    problems: Sequence[tuple[Text, str]]


def outlook(campaign: Campaign) -> Outlook:
    """Counts and what is still missing, each problem with the step that mends it."""
    cells = Cell.objects.filter(campaign=campaign, size__gt=0)
    numbers = cells.aggregate(
        sites=Count("site", distinct=True), days=Count("day", distinct=True), items=Count("item", distinct=True)
    )
    found = totals(campaign)
    people = entitled_count(parse(campaign.rule), max(clock.today(), clock.day_of(campaign.opens_at)))
    problems = list(_problems(campaign, numbers["items"], people))
    return Outlook(
        people, numbers["items"], numbers["sites"], numbers["days"], found.size, found.coming,
        _announcement(campaign), problems,
    )  # fmt: skip


def _problems(campaign: Campaign, stocked: int, people: int) -> list[tuple[Text, str]]:
    found: list[tuple[Text, str]] = []
    items = campaign.items.count()
    if not items:
        found.append((_("还没有品类。"), "items"))
    elif stocked < items:
        found.append((_("有 {n} 个品类还没有数量。", n=items - stocked), "stock"))
    if not people:
        found.append((_("按现在的条件没有人可以参加，请检查参加条件。"), "who"))
    if campaign.closes_at <= clock.now():
        found.append((_("结束预约的时间已经过去，请改时间。"), "plan"))
    return found


# Reservations


def reservations_of(campaign: Campaign) -> QuerySet[Reservation]:
    """All of a readable campaign, with everything that a list names."""
    rows: QuerySet[Reservation] = Reservation.objects.filter(campaign=campaign).select_related(
        "item", "site", "union", "person"
    )
    return rows


def reservation_for(actor: Actor, public_id: str) -> Reservation:
    """One readable reservation. Raises NotFound RESERVATION_NOT_FOUND, the same for hidden and missing ones."""
    rows = Reservation.objects.filter(scope.within(actor, *policies.READERS, field="campaign__union"))
    row = rows.with_names().select_related("person", "collected_by").filter(public_id=public_id).first()
    if row is None:
        raise policies.no_reservation()
    return row  # type: ignore[no-any-return]


def open_reservation(actor: Actor, public_id: str) -> Reservation:
    """Like :func:`reservation_for`; that it was opened is written down where the member can see it."""
    row = reservation_for(actor, public_id)
    looks.record(actor, [row.subject_key], LookKind.OPENED)
    return row


def reservation_facts(row: Reservation) -> list[Fact]:
    """A reservation as a summary list; the name is masked."""
    collected = [Fact(_("领取时间"), dates.moment(row.collected_at))] if row.collected_at else []
    note = [Fact(_("说明"), row.note)] if row.note else []
    return [
        Fact(_("会员"), masks.mask_name(row.person.name)),
        Fact(_("会员所在工会"), row.union.name),
        Fact(_("品类"), row.item.name),
        Fact(_("领取点"), row.site.name),
        Fact(_("领取日期"), dates.day(row.day)),
        Fact(_("来源"), SOURCE_LABELS[row.source]),
        Fact(_("预约时间"), dates.moment(row.created_at)),
        *collected,
        *note,
    ]


_RESERVATION_DONE: Mapping[str, Text] = {
    **{f"{RESERVATION.name}.{move.event}": move.label for move in RESERVATION.moves},
    f"{RESERVATION.name}.{ReservationEvent.RESERVE}": RESERVATION.opening_label,
    **{f"{APPEAL.name}.{move.event}": move.label for move in APPEAL.moves},
    f"{APPEAL.name}.{APPEAL.opening}": APPEAL.opening_label,
}
_RESERVATION_TONES = {
    "collect": "good", "give_up": "off", "cancel": "off", "revoke": "bad", "accept_appeal": "good",
    "refuse_appeal": "bad",
}  # fmt: skip


def reservation_timeline(row: Reservation) -> list[TimelineEntry]:
    """What happened to a reservation. The member stays unnamed."""
    about = Q(subject_type=RESERVATION_TYPE, subject_id=row.public_id)
    for key in Appeal.objects.filter(reservation=row).values_list("public_id", flat=True):
        about |= Q(subject_type=APPEAL.name, subject_id=key)
    entries = AuditEntry.objects.filter(about, action__in=_RESERVATION_DONE)
    return [
        TimelineEntry(
            _RESERVATION_DONE[entry.action],
            entry.at,
            who=entry.actor_name if entry.actor_kind == ActorKind.STAFF else "",
            detail=entry.reason,
            tone=_RESERVATION_TONES.get(entry.action.rsplit(".", 1)[1], "info"),
        )
        for entry in entries.order_by("id")
    ]


def appeal_for(actor: Actor, public_id: str) -> Appeal:
    """One appeal that the actor may read. Raises NotFound, the same for hidden and missing ones."""
    rows = Appeal.objects.filter(scope.within(actor, *policies.READERS, field="reservation__campaign__union"))
    names = ("reservation__campaign__union", "reservation__item", "reservation__site", "reservation__person")
    row = rows.select_related(*names, "reservation__union").filter(public_id=public_id).first()
    if row is None:
        raise policies.no_reservation()
    return row  # type: ignore[no-any-return]


def no_shows_of(row: Reservation) -> list[Reservation]:
    """Other items that the same person did not collect, the newest first: what an appeal is judged by."""
    others = Reservation.objects.filter(Q(person=row.person_id), state=ReservationState.GIVEN_UP)
    return list(others.exclude(pk=row.pk).with_names().order_by("-day")[:10])
