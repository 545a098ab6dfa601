"""What the API of this room takes and gives, and how it is made from rows. Sums are fen."""

from __future__ import annotations

from datetime import date, datetime

from ninja import Schema
from pydantic import Field

from niangjia.kernel.actor import Actor
from niangjia.kernel.money import LARGEST_FEN
from niangjia.platform.personal_data import masks
from niangjia.platform.web.parts import TimelineEntry
from niangjia.services.protection import linked, policies, queries
from niangjia.services.protection.claim_models import Claim, ClaimPaper
from niangjia.services.protection.details import Bill, Details
from niangjia.services.protection.leaflets import CoverLeaf, Leaflet
from niangjia.services.protection.models import Enrolment, PlanVersion


class VersionOut(Schema):
    """The terms of a plan for events from ``valid_from`` on."""

    id: str
    plan: str
    name: str
    number: int
    union: str
    valid_from: date
    valid_to: date | None
    cap_fen: int


class VersionsOut(Schema):
    """A page of a list; ``next`` is the page after it or null."""

    items: list[VersionOut]
    next: int | None


class PaperNeedOut(Schema):
    name: str
    needed: bool


class CoverOut(Schema):
    """One cover in sentences."""

    name: str
    summary: str
    sum: str
    waiting: list[str]
    limits: list[str]
    deadline: str
    papers: list[PaperNeedOut]


class LeafletOut(Schema):
    """The leaflet of a version: every sentence is made from the rows that judge."""

    version: VersionOut
    valid: str
    kind: str
    who: list[str]
    cap: str
    covers: list[CoverOut]
    limits: list[str]
    exclusions: str


class EnrolmentOut(Schema):
    """An enrolment of the member's own. ``verify_url`` is what the code on its certificate holds."""

    id: str
    plan: str
    plan_name: str
    version: str
    union: str
    from_day: date
    to_day: date
    protected_since: date
    renewed: bool
    is_current: bool
    may_claim: bool
    verify_url: str


class ConsentOut(Schema):
    version: str
    body: str


class BeginIn(Schema):
    """``plan`` is the plan's code."""

    plan: str = Field(max_length=50)


class BillIn(Schema):
    issuer: str = Field(max_length=100)
    number: str = Field(min_length=1, max_length=50)
    fen: int = Field(ge=1, le=LARGEST_FEN)


class ToldIn(Schema):
    """The event as the claimant tells it; only what the cover needs. ``area_tenths``: tenths of a square metre."""

    story: str = Field("", max_length=500)
    hospital: str = Field("", max_length=100)
    diagnosis: str = Field("", max_length=100)
    admitted: date | None = None
    discharged: date | None = None
    grade: str = Field("", max_length=10)
    area_tenths: int = Field(0, ge=0, le=1_000_000)
    bills: list[BillIn] = Field(default_factory=list, max_length=3)

    def details(self) -> Details:
        given = self.dict(exclude={"bills"})
        return Details(**given, bills=tuple(Bill(one.issuer, one.number, one.fen) for one in self.bills))


class FillIn(Schema):
    """What is filled in so far; what is left out stays as it is."""

    cover: str | None = Field(None, max_length=30)
    event_day: date | None = None
    bank_account: str | None = Field(None, max_length=30)
    child: str | None = Field(None, max_length=24, description="Key of a linked child, of those that the claim offers.")
    told: ToldIn | None = None


class CounterBeginIn(BeginIn):
    """The insured person by name and whole number."""

    name: str = Field(max_length=50)
    id_number: str = Field(max_length=40)


class CounterFillIn(FillIn):
    """The same at a counter, and who claims: ``kinship`` to the insured person, ``self`` for that person."""

    kinship: str | None = Field(None, max_length=20)
    claimant_name: str | None = Field(None, max_length=50)
    claimant_phone: str | None = Field(None, max_length=20)


class CondolenceIn(CounterBeginIn):
    """Whom to condole, out of which plan, why, how much, to which card."""

    occasion: str = Field(max_length=20)
    fen: int = Field(ge=1, le=LARGEST_FEN)
    bank_account: str = Field(max_length=30)
    words: str = Field("", max_length=300)


class CondolenceOut(Schema):
    """A condolence; the name is masked in a list. ``words`` are empty there."""

    id: str
    state: str
    state_label: str
    plan: str
    name: str
    union: str
    occasion: str
    occasion_label: str
    fen: int
    words: str
    proposed_at: datetime


class CondolencesOut(Schema):
    """A page of a list; ``next`` is the page after it or null."""

    items: list[CondolenceOut]
    next: int | None


class SubmitIn(Schema):
    """``consent_version`` is the version of the consent text that the claimant read and agrees to."""

    consent_version: str = Field(max_length=20)
    card_holder: str | None = Field(None, max_length=50, description="Whose card it is; must be the payee's.")


class SupplyIn(Schema):
    note: str = Field("", max_length=300)


class GroundIn(Schema):
    ground: str = Field(max_length=300)


class PaperOut(Schema):
    id: str
    paper: str
    label: str
    media_type: str
    added_at: datetime


class ClaimOut(Schema):
    """A claim in a list; the name is masked for staff."""

    id: str
    number: str
    state: str
    state_label: str
    plan: str
    plan_name: str
    name: str
    union: str
    responsible: str
    filed_at: datetime | None
    promised_by: datetime | None
    approved_fen: int | None
    paid_fen: int


