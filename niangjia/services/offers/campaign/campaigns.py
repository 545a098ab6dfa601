"""The life of a campaign: drawn up, published, open, closed, settled, or called off."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Callable, Container, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import partial
from typing import Any

from django.db import transaction
from django.db.models import F

from niangjia.commons.entitlement.rules import as_json, parse
from niangjia.commons.ledger import dims
from niangjia.commons.ledger import write as ledger
from niangjia.commons.unions.models import Union
from niangjia.kernel import clock
from niangjia.kernel.actor import Actor
from niangjia.kernel.errors import InvalidMove, RuleBroken
from niangjia.kernel.policy import Decision
from niangjia.kernel.reasons import require_reason
from niangjia.kernel.text import _
from niangjia.platform.audit import entries
from niangjia.platform.lifecycle import lifecycle
from niangjia.platform.lifecycle.lifecycle import Effects
from niangjia.platform.lifecycle.records import Record
from niangjia.platform.notices.kinds import Notice
from niangjia.platform.personal_data import data_keys
from niangjia.platform.personal_data.models import DataKey
from niangjia.services.offers import notices, policies, records, rules
from niangjia.services.offers.campaign import ending, extra_stock
from niangjia.services.offers.models import (
    Campaign,
    Cell,
    Item,
    Mode,
    Reservation,
    StockAfter,
    Supplier,
    Wave,
    WaveStock,
)
from niangjia.services.offers.rules import Schedule
from niangjia.services.offers.rush import catalogue
from niangjia.services.offers.states import CAMPAIGN, CampaignEvent, CampaignState, ReservationEvent

BATCH = 500

REVISED, ITEMS_SET, STOCK_SET = "offers.campaign.revised", "offers.items.set", "offers.stock.set"
WAVE_ADDED = "offers.wave.added"
"""Audit entries of what changes a campaign without moving it; each edit of a draft leaves one."""

Place = tuple[int, int, date]
"""Ids of an item and a site, and a day: where a cell is."""


@dataclass(frozen=True)
class Plan:
    """What an officer fills in about a campaign. ``wishes_until`` is given for a draw only."""

    title: str
    opens_at: datetime
    closes_at: datetime
    pickup_from: date
    pickup_until: date
    summary: str = ""
    terms: str = ""
    mode: Mode = Mode.FIRST_COME
    wishes_until: datetime | None = None
    rule: Any = field(default_factory=list)
    stock_after: StockAfter = StockAfter.CLOSE
    has_waiting_list: bool = False
    offer_hours: int = 24
    announce_at: datetime | None = None

    @property
    def schedule(self) -> Schedule:
        return Schedule(
            self.opens_at, self.wishes_until or self.opens_at, self.closes_at, self.pickup_from, self.pickup_until
        )


@dataclass(frozen=True)
class NewItem:
    """One kind of thing; ``code`` is short and stable."""

    code: str
    name: str
    description: str = ""
    supplier_id: int | None = None
    value_fen: int = 0


@dataclass(frozen=True)
class Stock:
    """So many pieces of an item (by code) at a site on a day."""

    item: str
    site_id: int
    day: date
    quantity: int


@transaction.atomic()
def draw_up(*, union_id: int, plan: Plan, actor: Actor) -> Campaign:
    """Begin a draft. Raises NotAllowed, RuleBroken (TITLE, SCHEDULE, and what the rule of participation breaks)."""
    decision = policies.may_run(actor, union_id).require()
    campaign = Campaign(union=Union.objects.get(pk=union_id), **_columns(plan))
    return lifecycle.open(campaign, actor=actor, decision=decision)


@transaction.atomic()
def revise(*, public_id: str, plan: Plan, actor: Actor) -> Campaign:
    """Change a draft. What was published stays as it was promised. Raises InvalidMove, and as :func:`draw_up`."""
    campaign = locked(actor, public_id)
    decision = policies.may_run(actor, campaign.union_id).require()
    require_draft(campaign)
    columns = _columns(plan)
    changed = sorted(name for name, value in columns.items() if getattr(campaign, name) != value)
    for name, value in columns.items():
        setattr(campaign, name, value)
    campaign.revision += 1
    campaign.save()
    _note(actor, decision, campaign, REVISED, changed=changed)
    return campaign


@transaction.atomic()
def set_items(*, public_id: str, items: Sequence[NewItem], actor: Actor) -> list[Item]:
    """The kinds of a draft, in this order; those that are no longer named go, with their stock."""
    campaign = locked(actor, public_id)
    decision = policies.may_run(actor, campaign.union_id).require()
    require_draft(campaign)
    _require_items(items)
    codes = [item.code for item in items]
    Cell.objects.filter(campaign=campaign).exclude(item__code__in=codes).delete()
    campaign.items.exclude(code__in=codes).delete()
    for position, item in enumerate(items):
        campaign.items.update_or_create(code=item.code, defaults={**_item_columns(item), "position": position})
    _note(actor, decision, campaign, ITEMS_SET, codes=codes)
    return list(campaign.items.all())


@transaction.atomic()
def set_stock(*, public_id: str, stocks: Sequence[Stock], actor: Actor) -> None:
    """The stock of a draft from its opening on. Raises RuleBroken STOCK, InvalidMove."""
    campaign = locked(actor, public_id)
    decision = policies.may_run(actor, campaign.union_id).require()
    require_draft(campaign)
    quantities = _quantities(campaign, stocks)
    Cell.objects.filter(campaign=campaign).update(size=0)
    _write_cells(campaign, quantities, with_size=True)
    pieces = sum(quantities.values())
    _note(actor, decision, campaign, STOCK_SET, cells=len(quantities), pieces=pieces)


@transaction.atomic()
def add_wave(*, public_id: str, opens_at: datetime, stocks: Sequence[Stock], actor: Actor) -> Wave:
    """A part of the stock that comes later; also once the campaign is published, for more is never less.

    Raises RuleBroken (STOCK, WAVE_MOMENT), InvalidMove when the campaign has ended.
    """
    campaign = locked(actor, public_id)
    decision = policies.may_run(actor, campaign.union_id).require()
    if campaign.state not in (CampaignState.DRAFT, CampaignState.PUBLISHED, CampaignState.OPEN):
        raise InvalidMove("MOVE_NOT_ALLOWED", _("活动已经结束，不能再加名额。"))
    if not campaign.opens_at < opens_at < campaign.closes_at:
        sentence = _("加放名额的时间要在预约开始和结束之间。")
        raise RuleBroken("WAVE_MOMENT", sentence, fields={"opens_at": [sentence]})
    quantities = _quantities(campaign, stocks)
    cells = _write_cells(campaign, quantities)
    wave = Wave.objects.create(campaign=campaign, opens_at=opens_at)
    WaveStock.objects.bulk_create(
        [WaveStock(wave=wave, cell_id=cells[place], quantity=quantity) for place, quantity in quantities.items()]
    )
    if campaign.state != CampaignState.DRAFT:
        _intern_facts(campaign)
    touch(campaign.pk)
    _note(actor, decision, campaign, WAVE_ADDED, wave=wave.public_id, pieces=sum(quantities.values()))
    return wave


def _note(actor: Actor, decision: Decision, campaign: Campaign, action: str, **data: Any) -> None:
    """Leave an audit entry of what is no move of the machine: names of columns, codes and counts, never the texts."""
    entries.record(
        actor,
        action,
        subject_type=CAMPAIGN.name,
        subject_id=campaign.public_id,
        node_id=campaign.union_id,
        ground=decision.ground,
        data=data,
    )


@transaction.atomic()
def publish(*, public_id: str, actor: Actor) -> Campaign:
    """Show a draft to everybody. Raises NotAllowed, InvalidMove, RuleBroken (STOCK_MISSING, OPENS_IN_THE_PAST)."""
    campaign = locked(actor, public_id)
    decision = policies.may_run(actor, campaign.union_id).require()
    rules.require_schedule(catalogue.schedule_of(campaign), is_draw=campaign.is_draw)
    _require_stock(campaign)
    if campaign.closes_at <= clock.now():
        sentence = _("结束时间已经过去，请先改时间。")
        raise RuleBroken("OPENS_IN_THE_PAST", sentence, fields={"closes_at": [sentence]})
    _intern_facts(campaign)
    return _move(campaign, CampaignEvent.PUBLISH, actor, decision, changes=_promise(campaign))


@transaction.atomic()
def open_doors(*, public_id: str, actor: Actor) -> Campaign:
    """Record that the opening moment has come. The clock alone had opened it. Raises InvalidMove, NotAllowed."""
    campaign = locked(actor, public_id)
    decision = policies.may_run(actor, campaign.union_id).require()
    if clock.now() < campaign.opens_at:
        raise InvalidMove("TOO_EARLY", _("还没到开始时间。"))
    return _move(campaign, CampaignEvent.OPEN_DOORS, actor, decision, brings=_categories(campaign))


@transaction.atomic()
def close_doors(*, public_id: str, actor: Actor) -> Campaign:
    """Record that the closing moment has come. Raises InvalidMove, NotAllowed."""
    campaign = locked(actor, public_id)
    decision = policies.may_run(actor, campaign.union_id).require()
    if clock.now() < campaign.closes_at:
        raise InvalidMove("TOO_EARLY", _("还没到结束时间。"))
    late = _categories(campaign) if campaign.state == CampaignState.PUBLISHED else []
    return _move(campaign, CampaignEvent.CLOSE_DOORS, actor, decision, brings=late)


@transaction.atomic()
def settle(*, public_id: str, actor: Actor) -> Campaign:
    """End it once nothing waits to be collected any more. Raises InvalidMove, NotAllowed."""
    campaign = locked(actor, public_id)
    decision = policies.may_run(actor, campaign.union_id).require()
    if clock.today() <= campaign.pickup_until:
        raise InvalidMove("TOO_EARLY", _("领取日期还没有结束。"))
    if Reservation.objects.due().filter(campaign=campaign).exists():
        raise InvalidMove("STILL_DUE", _("还有未领取的预约没有处理。"))
    ending.end_chances(campaign, actor=actor)
    return _move(campaign, CampaignEvent.SETTLE, actor, decision)


@transaction.atomic()
def call_off(*, public_id: str, reason: str, actor: Actor) -> Campaign:
    """End it before its time: every reservation that was not collected is void and its holder is told why."""
    campaign = locked(actor, public_id)
    decision = policies.may_run(actor, campaign.union_id).require()
    reason = require_reason(reason)
    _move(campaign, CampaignEvent.CALL_OFF, actor, decision, reason=reason)
    ending.end_chances(campaign, actor=actor)
    ledger.reverse_many(CAMPAIGN.name, [campaign.pk], at=clock.now())
    due = list(Reservation.objects.due().filter(campaign=campaign).with_names().select_related("person").order_by("id"))
    revoke_many(due, actor=actor, decision=decision, reason=reason, notice=_called_off)
    return campaign


def revoke_many(
    due: Sequence[Reservation],
    *,
    actor: Actor,
    decision: Decision,
    reason: str,
    notice: Callable[[Reservation], Notice],
) -> None:
    """Make reservations void: records reversed, pieces back in the stock, holders told. Needs a transaction."""
    for start in range(0, len(due), BATCH):
        part = due[start : start + BATCH]
        with data_keys.held([row.subject_key for row in part], making=True) as keys:
            lifecycle.apply_many(
                part,
                ReservationEvent.REVOKE,
                actor=actor,
                decision=decision,
                reason=reason,
                effects_for=partial(_void, reason, keys, notice),
            )
        ledger.reverse_many(records.SOURCE_TYPE, [row.pk for row in part], at=clock.now())
        for cell_id, count in sorted(_counted(row.cell_id for row in part).items()):
            Cell.objects.filter(pk=cell_id).update(taken=F("taken") - count)
        extra_stock.shrink(part)


def _void(
    reason: str, keys: Mapping[str, DataKey], notice: Callable[[Reservation], Notice], row: Reservation
) -> Effects:
    """About somebody whose key is gone nothing is noted."""
    note = "" if keys[row.subject_key].erased_at else reason[:300]
    return Effects(changes={"note": note}, notices=[notice(row)])


def _called_off(row: Reservation) -> Notice:
    values = {"title": row.campaign.title, "number": row.number}
    return Notice(notices.CALLED_OFF, row.user_id, values, link=f"/offers/mine/{row.public_id}/")


def locked(actor: Actor, public_id: str) -> Campaign:
    """The campaign for changing, within the actor's sight. Raises NotFound CAMPAIGN_NOT_FOUND."""
    rows = policies.visible_campaigns(actor).select_for_update(of=("self",)).select_related("union")
    campaign = rows.filter(public_id=public_id).first()
    if campaign is None:
        raise policies.no_campaign()
    return campaign  # type: ignore[no-any-return]


