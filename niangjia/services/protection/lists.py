"""The lists of the console: claims, condolence payments, plans."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.urls import reverse

from niangjia.commons.desk import queries as desk
from niangjia.kernel.actor import Actor
from niangjia.kernel.text import Text, _
from niangjia.platform.accounts.actors import actor_of
from niangjia.platform.audit import entries
from niangjia.platform.personal_data import looks, masks
from niangjia.platform.personal_data.kinds import LookKind
from niangjia.platform.web.lists import Column, Filter, ListPage
from niangjia.platform.web.tones import status_of
from niangjia.services.protection import policies
from niangjia.services.protection.condoling import OCCASIONS
from niangjia.services.protection.models import Plan
from niangjia.services.protection.queries import CLAIM_TYPE
from niangjia.services.protection.states import CLAIM, CONDOLENCE, PLAN_VERSION, ClaimState

CLAIMS, CONDOLENCES = "protection.claims", "protection.condolences"


def claims(request: HttpRequest) -> ListPage:
    """Claims in the actor's reach; names are masked, covers are told to nobody here."""
    actor = actor_of(request)
    rows = policies.listed_claims(actor).exclude(state=ClaimState.DRAFT, at_counter=False)
    rows = rows.select_related("plan", "person", "union", "responsible")
    return ListPage(request, rows, _CLAIM_COLUMNS, _claim_filters(actor), order="-filed_at", size=20, code=CLAIMS)


_CLAIM_COLUMNS = (
    Column("number", _("编号"), lambda row: row.number, kind="code",
           url=lambda row: reverse("protection_console:claim", args=[row.public_id])),
    Column("state", _("状态"), lambda row: status_of(CLAIM, row.state), kind="status"),
    Column("name", _("被保障人"), lambda row: masks.mask_name(row.person.name), kind="code"),
    Column("plan", _("方案"), lambda row: row.plan.name),
    Column("union", _("会员所在工会"), lambda row: row.union.short_name),
    Column("responsible", _("现在由谁办理"), lambda row: row.responsible.short_name),
    Column("filed", _("提交"), lambda row: row.filed_at, kind="day", sort="filed_at"),
    Column("promised", _("答复期限"), lambda row: row.promised_by, kind="day", sort="promised_by"),
    Column("fen", _("通过金额"), lambda row: row.approved_fen, kind="yuan", sort="approved_fen"),
    Column("paid", _("已付"), lambda row: row.paid_fen, kind="yuan", optional=True),
)  # fmt: skip


def _claim_filters(actor: Actor) -> Sequence[Filter]:
    return (
        Filter("q", _("编号"), lambda rows, text: rows.filter(number__iexact=text)),
        Filter("mine", _("等我办理"), lambda rows, _value: rows.filter(pk__in=_waiting(actor)), [("1", _("是"))]),
        Filter("state", _("状态"), lambda rows, code: rows.filter(state=code),
               [(state.code, state.label) for state in CLAIM.states]),
        Filter("plan", _("方案"), lambda rows, code: rows.filter(plan__code=code),
               list(Plan.objects.order_by("pk").values_list("code", "name")[:100])),
        Filter("second", _("抽中复核"), lambda rows, value: rows.filter(_SECOND[value]), _SECOND_CHOICES),
    )  # fmt: skip


_SECOND: Mapping[str, Q] = {"chance": Q(second_review="chance"), "amount": Q(second_review="amount")}
_SECOND_CHOICES: Sequence[tuple[str, Text]] = (("chance", _("随机抽中")), ("amount", _("金额达到标准")))


def _waiting(actor: Actor) -> QuerySet[Any]:
    return desk.my_items(actor).filter(subject_type=CLAIM_TYPE).values("subject_id")


def exported(actor: Actor, kind: str, rows: Sequence[Any]) -> None:
    """Write down that these people's cases left the house in a file."""
    looks.record(actor, [row.subject_key for row in rows], LookKind.EXPORTED)
    entries.record(actor, f"{kind}.export", subject_type="protection.list", subject_id=kind, data={"rows": len(rows)})


def condolences(request: HttpRequest) -> ListPage:
    """Condolence payments in the actor's reach."""
    rows = policies.visible_condolences(actor_of(request)).select_related("plan", "person", "union")
    return ListPage(
        request, rows, _CONDOLENCE_COLUMNS, _CONDOLENCE_FILTERS, order="-created_at", size=20, code=CONDOLENCES
    )


_CONDOLENCE_COLUMNS = (
    Column("name", _("慰问谁"), lambda row: masks.mask_name(row.person.name), kind="code",
           url=lambda row: reverse("protection_console:condolence", args=[row.public_id])),
    Column("state", _("状态"), lambda row: status_of(CONDOLENCE, row.state), kind="status"),
    Column("occasion", _("事由"), lambda row: OCCASIONS[row.occasion]),
    Column("fen", _("金额"), lambda row: row.fen, kind="yuan", sort="fen"),
    Column("plan", _("方案"), lambda row: row.plan.name),
    Column("union", _("会员所在工会"), lambda row: row.union.short_name),
    Column("at", _("提议"), lambda row: row.created_at, kind="day", sort="created_at"),
)  # fmt: skip
_CONDOLENCE_FILTERS = (
    Filter("state", _("状态"), lambda rows, code: rows.filter(state=code),
           [(state.code, state.label) for state in CONDOLENCE.states]),
    Filter("occasion", _("事由"), lambda rows, code: rows.filter(occasion=code), list(OCCASIONS.items())),
)  # fmt: skip


def versions(request: HttpRequest) -> ListPage:
    """Versions of plans, drafts where one may see them."""
    rows = policies.visible_versions(actor_of(request))
    return ListPage(request, rows, _VERSION_COLUMNS, _VERSION_FILTERS, order="-valid_from", size=20)


_VERSION_COLUMNS = (
    Column("plan", _("方案"), lambda row: row.plan.name,
           url=lambda row: reverse("protection_console:version", args=[row.public_id])),
    Column("number", _("版本"), lambda row: row.number, kind="number"),
    Column("state", _("状态"), lambda row: status_of(PLAN_VERSION, row.state), kind="status"),
    Column("from", _("从哪天起"), lambda row: row.valid_from, kind="day", sort="valid_from"),
    Column("to", _("到哪天"), lambda row: row.valid_to, kind="day"),
    Column("cap", _("每人最高"), lambda row: row.cap_fen, kind="yuan", sort="cap_fen"),
    Column("union", _("主办工会"), lambda row: row.plan.union.short_name),
)  # fmt: skip
_VERSION_FILTERS = (
    Filter("q", _("方案名称"), lambda rows, text: rows.filter(plan__name__icontains=text)),
    Filter("state", _("状态"), lambda rows, code: rows.filter(state=code),
           [(state.code, state.label) for state in PLAN_VERSION.states]),
)  # fmt: skip
