"""What the pages of this room read, as ready values."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from niangjia.commons.desk import queries as desk
from niangjia.commons.desk.subjects import DeskLine
from niangjia.kernel import clock
from niangjia.kernel.actor import Actor
from niangjia.kernel.errors import NotFound
from niangjia.kernel.money import yuan
from niangjia.kernel.text import Text, _
from niangjia.platform.audit.models import AuditEntry
from niangjia.platform.files.models import File
from niangjia.platform.personal_data import looks, masks
from niangjia.platform.personal_data.kinds import LookKind
from niangjia.platform.web import dates
from niangjia.platform.web.parts import Fact, TimelineEntry
from niangjia.services.protection import appealing, judging, parameters, policies, termbooks
from niangjia.services.protection.catalogue import Kinship
from niangjia.services.protection.claim_models import Appeal, Calculation, Claim, ClaimPaper
from niangjia.services.protection.details import Details
from niangjia.services.protection.models import Enrolment, Plan, PlanVersion
from niangjia.services.protection.rules import Step
from niangjia.services.protection.states import (
    APPEAL,
    CLAIM,
    CONDOLENCE,
    IN_REVIEW,
    WITH_CLAIMANT,
    AppealEvent,
    ClaimEvent,
    ClaimState,
)
from niangjia.services.protection.terms import CoverTerms

CLAIM_TYPE, APPEAL_TYPE, CONDOLENCE_TYPE = "protection.claim", "protection.appeal", "protection.condolence"


# One claim


def claim_for(actor: Actor, public_id: str) -> Claim:
    """One claim that the actor may see. Raises NotFound, the same for hidden and missing ones."""
    found = policies.visible_claims(actor).with_names().filter(public_id=public_id).first()
    if found is None:
        raise policies.no_claim()
    return found  # type: ignore[no-any-return]


def open_for_reading(actor: Actor, public_id: str) -> Claim:
    """Like :func:`claim_for`; an officer's opening is written down where the person can see it."""
    claim = claim_for(actor, public_id)
    if actor.is_staff:
        fields = ["told"] if policies.may_read_content(actor, claim) else []
        keys = [claim.owner_key, *([claim.child.public_id] if claim.child and fields else [])]
        looks.record(actor, keys, LookKind.OPENED, fields=fields)
    return claim


def papers_of(claim: Claim) -> list[ClaimPaper]:
    """The papers, in the order in which they came."""
    return list(claim.papers.select_related("file").order_by("pk"))


def paper_for(actor: Actor, public_id: str, file_id: str) -> File:
    """A paper of a claim whose content the actor may read; an officer's reading is a look with the paper's kind.
    Raises NotFound, also for whoever may see the claim but not its papers."""
    claim = claim_for(actor, public_id)
    paper = claim.papers.select_related("file").filter(file__public_id=file_id).first()
    if paper is None or not policies.may_read_content(actor, claim):
        raise NotFound("PAPER_NOT_FOUND", _("没有找到这份材料。"))
    if actor.is_staff:
        looks.record(actor, [claim.owner_key], LookKind.OPENED, fields=[f"paper:{paper.paper}"])
    return paper.file


def seen_elsewhere(claim: Claim) -> list[str]:
    """Kinds of papers whose very picture stands in another claim: a flag for who checks, no refusal."""
    own = papers_of(claim)
    others = ClaimPaper.objects.filter(file__sha256__in=[paper.file.sha256 for paper in own]).exclude(claim=claim)
    seen = set(others.values_list("file__sha256", flat=True))
    return sorted({paper.paper for paper in own if paper.file.sha256 in seen})


def hospitals_of(claim: Claim) -> list[str]:
    """The hospitals that are taken for a claim; none where all are."""
    return parameters.hospitals(claim.plan.union_id, claim.event_day or clock.today())


def draft_cover(claim: Claim) -> CoverTerms:
    """The cover chosen in a draft. Raises RuleBroken of :func:`judging.place`."""
    judging.place(claim)
    return judging.cover_of(claim)


