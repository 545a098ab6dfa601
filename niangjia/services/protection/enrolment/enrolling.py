"""One enrolment at a time: at a counter, by the member, its early end, and taking back what should not have been."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from django.db import IntegrityError, connection, transaction

from niangjia.commons.ledger import write
from niangjia.commons.people.models import Membership, Person
from niangjia.commons.unions import tree
from niangjia.kernel import clock
from niangjia.kernel.actor import Actor
from niangjia.kernel.errors import Conflict, NotFound, RuleBroken
from niangjia.kernel.policy import Decision, allow, refuse
from niangjia.kernel.reasons import require_reason
from niangjia.kernel.text import Text, _
from niangjia.platform.lifecycle import lifecycle
from niangjia.platform.lifecycle.records import Record
from niangjia.services.protection import policies
from niangjia.services.protection.catalogue import EnrolmentSource, Refund
from niangjia.services.protection.claim_models import Claim
from niangjia.services.protection.enrolment import known, parameters, rules, share
from niangjia.services.protection.enrolment.rules import Bounds, Judge, Period, Refusal
from niangjia.services.protection.models import Enrolment, Plan, PlanVersion
from niangjia.services.protection.records import ENROLLED, enrolled_dims
from niangjia.services.protection.states import ClaimState, EnrolmentEvent, EnrolmentState, VersionState

_TAKEN_BACK = (ClaimState.WITHDRAWN, ClaimState.LAPSED, ClaimState.REFUSED)
LOCK = 0x4342
"""The advisory locks of enrolling: with the plan's id; shared by those who enrol one, alone for who enrols a list."""


@transaction.atomic()
def enrol(*, plan_code: str, person_id: int, from_day: date, source: str, actor: Actor) -> Enrolment:
    """Enrol one person, new or renewed as it turns out.

    Raises NotFound, NotAllowed (NO_OFFICE_HERE, SELF_ENROLMENT, FOUR_EYES_PLAN), RuleBroken (FROM_DAY, NO_VERSION,
    NOT_MEMBER, AGE_OUTSIDE, CATEGORY_OUTSIDE, TOO_FEW_OF_STAFF, …), Conflict COVERED.
    """
    plan = policies.plan_of(plan_code)
    hold_plan(plan.pk, alone=False)
    person = Person.objects.canonical().select_for_update(of=("self",), no_key=True).filter(pk=person_id).first()
    if person is None or person.erased_at is not None:
        raise _nobody()
    version = version_on(plan, from_day, fields="from_day")
    union_id = _union_of(person)
    decision = may_enrol_one(actor, person, union_id, version, source).require()
    require_first_day(plan, from_day)
    found = known.by_id(plan.pk, [person.pk])[person.pk]
    judged = Judge(bounds_of(version), from_day).judge(found.standing)
    if isinstance(judged, Refusal):
        raise _refused(judged)
    if source == EnrolmentSource.COUNTER:
        _require_share(version, union_id, judged.from_day)
    enrolment = _made(version, person, union_id, judged, source)
    try:
        with transaction.atomic():
            return lifecycle.open(
                enrolment, actor=actor, decision=decision, records=[record_of(enrolment)], data=data_of(enrolment)
            )
    except IntegrityError as error:
        raise Conflict("COVERED", _("这个人刚刚已经参保，请刷新后再看。")) from error


@transaction.atomic()
def end_enrolment(
    *, public_id: str, day: date, reason: str, refund: str = Refund.NONE.value, actor: Actor
) -> Enrolment:
    """Let protection end with ``day``; what happened until then is still paid. ``refund`` notes what becomes of the fee
    and moves no money. Raises NotFound, NotAllowed, InvalidMove, RuleBroken (REASON_NEEDED, END_DAY, REFUND,
    CLAIMS_AFTER, RENEWED_ALREADY)."""
    enrolment, decision = _held(public_id, actor)
    enrolment.MACHINE.require(enrolment.state, EnrolmentEvent.END_ENROLMENT)
    rules.require_end(day, enrolment.from_day, enrolment.to_day)
    if refund not in set(Refund):
        raise _at("refund", "REFUND", _("请选择费用怎样处理。"))
    if Claim.objects.filter(enrolment=enrolment, event_day__gt=day).exclude(state__in=_TAKEN_BACK).exists():
        raise _at("day", "CLAIMS_AFTER", _("这一天以后的事已经有理赔申请，请先办完它，或者选更晚的日期。"))
    _require_not_renewed(enrolment)
    return lifecycle.apply(
        enrolment, EnrolmentEvent.END_ENROLMENT, actor=actor, decision=decision, reason=require_reason(reason),
        changes={"to_day": day}, data={"until": day.isoformat(), "refund": refund, "free": enrolment.plan.is_free},
    )  # fmt: skip


