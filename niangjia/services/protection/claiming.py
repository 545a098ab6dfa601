"""What the claimant does: begin, fill in, bring papers, send, supply, withdraw; a clerk the same at the counter."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from django.db import IntegrityError, transaction

from niangjia.commons.people.models import Membership, Person
from niangjia.kernel import clock
from niangjia.kernel.actor import Actor
from niangjia.kernel.errors import Conflict, NotFound, RuleBroken
from niangjia.kernel.text import Text, _
from niangjia.platform.files import actions as files
from niangjia.platform.files.media import CLAIM_PAPERS, MIB
from niangjia.platform.files.models import File
from niangjia.platform.lifecycle import lifecycle
from niangjia.services.protection import (
    bills,
    chain,
    details,
    judging,
    linked,
    notices,
    numbers,
    parameters,
    policies,
    records,
    rules,
)
from niangjia.services.protection.catalogue import PAPER_LABELS, Formula, Kinship
from niangjia.services.protection.claim_models import NUMBER_PREFIX, Claim, ClaimPaper
from niangjia.services.protection.details import Details
from niangjia.services.protection.models import Enrolment, Plan
from niangjia.services.protection.sealing import say
from niangjia.services.protection.states import ClaimEvent, ClaimState
from niangjia.services.protection.telling import notice
from niangjia.services.protection.terms import CoverTerms

PAPER_PURPOSE = "protection.claim"
MOST_PAPERS = 20
PAPER_BYTES = 10 * MIB
TEXT_FIELDS = ("cover", "kinship", "claimant_name", "claimant_phone", "bank_account")


@transaction.atomic()
def begin(*, plan_id: int, actor: Actor, person_id: int | None = None) -> Claim:
    """Begin a claim, or go on with the one already begun in this plan.

    A member begins for oneself; a clerk names the insured person. Raises NotFound PLAN_NOT_FOUND, NotAllowed,
    RuleBroken NEVER_ENROLLED.
    """
    plan = Plan.objects.select_related("union").filter(pk=plan_id).first()
    if plan is None:
        raise policies.no_plan()
    at_counter = not actor.is_member
    person = _person(person_id if at_counter else actor.person_id)
    enrolment = _last_enrolment(plan, person)
    union_id = _union_of(person, enrolment)
    if at_counter:
        decision = policies.may_claim_at_counter(actor, union_id, person.pk).require()
    else:
        decision = policies.may_claim(actor, person.pk).require()
    begun = Claim.objects.filter(plan=plan, person=person, state=ClaimState.DRAFT, filed_by_id=actor.user_id).first()
    if begun is not None:
        return begun  # type: ignore[no-any-return]
    claim = Claim(
        number=numbers.take(NUMBER_PREFIX, clock.today().year),
        plan=plan,
        person=person,
        owner_key=person.public_id,
        union_id=union_id,
        responsible_id=union_id,
        agency=chain.agency_of(union_id),
        filed_by_id=actor.user_id,
        at_counter=at_counter,
    )
    return lifecycle.open(claim, actor=actor, decision=decision, data={"plan": plan.code, "counter": at_counter})


@transaction.atomic()
def fill(
    *,
    public_id: str,
    actor: Actor,
    told: Details | None = None,
    event_day: date | None = None,
    child: str | None = None,
    **texts: str,
) -> Claim:
    """Keep what was filled in so far; what is not named stays. ``child`` is the key of a linked child, empty for none.
    Raises NotFound, NotAllowed, Conflict CLAIM_SENT, RuleBroken (EVENT_IN_FUTURE, DAYS_IN_ORDER, CARD_NUMBER, KINSHIP,
    CHILD_UNKNOWN)."""
    claim = locked(actor, public_id)
    policies.may_act_for_self(actor, claim).require()
    require_open(claim)
    if child is not None:
        claim.child = linked.find(claim, child)
    _write(claim, told, event_day, texts)
    claim.save()
    return claim


def _write(claim: Claim, told: Details | None, event_day: date | None, texts: Mapping[str, str]) -> None:
    if unknown := set(texts) - set(TEXT_FIELDS):
        raise TypeError(f"a claim has no {sorted(unknown)}")
    if event_day is not None:
        claim.event_day = event_day
    if told is not None:
        claim.told = json.dumps(details.document_of(told), ensure_ascii=False)
    for name, value in texts.items():
        setattr(claim, name, _clean(name, value))
    given = claim.details
    if claim.event_day is not None:
        rules.require_days(claim.event_day, clock.today(), given.admitted, given.discharged)


def _clean(name: str, value: str) -> str:
    if name == "bank_account" and value:
        return rules.require_luhn(value)
    if name == "kinship" and value not in set(Kinship):
        raise _at("kinship", "KINSHIP", _("请选择您和被保障人的关系。"))
    return " ".join(value.split())


def attach(*, public_id: str, paper: str, upload: Any, actor: Actor) -> ClaimPaper:
    """Bring one paper, while filling in or when more was asked for. Raises NotFound, NotAllowed, Conflict CLAIM_SENT,
    RuleBroken (PAPER_KIND, FILE_CONTENT), TooLarge (FILES_TOO_MANY, FILE_TOO_BIG)."""
    return attach_all(public_id=public_id, papers=[(paper, upload)], actor=actor)[0]


@transaction.atomic()
def attach_all(*, public_id: str, papers: Sequence[tuple[str, Any]], actor: Actor) -> list[ClaimPaper]:
    """Bring several papers, each as its kind and the upload: all or none. Raises as :func:`attach`."""
    claim = locked(actor, public_id)
    policies.may_act_for_self(actor, claim).require()
    require_open(claim, supplement=True)
    if any(paper not in PAPER_LABELS for paper, _upload in papers):
        raise _at("paper", "PAPER_KIND", _("请选择这是哪一种材料。"))
    files.require_few(range(claim.papers.count() + len(papers)), most=MOST_PAPERS)
    return [_attached(claim, paper, upload, actor) for paper, upload in papers]


def _attached(claim: Claim, paper: str, upload: Any, actor: Actor) -> ClaimPaper:
    file = files.store(
        upload,
        purpose=PAPER_PURPOSE,
        actor=actor,
        subject_key=claim.owner_key,
        allowed=CLAIM_PAPERS,
        max_bytes=PAPER_BYTES,
    )
    return ClaimPaper.objects.create(claim=claim, paper=paper, file=file)


@transaction.atomic()
def detach(*, public_id: str, file_id: str, actor: Actor) -> None:
    """Take a paper away again while filling in. Raises NotFound, NotAllowed, Conflict CLAIM_SENT."""
    claim = locked(actor, public_id)
    policies.may_act_for_self(actor, claim).require()
    require_open(claim)
    paper = claim.papers.select_related("file").filter(file__public_id=file_id).first()
    if paper is None:
        raise NotFound("PAPER_NOT_FOUND", _("没有找到这份材料。"))
    file: File = paper.file
    paper.delete()
    files.delete(file)


@transaction.atomic()
def submit(*, public_id: str, actor: Actor, card_holder: str | None = None) -> Claim:
    """Send it. The version in force on the day of the event judges it from now on. ``card_holder`` is whose card it is,
    as the claimant states it; it is compared with the payee and not kept.

    Raises NotFound, NotAllowed, InvalidMove, RuleBroken (EVENT_DAY, NOT_PROTECTED, NO_VERSION, COVER_UNKNOWN, TOO_LATE,
    PAPERS_MISSING, FACT_MISSING, CHILD_MISSING, CHILD_BIRTH, CHILD_AGE, CLAIMANT, CARD_NUMBER,
    CARD_HOLDER, HOSPITAL_NOT_LISTED, PAYEE_NAME), Conflict (CLAIM_OPEN, DUP_BILL).
    """
    claim = locked(actor, public_id)
    decision = policies.may_act_for_self(actor, claim).require()
    claim.MACHINE.require(claim.state, ClaimEvent.SUBMIT)
    judging.place(claim)
    require_complete(claim)
    if card_holder is not None:
        rules.require_holder(card_holder, claim.payee_name)
    claim.filed_at, claim.promised_by = clock.now(), chain.promise(claim)
    changes = {name: getattr(claim, name) for name in ("version", "enrolment", "filed_at", "promised_by")}
    try:
        with transaction.atomic():
            lifecycle.apply(
                claim,
                ClaimEvent.SUBMIT,
                actor=actor,
                decision=decision,
                changes=changes,
                records=[records.submitted(claim)],
                notices=notice(notices.RECEIVED, claim, due=claim.promised_by),
            )
    except IntegrityError as error:
        raise _open_already(claim) from error
    bills.hold(claim)
    chain.skip_missing_levels(claim)
    return claim


@transaction.atomic()
def supply(*, public_id: str, note: str, actor: Actor) -> Claim:
    """Give what was asked for; papers were attached before. The review goes on with the days that were left.
    Raises NotFound, NotAllowed, InvalidMove, RuleBroken SUPPLY_EMPTY."""
    claim = locked(actor, public_id)
    decision = policies.may_act_for_self(actor, claim).require()
    claim.MACHINE.require(claim.state, ClaimEvent.SUPPLY)
    words = " ".join(note.split())[:300]
    brought = claim.papers.filter(added_at__gt=claim.state_since).exists()
    if not words and not brought:
        raise _at("note", "SUPPLY_EMPTY", _("请写说明，或者上传材料。"))
    say(claim, ClaimEvent.SUPPLY, words)
    lifecycle.apply(claim, ClaimEvent.SUPPLY, actor=actor, decision=decision)
    return claim


@transaction.atomic()
def withdraw(*, public_id: str, actor: Actor) -> Claim:
    """Take it back; its bills can be used again. Raises NotFound, NotAllowed, InvalidMove."""
    claim = locked(actor, public_id)
    decision = policies.may_act_for_self(actor, claim).require()
    lifecycle.apply(claim, ClaimEvent.WITHDRAW, actor=actor, decision=decision)
    bills.release(claim)
    return claim


@transaction.atomic()
def lapse(*, public_id: str, actor: Actor) -> Claim:
    """End a claim whose claimant did not supply what was asked in time. Called by the nightly job."""
    claim = locked(actor, public_id)
    decision = policies.may_lapse(actor).require()
    lifecycle.apply(claim, ClaimEvent.LAPSE, actor=actor, decision=decision, notices=notice(notices.LAPSED, claim))
    bills.release(claim)
    return claim


def locked(actor: Actor, public_id: str) -> Claim:
    """The claim within the actor's sight, locked. Raises NotFound."""
    # Not all its names: to plan nine joined tables takes PostgreSQL longer than to answer.
    rows = policies.visible_claims(actor).filter(public_id=public_id).select_related("plan", "person")
    claim = rows.select_for_update(of=("self",)).first()
    if claim is None:
        raise policies.no_claim()
    return claim  # type: ignore[no-any-return]


