"""Who is enrolled, as pages read it: a list, one of them, and what anybody may learn from a certificate's code."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from typing import Any

from django.http import HttpRequest
from django.urls import reverse

from niangjia.commons.unions import scope
from niangjia.kernel import clock
from niangjia.kernel.actor import Actor
from niangjia.kernel.policy import Decision
from niangjia.kernel.text import _
from niangjia.platform.audit.models import AuditEntry
from niangjia.platform.personal_data import looks, masks
from niangjia.platform.personal_data.kinds import LookKind
from niangjia.platform.web import dates
from niangjia.platform.web.lists import Column, Filter, ListPage
from niangjia.platform.web.parts import Fact, TimelineEntry
from niangjia.platform.web.tones import status_of
from niangjia.services.protection import policies as room
from niangjia.services.protection.catalogue import REFUND_LABELS, SOURCE_LABELS, EnrolmentSource, Refund
from niangjia.services.protection.enrolment import parameters
from niangjia.services.protection.enrolment.enrolling import no_enrolment
from niangjia.services.protection.models import Enrolment, Plan
from niangjia.services.protection.states import ENROLMENT, EnrolmentState

LIST = "protection.enrolments"


def listing(request: HttpRequest, actor: Actor) -> ListPage:
    """The enrolments in the actor's reach; names are masked."""
    rows = room.visible_enrolments(actor).filter(scope.shown(actor, *room.READERS))
    return ListPage(
        request,
        rows.select_related("plan", "person", "union"),
        columns=_COLUMNS,
        filters=_filters(),
        order="-created_at",
        size=20,
        code=LIST,
    )


def _filters() -> list[Filter]:
    plans = list(Plan.objects.order_by("pk").values_list("code", "name")[:100])
    states = [(state.code, state.label) for state in ENROLMENT.states]
    return [
        Filter("ends", _("到期"), _ending, [("soon", _("快要到期，还没有续保"))]),
        Filter("plan", _("方案"), lambda rows, code: rows.filter(plan__code=code), plans),
        Filter("state", _("状态"), lambda rows, code: rows.filter(state=code), states),
    ]


def _ending(rows: Any, _value: str) -> Any:
    """Those whose protection ends within the days of the parameter and does not go on."""
    today = clock.today()
    last = today + timedelta(days=parameters.days("expiring_days", None, today))
    soon = rows.filter(state=EnrolmentState.IN_FORCE, to_day__gte=today, to_day__lte=last)
    after = Enrolment.objects.in_force().filter(to_day__gt=last).values("person_id", "plan_id")
    return soon.exclude(person__in=after.values("person_id"))


def note_export(actor: Actor, rows: Iterable[Enrolment]) -> None:
    """Each person of an export may see that somebody took it along."""
    looks.record(actor, [row.person.public_id for row in rows], LookKind.EXPORTED)


def opened_by(actor: Actor, public_id: str) -> Enrolment:
    """Like :func:`one_for`, for a page that shows the person: staff's look is noted."""
    found = one_for(actor, public_id)
    if actor.is_staff:
        looks.record(actor, [found.person.public_id], LookKind.OPENED)
    return found


def one_for(actor: Actor, public_id: str) -> Enrolment:
    """One enrolment in the actor's sight. Raises NotFound."""
    rows = room.visible_enrolments(actor).select_related("plan", "plan__union", "version", "person", "union")
    found: Enrolment | None = rows.filter(public_id=public_id).first()
    if found is None:
        raise no_enrolment()
    return found


def may_change(actor: Actor, enrolment: Enrolment) -> Decision:
    """Take it back or let it end."""
    return room.may_enrol(actor, enrolment.union_id)


def facts(enrolment: Enrolment) -> list[Fact]:
    """An enrolment in words."""
    return [
        Fact(_("被保障人"), masks.mask_name(enrolment.person.name)),
        Fact(_("方案"), enrolment.plan.name),
        Fact(_("保障期"), f"{dates.day(enrolment.from_day)} — {dates.day(enrolment.to_day)}"),
        Fact(_("连续保障从"), dates.day(enrolment.protected_since)),
        Fact(_("新参保或续保"), _("续保") if enrolment.renewed else _("新参保")),
        Fact(_("怎样参保"), SOURCE_LABELS[EnrolmentSource(enrolment.source)]),
        Fact(_("参保工会"), enrolment.union.name),
    ]


def story(enrolment: Enrolment) -> list[TimelineEntry]:
    """What happened to it, with the reason and what was noted of the fee."""
    rows = AuditEntry.objects.filter(subject_type="protection.enrolment", subject_id=enrolment.public_id)
    words = {ENROLMENT.opening: ENROLMENT.opening_label, **{move.event: move.label for move in ENROLMENT.moves}}
    return [
        TimelineEntry(words[event], row.at, who=row.by_whom, detail=_noted(row))
        for row in rows.order_by("id")
        if (event := row.action.rsplit(".", 1)[1]) in words
    ]


def _noted(row: AuditEntry) -> str:
    said = [row.reason]
    if (refund := row.data.get("refund")) and not row.data.get("free"):
        said.append(str(REFUND_LABELS[Refund(refund)]))
    return " · ".join(text for text in said if text)


def verifying(request: HttpRequest, enrolment: Enrolment) -> str:
    """The address that a certificate's code holds."""
    return request.build_absolute_uri(reverse("protection:verify", args=[enrolment.public_id]))


def told_to_anybody(public_id: str) -> tuple[Enrolment, bool]:
    """What the code of a certificate proves, and whether it holds today. Raises NotFound."""
    rows = Enrolment.objects.select_related("plan", "plan__union", "person")
    found = rows.filter(public_id=public_id, person__erased_at=None).first()
    if found is None:
        raise no_enrolment()
    today = clock.today()
    return found, found.state != EnrolmentState.CANCELLED and found.from_day <= today <= found.to_day


_COLUMNS = (
    Column(
        "name", _("被保障人"), lambda row: masks.mask_name(row.person.name), "code",
        url=lambda row: reverse("protection_console:enrolment", args=[row.public_id]),
    ),
    Column("plan", _("方案"), lambda row: row.plan.name),
    Column("state", _("状态"), lambda row: status_of(ENROLMENT, row.state), "status"),
    Column("union", _("工会"), lambda row: row.union.short_name),
    Column("from", _("起保"), lambda row: row.from_day, "day", sort="from_day"),
    Column("to", _("到期"), lambda row: row.to_day, "day", sort="to_day"),
    Column("renewed", _("新或续"), lambda row: _("续保") if row.renewed else _("新参保")),
    Column("source", _("怎样参保"), lambda row: SOURCE_LABELS[EnrolmentSource(row.source)], optional=True),
)  # fmt: skip