def require_placed(actor: Actor, public_id: str) -> None:
    """Say already on page one when the day is not covered. Raises RuleBroken as :func:`judging.place`."""
    draft_cover(claim_for(actor, public_id))


def told_facts(claim: Claim) -> list[Fact]:
    """What was claimed and told."""
    told, name = claim.details, cover_name(claim)
    day = dates.day(claim.event_day) if claim.event_day else _("未填写")
    facts = [Fact(_("保障项目"), name), Fact(_("出险日期"), day)]
    if claim.child is not None:
        facts.append(Fact(_("子女"), _child_words(claim)))
    return facts + [Fact(label, value) for label, value in _told(told) if value]


def _child_words(claim: Claim) -> Text | str:
    """Masked for everybody: the family knows who it is."""
    assert claim.child is not None  # noqa: S101 - asked only when there is one
    name, age = masks.mask_name(claim.child.name), judging.child_age(claim)
    return name if age is None else _("{name}，出险时 {age} 周岁", name=name, age=age)


def cover_name(claim: Claim) -> str:
    """How the cover is called in the version that judges."""
    version = claim.version or (termbooks.version_on(claim.plan_id, claim.event_day) if claim.event_day else None)
    cover = termbooks.terms_of(version).cover(claim.cover) if version else None
    return cover.name if cover else claim.cover


def _told(told: Details) -> list[tuple[Text, Any]]:
    bills = "；".join(f"{bill.issuer} {bill.number} {yuan(bill.fen)}" for bill in told.bills)
    stay = f"{dates.day(told.admitted)} – {dates.day(told.discharged)}" if told.admitted and told.discharged else ""
    area = _("{n} 平方米", n=f"{told.area_tenths / 10:g}") if told.area_tenths else ""
    return [
        (_("病名"), told.diagnosis),
        (_("医院"), told.hospital),
        (_("住院"), stay),
        (_("伤残等级"), _("{n} 级", n=told.grade) if told.grade else ""),
        (_("受损面积"), area),
        (_("票据"), bills),
        (_("经过"), told.story),
    ]


def claimant_facts(claim: Claim) -> list[Fact]:
    """Who claims and who is paid; the card is masked for everybody."""
    facts = [Fact(_("被保障人"), claim.person.name)]
    if claim.kinship != Kinship.SELF:
        facts += [Fact(_("申请人"), f"{claim.claimant_name}（{claim.kinship_label}）")]
    tail = str(claim.bank_account)[-4:]
    return [*facts, Fact(_("收款"), _("{name}，卡尾号 {tail}", name=claim.payee_name, tail=tail))]


@dataclass(frozen=True)
class Sum:
    """How a sum came about: the calculation with its steps and reductions."""

    calculation: Calculation
    steps: Sequence[Step]
    reductions: Sequence[Step]
    fen: int


def sum_of(claim: Claim) -> Sum | None:
    """The newest calculation of a claim, if there is one."""
    found = claim.calculations.select_related("version").order_by("-pk").first()
    if found is None:
        return None
    result = found.result
    return Sum(found, result.steps, result.reductions, result.fen)


@dataclass(frozen=True)
class Progress:
    """Where a claim stands, for the claimant."""

    answer_by: datetime | None
    paused_until: datetime | None
    timeline: list[TimelineEntry]
    words: str
    may_withdraw: bool
    may_appeal: bool
    appeal: Appeal | None


def progress(claim: Claim) -> Progress:
    """The claimant's view: due moment, what was said last, timeline with what is still to come."""
    item = desk.open_item(CLAIM_TYPE, claim.pk)
    waiting = claim.state in WITH_CLAIMANT
    appeal = Appeal.objects.filter(claim=claim).first()
    return Progress(
        claim.promised_by if claim.state in IN_REVIEW else None,
        item.due_at if item is not None and waiting else None,
        timeline(claim, for_member=True) + _what_comes(claim),
        last_words(claim, {ClaimState.REFUSED: "refuse"}.get(ClaimState(claim.state), "ask_more")),
        CLAIM.find(claim.state, ClaimEvent.WITHDRAW) is not None,
        appeal is None and claim.state in (ClaimState.REFUSED, ClaimState.PAID) and appealing.is_in_time(claim),
        appeal,
    )