def require_open(claim: Claim, *, supplement: bool = False) -> None:
    """It is still being filled in, or, with ``supplement``, more was asked for. Raises Conflict CLAIM_SENT."""
    waiting = (ClaimState.SUPPLEMENT, ClaimState.AGENCY_SUPPLEMENT) if supplement else ()
    if claim.state not in (ClaimState.DRAFT, *waiting):
        raise Conflict("CLAIM_SENT", _("这份申请已经提交，内容不能再改；需要时经办人会请您补充。"))


def require_complete(claim: Claim) -> CoverTerms:
    """Everything is there that the cover needs. Raises RuleBroken as :func:`submit`."""
    cover = judging.cover_of(claim)
    told = claim.details
    assert claim.event_day is not None  # noqa: S101 - placed before
    rules.require_days(claim.event_day, clock.today(), told.admitted, told.discharged)
    rules.require_in_time(cover, claim.event_day, clock.today())
    rules.require_listed(told.hospital, parameters.hospitals(claim.plan.union_id, claim.event_day))
    rules.require_child(cover, claim.child is not None, judging.child_age(claim))
    _require_facts(cover, told)
    _require_claimant(claim, cover)
    rules.require_papers(cover, list(claim.papers.values_list("paper", flat=True)), claim.kinship)
    return cover