@transaction.atomic()
def cancel_enrolment(*, public_id: str, reason: str, actor: Actor) -> Enrolment:
    """Take an enrolment back as if it had never been; figures follow. Raises NotFound, NotAllowed, InvalidMove,
    RuleBroken (REASON_NEEDED, HAS_CLAIMS, RENEWED_ALREADY)."""
    enrolment, decision = _held(public_id, actor)
    enrolment.MACHINE.require(enrolment.state, EnrolmentEvent.CANCEL_ENROLMENT)
    if Claim.objects.filter(enrolment=enrolment).exists():
        raise RuleBroken("HAS_CLAIMS", _("这次参保已有理赔申请，不能作废，可以终止。"))
    _require_not_renewed(enrolment)
    cancelled = lifecycle.apply(
        enrolment, EnrolmentEvent.CANCEL_ENROLMENT, actor=actor, decision=decision, reason=require_reason(reason)
    )
    write.reverse(cancelled.subject_type, cancelled.pk, at=clock.now(), measures=[ENROLLED])
    return cancelled


def may_enrol_one(actor: Actor, person: Person, union_id: int, version: PlanVersion, source: str) -> Decision:
    """A member by themselves where the terms allow it; else an office that reaches the person's union. What only a
    second pair of eyes may let in goes by a list."""
    if actor.is_system:
        return allow("system")
    if source == EnrolmentSource.MEMBER:
        return may_enrol_self(actor, person.pk, version)
    here = policies.may_enrol(actor, union_id)
    if here and version.four_eyes:
        return refuse("FOUR_EYES_PLAN", _("这个方案的参保要两个人经手，请用参保名单办理，一个人也可以。"))
    return here


def may_enrol_self(actor: Actor, person_id: int | None, version: PlanVersion) -> Decision:
    """A member for themselves, where the terms open the plan to it."""
    if actor.is_member and person_id is not None and actor.person_id == person_id and version.self_enrolment:
        return allow("own")
    return refuse("SELF_ENROLMENT", _("这个方案由工会办理参保，请联系您的工会。"))


def version_on(plan: Plan, day: date, *, fields: str) -> PlanVersion:
    """The version that takes people from ``day`` on. Raises RuleBroken NO_VERSION beside the field ``fields``."""
    rows = PlanVersion.objects.on(day).filter(plan=plan).exclude(state=VersionState.CLOSED)
    found: PlanVersion | None = rows.select_related("plan", "plan__union").order_by("-valid_from").first()
    if found is None:
        text = _("这个方案在起保那天没有生效的版本，请换一个日期或方案。")
        raise RuleBroken("NO_VERSION", text, fields={fields: [text]})
    return found


def require_first_day(plan: Plan, from_day: date) -> None:
    """Raises RuleBroken FROM_DAY."""
    today = clock.today()
    back, ahead = (parameters.days(code, plan.union_id, today) for code in ("enrol_back_days", "enrol_ahead_days"))
    rules.require_first_day(from_day, today, back=back, ahead=ahead)


def bounds_of(version: PlanVersion) -> Bounds:
    """Whom a version takes."""
    return Bounds(version.age_from, version.age_to, version.months, frozenset(version.categories), version.sex)


def record_of(enrolment: Enrolment) -> Record:
    """One enrolment in the books, counted on the first day of protection, with its price as fen."""
    plan = enrolment.plan
    dims = enrolled_dims(
        plan=plan.code, free=plan.is_free, category=enrolment.person.category, renewed=enrolment.renewed
    )
    price = enrolment.version.price_fen
    return Record(
        plan.programme, ENROLLED, enrolment.union_id, fen=price, person_id=enrolment.person_id,
        day=enrolment.from_day, dims=dims,
    )  # fmt: skip


