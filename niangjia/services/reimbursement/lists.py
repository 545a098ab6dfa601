"""The lists of the console: feeds, rounds, the cases of a round, settlements that matched nobody."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse

from niangjia.kernel.actor import Actor
from niangjia.kernel.text import Text, _
from niangjia.platform.accounts.actors import actor_of
from niangjia.platform.audit import entries
from niangjia.platform.personal_data import looks, masks
from niangjia.platform.personal_data.kinds import LookKind
from niangjia.platform.web.lists import Column, Filter, ListPage
from niangjia.services.reimbursement import policies
from niangjia.services.reimbursement.models import Case, Round
from niangjia.services.reimbursement.queries import KIND_LABELS, SAMPLE_LABELS
from niangjia.services.reimbursement.states import (
    CASE,
    CAUSE_LABELS,
    FEED,
    LOST,
    PROGRAMME_LABELS,
    ROUND,
    CaseState,
    Cause,
    LostState,
    Outcome,
)

CASES, LOST_ONES = "reimbursement.cases", "reimbursement.lost"
FEEDS, ROUNDS = "reimbursement.feeds", "reimbursement.rounds"


def _programmes() -> list[tuple[str, Text]]:
    return [(code.value, label) for code, label in PROGRAMME_LABELS.items()]


def _of_programme() -> Filter:
    return Filter("programme", _("项目"), lambda rows, code: rows.filter(programme=code), _programmes())


def _of_state(states: Any) -> Filter:
    return Filter(
        "state", _("状态"), lambda rows, code: rows.filter(state=code), [(one.code, one.label) for one in states]
    )


def feeds(request: HttpRequest) -> ListPage:
    """Feeds in the actor's reach, the newest first."""
    rows = policies.visible_feeds(actor_of(request)).with_unions()
    filters = [_of_programme(), _of_state(FEED.states)]
    return ListPage(request, rows, _FEED_COLUMNS, filters, order="-created_at", size=20, code=FEEDS)


def rounds(request: HttpRequest) -> ListPage:
    """Rounds in the actor's reach, the newest first."""
    rows = policies.visible_rounds(actor_of(request)).select_related("computed_by")
    filters = [_of_programme(), _of_state(ROUND.states)]
    return ListPage(request, rows, _ROUND_COLUMNS, filters, order="-created_at", size=20, code=ROUNDS)


def cases(request: HttpRequest, round_: Round) -> ListPage:
    """The cases of a round; names are masked."""
    rows = policies.visible_cases(actor_of(request)).filter(round=round_).select_related("person", "union", "round")
    sampled = [("open", _("还没看的")), ("all", _("全部抽查"))]
    filters = [_of_state(CASE.states), Filter("sampled", _("抽查"), _sampled, sampled)]
    return ListPage(request, rows, _CASE_COLUMNS, filters, order="-fen", size=20)


def withheld(request: HttpRequest) -> ListPage:
    """What was held back, the oldest first."""
    rows = policies.visible_cases(actor_of(request)).filter(state=CaseState.WITHHELD)
    rows = rows.select_related("person", "union", "round")
    number = Filter("q", _("流水号"), lambda found, text: found.filter(transaction__iexact=text))
    return ListPage(request, rows, _CASE_COLUMNS, [number, _of_programme()], order="state_since", size=20)


def _sampled(rows: QuerySet[Any], value: str) -> QuerySet[Any]:
    drawn = rows.exclude(sampled="")
    return drawn.filter(judged_by=None, state=CaseState.COMPUTED) if value == "open" else drawn


def lost(request: HttpRequest) -> ListPage:
    """What matched nobody: those that wait unless another state is asked for."""
    rows = policies.visible_lost(actor_of(request))
    if not request.GET.get("state"):
        rows = rows.filter(state=LostState.WAITING)
    causes = Filter(
        "cause",
        _("原因"),
        lambda found, code: found.filter(cause=code),
        [(one.value, CAUSE_LABELS[one]) for one in Cause],
    )
    number = Filter("q", _("流水号"), lambda found, text: found.filter(transaction__iexact=text))
    return ListPage(
        request,
        rows,
        _LOST_COLUMNS,
        [number, causes, _of_programme(), _of_state(LOST.states)],
        order="-pk",
        size=20,
        code=LOST_ONES,
    )