def last_words(claim: Claim, event: str) -> str:
    """What was said with the last move of this kind."""
    said = claim.said.filter(event=event).order_by("-pk").first()
    return str(said.text) if said else ""


_DONE: Mapping[str, Text] = {
    "protection.claim.submit": _("提交申请"),
    "protection.claim.confirm_unit": _("单位工会核实"),
    "protection.claim.check": _("代办点初审"),
    "protection.claim.ask_more": _("请申请人补充"),
    "protection.claim.supply": _("申请人补充"),
    "protection.claim.correct": _("经办人按材料更正"),
    "protection.claim.review": _("受理并计算"),
    "protection.claim.approve": _("审核通过"),
    "protection.claim.refuse": _("未通过"),
    "protection.claim.withdraw": _("撤回申请"),
    "protection.claim.lapse": _("逾期未补充，已终止"),
    "protection.claim.enter_payment_file": _("列入付款文件"),
    "protection.claim.pay": _("已付款到卡"),
    "protection.claim.fail_payment": _("付款没有成功"),
    "protection.claim.leave_payment_file": _("移出付款文件"),
    "protection.claim.retry_payment": _("更正账户，重新付款"),
    "protection.claim.forgo_payment": _("不再付款"),
    "protection.claim.reopen": _("申诉成立，重新审核"),
    "protection.claim.close_claim": _("归档"),
    "protection.appeal.lodge": _("提出申诉"),
    "protection.appeal.uphold": _("申诉成立"),
    "protection.appeal.reject": _("申诉后维持原决定"),
    "protection.appeal.take_back": _("撤回申诉"),
}
_TONES = {"approve": "good", "pay": "good", "refuse": "bad", "reject": "bad", "ask_more": "warn", "fail_payment": "bad",
          "withdraw": "off", "lapse": "off"}  # fmt: skip


def timeline(claim: Claim, *, for_member: bool) -> list[TimelineEntry]:
    """What happened, oldest first. The member reads no names of officers; steps that the tree lacks are left out."""
    appeal = Appeal.objects.filter(claim=claim).values_list("public_id", flat=True)
    rows = AuditEntry.objects.filter(subject_id__in=[claim.public_id, *appeal], action__in=_DONE).order_by("id")
    return [_entry(row, for_member=for_member) for row in rows if row.actor_name != "理赔审核层级"]


def _entry(row: AuditEntry, *, for_member: bool) -> TimelineEntry:
    event = row.action.rsplit(".", 1)[1]
    return TimelineEntry(
        _DONE[row.action], row.at, who="" if for_member else row.by_whom, tone=_TONES.get(event, "info")
    )


def _what_comes(claim: Claim) -> list[TimelineEntry]:
    if claim.state in WITH_CLAIMANT:
        return [TimelineEntry(_("等您补充后继续办理"), None, tone="warn", future=True)]
    if claim.state in IN_REVIEW and claim.promised_by:
        answered = _("{union}答复您", union=claim.plan.union.name)
        last = str(_("最晚这一天"))
        return [TimelineEntry(answered, clock.day_of(claim.promised_by), detail=last, future=True)]
    if claim.state in (ClaimState.APPROVED, ClaimState.IN_PAYMENT_FILE):
        return [TimelineEntry(_("付款到您的银行卡"), None, future=True)]
    return []


# The member's own


@dataclass(frozen=True)
class OwnEnrolment:
    """A protection of mine."""

    enrolment: Enrolment
    version: PlanVersion
    is_current: bool
    may_claim: bool


