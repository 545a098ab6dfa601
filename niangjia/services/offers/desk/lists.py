"""The lists of the console: campaigns, reservations of one campaign, suppliers."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import date
from functools import partial
from typing import Any

from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.urls import reverse

from niangjia.commons.people.cards.models import Card
from niangjia.kernel import card_code
from niangjia.kernel.actor import Actor
from niangjia.kernel.errors import DomainError
from niangjia.kernel.ids import is_readable_number
from niangjia.kernel.text import Text, _
from niangjia.platform.accounts.actors import actor_of
from niangjia.platform.audit import entries
from niangjia.platform.personal_data import looks, masks
from niangjia.platform.personal_data.kinds import LookKind
from niangjia.platform.web import tones
from niangjia.platform.web.lists import Column, Filter, ListPage
from niangjia.services.offers.campaign.suppliers import KINDS, visible_suppliers
from niangjia.services.offers.desk import queries
from niangjia.services.offers.models import NUMBER_PREFIX, Campaign, Cell, Reservation, Source, Supplier
from niangjia.services.offers.states import CAMPAIGN, RESERVATION

CAMPAIGNS = "offers.campaigns"

# Campaigns


def campaigns(request: HttpRequest) -> ListPage:
    """Campaigns in the actor's reach, the latest opening first."""
    rows = queries.listed(actor_of(request)).select_related("union")
    return ListPage(request, rows, _CAMPAIGN_COLUMNS, _CAMPAIGN_FILTERS, order="-opens_at", size=20, code=CAMPAIGNS)


_CAMPAIGN_COLUMNS = (
    Column(
        "title", _("活动"), lambda row: row.title, sort="title",
        url=lambda row: reverse("offers_console:campaign", args=[row.public_id]),
    ),
    Column("state", _("状态"), lambda row: tones.status_of(CAMPAIGN, row.state), kind="status"),
    Column("mode", _("怎么分配"), lambda row: queries.MODE_LABELS[row.mode], kind="code"),
    Column("union", _("主办工会"), lambda row: row.union.short_name),
    Column("opens", _("开始预约"), lambda row: row.opens_at, kind="moment", sort="opens_at"),
    Column("closes", _("结束预约"), lambda row: row.closes_at, kind="moment", sort="closes_at"),
    Column("pickup_from", _("领取第一天"), lambda row: row.pickup_from, kind="day", sort="pickup_from"),
    Column("pickup_until", _("领取最后一天"), lambda row: row.pickup_until, kind="day", sort="pickup_until"),
)  # fmt: skip
_CAMPAIGN_FILTERS = (
    Filter("q", _("活动名称"), lambda rows, text: rows.filter(title__icontains=text)),
    Filter(
        "state", _("状态"), lambda rows, code: rows.filter(state=code),
        choices=[(state.code, state.label) for state in CAMPAIGN.states],
    ),
    Filter(
        "mode", _("怎么分配"), lambda rows, code: rows.filter(mode=code),
        choices=list(queries.MODE_LABELS.items()),
    ),
)  # fmt: skip


# Reservations of a campaign


def reservations(request: HttpRequest, campaign: Campaign) -> ListPage:
    """Reservations of a campaign, the newest first; names are masked."""
    return ListPage(
        request, queries.reservations_of(campaign), _RESERVATION_COLUMNS, _reservation_filters(campaign), size=50
    )


def export_reservations(actor: Actor, campaign: Campaign, rows: Sequence[Reservation]) -> None:
    """Write down that these members' reservations left the house in a file."""
    looks.record(actor, [row.subject_key for row in rows], LookKind.EXPORTED)
    entries.record(
        actor,
        "offers.reservation.export",
        subject_type=queries.CAMPAIGN_TYPE,
        subject_id=campaign.public_id,
        node_id=campaign.union_id,
        data={"rows": len(rows)},
    )


_RESERVATION_COLUMNS = (
    Column(
        "number", _("编号"), lambda row: row.number, kind="code",
        url=lambda row: reverse("offers_console:reservation", args=[row.public_id]),
    ),
    Column("state", _("状态"), lambda row: tones.status_of(RESERVATION, row.state), kind="status"),
    Column("name", _("会员"), lambda row: masks.mask_name(row.person.name), kind="code"),
    Column("union", _("会员所在工会"), lambda row: row.union.short_name),
    Column("item", _("品类"), lambda row: row.item.name),
    Column("site", _("领取点"), lambda row: row.site.name),
    Column("day", _("领取日期"), lambda row: row.day, kind="day", sort="day"),
    Column("source", _("来源"), lambda row: queries.SOURCE_LABELS[row.source], kind="code"),
    Column("at", _("预约时间"), lambda row: row.created_at, kind="moment"),
    Column("collected_at", _("领取时间"), lambda row: row.collected_at, kind="moment", optional=True),
    Column("note", _("说明"), lambda row: row.note, optional=True),
)  # fmt: skip


