"""Giving and ending offices."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from django.contrib.auth import get_user_model
from django.db import IntegrityError, transaction

from niangjia.commons.unions import policies, queries, rules, scope, tree
from niangjia.commons.unions.models import Appointment, Union
from niangjia.commons.unions.roles import Role
from niangjia.kernel import clock
from niangjia.kernel.actor import Actor
from niangjia.kernel.errors import Conflict, NotFound
from niangjia.kernel.policy import Decision
from niangjia.kernel.text import _
from niangjia.platform.audit import entries

SUBJECT = "unions.appointment"


@dataclass(frozen=True)
class _Term:
    """From when until before when."""

    first: date
    end: date | None


@transaction.atomic
def appoint(
    *,
    actor: Actor,
    user_id: int,
    union_id: int,
    role: str,
    valid_from: date | None = None,
    valid_to: date | None = None,
    deputy_for_id: int | None = None,
    reason: str = "",
) -> Appointment:
    """Give a user a role at a union from ``valid_from`` (today if None) until before ``valid_to`` (None: for good).

    With ``deputy_for_id`` it is held in place of that user, who must hold it there for the whole time; a deputy's
    office needs an end. Raises NotFound, NotAllowed (NO_OFFICE_HERE, OWN_OFFICE), Conflict (UNION_CLOSED,
    ALREADY_APPOINTED), RuleBroken (ROLE_UNKNOWN, ROLES_EXCLUDE, TERM_INVALID, TERM_PAST, DEPUTY_…).
    """
    union = queries.in_sight(actor, union_id, lock=True)
    known, term = rules.known_role(role), _Term(valid_from or clock.today(), valid_to)
    decision = policies.appoint(actor, tree.path_of(union.pk), known, user_id).require()
    _lock_user(user_id)
    _require_term(actor, union, term)
    _require_deputy(user_id, union, known, term, deputy_for_id)
    _require_free(user_id, union, known, term)
    appointment = Appointment(user_id=user_id, union=union, role=known.value, valid_from=term.first, valid_to=term.end)
    appointment.deputy_for_id = deputy_for_id
    _insert(appointment)
    _record(actor, decision, "given", appointment, reason)
    return appointment


@transaction.atomic
def end_appointment(*, actor: Actor, public_id: str, day: date | None = None, reason: str = "") -> Appointment:
    """End an office from ``day`` on (today if None); its deputies' grants fall with it.

    Raises NotFound, NotAllowed, Conflict ALREADY_ENDED, RuleBroken TERM_PAST.
    """
    at = day or clock.today()
    rows = Appointment.objects.select_for_update(of=("self",), no_key=True).select_related("union")
    appointment = rows.filter(scope.within(actor), public_id=public_id).first()
    if appointment is None:
        raise NotFound("APPOINTMENT_NOT_FOUND", _("没有找到这项任职。"))
    path = tree.path_of(appointment.union_id)
    decision = policies.appoint(actor, path, appointment.role, appointment.user_id).require()
    if appointment.valid_to is not None and appointment.valid_to <= at:
        raise Conflict("ALREADY_ENDED", _("这项任职已经结束。"))
    if at < clock.today() and not actor.is_system:
        raise rules.broken("TERM_PAST", _("日期不能早于今天。"), "day")
    appointment.valid_to = max(at, appointment.valid_from)
    appointment.save(update_fields=["valid_to"])
    _record(actor, decision, "ended", appointment, reason)
    return appointment


def _lock_user(user_id: int) -> None:
    """One appointment of a user at a time, so that two excluded roles are not given at once from two sides."""
    rows: Any = get_user_model()._default_manager.select_for_update(of=("self",), no_key=True)
    if rows.filter(pk=user_id, is_active=True).first() is None:
        raise NotFound("USER_NOT_FOUND", _("没有找到这个用户。"))


def _require_term(actor: Actor, union: Union, term: _Term) -> None:
    if union.closed_on is not None:
        raise Conflict("UNION_CLOSED", _("“{union}”已撤销，不能再这样操作。", union=union.name))
    if term.end is not None and term.end <= term.first:
        raise rules.broken("TERM_INVALID", _("结束日期应晚于开始日期。"), "valid_to")
    rules.require_founded(union.founded_on, term.first, "valid_from")
    if term.first < clock.today() and not actor.is_system:
        raise rules.broken("TERM_PAST", _("日期不能早于今天。"), "valid_from")


def _require_deputy(user_id: int, union: Union, role: Role, term: _Term, deputy_for_id: int | None) -> None:
    if deputy_for_id is None:
        return
    if deputy_for_id == user_id:
        raise rules.broken("DEPUTY_SELF", _("不能做自己的代理人。"), "deputy_for")
    if term.end is None:
        raise rules.broken("DEPUTY_WITHOUT_END", _("代理需要写明结束日期。"), "valid_to")
    held = Appointment.objects.in_force(term.first).filter(
        user_id=deputy_for_id, union=union, role=role.value, deputy_for=None
    )
    if not any(own.valid_to is None or own.valid_to >= term.end for own in held):
        raise rules.broken("DEPUTY_OF_NOBODY", _("被代理人在这段时间没有这项职务。"), "deputy_for")


def _require_free(user_id: int, union: Union, role: Role, term: _Term) -> None:
    held = list(
        Appointment.objects.overlapping(term.first, term.end).filter(user_id=user_id).values_list("role", "union_id")
    )
    rules.require_compatible(role, [other for other, _union in held])
    if (role.value, union.pk) in held:
        raise Conflict("ALREADY_APPOINTED", _("这段时间已有这项任职。"))


def _insert(appointment: Appointment) -> None:
    try:
        with transaction.atomic():
            appointment.save(force_insert=True)
    except IntegrityError as error:
        raise Conflict("ALREADY_APPOINTED", _("这段时间已有这项任职。")) from error


def _record(actor: Actor, decision: Decision, event: str, appointment: Appointment, reason: str) -> None:
    entries.record(
        actor,
        f"{SUBJECT}.{event}",
        subject_type=SUBJECT,
        subject_id=appointment.public_id,
        node_id=appointment.union_id,
        ground=decision.ground,
        reason=reason,
        after=appointment.role,
        data={
            "user": appointment.user_id,
            "deputy_for": appointment.deputy_for_id,
            "from": appointment.valid_from.isoformat(),
            "to": appointment.valid_to.isoformat() if appointment.valid_to else None,
        },
    )