def own_enrolments(actor: Actor) -> list[OwnEnrolment]:
    """My protections, the current ones first."""
    if not actor.person_id:
        return []
    today = clock.today()
    rows = Enrolment.objects.standing().filter(person_id=actor.person_id)
    found = list(rows.select_related("plan", "version", "version__plan").order_by("-to_day", "-pk")[:50])
    newest: set[int] = set()
    own = []
    for row in found:
        own.append(OwnEnrolment(row, row.version, row.from_day <= today <= row.to_day, row.plan_id not in newest))
        newest.add(row.plan_id)
    return own


def own_claims(actor: Actor) -> list[Claim]:
    """My claims, the newest first."""
    rows = policies.visible_claims(actor).with_names().exclude(state=ClaimState.WITHDRAWN, filed_at=None)
    return list(rows.order_by("-created_at", "-pk")[:50])


def own_plan(actor: Actor, code: str) -> Plan:
    """A plan in which the member is or was enrolled. Raises NotFound."""
    plan = policies.plan_of(code)
    if not Enrolment.objects.standing().filter(plan=plan, person_id=actor.person_id or 0).exists():
        raise policies.no_plan()
    return plan


def begun(actor: Actor, plan: Plan) -> bool:
    """Whether a claim of this plan is being filled in."""
    rows = Claim.objects.filter(plan=plan, person_id=actor.person_id or 0, state=ClaimState.DRAFT)
    return bool(rows.filter(filed_by_id=actor.user_id).exists())


def covers_for_claim(plan: Plan, *, at_counter: bool = False) -> list[CoverTerms]:
    """What can be claimed; a death is claimed by a relative at the counter, not on the phone of the one insured."""
    known: dict[str, CoverTerms] = {}
    for version in PlanVersion.objects.select_related("plan").judging().filter(plan=plan).order_by("valid_from"):
        known.update({cover.code: cover for cover in termbooks.terms_of(version).covers})
    return [cover for cover in known.values() if at_counter or ("death", True) not in cover.papers]


def version_for(actor: Actor, public_id: str) -> PlanVersion:
    """A version that the actor may see. Raises NotFound."""
    found = policies.visible_versions(actor).filter(public_id=public_id).first()
    if found is None:
        raise policies.no_plan()
    return found  # type: ignore[no-any-return]


# Desk


def desk_lines(actor: Actor, ids: Sequence[int]) -> Mapping[int, DeskLine]:
    """How claims read on a desk: the name is masked, the cover and what happened are not told."""
    rows = policies.visible_claims(actor).with_names().filter(pk__in=ids)
    return {row.pk: _line(row) for row in rows}


def _line(row: Claim) -> DeskLine:
    title = str(_("{name} 申请理赔", name=masks.mask_name(row.person.name)))
    detail = f"{CLAIM.state(row.state).label} · {row.plan.name}"
    return DeskLine(row.number, title, detail, f"/console/protection/claims/{row.public_id}/")


def appeal_lines(actor: Actor, ids: Sequence[int]) -> Mapping[int, DeskLine]:
    """How appeals read on a desk."""
    rows = policies.visible_appeals(actor).select_related("claim", "claim__person", "claim__plan").filter(pk__in=ids)
    return {
        row.pk: DeskLine(
            row.claim.number,
            str(_("{name} 对理赔结果申诉", name=masks.mask_name(row.claim.person.name))),
            f"{APPEAL.state(row.state).label} · {row.claim.plan.name}",
            f"/console/protection/claims/{row.claim.public_id}/",
        )
        for row in rows
    }


def condolence_lines(actor: Actor, ids: Sequence[int]) -> Mapping[int, DeskLine]:
    """How condolence payments read on a desk."""
    rows = policies.visible_condolences(actor).select_related("person", "plan").filter(pk__in=ids)
    return {
        row.pk: DeskLine(
            yuan(row.fen),
            str(_("慰问 {name}", name=masks.mask_name(row.person.name))),
            f"{CONDOLENCE.state(row.state).label} · {row.plan.name}",
            f"/console/protection/condolences/{row.public_id}/",
        )
        for row in rows
    }


APPEAL_ANSWERS = (AppealEvent.UPHOLD, AppealEvent.REJECT)