def data_of(enrolment: Enrolment) -> dict[str, Any]:
    """What the audit trail says of an enrolment."""
    return {
        "plan": enrolment.plan.code,
        "from": enrolment.from_day.isoformat(),
        "to": enrolment.to_day.isoformat(),
        "source": enrolment.source,
    }


def hold_plan(plan_id: int, *, alone: bool) -> None:
    """Keep lists and single enrolments of one plan from overlapping each other; on SQLite there is one writer anyway.
    Taken before any row is locked."""
    if connection.vendor != "postgresql":
        return
    take = "pg_advisory_xact_lock" if alone else "pg_advisory_xact_lock_shared"
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {take}(%s, %s)", [LOCK, plan_id])


def _require_share(version: PlanVersion, union_id: int, day: date) -> None:
    """A unit joins a group plan with enough of its staff, also one by one: whoever comes alone is let in when, with
    them, the share holds. Raises RuleBroken of :func:`share.obstacle` beside the person."""
    if not version.share_percent:
        return
    standing = Enrolment.objects.covering(day).filter(plan=version.plan_id, union__in=tree.below(union_id, day))
    few = share.obstacle(version, union_id, standing.count() + 1, day)
    if few is not None:
        raise RuleBroken(few.code, few.message, fields={"plan_code": [few.message]})


def _made(version: PlanVersion, person: Person, union_id: int, period: Period, source: str) -> Enrolment:
    return Enrolment(
        plan=version.plan, version=version, person=person, union_id=union_id, from_day=period.from_day,
        to_day=period.to_day, protected_since=period.protected_since, renewed=period.renewed,
        source=EnrolmentSource(source).value,
    )  # fmt: skip


def _union_of(person: Person) -> int:
    found = Membership.objects.current().filter(person=person).values_list("union_id", flat=True).first()
    if found is None:
        raise RuleBroken("NOT_MEMBER", _("互助保障只给会员参保，请先办理入会。"))
    return int(found)


def _held(public_id: str, actor: Actor) -> tuple[Enrolment, Decision]:
    """The enrolment, held after the plan and its person like where somebody is enrolled: what is renewed does not end
    meanwhile."""
    seen = policies.visible_enrolments(actor).filter(public_id=public_id).values_list("plan", "person").first()
    if seen is None:
        raise no_enrolment()
    hold_plan(seen[0], alone=False)
    Person.objects.select_for_update(of=("self",), no_key=True).filter(pk=seen[1]).first()
    rows = policies.visible_enrolments(actor).select_for_update(of=("self",))
    found = rows.select_related("plan", "version", "person", "union").filter(public_id=public_id).first()
    if found is None:
        raise no_enrolment()
    return found, policies.may_enrol(actor, found.union_id).require()


def _require_not_renewed(enrolment: Enrolment) -> None:
    """What another enrolment follows without a gap stands until that is taken back. Raises RuleBroken
    RENEWED_ALREADY."""
    following = Enrolment.objects.filter(
        person=enrolment.person_id, plan=enrolment.plan_id, from_day=enrolment.to_day + timedelta(days=1), renewed=True
    )
    if following.exclude(state=EnrolmentState.CANCELLED).exists():
        raise RuleBroken("RENEWED_ALREADY", _("这次参保已经续保，请先作废续保的那一次。"))


def no_enrolment() -> NotFound:
    """The one answer for an enrolment that does not exist and for one out of sight."""
    return NotFound("ENROLMENT_NOT_FOUND", _("没有找到这次参保。"))


def _at(field: str, code: str, sentence: Text) -> RuleBroken:
    return RuleBroken(code, sentence, fields={field: [sentence]})


def _nobody() -> NotFound:
    return NotFound("PERSON_NOT_FOUND", _("没有找到这个人。"))


def _refused(refusal: Refusal) -> Conflict | RuleBroken:
    fields: dict[str, list[Text]] = {"person": [refusal.sentence]}
    if refusal.code == "COVERED":
        return Conflict(refusal.code, refusal.sentence, fields=fields)
    return RuleBroken(refusal.code, refusal.sentence, fields=fields)
