"""The figures of this room: enrolled, claims, condolences. The free and the paid product are never one figure.

Single claims never open from a figure: what somebody claimed speaks of illness. Small counts are hidden.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from typing import Any

from niangjia.commons.ledger.indicators import Drill, DrillLevel, DrillLine, Indicator, Kind, Part, Split, declare
from niangjia.commons.ledger.units import DAYS, PERCENT, PERSON_TIMES, YUAN
from niangjia.commons.people.categories import CATEGORY_LABELS
from niangjia.kernel.actor import Actor
from niangjia.kernel.text import Text, _
from niangjia.platform.personal_data import masks
from niangjia.platform.web import dates
from niangjia.services.protection import policies
from niangjia.services.protection.models import Cover, Plan
from niangjia.services.protection.purchases import policies as buying
from niangjia.services.protection.records import ANSWERED, CONDOLED, ENROLLED, HIGHEST, PAID, PREMIUM
from niangjia.services.protection.records import DAYS as DAYS_TO_PAYMENT

SMALLEST = 3
"""Counts of claims below it are hidden: in a small union everybody would know whose it is."""

SIX, GROUP = _("六送保障"), _("团体参保")
"""The headings of the two products on the card."""

_FREE = {"kind": "free"}
_PAID = {"kind": "paid"}


def _plans(codes: Collection[str]) -> Mapping[str, Text | str]:
    return dict(Plan.objects.filter(code__in=codes).values_list("code", "name"))


def _covers(codes: Collection[str]) -> Mapping[str, Text | str]:
    """The name that the newest version uses."""
    return dict(Cover.objects.filter(code__in=codes).order_by("version_id").values_list("code", "name"))


def _categories(codes: Collection[str]) -> Mapping[str, Text | str]:
    return {code.value: label for code, label in CATEGORY_LABELS.items() if code.value in codes}


BY_PLAN = Split("plan", _("保障方案"), _plans)
BY_COVER = Split("cover", _("保障项目"), _covers)
BY_CATEGORY = Split("category", _("职业类别"), _categories)


def _enrolment_lines(actor: Actor, ids: Sequence[int]) -> Mapping[int, DrillLine]:
    """Who was enrolled, masked."""
    rows = policies.visible_enrolments(actor).select_related("person", "plan").filter(pk__in=ids)
    return {
        row.pk: DrillLine(
            masks.mask_name(row.person.name),
            f"{row.plan.name} {dates.day(row.from_day)} – {dates.day(row.to_day)}",
            f"/console/protection/enrolments/{row.public_id}/",
        )
        for row in rows
    }


def _receipt_lines(actor: Actor, ids: Sequence[int]) -> Mapping[int, DrillLine]:
    """Which buyer paid."""
    rows = buying.visible_receipts(actor).filter(pk__in=ids)
    return {
        row.pk: DrillLine(
            row.purchase.title, row.purchase.number, f"/console/protection/purchases/{row.purchase.public_id}/"
        )
        for row in rows
    }


_ENROLMENTS = Drill("protection.enrolment", policies.visible_enrolments, _enrolment_lines)
_RECEIPTS = Drill("protection.receipt", buying.visible_receipts, _receipt_lines)


def _enrolled(of: Callable[..., Indicator], prefix: str, facts: dict[str, str]) -> Iterator[Indicator]:
    """Who was enrolled, of them renewed and new."""
    enrolled = {"unit": PERSON_TIMES, "kind": Kind.FLOW_QTY, "measure": ENROLLED, "drill_level": DrillLevel.COUNTS}
    apart = {"splits": (BY_PLAN, BY_CATEGORY), "dims": facts, "drill": _ENROLMENTS, "drill_level": DrillLevel.PERSONS}
    definition = _("本期内办理的参保人次，按办理那天计算，作废的不算。")
    yield of("enrolled", _("参保"), definition, 0, **{**enrolled, **apart})
    for code, label, word in (("renewed", _("其中：续保"), "yes"), ("new", _("其中：新参保"), "no")):
        definition = _("参保中，上一期到期后没有间断接着参保的算续保，其余算新参保。")
        more = {**enrolled, "of": f"{prefix}_enrolled", "splits": (BY_PLAN, BY_CATEGORY)}
        yield of(f"enrolled_{code}", label, definition, 1, dims={**facts, "renewed": word}, **more)


def _product(prefix: str, name: Text, facts: dict[str, str], order: int) -> Iterator[Indicator]:
    """The figures of one of the two products."""

    def of(code: str, label: Text, definition: Text, place: int, **more: object) -> Indicator:
        named = _("{product}：{what}", product=name, what=label)
        said: dict[str, Any] = {"label": named, "definition": definition, "programme": name, **more}
        return Indicator(code=f"{prefix}_{code}", order=order + place, **said)

    yield from _enrolled(of, prefix, facts)
    counted = {"drill_level": DrillLevel.COUNTS, "smallest_cell": SMALLEST, "dims": facts}
    by_claim = (BY_PLAN, BY_COVER, BY_CATEGORY)
    yield of(
        "claims", _("理赔"), _("本期内付款成功的理赔人次；申诉后补付差额不另算一次。"), 2,
        unit=PERSON_TIMES, kind=Kind.FLOW_QTY, measure=PAID, splits=by_claim, **counted,
    )  # fmt: skip
    yield of(
        "claims_yuan", _("理赔金额"), _("本期内付款成功的理赔金额。"), 3,
        unit=YUAN, kind=Kind.FLOW_FEN, measure=PAID, splits=by_claim, **counted,
    )  # fmt: skip
    yield of(
        "condolences", _("慰问"), _("本期内付款成功的慰问人次。"), 4,
        unit=PERSON_TIMES, kind=Kind.FLOW_QTY, measure=CONDOLED, splits=(BY_PLAN,), **counted,
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


def _loss_ratios() -> Iterator[Indicator]:
    """By what was due for those enrolled, and by what came in: a buyer who owes makes the two differ."""
    due = _("本期付款成功的理赔金额，占本期办理的参保应收费用的比例。")
    came_in = _("本期付款成功的理赔金额，占本期到账并经复核的团体购买款项的比例。")
    for code, label, definition, measure, order in (
        ("group_loss_ratio", _("团体参保：赔付率（按应收费用）"), due, ENROLLED, 359),
        ("group_loss_ratio_received", _("团体参保：赔付率（按实收费用）"), came_in, PREMIUM, 360),
    ):
        yield Indicator(
            code=code, programme=GROUP, label=label, definition=definition, unit=PERCENT, kind=Kind.RATE, order=order,
            numerator=Part(PAID, Kind.FLOW_FEN, _PAID), denominator=Part(measure, Kind.FLOW_FEN, _PAID),
            splits=(BY_PLAN,),
        )  # fmt: skip


def _premium() -> Indicator:
    return Indicator(
        code="group_premium_yuan",
        programme=GROUP,
        label=_("团体参保：收到的费用"),
        definition=_("本期到账并经复核的团体购买款项，按到账那天计算；取消购买退回的不算。"),
        unit=YUAN,
        kind=Kind.FLOW_FEN,
        measure=PREMIUM,
        dims=_PAID,
        order=358,
        drill_level=DrillLevel.PERSONS,
        drill=_RECEIPTS,
        splits=(BY_PLAN,),
    )


def _highest() -> Indicator:
    return Indicator(
        code="free_highest",
        programme=SIX,
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
    *_product("free", SIX, _FREE, 300),
    *_product("group", GROUP, _PAID, 350),
    _highest(),
    _premium(),
    *_loss_ratios(),
)


def declare_all() -> None:
    """Called when the room is ready."""
    declare(*INDICATORS)
