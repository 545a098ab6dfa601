"""What the pages of this room read, as ready values."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from django.db.models import Count, Sum

from niangjia.commons.desk.subjects import DeskLine
from niangjia.commons.people.models import Person
from niangjia.commons.rosters import content
from niangjia.kernel.actor import Actor
from niangjia.kernel.money import yuan
from niangjia.kernel.text import Text, _
from niangjia.platform.personal_data import masks
from niangjia.platform.web import dates
from niangjia.platform.web.parts import Fact, Figure
from niangjia.services.reimbursement import policies, rules
from niangjia.services.reimbursement.models import Case, CaseQuerySet, Lost, Round
from niangjia.services.reimbursement.states import CASE, LOST, CaseState, LostEvent

ROUND_TYPE, FEED_TYPE = "reimbursement.round", "reimbursement.feed"
KIND_LABELS: dict[str, Text] = {"outpatient": _("门诊"), "inpatient": _("住院")}
SAMPLE_LABELS: dict[str, Text] = {"amount": _("金额较大"), "chance": _("随机抽查"), "hand": _("人工匹配")}


def round_lines(actor: Actor, ids: Sequence[int]) -> Mapping[int, DeskLine]:
    """How rounds read on a desk."""
    rows = policies.visible_rounds(actor).filter(pk__in=ids)
    sums = _due(Case.objects.filter(round__in=ids)).order_by().values_list("round").annotate(Count("pk"), Sum("fen"))
    due = {key: (number, fen) for key, number, fen in sums}
    return {row.pk: _round_line(row, *due.get(row.pk, (0, 0))) for row in rows}


def _due(rows: CaseQuerySet) -> CaseQuerySet:
    """The cases that are to be paid."""
    return rows.exclude(state__in=[CaseState.NOTHING, CaseState.WITHHELD, CaseState.DROPPED])


def _round_line(row: Round, number: int, fen: int) -> DeskLine:
    detail = str(_("{n} 笔，{sum}", n=f"{number:,}", sum=yuan(fen)))
    source = row.feed.number if row.feed else str(_("人工匹配"))
    title = f"{row.programme_label}：{row.union.short_name}"
    return DeskLine(source, title, detail, f"/console/reimbursement/rounds/{row.public_id}/")


@dataclass(frozen=True)
class Totals:
    """A round in numbers: cases by state, those to be paid with their sum, sampled ones that nobody looked at."""

    by_state: Mapping[str, int]
    due: int
    fen: int
    persons: int
    sampled: int
    unseen: int


def totals(round_: Round) -> Totals:
    """What a round comes to."""
    rows = Case.objects.filter(round=round_)
    counted = dict(rows.order_by().values_list("state").annotate(n=Count("pk")))
    due = _due(rows).aggregate(n=Count("pk"), fen=Sum("fen"), who=Count("person", distinct=True))
    sampled = rows.exclude(sampled="")
    unseen = sampled.filter(judged_by=None, state=CaseState.COMPUTED).count()
    return Totals(counted, due["n"], due["fen"] or 0, due["who"], sampled.count(), unseen)


def figures(found: Totals) -> list[Figure]:
    """A round in numbers, for the head of its page."""
    return [
        Figure(_("付款"), f"{found.due:,}", _("笔")),
        Figure(_("涉及"), f"{found.persons:,}", _("人")),
        Figure(_("金额"), yuan(found.fen), ""),
        Figure(_("抽查"), f"{found.sampled:,}", _("笔")),
        Figure(_("还没看的抽查"), f"{found.unseen:,}", _("笔")),
        Figure(_("金额为零"), f"{found.by_state.get(CaseState.NOTHING, 0):,}", _("笔")),
    ]


def bands(round_: Round) -> list[tuple[Text, int, int]]:
    """How the sums of a round are spread: label, cases, fen."""
    edges = (0, 100_00, 500_00, 2_000_00, 10_000_00, None)
    rows = Case.objects.filter(round=round_, fen__gt=0)
    found = []
    for low, high in pairwise(edges):
        some = rows.filter(fen__gt=low) if high is None else rows.filter(fen__gt=low, fen__lte=high)
        counted = some.aggregate(n=Count("pk"), fen=Sum("fen"))
        label = _("{low} 以上", low=yuan(low or 0)) if high is None else _("不超过 {high}", high=yuan(high))
        found.append((label, counted["n"], counted["fen"] or 0))
    return found


def own_cases(actor: Actor) -> CaseQuerySet:
    """The member's own cases, the newest first."""
    rows: CaseQuerySet = policies.visible_cases(actor).select_related("round").order_by("-to_day", "-pk")
    return rows


