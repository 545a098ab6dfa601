"""What the pages of purchases read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse

from niangjia.commons.desk.subjects import DeskLine
from niangjia.commons.rosters import preview
from niangjia.commons.rosters.preview import Group
from niangjia.commons.unions import scope
from niangjia.commons.unions.models import Union
from niangjia.kernel import clock
from niangjia.kernel.actor import Actor
from niangjia.kernel.machine import Machine
from niangjia.kernel.money import yuan
from niangjia.kernel.text import Text, _
from niangjia.platform.web import dates
from niangjia.platform.web.lists import Column, Filter, ListPage
from niangjia.platform.web.parts import Fact
from niangjia.platform.web.tones import status_of
from niangjia.services.protection.enrolment import share
from niangjia.services.protection.enrolment.kind import KIND, insured_of
from niangjia.services.protection.enrolment.queries import PREVIEW
from niangjia.services.protection.models import PlanVersion
from niangjia.services.protection.purchases import buying, credits, policies, remaining
from niangjia.services.protection.purchases.models import Credit, Purchase, Receipt
from niangjia.services.protection.purchases.states import CREDIT, PURCHASE, STARTED, PurchaseState
from niangjia.services.protection.states import VersionState

LIST, CREDITS = "protection.purchases", "protection.credits"


def one_for(actor: Actor, public_id: str) -> Purchase:
    """One purchase in the actor's sight. Raises NotFound."""
    found = policies.visible_purchases(actor).filter(public_id=public_id).first()
    if found is None:
        raise policies.not_found()
    return found


def receipt_for(actor: Actor, public_id: str) -> Receipt:
    """One sum in the actor's sight. Raises NotFound."""
    found = policies.visible_receipts(actor).filter(public_id=public_id).first()
    if found is None:
        raise policies.not_found()
    return found


def listing(request: HttpRequest, actor: Actor) -> ListPage:
    """The purchases in the actor's sight, the newest first."""
    return _listing(request, policies.visible_purchases(actor), LIST, _COLUMNS, PURCHASE, buyer="title")


def facts(purchase: Purchase) -> list[Fact]:
    """A purchase in words."""
    price = purchase.version.price_fen
    shown = [
        Fact(_("购买单位"), purchase.title),
        Fact(_("统一社会信用代码"), purchase.tax_number),
        Fact(_("职工所在工会"), purchase.union.name),
        Fact(_("保障方案"), purchase.plan.name),
        Fact(_("起保日期"), dates.day(purchase.from_day)),
        Fact(_("每人每期费用"), yuan(price)),
        Fact(_("在职职工人数"), _staff_words(purchase)),
    ]
    persons = purchase.persons or (buying.persons_of(purchase.roster) if purchase.roster else 0)
    if persons:
        shown.append(Fact(_("参保人数"), _persons_words(purchase, persons)))
        shown.append(Fact(_("应付金额"), yuan(purchase.fen or persons * price)))
    if purchase.waived_fen:
        shown.append(Fact(_("不再收取"), yuan(purchase.waived_fen)))
    if purchase.received_fen:
        shown.append(Fact(_("已收"), yuan(purchase.received_fen)))
    if hasattr(purchase, "invoice"):
        shown.append(Fact(_("票据编号"), purchase.invoice.number))
        shown.append(Fact(_("付款期限"), dates.day(purchase.invoice.due_on)))
    return shown + _left_over(purchase)


def _staff_words(purchase: Purchase) -> Text | str:
    """What the buyer stated; while it waits to begin, also how many of them have left."""
    roster, stated = purchase.roster, f"{purchase.headcount:,}"
    left = purchase.headcount - buying.stated_of(purchase, roster) if roster and remaining.may_start(purchase) else 0
    return _("填报 {stated}，其中 {left} 人已经离开", stated=stated, left=f"{left:,}") if left else stated


def _persons_words(purchase: Purchase, persons: int) -> Text | str:
    """How many are on the list; once it began with fewer, both."""
    roster = purchase.roster
    if roster is None or purchase.state not in STARTED or roster.enrolled == persons:
        return f"{persons:,}"
    return _("下单 {ordered}，实际参保 {enrolled}", ordered=f"{persons:,}", enrolled=f"{roster.enrolled:,}")