class ClaimsOut(Schema):
    """A page of a list; ``next`` is the page after it or null."""

    items: list[ClaimOut]
    next: int | None


class FactOut(Schema):
    label: str
    value: str


class StepOut(Schema):
    """One thing that happened or will happen."""

    title: str
    at: str
    detail: str
    future: bool


class SumOut(Schema):
    """How the sum came about, in sentences."""

    fen: int
    version: str
    steps: list[str]
    reductions: list[str]


class ChildOut(Schema):
    """A linked child that the claim may name; the label is masked."""

    id: str
    label: str


class ClaimDetailOut(Schema):
    """A claim with what was told, its papers, its sum and its way. What was told, papers and sum are empty for staff
    who only confirm; ``card_tail`` are the last digits of the card."""

    claim: ClaimOut
    cover: str
    event_day: date | None
    card_tail: str
    told: list[FactOut]
    children: list[ChildOut]
    papers: list[PaperOut]
    sum: SumOut | None
    words: str
    timeline: list[StepOut]
    may_withdraw: bool
    may_appeal: bool
    appeal: str | None


def version_out(row: PlanVersion) -> VersionOut:
    return VersionOut(
        id=row.public_id,
        plan=row.plan.code,
        name=row.plan.name,
        number=row.number,
        union=row.plan.union.name,
        valid_from=row.valid_from,
        valid_to=row.valid_to,
        cap_fen=row.cap_fen,
    )


def leaflet_out(row: PlanVersion, leaflet: Leaflet) -> LeafletOut:
    return LeafletOut(
        version=version_out(row),
        valid=str(leaflet.valid),
        kind=str(leaflet.kind),
        who=[str(line) for line in leaflet.who],
        cap=str(leaflet.cap),
        covers=[_cover_out(cover) for cover in leaflet.covers],
        limits=[str(line) for line in leaflet.limits],
        exclusions=leaflet.exclusions,
    )


def _cover_out(cover: CoverLeaf) -> CoverOut:
    return CoverOut(
        name=cover.name,
        summary=cover.summary,
        sum=str(cover.sum),
        waiting=[str(line) for line in cover.waiting],
        limits=[str(line) for line in cover.limits],
        deadline=str(cover.deadline),
        papers=[PaperNeedOut(name=str(name), needed=needed) for name, needed in cover.papers],
    )


def enrolment_out(own: queries.OwnEnrolment, verify_url: str) -> EnrolmentOut:
    row: Enrolment = own.enrolment
    return EnrolmentOut(
        id=row.public_id,
        plan=row.plan.code,
        plan_name=row.plan.name,
        version=own.version.public_id,
        union=row.union.name,
        from_day=row.from_day,
        to_day=row.to_day,
        protected_since=row.protected_since,
        renewed=row.renewed,
        is_current=own.is_current,
        may_claim=own.may_claim,
        verify_url=verify_url,
    )


def claim_out(row: Claim, *, masked: bool) -> ClaimOut:
    return ClaimOut(
        id=row.public_id,
        number=row.number,
        state=row.state,
        state_label=str(row.state_label),
        plan=row.plan.code,
        plan_name=row.plan.name,
        name=masks.mask_name(row.person.name) if masked else row.person.name,
        union=row.union.name,
        responsible=row.responsible.name,
        filed_at=row.filed_at,
        promised_by=row.promised_by,
        approved_fen=row.approved_fen,
        paid_fen=row.paid_fen,
    )


def paper_out(row: ClaimPaper) -> PaperOut:
    return PaperOut(
        id=row.file.public_id,
        paper=row.paper,
        label=str(row.label),
        media_type=row.file.media_type,
        added_at=row.added_at,
    )


def detail_out(actor: Actor, claim: Claim) -> ClaimDetailOut:
    """A claim as the actor may read it: its content only to whom :func:`policies.may_read_content` opens it."""
    content, member = bool(policies.may_read_content(actor, claim)), actor.is_member
    progress = queries.progress(claim)
    timeline = progress.timeline if member else queries.timeline(claim, for_member=False)
    return ClaimDetailOut(
        claim=claim_out(claim, masked=not member),
        cover=claim.cover if content else "",
        event_day=claim.event_day if content else None,
        card_tail=str(claim.bank_account)[-4:] if content else "",
        told=[FactOut(label=str(one.label), value=str(one.value)) for one in queries.told_facts(claim) if content],
        children=[ChildOut(id=key, label=label) for key, label in (linked.choices(claim) if member else ())],
        papers=[paper_out(row) for row in queries.papers_of(claim) if content],
        sum=_sum_out(claim) if content else None,
        words=progress.words if content else "",
        timeline=[_step_out(one) for one in timeline],
        may_withdraw=member and progress.may_withdraw,
        may_appeal=member and progress.may_appeal,
        appeal=progress.appeal.state if content and progress.appeal else None,
    )


def _step_out(one: TimelineEntry) -> StepOut:
    at = one.at.isoformat() if one.at else ""
    return StepOut(title=str(one.title), at=at, detail=str(one.detail), future=one.future)


def _sum_out(claim: Claim) -> SumOut | None:
    found = queries.sum_of(claim)
    if found is None:
        return None
    return SumOut(
        fen=found.fen,
        version=found.calculation.version.public_id,
        steps=[str(step.sentence) for step in found.steps],
        reductions=[str(step.sentence) for step in found.reductions],
    )
