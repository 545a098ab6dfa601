"""What the pages of this room read, as ready values."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.db import transaction
from django.db.models import Case, When

from niangjia.commons.desk import queries as desk
from niangjia.commons.desk.models import DeskItem
from niangjia.commons.desk.subjects import DeskLine
from niangjia.commons.people.models import Membership
from niangjia.commons.unions import tree
from niangjia.commons.unions.models import Union
from niangjia.kernel import clock
from niangjia.kernel.actor import Actor
from niangjia.kernel.errors import DomainError, NotFound
from niangjia.kernel.machine import Move
from niangjia.kernel.policy import Decision
from niangjia.kernel.reasons import require_reason
from niangjia.kernel.text import Text, _
from niangjia.platform.audit import entries
from niangjia.platform.audit.models import AuditEntry
from niangjia.platform.personal_data import looks, masks
from niangjia.platform.personal_data.kinds import LookKind
from niangjia.platform.web.moves import Choice
from niangjia.platform.web.parts import Fact, TimelineEntry
from niangjia.services.joining import actions, policies, rules
from niangjia.services.joining.models import Application
from niangjia.services.joining.states import APPLICATION, WITH_APPLICANT, ApplicationEvent, ApplicationState

SUBJECT_TYPE = "joining.application"


def application_for(actor: Actor, public_id: str) -> Application:
    """One application that the actor may see. Raises NotFound, the same for hidden and missing ones."""
    found = policies.visible_applications(actor).with_unions().filter(public_id=public_id).first()
    if found is None:
        raise NotFound("NOT_FOUND", _("没有找到这份申请。"))
    return found  # type: ignore[no-any-return]


def open_for_reading(actor: Actor, public_id: str) -> Application:
    """Like :func:`application_for`; an officer's opening is written down where the applicant can see it."""
    application = application_for(actor, public_id)
    if actor.is_staff:
        looks.record(actor, [application.subject_key], LookKind.OPENED)
    return application


def unmasked(actor: Actor, application: Application, reason: str) -> list[Fact]:
    """Number and phone in full. The look and its reason are written first. Raises RuleBroken REASON_NEEDED."""
    fields = ("id_number", "phone")
    with transaction.atomic():
        looks.record(
            actor,
            [application.subject_key],
            LookKind.UNMASKED,
            reason=require_reason(reason),
            fields=fields,
        )
        entries.record(
            actor,
            "joining.application.unmask",
            subject_type=SUBJECT_TYPE,
            subject_id=application.public_id,
            subject_key=application.subject_key,
            node_id=application.responsible_id,
            reason=reason,
            data={"fields": list(fields)},
        )
    return facts(application, masked=False)


def own_membership(actor: Actor) -> Membership | None:
    """The actor's current membership."""
    rows = Membership.objects.current().filter(person__user_id=actor.user_id)
    return rows.select_related("union").first()


def is_answered_on_the_spot(application: Application) -> bool:
    """Whether officers beside the applicant can approve it now: sent at a stall that runs, to that stall's union."""
    stall = application.stall
    here = stall is not None and stall.is_running and stall.union_id == application.responsible_id
    return here and application.state == ApplicationState.SUBMITTED


def open_application(actor: Actor) -> Application | None:
    """The actor's own open application, if there is one."""
    return Application.objects.open().with_unions().filter(applicant_id=actor.user_id).first()


def own_applications(actor: Actor) -> list[Application]:
    """All of one's own applications, newest first."""
    rows = Application.objects.filter(applicant_id=actor.user_id).with_unions()
    return list(rows.order_by("-created_at")[:50])


def desk_lines(actor: Actor, ids: Sequence[int]) -> Mapping[int, DeskLine]:
    """How applications read on a desk; the name is masked there."""
    rows = policies.visible_applications(actor).filter(pk__in=ids)
    return {row.pk: _line(row) for row in rows}


def _line(row: Application) -> DeskLine:
    state = APPLICATION.state(row.state)
    title = str(_("{name} 申请入会", name=masks.mask_name(row.name)))
    detail = f"{state.label} · {row.category_label}"
    return DeskLine(row.number, title, detail, f"/console/joining/{row.public_id}/")


@dataclass(frozen=True)
class Progress:
    """Where an application stands, for the one who applied."""

    application: Application
    answer_by: datetime
    paused_until: datetime | None
    timeline: list[TimelineEntry]
    may_withdraw: bool


def progress(application: Application) -> Progress:
    """The applicant's view: due moment as it is now, timeline with what is still to come."""
    item = desk.open_item(SUBJECT_TYPE, application.pk)
    waiting = application.state in WITH_APPLICANT
    due = item.due_at if item is not None and not waiting else None
    answer_by = due or application.promised_by
    return Progress(
        application,
        answer_by,
        item.due_at if item is not None and waiting else None,
        timeline(application, for_applicant=True) + _what_comes(application, answer_by),
        APPLICATION.find(application.state, ApplicationEvent.WITHDRAW) is not None,
    )


_DONE: Mapping[str, Text] = {
    ApplicationEvent.SUBMIT: _("提交申请"),
    ApplicationEvent.ASK_MORE: _("请申请人补充"),
    ApplicationEvent.SUPPLY: _("申请人补充"),
    ApplicationEvent.SEND_ON: _("转给更合适的工会"),
    ApplicationEvent.ENDORSE: _("同意并报上级"),
    ApplicationEvent.APPROVE: _("通过，成为会员"),
    ApplicationEvent.REFUSE: _("未通过"),
    ApplicationEvent.WITHDRAW: _("撤回申请"),
    ApplicationEvent.LAPSE: _("逾期未补充，已终止"),
}
_TONES = {"approve": "good", "refuse": "bad", "ask_more": "warn", "lapse": "off", "withdraw": "off"}