def require_draft(campaign: Campaign) -> None:
    """Raises InvalidMove: what was published is promised."""
    if campaign.state != CampaignState.DRAFT:
        raise InvalidMove("ALREADY_PUBLISHED", _("活动已经发布，规则和名额不能再改；可以加放名额，或者取消活动。"))


def touch(campaign_id: int) -> None:
    """Tell every process that what it remembers of the campaign is old."""
    Campaign.objects.filter(pk=campaign_id).update(revision=F("revision") + 1)


def _move(
    campaign: Campaign,
    event: CampaignEvent,
    actor: Actor,
    decision: Decision,
    *,
    reason: str = "",
    changes: Mapping[str, Any] | None = None,
    brings: Sequence[Record] = (),
) -> Campaign:
    values = {**(changes or {}), "revision": campaign.revision + 1}
    return lifecycle.apply(
        campaign, event, actor=actor, decision=decision, reason=reason, changes=values, records=brings
    )


def _categories(campaign: Campaign) -> list[Record]:
    """What the campaign has to give counts from the day on which it opened."""
    return [records.category(campaign, item) for item in campaign.items.all()]


def _promise(campaign: Campaign) -> dict[str, str]:
    """What a draw promises when it is published: the hash of a secret that is shown afterwards."""
    if not campaign.is_draw:
        return {}
    secret = secrets.token_hex(32)
    return {"draw_secret": secret, "draw_commitment": hashlib.sha256(secret.encode()).hexdigest()}


