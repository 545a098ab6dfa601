"""Registering employers and tying them to their unions."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from django.db import IntegrityError, transaction

from niangjia.commons.unions import policies, rules, scope, tree
from niangjia.commons.unions.kinds import EmployerKind
from niangjia.commons.unions.models import Employer, Union
from niangjia.kernel import identifiers
from niangjia.kernel.actor import Actor
from niangjia.kernel.errors import Conflict, NotFound
from niangjia.kernel.text import _
from niangjia.platform.audit import entries
from niangjia.platform.audit.models import AuditEntry

SUBJECT = "unions.employer"
_MOST_HEADS = 10_000_000


@dataclass(frozen=True)
class NewEmployer:
    """An employer to be entered. ``uscc`` may be empty; ``union_id`` is the union of its workers, if it has one."""

    name: str
    kind: str
    uscc: str = ""
    headcount: int | None = None
    union_id: int | None = None
    area_code: str = ""


def register_employer(*, actor: Actor, plan: NewEmployer, reason: str = "") -> Employer:
    """Enter one employer. Raises what :func:`register_employers` raises."""
    return register_employers(actor=actor, plans=[plan], reason=reason)[0]


@transaction.atomic
def register_employers(*, actor: Actor, plans: Sequence[NewEmployer], reason: str = "") -> list[Employer]:
    """Enter employers, all or none.

    Raises NotFound, NotAllowed, Conflict (USCC_TAKEN, UNION_CLOSED), RuleBroken (NAME_…, USCC_INVALID, AREA_INVALID,
    KIND_UNKNOWN, HEADCOUNT).
    """
    unions = _open_unions(actor, {plan.union_id for plan in plans if plan.union_id is not None})
    paths = tree.paths_of(unions)
    decisions = [policies.keep_employers(actor, path).require() for path in paths.values()]
    if any(plan.union_id is None for plan in plans):
        decisions.append(policies.keep_employers(actor, None).require())
    fresh = [_built(plan) for plan in plans]
    try:
        with transaction.atomic():
            Employer.objects.bulk_create(fresh, batch_size=2000)
    except IntegrityError as error:
        raise Conflict("USCC_TAKEN", _("这个统一社会信用代码已经登记过。")) from error
    ground = " and ".join(dict.fromkeys(decision.ground for decision in decisions))
    entries.record_many([_entry(actor, ground, "registered", employer, reason) for employer in fresh])
    return fresh


@transaction.atomic
def link_employer(*, actor: Actor, employer_id: int, union_id: int, reason: str = "") -> Employer:
    """Say which union is that of an employer's workers. Raises NotFound, NotAllowed, Conflict UNION_CLOSED."""
    union = _open_unions(actor, {union_id})[union_id]
    employer = Employer.objects.select_for_update(of=("self",), no_key=True).filter(pk=employer_id).first()
    if employer is None:
        raise NotFound("EMPLOYER_NOT_FOUND", _("没有找到这个单位。"))
    paths = [tree.path_of(union.pk)] + ([tree.path_of(employer.union_id)] if employer.union_id else [])
    decisions = [policies.keep_employers(actor, path).require() for path in paths]
    before, employer.union = employer.union_id, union
    employer.save(update_fields=["union"])
    ground = " and ".join(dict.fromkeys(decision.ground for decision in decisions))
    entries.record_many([_entry(actor, ground, "linked", employer, reason, before)])
    return employer


def _open_unions(actor: Actor, union_ids: Collection[int]) -> Mapping[int, Union]:
    found = Union.objects.filter(scope.within(actor, field="pk"), pk__in=union_ids).in_bulk()
    if set(union_ids) - set(found):
        raise tree.no_such_union()
    if closed := next((union for union in found.values() if union.closed_on is not None), None):
        raise Conflict("UNION_CLOSED", _("“{union}”已撤销，不能再这样操作。", union=closed.name))
    return found


def _built(plan: NewEmployer) -> Employer:
    if plan.kind not in set(EmployerKind):
        raise rules.broken("KIND_UNKNOWN", _("请选择单位类型。"), "kind")
    if plan.headcount is not None and not 0 <= plan.headcount <= _MOST_HEADS:
        raise rules.broken("HEADCOUNT", _("职工人数应为 0 到 {n}。", n=_MOST_HEADS), "headcount")
    return Employer(
        uscc=identifiers.uscc(plan.uscc) if plan.uscc.strip() else None,
        name=rules.clean_name(plan.name),
        kind=EmployerKind(plan.kind).value,
        headcount=plan.headcount,
        union_id=plan.union_id,
        area_code=rules.clean_area(plan.area_code),
    )


def _entry(
    actor: Actor, ground: str, event: str, employer: Employer, reason: str, before: int | None = None
) -> AuditEntry:
    return entries.build(
        actor,
        f"{SUBJECT}.{event}",
        subject_type=SUBJECT,
        subject_id=employer.public_id,
        node_id=employer.union_id,
        ground=ground,
        reason=reason[:500],
        before="" if before is None else str(before),
        after="" if employer.union_id is None else str(employer.union_id),
    )