def timeline(application: Application, *, for_applicant: bool) -> list[TimelineEntry]:
    """What happened, oldest first. The applicant reads unions, not the names of officers."""
    rows = AuditEntry.objects.filter(
        subject_type=SUBJECT_TYPE,
        subject_id=application.public_id,
        action__in=[f"{APPLICATION.name}.{event}" for event in _DONE],
    ).order_by("id")
    return [_entry(row, for_applicant=for_applicant) for row in rows]


def _entry(row: AuditEntry, *, for_applicant: bool) -> TimelineEntry:
    event = row.action.rsplit(".", 1)[1]
    who = "" if for_applicant else row.by_whom
    return TimelineEntry(_DONE[event], row.at, who=who, detail=row.reason, tone=_TONES.get(event, "info"))


def _what_comes(application: Application, answer_by: datetime) -> list[TimelineEntry]:
    if APPLICATION.is_final(application.state):
        return []
    if application.state in WITH_APPLICANT:
        return [TimelineEntry(_("等您补充后继续办理"), None, tone="warn", future=True)]
    title = _("{union}答复您", union=application.responsible.name)
    return [TimelineEntry(title, clock.day_of(answer_by), detail=str(_("最晚这一天")), future=True)]


def choices(actor: Actor, application: Application) -> list[Choice]:
    """The moves of the machine from here that are an officer's, each with its reason when it is not open."""
    office = (
        ApplicationEvent.APPROVE,
        ApplicationEvent.ENDORSE,
        ApplicationEvent.ASK_MORE,
        ApplicationEvent.SEND_ON,
        ApplicationEvent.REFUSE,
    )
    decide, approve = policies.may_decide(actor, application), policies.may_approve(actor, application)
    moves = [move for event in office if (move := APPLICATION.find(application.state, event))]
    upward = application.state == ApplicationState.SUBMITTED and actions.reviewer_above(application) is not None
    by_event = {ApplicationEvent.APPROVE: approve}
    return [
        Choice(move, _refusal(application, move, by_event.get(ApplicationEvent(move.event), decide), upward=upward))
        for move in moves
    ]


def approval_refusals(actor: Actor, rows: Sequence[Application]) -> Mapping[int, Text | None]:
    """Why the actor cannot approve these applications that are in review; None where nothing stands against it. What
    is above a union is asked once for all that it received on one day."""
    above: dict[tuple[int, date], bool] = {}
    found: dict[int, Text | None] = {}
    for row in rows:
        key = (row.responsible_id, clock.day_of(row.created_at))
        if key not in above:
            above[key] = actions.reviewer_above(row) is not None
        move = APPLICATION.require(row.state, ApplicationEvent.APPROVE)
        upward = row.state == ApplicationState.SUBMITTED and above[key]
        found[row.pk] = _refusal(row, move, policies.may_approve(actor, row), upward=upward)
    return found


def _refusal(application: Application, move: Move, decision: Decision, *, upward: bool) -> Text | None:
    if not decision:
        return decision.refusal
    if move.event == ApplicationEvent.APPROVE and upward:
        return _("按规定还要报上级工会审核，请选“同意并报上级”。")
    if move.event == ApplicationEvent.APPROVE and application.identity_check:
        return _identity_refusal(application)
    if move.event == ApplicationEvent.ENDORSE and not upward:
        return _("这份申请由本工会直接答复，不用报上级。")
    return None


def _identity_refusal(application: Application) -> Text | None:
    """The doubt may have gone since the application came: the other one was withdrawn, a wrong number corrected."""
    from niangjia.services.joining import identity

    try:
        still = identity.needs_a_check(application)
    except DomainError as error:
        return error.message
    return _("证件号或手机号已登记在别处，请先让申请人核对。") if still else None


def facts(application: Application, *, masked: bool) -> list[Fact]:
    """The applicant's answers; masked for staff, in full for the one who gave them."""
    number = masks.mask_id_number(application.id_number) if masked else application.id_number
    phone = masks.mask_phone(application.phone) if masked else application.phone
    return [
        Fact(_("姓名"), application.name),
        Fact(_("身份证件号码"), number),
        Fact(_("手机号"), phone),
        Fact(_("年龄"), _("{age} 周岁", age=application.age)),
        Fact(_("职业类别"), application.category_label),
        Fact(_("单位或平台"), application.employer_name or _("未填写")),
        Fact(_("工作所在街道、乡镇"), application.street.name),
    ]


def due_of(applications: Sequence[Application]) -> Mapping[int, DeskItem]:
    """The open desk item of each application, in one query."""
    from niangjia.commons.desk.slot import open_items_of

    return open_items_of(SUBJECT_TYPE, [application.pk for application in applications])


def street_choices() -> list[tuple[str, list[tuple[str, str]]]]:
    """Streets and towns by district, for a drop-down: (district, [(code, name)])."""
    groups: dict[str, list[tuple[str, str]]] = {}
    for code, name, above in tree.with_parent_names(kinds=rules.STREET_LEVEL):
        groups.setdefault(above, []).append((code, name))
    return list(groups.items())


def receiving_unions(application: Application, search: str = "") -> list[tuple[str, str]]:
    """Unions to which an application may be sent on: those that take members, in the same district first."""
    rows = Union.objects.filter(accepts_members=True, closed_on=None).exclude(pk=application.responsible_id)
    if search.strip():
        rows = rows.filter(name__icontains=search.strip())
    near = tree.within_same(application.responsible_id, kinds=("district", "development_area", "city"))
    ordered = rows.annotate(far=Case(When(pk__in=near, then=0), default=1)).order_by("far", "name")
    return list(ordered.values_list("code", "name")[:200])
