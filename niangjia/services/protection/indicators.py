"""The figures of this room: enrolled, claims, condolences. The free and the paid product are never one figure.

Single claims never open from a figure: what somebody claimed speaks of illness. Small counts are hidden.
"""

from __future__ import annotations

from collections.abc import Iterator

from niangjia.commons.ledger.indicators import DrillLevel, Indicator, Kind, Part, declare
from niangjia.commons.ledger.units import DAYS, PERCENT, PERSON_TIMES, YUAN
from niangjia.kernel.text import Text, _
from niangjia.services.protection.records import ANSWERED, CONDOLED, ENROLLED, HIGHEST, PAID, PREMIUM
from niangjia.services.protection.records import DAYS as DAYS_TO_PAYMENT

SMALLEST = 3
"""Counts of claims below it are hidden: in a small union everybody would know whose it is."""

_FREE = {"kind": "free"}
_PAID = {"kind": "paid"}


def _product(prefix: str, name: Text, facts: dict[str, str], order: int) -> Iterator[Indicator]:
    """The figures of one of the two products."""

    def of(code: str, label: Text, definition: Text, place: int, **more: object) -> Indicator:
        named = _("{product}：{what}", product=name, what=label)
        return Indicator(code=f"{prefix}_{code}", label=named, definition=definition, order=order + place, **more)  # type: ignore[arg-type]

    enrolled = {"unit": PERSON_TIMES, "kind": Kind.FLOW_QTY, "measure": ENROLLED, "drill_level": DrillLevel.COUNTS}
    yield of("enrolled", _("参保"), _("本期内办理的参保人次，按办理那天计算，作废的不算。"), 0, dims=facts, **enrolled)
    for code, label, word in (("renewed", _("其中：续保"), "yes"), ("new", _("其中：新参保"), "no")):
        definition = _("参保中，上一期到期后没有间断接着参保的算续保，其余算新参保。")
        more = {**enrolled, "of": f"{prefix}_enrolled"}
        yield of(f"enrolled_{code}", label, definition, 1, dims={**facts, "renewed": word}, **more)
    counted = {"drill_level": DrillLevel.COUNTS, "smallest_cell": SMALLEST, "dims": facts}
    yield of(
        "claims", _("理赔"), _("本期内付款成功的理赔人次；申诉后补付差额不另算一次。"), 2,
        unit=PERSON_TIMES, kind=Kind.FLOW_QTY, measure=PAID, **counted,
    )  # fmt: skip
    yield of(
        "claims_yuan", _("理赔金额"), _("本期内付款成功的理赔金额。"), 3,
        unit=YUAN, kind=Kind.FLOW_FEN, measure=PAID, drill_level=DrillLevel.COUNTS, dims=facts,
    )  # fmt: skip
    yield of(
        "condolences", _("慰问"), _("本期内付款成功的慰问人次。"), 4,
        unit=PERSON_TIMES, kind=Kind.FLOW_QTY, measure=CONDOLED, **counted,
    )  # fmt: skip
    yield of(
        "condolences_yuan", _("慰问金额"), _("本期内付款成功的慰问金额。"), 5,
        unit=YUAN, kind=Kind.FLOW_FEN, measure=CONDOLED, drill_level=DrillLevel.COUNTS, dims=facts,
    )  # fmt: skip
    yield of(
        "claim_days", _("从申请到付款"), _("本期付款成功的理赔，从提交到付款的平均天数，按自然日计算。"), 6,
        unit=DAYS, kind=Kind.RATE, fewer_is_better=True,
        numerator=Part(DAYS_TO_PAYMENT, dims=facts), denominator=Part(PAID, dims=facts),
    )  # fmt: skip
    yield of(
        "answered_in_time", _("按时答复率"), _("本期答复的理赔申请中，在承诺期限内答复的占比。"), 7,
        unit=PERCENT, kind=Kind.RATE,
        numerator=Part(ANSWERED, dims={**facts, "in_time": "yes"}), denominator=Part(ANSWERED, dims=facts),
    )  # fmt: skip


def _loss_ratio() -> Indicator:
    return Indicator(
        code="group_loss_ratio",
        label=_("团体参保：赔付率"),
        definition=_("本期付款成功的理赔金额，占本期办理的参保缴费金额的比例。"),
        unit=PERCENT,
        kind=Kind.RATE,
        numerator=Part(PAID, Kind.FLOW_FEN, _PAID),
        denominator=Part(ENROLLED, Kind.FLOW_FEN, _PAID),
        order=359,
    )


def _premium() -> Indicator:
    return Indicator(
        code="group_premium_yuan",
        label=_("团体参保：收到的费用"),
        definition=_("本期到账并经复核的团体购买款项，按到账那天计算；取消购买退回的不算。"),
        unit=YUAN,
        kind=Kind.FLOW_FEN,
        measure=PREMIUM,
        dims=_PAID,
        order=358,
        drill_level=DrillLevel.COUNTS,
    )


def _highest() -> Indicator:
    return Indicator(
        code="free_highest",
        label=_("六送保障：一人最高保障"),
        definition=_("当天有效的免费方案中，一个人一个保障期内各项合计最多可以得到的金额。"),
        unit=YUAN,
        kind=Kind.STOCK,
        measure=HIGHEST,
        dims=_FREE,
        order=309,
        drill_level=DrillLevel.COUNTS,
    )


INDICATORS = (
    *_product("free", _("六送保障"), _FREE, 300),
    *_product("group", _("团体参保"), _PAID, 350),
    _highest(),
    _premium(),
    _loss_ratio(),
)


def declare_all() -> None:
    """Called when the room is ready."""
    declare(*INDICATORS)