def note_export(actor: Actor, rows: Sequence[Case]) -> None:
    """Write down that these people's cases left the house in a file."""
    looks.record(actor, [case.owner_key for case in rows], LookKind.EXPORTED)
    entries.record(
        actor, f"{CASES}.export", subject_type="reimbursement.list", subject_id=CASES, data={"rows": len(rows)}
    )


_FEED_COLUMNS = (
    Column("number", _("编号"), lambda row: row.number, "code", sort="number",
           url=lambda row: reverse("reimbursement_console:roster", args=[row.public_id])),
    Column("programme", _("项目"), lambda row: row.programme_label),
    Column("union", _("工会"), lambda row: row.union.short_name),
    Column("state", _("状态"), lambda row: row, "status"),
    Column("rows", _("行数"), lambda row: row.rows_total, "number"),
    Column("due", _("可报销"), lambda row: row.count_of(Outcome.DUE), "number"),
    Column("lost", _("没有匹配到人"), lambda row: row.count_of(Outcome.UNMATCHED), "number"),
    Column("by", _("上传"), lambda row: row.uploaded_by.display_name if row.uploaded_by else "—"),
    Column("at", _("上传时间"), lambda row: row.created_at, "moment", sort="created_at"),
)  # fmt: skip
_ROUND_COLUMNS = (
    Column("source", _("来自"), lambda row: row.feed.number if row.feed else _("人工匹配"), "code",
           url=lambda row: reverse("reimbursement_console:round", args=[row.public_id])),
    Column("programme", _("项目"), lambda row: row.programme_label),
    Column("union", _("工会"), lambda row: row.union.short_name),
    Column("state", _("状态"), lambda row: row, "status"),
    Column("by", _("提交"), lambda row: row.computed_by.display_name if row.computed_by else "—"),
    Column("at", _("提交时间"), lambda row: row.created_at, "moment", sort="created_at"),
)  # fmt: skip
_CASE_COLUMNS = (
    Column("transaction", _("流水号"), lambda row: row.transaction, "code",
           url=lambda row: reverse("reimbursement_console:case", args=[row.public_id])),
    Column("state", _("状态"), lambda row: row, "status"),
    Column("name", _("会员"), lambda row: masks.mask_name(row.person.name), "code"),
    Column("union", _("会员所在工会"), lambda row: row.union.short_name),
    Column("kind", _("就诊"), lambda row: KIND_LABELS[row.kind]),
    Column("day", _("就诊日期"), lambda row: row.from_day, "day", sort="from_day"),
    Column("paid", _("自付一"), lambda row: row.self_paid_fen, "yuan", sort="self_paid_fen"),
    Column("fen", _("报销"), lambda row: row.fen, "yuan", sort="fen"),
    Column("sampled", _("抽查"), lambda row: SAMPLE_LABELS.get(row.sampled, "")),
)  # fmt: skip
_LOST_COLUMNS = (
    Column("transaction", _("流水号"), lambda row: row.transaction, "code",
           url=lambda row: reverse("reimbursement_console:lost-one", args=[row.public_id])),
    Column("cause", _("原因"), lambda row: row.cause_label),
    Column("state", _("状态"), lambda row: row, "status"),
    Column("programme", _("项目"), lambda row: PROGRAMME_LABELS[row.programme]),
    Column("feed", _("来自"), lambda row: row.feed.number, "code"),
    Column("day", _("就诊日期"), lambda row: row.from_day, "day", sort="from_day"),
    Column("paid", _("自付一"), lambda row: row.self_paid_fen, "yuan", sort="self_paid_fen"),
)  # fmt: skip
