"""A claim before the rules: which version and enrolment judge it, what is known, and the calculation that is kept."""

from __future__ import annotations

import json
from dataclasses import replace

from niangjia.commons.people.models import Person
from niangjia.kernel import clock
from niangjia.kernel.actor import Actor
from niangjia.kernel.errors import RuleBroken
from niangjia.kernel.identifiers import age_on
from niangjia.kernel.text import Text, _
from niangjia.services.protection import accumulator, rules, termbooks
from niangjia.services.protection.catalogue import Measure
from niangjia.services.protection.claim_models import Calculation, Claim
from niangjia.services.protection.models import Enrolment
from niangjia.services.protection.rules import Facts, Result, Use
from niangjia.services.protection.terms import CoverTerms, Terms


def place(claim: Claim) -> None:
    """Set version and enrolment by the day of the event. Raises RuleBroken EVENT_DAY, NOT_PROTECTED, NO_VERSION."""
    if claim.event_day is None:
        raise _at("event_day", "EVENT_DAY", _("请填写出险日期。"))
    claim.enrolment = enrolment_on(claim)
    if claim.enrolment is None:
        raise _at("event_day", "NOT_PROTECTED", _("出险那天不在保障期内，请核对日期。"))
    claim.version = termbooks.version_on(claim.plan_id, claim.event_day)
    if claim.version is None:
        raise _at("event_day", "NO_VERSION", _("出险那天这个方案没有有效的条款，请核对日期。"))


def enrolment_on(claim: Claim) -> Enrolment | None:
    """The enrolment that protected on the day of the event."""
    rows = Enrolment.objects.covering(claim.event_day).filter(person_id=claim.person_id, plan_id=claim.plan_id)
    found: Enrolment | None = rows.order_by("-from_day").first()
    return found


def terms_of(claim: Claim) -> Terms:
    """By what the claim is judged."""
    assert claim.version is not None  # noqa: S101 - the database holds that a claim once sent has one
    return termbooks.terms_of(claim.version)


def cover_of(claim: Claim) -> CoverTerms:
    """The cover that was chosen. Raises RuleBroken COVER_UNKNOWN when the version does not know it."""
    found = terms_of(claim).cover(claim.cover)
    if found is None:
        raise _at("cover", "COVER_UNKNOWN", _("出险当天有效的条款里没有这一项保障，请换一项。"))
    return found


def facts_of(claim: Claim) -> Facts:
    """What the rules look at."""
    told, enrolment = claim.details, claim.enrolment
    person: Person = claim.person
    assert claim.event_day is not None  # noqa: S101 - as above
    return Facts(
        cover=claim.cover,
        event_day=claim.event_day,
        filed_day=clock.day_of(claim.filed_at) if claim.filed_at else clock.today(),
        protected_since=enrolment.protected_since if enrolment else None,
        protected_to=enrolment.to_day if enrolment else None,
        sex=person.sex,
        grade=told.grade,
        area_tenths=told.area_tenths,
        bill_fen=told.bill_fen,
        days=told.days,
        child_age=child_age(claim),
    )


def child_age(claim: Claim) -> int | None:
    """The completed years of the child on the day of the event; below 0 for one who was not born yet."""
    child = claim.child
    if child is None or child.birth_date is None or claim.event_day is None:
        return None
    return age_on(child.birth_date, claim.event_day)


def judge(claim: Claim) -> tuple[Facts, list[int], Result]:
    """Facts, what was used of each limit before, and what the claim is worth now."""
    terms, facts = terms_of(claim), facts_of(claim)
    used = accumulator.used(claim, terms)
    return facts, used, rules.judge(terms, facts, used)


def calculate(claim: Claim, actor: Actor) -> Calculation:
    """Judge and keep it."""
    facts, used, result = judge(claim)
    document = {"facts": rules.facts_document(facts), "used": used, "result": rules.result_document(result)}
    calculation = Calculation(
        claim=claim, owner_key=claim.owner_key, version=claim.version, fen=result.fen, made_by_id=actor.user_id
    )
    calculation.document = json.dumps(document, ensure_ascii=False)
    calculation.save(force_insert=True)
    return calculation


def uses_of(claim: Claim, fen: int) -> list[Use]:
    """What ``fen`` of the newest calculation take of each limit, when only a part of it was paid."""
    calculation = claim.calculations.order_by("-pk").first()
    if calculation is None:
        return []
    ceilings = termbooks.terms_of(calculation.version).ceilings
    return [
        replace(use, amount=fen) if ceilings[use.index].measure == Measure.FEN else use
        for use in calculation.result.uses
    ]


def replay(calculation: Calculation) -> Result:
    """What the rules say today of what was judged then; always what was stored."""
    return rules.judge(termbooks.terms_of(calculation.version), calculation.facts, calculation.used)


def _at(field: str, code: str, sentence: Text) -> RuleBroken:
    return RuleBroken(code, sentence, fields={field: [sentence]})