def _columns(plan: Plan) -> dict[str, Any]:
    rules.require_schedule(plan.schedule, is_draw=plan.mode == Mode.DRAW)
    return {
        "title": _title(plan.title),
        "summary": plan.summary.strip()[:200],
        "terms": plan.terms.strip()[:5000],
        "mode": plan.mode.value,
        "opens_at": plan.opens_at,
        "closes_at": plan.closes_at,
        "wishes_until": plan.wishes_until if plan.mode == Mode.DRAW else None,
        "pickup_from": plan.pickup_from,
        "pickup_until": plan.pickup_until,
        "rule": as_json(parse(plan.rule)),
        "stock_after": plan.stock_after.value,
        "has_waiting_list": plan.has_waiting_list,
        "offer_hours": plan.offer_hours,
        "announce_at": plan.announce_at,
    }


def _title(text: str) -> str:
    title = " ".join(text.split())
    if not 2 <= len(title) <= 60:
        sentence = _("活动名称写 2 到 60 个字。")
        raise RuleBroken("TITLE", sentence, fields={"title": [sentence]})
    return title


def _item_columns(item: NewItem) -> dict[str, Any]:
    return {
        "name": item.name.strip(),
        "description": item.description.strip()[:300],
        "supplier": Supplier.objects.get(pk=item.supplier_id) if item.supplier_id else None,
        "value_fen": item.value_fen,
    }