def case_for(actor: Actor, public_id: str) -> Case:
    """One case in the actor's sight. Raises NotFound."""
    rows = policies.visible_cases(actor).select_related("round", "round__union", "person", "union")
    found: Case | None = rows.filter(public_id=public_id).first()
    if found is None:
        raise policies.not_found()
    return found


def round_for(actor: Actor, public_id: str) -> Round:
    """One round in the actor's sight. Raises NotFound."""
    found = policies.visible_rounds(actor).filter(public_id=public_id).first()
    if found is None:
        raise policies.not_found()
    return found


def lost_for(actor: Actor, public_id: str) -> Lost:
    """One settlement that matched nobody, in the actor's sight. Raises NotFound."""
    found = policies.visible_lost(actor).filter(public_id=public_id).first()
    if found is None:
        raise policies.not_found()
    return found


def may_match_now(actor: Actor, lost: Lost) -> bool:
    """Whether the actor may say now whose it is."""
    return LOST.find(lost.state, LostEvent.MATCH) is not None and bool(policies.may_match(actor, lost))


@dataclass(frozen=True)
class Calculation:
    """How a sum came about, line by line."""

    steps: Sequence[Text]
    reductions: Sequence[Text]
    fen: int


def sum_of(case: Case) -> Calculation:
    """The kept calculation in sentences."""
    _rates, _before, steps, reductions = rules.read(case.document)
    return Calculation([step.sentence for step in steps], [step.sentence for step in reductions], case.fen)


def case_facts(case: Case, *, person: bool = False) -> list[Fact]:
    """A case for a page; with ``person`` for staff, masked."""
    last = "" if case.from_day == case.to_day else f" – {dates.day(case.to_day)}"
    days = f"{dates.day(case.from_day)}{last}"
    facts = [
        Fact(_("项目"), case.programme_label),
        Fact(_("就诊"), f"{KIND_LABELS[case.kind]} · {days}"),
        Fact(_("自付一"), yuan(case.self_paid_fen)),
        Fact(_("报销"), yuan(case.fen)),
        Fact(_("状态"), CASE.state(case.state).label),
    ]
    if person:
        who: Person = case.person
        facts.insert(0, Fact(_("会员"), masks.mask_name(who.name)))
        facts.append(Fact(_("流水号"), case.transaction))
    return facts


def year_of(actor: Actor) -> dict[str, Any]:
    """What the member got back this year and before."""
    rows = policies.visible_cases(actor).filter(state=CaseState.PAID)
    return rows.aggregate(n=Count("pk"), fen=Sum("fen"))


def lost_facts(lost: Lost) -> list[Fact]:
    """What the insurer wrote of a settlement that matched nobody, masked."""
    said = content.read(lost.content).cells
    return [
        Fact(_("原因"), lost.cause_label),
        Fact(_("姓名"), masks.mask_name(said.get("name", "")) or "—"),
        Fact(_("证件号码"), masks.mask_id_number(said.get("id_number", "")) or "—"),
        Fact(_("就诊"), f"{KIND_LABELS[lost.kind]} · {dates.day(lost.from_day)}"),
        Fact(_("自付一"), yuan(lost.self_paid_fen)),
        Fact(_("来自"), lost.feed.number),
    ]