def _require_facts(cover: CoverTerms, told: Details) -> None:
    missing: Mapping[Formula, tuple[str, bool, Text]] = {
        Formula.GRADE: ("grade", told.grade in cover.data.get("grades", {}), _("请选择鉴定书上的伤残等级。")),
        Formula.AREA: ("area", told.area_tenths > 0, _("请填写受损面积。")),
        Formula.SHARE: ("bills", told.bill_fen > 0, _("请填写票据号码和金额。")),
        Formula.DAILY: ("discharged", told.days > 0, _("请填写入院和出院日期。")),
    }
    field, is_there, sentence = missing.get(Formula(cover.formula), ("", True, Text("")))
    if not is_there:
        raise _at(field, "FACT_MISSING", sentence)
    if ("diagnosis", True) in cover.papers and not told.diagnosis:
        raise _at("diagnosis", "FACT_MISSING", _("请填写诊断证明上的病名。"))


def _require_claimant(claim: Claim, cover: CoverTerms) -> None:
    rules.require_claimant(cover, claim.kinship, str(claim.claimant_name), str(claim.claimant_phone))
    rules.require_luhn(str(claim.bank_account))


def _person(person_id: int | None) -> Person:
    person = Person.objects.canonical().filter(pk=person_id or 0, erased_at=None).first()
    if person is None:
        raise NotFound("PERSON_NOT_FOUND", _("没有找到这个人。"))
    return person


def _last_enrolment(plan: Plan, person: Person) -> Enrolment:
    rows = Enrolment.objects.standing().filter(plan=plan, person=person).order_by("-from_day")
    found: Enrolment | None = rows.first()
    if found is None:
        raise RuleBroken("NEVER_ENROLLED", _("您没有参加过这个保障，不能申请理赔。请先问您的工会。"))
    return found


def _union_of(person: Person, enrolment: Enrolment) -> int:
    rows = Membership.objects.current().filter(person=person).values_list("union_id", flat=True)
    return int(rows.first() or enrolment.union_id)


def _open_already(claim: Claim) -> Conflict:
    text = _("这次出险的这一项已经申请过，请在“我的理赔”里查看进度。")
    return Conflict("CLAIM_OPEN", text, fields={"event_day": [text]})


def _at(field: str, code: str, sentence: Text) -> RuleBroken:
    return RuleBroken(code, sentence, fields={field: [sentence]})