def _left_over(purchase: Purchase) -> list[Fact]:
    credit = Credit.objects.filter(purchase=purchase).first()
    if credit is None:
        return []
    return [Fact(_("余款"), _("{sum}，{state}", sum=yuan(credit.fen), state=credit.state_label))]


def share_words(purchase: Purchase) -> Text | None:
    """How many of the staff are insured, against what the terms ask for."""
    roster, asked = purchase.roster, purchase.version.share_percent
    if roster is None or not asked or not roster.counts or purchase.state == PurchaseState.CANCELLED:
        return None
    staff = max(buying.stated_of(purchase, roster), share.members_of(purchase.union_id, clock.today()))
    counts = {"share": asked, "staff": staff, "insured": insured_of(roster)}
    if not purchase.version.everyone_under:
        return _("条款要求 {share}% 的职工参保。职工 {staff} 人，名单里 {insured} 人。", **counts)
    return _(
        "条款要求 {share}% 的职工参保，不足 {everyone} 人的单位全员参保。职工 {staff} 人，名单里 {insured} 人。",
        everyone=purchase.version.everyone_under, **counts,
    )  # fmt: skip


@dataclass(frozen=True)
class Changed:
    """That a list holds others than were ordered: what that means, what stops it from beginning, what can be done, and
    whether the buyer may answer by stating the headcount anew."""

    words: Text
    why: Text | None = None
    what_to_do: Text | None = None
    restates: bool = False


def changed(purchase: Purchase) -> Changed | None:
    """What has changed in the list of a purchase that may begin; None when nothing has."""
    roster = purchase.roster
    if roster is None or not remaining.has_changed(purchase):
        return None
    counts = {"ordered": purchase.persons, "now": buying.persons_of(roster)}
    why = remaining.what_stops(purchase)
    if why is not None:
        words = _("下单 {ordered} 人，名单里现在能参保 {now} 人，还没有起保。", **counts)
        return Changed(words, why.message, _WHAT_TO_DO.get(why.code), why.code == remaining.TOO_FEW)
    return Changed(_changed_words(purchase, counts))


_WHAT_TO_DO: dict[str, Text] = {
    remaining.TOO_FEW: _(
        "购买单位可以：职工人数也少了的，更正职工人数；有人漏办入会或会籍的，补办后系统每天重新核对名单；都不是的，取消购买。"
    ),
    "RECEIPT_OPEN": _("请资金复核先办完这笔收款，名单随后按现在的人数起保。"),
}


def _changed_words(purchase: Purchase, counts: Mapping[str, int]) -> Text:
    if remaining.is_list_closed(purchase):
        return _("下单 {ordered} 人，名单里现在能参保 {now} 人，正按现在的名单起保。", **counts)
    day = dates.day(purchase.from_day)
    if purchase.state == PurchaseState.PAID:
        return _(
            "付了 {ordered} 人，名单里现在能参保 {now} 人。{day} 以前可以补办；到那天按名单起保，余款退还或抵扣。",
            day=day, **counts,
        )  # fmt: skip
    return _(
        "下单 {ordered} 人，名单里现在能参保 {now} 人。{day} 以前可以补办；到那天按名单起保，没有参保的人不收费。",
        day=day, **counts,
    )  # fmt: skip


def at_work(purchase: Purchase) -> bool:
    """Whether the list is being read."""
    return purchase.roster is not None and purchase.roster.state in ("uploaded", "checking")


def groups(purchase: Purchase) -> list[Group]:
    """What becomes of the people, with the first rows of each outcome; nothing of a list that was let go."""
    roster = purchase.roster
    if roster is None or at_work(purchase) or roster.emptied_at or purchase.state == PurchaseState.CANCELLED:
        return []
    return preview.groups(KIND, roster, PREVIEW)


def unions_for(actor: Actor) -> list[tuple[str, str]]:
    """Unions for whose people the actor may buy."""
    reach = scope.within(actor, *policies.BUYERS, field="pk")
    return list(Union.objects.filter(reach, closed_on=None).order_by("code").values_list("code", "name")[:2000])


