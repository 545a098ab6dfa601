"""What this room leaves in the ledger: enrolments, claims paid, condolences, each under the programme of its plan."""

from __future__ import annotations

from datetime import date

from niangjia.commons.people.categories import is_new_form
from niangjia.kernel import clock
from niangjia.kernel.identifiers import age_on
from niangjia.platform.lifecycle.records import Record
from niangjia.services.protection.claim_models import Claim, Condolence
from niangjia.services.protection.models import PlanVersion

ENROLLED = "protection.enrolled"
PAID = "protection.paid"
ANSWERED = "protection.answered"
SUBMITTED = "protection.submitted"
CONDOLED = "protection.condoled"
DAYS = "protection.days_to_payment"
HIGHEST = "protection.highest"
PREMIUM = "protection.premium"
"""Measures. An enrolment carries the price as fen; ``days_to_payment`` counts days in ``qty``;
``premium`` is money that buyers of group plans paid."""


def enrolled_dims(*, plan: str, free: bool, category: str, renewed: bool) -> dict[str, str]:
    """The facts under which an enrolment counts; the same for one and for a file of three hundred thousand."""
    return {
        "plan": plan,
        "kind": "free" if free else "paid",
        "category": category,
        "new_form": "yes" if is_new_form(category) else "no",
        "renewed": "yes" if renewed else "no",
    }


def highest(version: PlanVersion, change: int, day: date) -> Record:
    """From ``day`` on one person can get ``change`` times the cap of a version more; a stock in fen of its ``qty``."""
    plan = version.plan
    dims = {"plan": plan.code, "kind": plan.kind}
    qty = change * version.cap_fen
    return Record(plan.programme, HIGHEST, plan.union_id, qty=qty, day=day, dims=dims, kind="stock")


def claim_dims(claim: Claim) -> dict[str, str]:
    """The facts under which a claim counts: plan, cover, category and sex of the insured, age band at the event."""
    person = claim.person
    facts = {
        "plan": claim.plan.code,
        "kind": claim.plan.kind,
        "cover": claim.cover,
        "category": person.category,
        "new_form": "yes" if is_new_form(person.category) else "no",
        "sex": person.sex,
    }
    if person.birth_date and claim.event_day:
        facts["age_band"] = age_band(age_on(person.birth_date, claim.event_day))
    return facts


def age_band(age: int) -> str:
    """The band in which figures count a person: under_25, 25_34, 35_44, 45_54, 55_plus."""
    for limit, band in ((25, "under_25"), (35, "25_34"), (45, "35_44"), (55, "45_54")):
        if age < limit:
            return band
    return "55_plus"


def submitted(claim: Claim) -> Record:
    """One claim received."""
    return _of(claim, SUBMITTED)


def answered(claim: Claim, outcome: str, fen: int = 0) -> Record:
    """One claim answered, with whether the promise was kept."""
    in_time = "yes" if claim.promised_by is None or clock.now() <= claim.promised_by else "no"
    return _of(claim, ANSWERED, fen=fen, outcome=outcome, in_time=in_time)


def paid(claim: Claim, fen: int) -> Record:
    """Money of a claim that arrived; a second payment after an appeal adds money, not a claim."""
    return _of(claim, PAID, qty=1 if claim.paid_fen == 0 else 0, fen=fen)


def days_to_payment(claim: Claim, day: date) -> Record:
    """Days from submission to payment."""
    assert claim.filed_at is not None  # noqa: S101 - the database holds that a claim once sent has it
    return _of(claim, DAYS, qty=max(0, (day - clock.day_of(claim.filed_at)).days))


def again(claim: Claim, measure: str, day: date, qty: int, fen: int) -> Record:
    """What was counted before and still counts, on its own day, after another payment came back."""
    facts = claim_dims(claim)
    return Record(
        claim.plan.programme, measure, claim.union_id, qty=qty, fen=fen, person_id=claim.person_id, day=day, dims=facts
    )


def condoled(condolence: Condolence) -> Record:
    """A condolence payment that arrived."""
    facts = {"plan": condolence.plan.code, "kind": condolence.plan.kind, "occasion": condolence.occasion}
    return Record(
        condolence.plan.programme,
        CONDOLED,
        condolence.union_id,
        fen=condolence.fen,
        person_id=condolence.person_id,
        dims=facts,
    )


def _of(claim: Claim, measure: str, *, qty: int = 1, fen: int = 0, **further: str) -> Record:
    dims = {**claim_dims(claim), **further}
    return Record(claim.plan.programme, measure, claim.union_id, qty=qty, fen=fen, person_id=claim.person_id, dims=dims)