def _require_items(items: Sequence[NewItem]) -> None:
    names = [item.name.strip() for item in items]
    if not items or len(items) > rules.MOST_ITEMS:
        raise _stock_broken(_("品类要有 1 到 {most} 个。", most=rules.MOST_ITEMS), "items")
    if len(set(names)) != len(names) or len({item.code for item in items}) != len(items):
        raise _stock_broken(_("品类的名称和代码不能重复。"), "items")
    if any(not 1 <= len(name) <= 40 for name in names):
        raise _stock_broken(_("品类名称写 1 到 40 个字。"), "items")


def _stock_broken(sentence: Any, name: str) -> RuleBroken:
    return RuleBroken("STOCK", sentence, fields={name: [sentence]})


def _quantities(campaign: Campaign, stocks: Sequence[Stock]) -> dict[Place, int]:
    """Pieces by place, each place once. Raises RuleBroken STOCK."""
    items = {item.code: item.pk for item in campaign.items.all()}
    quantities: dict[Place, int] = {}
    for stock in stocks:
        _require_place(campaign, stock, items)
        place = items[stock.item], stock.site_id, stock.day
        quantities[place] = quantities.get(place, 0) + stock.quantity
    return dict(sorted(quantities.items()))


def _require_place(campaign: Campaign, stock: Stock, items: Container[str]) -> None:
    if stock.item not in items:
        raise _stock_broken(_("没有代码为“{code}”的品类。", code=stock.item), "stocks")
    if type(stock.quantity) is not int or not 0 <= stock.quantity <= 1_000_000:
        raise _stock_broken(_("数量是 0 到 1,000,000 的整数。"), "stocks")
    if not campaign.pickup_from <= stock.day <= campaign.pickup_until:
        raise _stock_broken(_("{day} 不在领取日期内。", day=f"{stock.day:%Y-%m-%d}"), "stocks")