def _reservation_filters(campaign: Campaign) -> list[Filter]:
    places = Cell.objects.filter(campaign=campaign).order_by("site__name", "day")
    found = list(places.values_list("site__public_id", "site__name", "day").distinct())
    sites = {key: name for key, name, _day in found}
    days = sorted({day for _key, _name, day in found})
    return [
        Filter("state", _("状态"), _by("state"), [(state.code, state.label) for state in RESERVATION.states]),
        Filter("item", _("品类"), _by("item__code"), [(item.code, item.name) for item in campaign.items.all()]),
        Filter("site", _("领取点"), _by("site__public_id"), list(sites.items())),
        Filter("day", _("领取日期"), _on_day, [(f"{day}", f"{day}") for day in days]),
        Filter(
            "source", _("来源"), _by("source"), [(source.value, queries.SOURCE_LABELS[source]) for source in Source]
        ),
        Filter("union", _("会员所在工会"), _of_union),
    ]


def _by(name: str) -> Any:
    return partial(_narrowed, name)


def _narrowed(name: str, rows: QuerySet[Any], value: str) -> QuerySet[Any]:
    return rows.filter(**{name: value})


def _on_day(rows: QuerySet[Any], value: str) -> QuerySet[Any]:
    return rows.filter(day=date.fromisoformat(value))


def _of_union(rows: QuerySet[Any], text: str) -> QuerySet[Any]:
    return rows.filter(Q(union__name__icontains=text) | Q(union__code=text))


def find(actor: Actor, campaign: Campaign, text: str) -> Reservation | None:
    """The reservation of a campaign with this number, or of the holder of the card with this number."""
    row = _by_number(campaign, text) or _by_card(campaign, text)
    if row is not None:
        looks.record(actor, [row.subject_key], LookKind.SEARCH_HIT)
    return row


def _by_number(campaign: Campaign, text: str) -> Reservation | None:
    wanted = text.strip().upper()[:40]
    if not is_readable_number(wanted, NUMBER_PREFIX):
        return None
    serial = int(wanted.removeprefix(NUMBER_PREFIX).replace("-", "")[4:-1])
    row: Reservation | None = queries.reservations_of(campaign).filter(pk=serial).first()
    return row if row is not None and row.number == wanted else None


def _by_card(campaign: Campaign, text: str) -> Reservation | None:
    """By any card that somebody ever had: a replaced one still tells whose reservation it is."""
    try:
        number = card_code.card_number(text)
    except DomainError:
        return None
    holders = Card.objects.filter(number=number).values("person_id")
    found: Reservation | None = queries.reservations_of(campaign).filter(person__in=holders).order_by("-pk").first()
    return found


# Suppliers


def suppliers(request: HttpRequest, running: Collection[str]) -> ListPage:
    """Suppliers in the actor's reach, by name; those of the unions with codes ``running`` lead to where they are
    corrected."""

    def url(row: Supplier) -> str:
        return reverse("offers_console:supplier", args=[row.public_id]) if row.union.code in running else ""

    name = Column("name", _("供货单位"), lambda row: row.name, sort="name", url=url)
    rows = visible_suppliers(actor_of(request)).select_related("union")
    return ListPage(request, rows, [name, *_SUPPLIER_COLUMNS], _SUPPLIER_FILTERS, order="name", size=50)


def _kind_label(row: Supplier) -> Text:
    labels: Mapping[str, Text] = KINDS
    return labels.get(row.kind, KINDS["other"])


_SUPPLIER_COLUMNS = (
    Column("kind", _("类别"), _kind_label),
    Column("union", _("所属工会"), lambda row: row.union.short_name),
    Column("contact", _("单位联系方式"), lambda row: row.contact or "—"),
)
_SUPPLIER_FILTERS = (
    Filter("q", _("名称"), lambda rows, text: rows.filter(name__icontains=text)),
    Filter("kind", _("类别"), _by("kind"), list(KINDS.items())),
)
