"""Registering employers and tying them to their unions."""

from __future__ import annotations

from django.db import IntegrityError, transaction

from niangjia.commons.unions import policies, queries, rules, tree
from niangjia.commons.unions.kinds import EmployerKind
from niangjia.commons.unions.models import Employer, Union
from niangjia.kernel import identifiers
from niangjia.kernel.actor import Actor
from niangjia.kernel.errors import Conflict, NotFound
from niangjia.kernel.policy import Decision
from niangjia.kernel.text import _
from niangjia.platform.audit import entries

SUBJECT = "unions.employer"


@transaction.atomic
def register_employer(
    *,
    actor: Actor,
    name: str,
    kind: str,
    uscc: str = "",
    headcount: int | None = None,
    union_id: int | None = None,
    area_code: str = "",
    reason: str = "",
) -> Employer:
    """Enter an employer, with its workers' union if it has one.

    Raises NotFound, NotAllowed, Conflict (USCC_TAKEN, UNION_CLOSED), RuleBroken (NAME_…, USCC_INVALID, AREA_INVALID,
    KIND_UNKNOWN, HEADCOUNT).
    """
    union = None if union_id is None else _open_union(actor, union_id)
    decision = policies.keep_employers(actor, None if union is None else tree.path_of(union.pk)).require()
    if kind not in set(EmployerKind):
        raise rules.broken("KIND_UNKNOWN", _("请选择单位类型。"), "kind")
    if headcount is not None and not 0 <= headcount <= 10_000_000:
        raise rules.broken("HEADCOUNT", _("职工人数应为 0 到 10000000。"), "headcount")
    employer = Employer(
        uscc=identifiers.uscc(uscc) if uscc.strip() else None,
        name=rules.clean_name(name),
        kind=kind,
        headcount=headcount,
        union=union,
        area_code=rules.clean_area(area_code),
    )
    _insert(employer)
    _record(actor, decision, "registered", employer, reason)
    return employer


@transaction.atomic
def link_employer(*, actor: Actor, employer_id: int, union_id: int, reason: str = "") -> Employer:
    """Say which union is that of an employer's workers. Raises NotFound, NotAllowed, Conflict UNION_CLOSED."""
    union = _open_union(actor, union_id)
    employer = Employer.objects.select_for_update(of=("self",), no_key=True).filter(pk=employer_id).first()
    if employer is None:
        raise NotFound("EMPLOYER_NOT_FOUND", _("没有找到这个单位。"))
    paths = [tree.path_of(union.pk)] + ([tree.path_of(employer.union_id)] if employer.union_id else [])
    decisions = [policies.keep_employers(actor, path).require() for path in paths]
    before, employer.union = employer.union_id, union
    employer.save(update_fields=["union"])
    _record(actor, decisions[0], "linked", employer, reason, before="" if before is None else str(before))
    return employer


def _open_union(actor: Actor, union_id: int) -> Union:
    union = queries.in_sight(actor, union_id)
    if union.closed_on is not None:
        raise Conflict("UNION_CLOSED", _("“{union}”已撤销,不能再这样操作。", union=union.name))
    return union


def _insert(employer: Employer) -> None:
    try:
        with transaction.atomic():
            employer.save(force_insert=True)
    except IntegrityError as error:
        raise Conflict("USCC_TAKEN", _("这个统一社会信用代码已经登记过。")) from error


def _record(actor: Actor, decision: Decision, event: str, employer: Employer, reason: str, *, before: str = "") -> None:
    entries.record(
        actor,
        f"{SUBJECT}.{event}",
        subject_type=SUBJECT,
        subject_id=employer.public_id,
        node_id=employer.union_id,
        ground=decision.ground,
        reason=reason,
        before=before,
        after="" if employer.union_id is None else str(employer.union_id),
    )
