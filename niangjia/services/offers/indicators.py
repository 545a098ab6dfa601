"""The figures of this room: pieces and persons, reserved, collected and given up, down to the reservations."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from niangjia.commons.ledger.indicators import Drill, DrillLevel, DrillLine, Indicator, Kind, Part, declare
from niangjia.commons.ledger.units import KINDS, PERCENT, PERSONS, PIECES
from niangjia.kernel.actor import Actor
from niangjia.kernel.text import Text, _
from niangjia.platform.personal_data import masks
from niangjia.services.offers import policies
from niangjia.services.offers.records import CATEGORIES, COLLECTED, GIVEN_UP, RESERVED, SOURCE_TYPE

PROGRAMME = _("普惠活动")
"""The heading of these figures on the card."""


def _lines(actor: Actor, ids: Sequence[int]) -> Mapping[int, DrillLine]:
    rows = policies.visible_reservations(actor).filter(pk__in=ids).with_names().select_related("person")
    return {
        row.pk: DrillLine(
            f"{row.number} {masks.mask_name(row.person.name)}",
            f"{row.campaign.title} · {row.item.name} · {row.site.name} · {row.day:%Y-%m-%d}",
            f"/console/offers/reservations/{row.public_id}/",
        )
        for row in rows
    }


_DRILL = Drill(SOURCE_TYPE, policies.visible_reservations, _lines)


def _pieces(code: str, label: Text, definition: Text, measure: str, order: int) -> Indicator:
    return Indicator(
        code=code,
        programme=PROGRAMME,
        label=label,
        definition=definition,
        unit=PIECES,
        kind=Kind.FLOW_QTY,
        measure=measure,
        drill_level=DrillLevel.PERSONS,
        drill=_DRILL,
        order=order,
    )


def _persons(code: str, label: Text, definition: Text, measure: str, whole: str, order: int) -> Indicator:
    return Indicator(
        code=code,
        programme=PROGRAMME,
        label=label,
        definition=definition,
        unit=PERSONS,
        kind=Kind.PERSONS,
        measure=measure,
        of=whole,
        drill_level=DrillLevel.PERSONS,
        drill=_DRILL,
        order=order,
    )


INDICATORS = (
    _pieces(
        "offers_reserved",
        _("普惠活动预约"),
        _("本期内预约成功的件数，含抽中、候补和额外给的；取消、作废的不算。按会员所在工会统计。"),
        RESERVED,
        200,
    ),
    _persons(
        "offers_reserved_persons",
        _("预约的人数"),
        _("本期内至少预约成功一件的不同会员人数，一人多次只算一次。"),
        RESERVED,
        "offers_reserved",
        201,
    ),
    _pieces(
        "offers_collected",
        _("普惠活动领取"),
        _("本期内在领取点核销的件数，撤销的核销不算。按会员所在工会统计。"),
        COLLECTED,
        210,
    ),
    _persons(
        "offers_collected_persons",
        _("领取的人数"),
        _("本期内至少领取一件的不同会员人数，一人多次只算一次。"),
        COLLECTED,
        "offers_collected",
        211,
    ),
    _pieces(
        "offers_given_up",
        _("逾期未领"),
        _("本期内过了领取日期没有领取、视为放弃的件数。"),
        GIVEN_UP,
        220,
    ),
    Indicator(
        code="offers_collection_rate",
        programme=PROGRAMME,
        label=_("普惠活动领取率"),
        definition=_("本期领取的件数占本期预约件数的比例。预约和领取跨期的活动，各按发生的那一天计入。"),
        unit=PERCENT,
        kind=Kind.RATE,
        numerator=Part(COLLECTED),
        denominator=Part(RESERVED),
        order=230,
    ),
    Indicator(
        code="offers_categories",
        programme=PROGRAMME,
        label=_("普惠活动品类"),
        definition=_("本期内开放的普惠活动提供的品类数，每场活动分别计，取消的活动不算。按举办活动的工会统计。"),
        unit=KINDS,
        kind=Kind.FLOW_QTY,
        measure=CATEGORIES,
        order=240,
    ),
)


def declare_all() -> None:
    """Called when the room is ready."""
    declare(*INDICATORS)
