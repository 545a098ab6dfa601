"""Plans and their versions: drawn up as a document, published as rows that are never changed."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Q

from niangjia.commons.people.categories import WorkerCategory
from niangjia.commons.unions.models import Union
from niangjia.kernel import clock
from niangjia.kernel.actor import Actor
from niangjia.kernel.errors import Conflict, RuleBroken
from niangjia.kernel.reasons import require_reason
from niangjia.kernel.text import Text, _
from niangjia.platform.audit import entries
from niangjia.platform.lifecycle import lifecycle
from niangjia.services.protection import policies, records, termbooks
from niangjia.services.protection.catalogue import PlanKind
from niangjia.services.protection.models import Cover, CoverPaper, Limit, Plan, PlanVersion, WaitingTier
from niangjia.services.protection.states import VersionEvent, VersionState
from niangjia.services.protection.terms import Terms, broken, document_of, read, require_sound

COLUMNS = (
    "months", "age_from", "age_to", "sex", "price_fen", "share_percent", "everyone_under", "cap_fen",
    "self_enrolment", "four_eyes", "exclusions",
)  # fmt: skip
"""Terms that are columns of a version as well, for queries."""


@transaction.atomic()
def found_plan(
    *, union_id: int, code: str, name: str, kind: str, programme: str, fund: str = "mutual_aid", actor: Actor
) -> Plan:
    """Begin a product; it protects nobody before a version is published. Raises NotAllowed, RuleBroken PLAN_CODE,
    Conflict PLAN_CODE_TAKEN."""
    policies.may_plan(actor, union_id).require()
    if not (code.isascii() and code.replace("-", "").isalnum() and len(code) <= 30) or kind not in set(PlanKind):
        raise _at("code", "PLAN_CODE", _("方案代码只能用字母、数字和连字符，最多 30 个。"))
    if Plan.objects.filter(code=code).exists():
        text = _("这个方案代码已经用过，请换一个。")
        raise Conflict("PLAN_CODE_TAKEN", text, fields={"code": [text]})
    union = Union.objects.get(pk=union_id)
    plan = Plan.objects.create(code=code, name=name.strip(), union=union, kind=kind, programme=programme, fund=fund)
    entries.record(
        actor,
        "protection.plan.found",
        subject_type="protection.plan",
        subject_id=plan.public_id,
        node_id=union_id,
        data={"code": code, "kind": kind},
    )
    return plan


@transaction.atomic()
def draw_up(*, plan_id: int, terms: Terms, valid_from: date, valid_to: date | None = None, actor: Actor) -> PlanVersion:
    """Draw up the next version of a plan. Raises NotFound, NotAllowed, RuleBroken (PLAN_TERMS, VERSION_DAYS)."""
    plan = _locked_plan(plan_id)
    decision = policies.may_plan(actor, plan.union_id).require()
    number = PlanVersion.objects.filter(plan=plan).count() + 1
    version = PlanVersion(plan=plan, number=number, drawn_up_by_id=actor.user_id)
    _fill(version, terms, valid_from, valid_to)
    return lifecycle.open(version, actor=actor, decision=decision, data={"plan": plan.code, "number": number})


@transaction.atomic()
def revise(
    *, public_id: str, terms: Terms, valid_from: date, valid_to: date | None = None, actor: Actor
) -> PlanVersion:
    """Change a draft. Who changes it counts as who drew it up. Raises as :func:`draw_up`, Conflict VERSION_FROZEN."""
    version = locked_draft(actor, public_id)
    version.drawn_up_by_id = actor.user_id
    _fill(version, terms, valid_from, valid_to)
    version.save()
    entries.record(
        actor,
        "protection.plan_version.revise",
        subject_type="protection.planversion",
        subject_id=version.public_id,
        node_id=version.plan.union_id,
        data={"plan": version.plan.code, "number": version.number},
    )
    return version


@transaction.atomic()
def publish(*, public_id: str, actor: Actor) -> PlanVersion:
    """Publish a draft: its rows are written and stand for good. An earlier version with an open end ends the day
    before. Raises NotFound, NotAllowed (FOUR_EYES), InvalidMove, Conflict VERSION_OVERLAPS."""
    version = _locked(actor, public_id)
    decision = policies.may_publish(actor, version).require()
    version.MACHINE.require(version.state, VersionEvent.PUBLISH)
    terms = read(version.draft)
    _end_earlier(version, actor)
    _require_free(version)
    _write_rows(version, terms)
    changes = {"published_at": clock.now(), "published_by_id": actor.user_id}
    counted = [records.highest(version, 1, version.valid_from)]
    if version.valid_to is not None:
        counted.append(records.highest(version, -1, version.valid_to + timedelta(days=1)))
    return lifecycle.apply(
        version, VersionEvent.PUBLISH, actor=actor, decision=decision, changes=changes, records=counted,
        data={"number": version.number},
    )  # fmt: skip


@transaction.atomic()
def supersede(*, public_id: str, actor: Actor) -> PlanVersion:
    """Mark a version whose successor is in force. Raises NotFound, NotAllowed, InvalidMove, Conflict NO_SUCCESSOR."""
    version = _locked(actor, public_id)
    decision = policies.may_plan(actor, version.plan.union_id).require()
    later = PlanVersion.objects.judging().filter(plan=version.plan, valid_from__gt=version.valid_from)
    if not later.exists():
        raise Conflict("NO_SUCCESSOR", _("还没有发布接替它的新版本。"))
    return lifecycle.apply(version, VersionEvent.SUPERSEDE, actor=actor, decision=decision)


@transaction.atomic()
def close_version(*, public_id: str, reason: str, actor: Actor) -> PlanVersion:
    """No new enrolments under this version; its terms go on judging. Raises NotFound, NotAllowed, InvalidMove."""
    version = _locked(actor, public_id)
    decision = policies.may_plan(actor, version.plan.union_id).require()
    reason = require_reason(reason)
    return lifecycle.apply(version, VersionEvent.CLOSE_VERSION, actor=actor, decision=decision, reason=reason)


def locked_draft(actor: Actor, public_id: str) -> PlanVersion:
    """A version that may still be changed, locked. Raises NotFound, NotAllowed, Conflict VERSION_FROZEN."""
    version = _locked(actor, public_id)
    policies.may_plan(actor, version.plan.union_id).require()
    if version.state != VersionState.DRAFT:
        raise Conflict("VERSION_FROZEN", _("这个版本已经发布，条款不能再改；请起草新版本。"))
    return version


def _locked_plan(plan_id: int) -> Plan:
    plan = Plan.objects.select_for_update(no_key=True).filter(pk=plan_id).first()
    if plan is None:
        raise policies.no_plan()
    return plan


def _locked(actor: Actor, public_id: str) -> PlanVersion:
    found = policies.visible_versions(actor).filter(public_id=public_id).values_list("pk", "plan_id").first()
    if found is None:
        raise policies.no_plan()
    _locked_plan(found[1])
    version: PlanVersion = PlanVersion.objects.select_related("plan").select_for_update(of=("self",)).get(pk=found[0])
    return version


def _fill(version: PlanVersion, terms: Terms, valid_from: date, valid_to: date | None) -> None:
    require_sound(terms, whole=False)
    if unknown := set(terms.categories) - {category.value for category in WorkerCategory}:
        raise broken(_("没有“{category}”这个职业类别。", category=sorted(unknown)[0]), "categories")
    if valid_to is not None and valid_to < valid_from:
        raise _at("valid_to", "VERSION_DAYS", _("结束日期不能早于开始日期。"))
    version.valid_from, version.valid_to = valid_from, valid_to
    version.draft, version.categories = document_of(terms), list(terms.categories)
    for name in COLUMNS:
        setattr(version, name, getattr(terms, name))


def _end_earlier(version: PlanVersion, actor: Actor) -> None:
    rows = PlanVersion.objects.select_related("plan").filter(plan=version.plan, state=VersionState.PUBLISHED)
    for earlier in rows.filter(valid_from__lt=version.valid_from):
        counted = []
        if earlier.valid_to is None:
            earlier.valid_to = version.valid_from - timedelta(days=1)
            earlier.save(update_fields=["valid_to"])
            counted.append(records.highest(earlier, -1, version.valid_from))
        supersede_decision = policies.may_plan(actor, version.plan.union_id).require()
        lifecycle.apply(earlier, VersionEvent.SUPERSEDE, actor=actor, decision=supersede_decision, records=counted)


def _require_free(version: PlanVersion) -> None:
    others = PlanVersion.objects.judging().filter(plan=version.plan).exclude(pk=version.pk)
    after_start = Q(valid_to=None) | Q(valid_to__gte=version.valid_from)
    before_end = Q() if version.valid_to is None else Q(valid_from__lte=version.valid_to)
    if others.filter(after_start & before_end).exists():
        raise Conflict("VERSION_OVERLAPS", _("这段时间已经有发布的版本，请改有效日期。"))


def _write_rows(version: PlanVersion, terms: Terms) -> None:
    for position, given in enumerate(terms.covers):
        own: dict[str, Any] = {
            name: getattr(given, name)
            for name in ("code", "name", "summary", "sum_fen", "formula", "sex", "claim_days", "child_to")
        }
        cover = Cover.objects.create(version=version, position=position, data=dict(given.data), **own)
        WaitingTier.objects.bulk_create(
            WaitingTier(cover=cover, from_day=t.from_day, to_day=t.to_day, pays=t.pays, fen=t.fen) for t in given.tiers
        )
        CoverPaper.objects.bulk_create(
            CoverPaper(cover=cover, paper=paper, needed=needed, position=place)
            for place, (paper, needed) in enumerate(given.papers)
        )
    Limit.objects.bulk_create(
        Limit(version=version, position=place, cover_code=limit.cover, basis=limit.basis, scope=limit.scope,
              measure=limit.measure, amount=limit.amount)
        for place, limit in enumerate(terms.limits)
    )  # fmt: skip
    termbooks.forget(version)


def _at(field: str, code: str, sentence: Text) -> RuleBroken:
    return RuleBroken(code, sentence, fields={field: [sentence]})