def plans_sold() -> list[tuple[str, str]]:
    """Plans with a price that take people."""
    rows = PlanVersion.objects.filter(state=VersionState.PUBLISHED, price_fen__gt=0).order_by("plan_id")
    return list(dict.fromkeys(rows.values_list("plan__code", "plan__name")))


def desk_lines(actor: Actor, ids: Sequence[int]) -> Mapping[int, DeskLine]:
    """How purchases read on a desk."""
    rows = policies.visible_purchases(actor).filter(pk__in=ids)
    return {row.pk: _line(row, f"{row.persons:,} × {yuan(row.version.price_fen)}") for row in rows}


def receipt_lines(actor: Actor, ids: Sequence[int]) -> Mapping[int, DeskLine]:
    """How sums that came in read on a desk."""
    rows = policies.visible_receipts(actor).filter(pk__in=ids)
    return {row.pk: _line(row.purchase, str(_("收款 {sum}", sum=yuan(row.fen)))) for row in rows}


def credit_lines(actor: Actor, ids: Sequence[int]) -> Mapping[int, DeskLine]:
    """How money left over reads on a desk."""
    rows = policies.visible_credits(actor).filter(pk__in=ids)
    return {row.pk: _line(row.purchase, str(_("余款 {sum}", sum=yuan(row.fen)))) for row in rows}


def credit_for(actor: Actor, public_id: str) -> Credit:
    """One credit in the actor's sight. Raises NotFound."""
    found = policies.visible_credits(actor).filter(public_id=public_id).first()
    if found is None:
        raise credits.not_found()
    return found


def credit_listing(request: HttpRequest, actor: Actor) -> ListPage:
    """The register of what was left over, the newest first."""
    rows = policies.visible_credits(actor)
    return _listing(request, rows, CREDITS, _CREDIT_COLUMNS, CREDIT, buyer="purchase__title")


def _listing(
    request: HttpRequest, rows: QuerySet[Any], code: str, columns: Sequence[Column], machine: Machine, *, buyer: str
) -> ListPage:
    """Narrowed by state and by the buyer's name, which stands in the field ``buyer``; the newest first."""
    states = [(state.code, state.label) for state in machine.states]
    filters = [
        Filter("state", _("状态"), lambda rows, code: rows.filter(state=code), states),
        Filter("q", _("单位名称"), lambda rows, text: rows.filter(**{f"{buyer}__icontains": text})),
    ]
    return ListPage(request, rows, columns=columns, filters=filters, order="-created_at", size=20, code=code)


def _line(purchase: Purchase, below: str) -> DeskLine:
    url = f"/console/protection/purchases/{purchase.public_id}/"
    return DeskLine(purchase.number, str(_("团体购买：{title}", title=purchase.title)), below, url)


def _number_url(row: Any) -> str:
    return reverse("protection_console:purchase", args=[row.public_id])


_COLUMNS = (
    Column("number", _("编号"), lambda row: row.number, "code", sort="number", url=_number_url),
    Column("title", _("购买单位"), lambda row: row.title),
    Column("state", _("状态"), lambda row: status_of(PURCHASE, row.state), "status"),
    Column("plan", _("方案"), lambda row: row.plan.name),
    Column("persons", _("人数"), lambda row: row.persons, "number", sort="persons"),
    Column("fen", _("金额"), lambda row: row.fen, "yuan", sort="fen"),
    Column("received", _("已收"), lambda row: row.received_fen, "yuan", sort="received_fen"),
    Column("from", _("起保"), lambda row: row.from_day, "day", sort="from_day"),
)

_CREDIT_COLUMNS = (
    Column(
        "number", _("编号"), lambda row: row.number, "code", sort="number", url=lambda row: _number_url(row.purchase)
    ),
    Column("title", _("购买单位"), lambda row: row.purchase.title),
    Column("state", _("状态"), lambda row: status_of(CREDIT, row.state), "status"),
    Column("purchase", _("购买编号"), lambda row: row.purchase.number, "code"),
    Column("why", _("原因"), lambda row: _("{n} 人没有参保", n=row.persons) if row.persons else _("购买已取消")),
    Column("fen", _("金额"), lambda row: row.fen, "yuan", sort="fen"),
    Column("made", _("登记日期"), lambda row: row.created_at, "day", sort="created_at"),
)  # fmt: skip