def _write_cells(campaign: Campaign, quantities: Mapping[Place, int], *, with_size: bool = False) -> dict[Place, int]:
    """Make the cells that are missing, in few statements whatever the number; ``with_size`` also writes the quantity
    as their size. Returns all ids by place."""
    wanted = [
        Cell(campaign=campaign, item_id=item, site_id=site, day=day, size=quantity if with_size else 0)
        for (item, site, day), quantity in quantities.items()
    ]
    if with_size:
        once = ["campaign", "item", "site", "day"]
        Cell.objects.bulk_create(wanted, BATCH, update_conflicts=True, unique_fields=once, update_fields=["size"])
    else:
        Cell.objects.bulk_create(wanted, BATCH, ignore_conflicts=True)
    cells = Cell.objects.filter(campaign=campaign).values_list("item_id", "site_id", "day", "pk")
    return {(item, site, day): pk for item, site, day, pk in cells}


def _require_stock(campaign: Campaign) -> None:
    if not Cell.objects.filter(campaign=campaign, size__gt=0).exists():
        raise RuleBroken("STOCK_MISSING", _("还没有名额，请先填写品类、地点、日期和数量。"))


def _intern_facts(campaign: Campaign) -> None:
    """Make every set of facts before the rush, so that no reservation has to."""
    cells = list(Cell.objects.filter(campaign=campaign).select_related("item", "site"))
    dims.intern(catalogue.all_facts(campaign, cells).values())


def _counted(values: Iterable[int]) -> dict[int, int]:
    counts: dict[int, int] = {}
    for value in values:
        counts[value] = counts.get(value, 0) + 1
    return counts
