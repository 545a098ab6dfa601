"""Everything that changes an application: apply, supply, withdraw; ask more, send on, endorse, approve, refuse."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db import IntegrityError, connection, transaction

from niangjia.commons.desk import actions as desk
from niangjia.commons.desk import calendar
from niangjia.commons.desk.models import DeskItem
from niangjia.commons.people import actions as people
from niangjia.commons.people import events
from niangjia.commons.people.models import Person
from niangjia.commons.unions import tree
from niangjia.commons.unions.models import Union
from niangjia.kernel import clock
from niangjia.kernel.actor import Actor
from niangjia.kernel.errors import Conflict, DomainError, NotFound, RuleBroken
from niangjia.kernel.reasons import require_reason
from niangjia.kernel.text import _
from niangjia.platform.lifecycle import lifecycle
from niangjia.platform.notices import outbox
from niangjia.platform.notices.kinds import Notice, NoticeKind
from niangjia.services.joining import identity, intake, notices, parameters, policies, records, rules
from niangjia.services.joining.exits.actions import answer_exit as answer_exit
from niangjia.services.joining.exits.actions import close_exit as close_exit
from niangjia.services.joining.exits.actions import deem_exit as deem_exit
from niangjia.services.joining.exits.actions import keep_exit as keep_exit
from niangjia.services.joining.exits.actions import list_exit as list_exit
from niangjia.services.joining.exits.actions import undo_exit as undo_exit
from niangjia.services.joining.exits.actions import warn_exit as warn_exit
from niangjia.services.joining.fits.actions import accept_fit as accept_fit
from niangjia.services.joining.fits.actions import ask_fit_again as ask_fit_again
from niangjia.services.joining.fits.actions import close_fit as close_fit
from niangjia.services.joining.fits.actions import decline_fit as decline_fit
from niangjia.services.joining.fits.actions import lapse_fit as lapse_fit
from niangjia.services.joining.fits.actions import let_rest_fit as let_rest_fit
from niangjia.services.joining.fits.actions import offer_fit as offer_fit
from niangjia.services.joining.fits.actions import put_off_fit as put_off_fit
from niangjia.services.joining.models import Application
from niangjia.services.joining.rosters.actions import apply_roster as apply_roster
from niangjia.services.joining.rosters.actions import check_roster as check_roster
from niangjia.services.joining.rosters.actions import confirm_roster as confirm_roster
from niangjia.services.joining.rosters.actions import discard_roster as discard_roster
from niangjia.services.joining.rosters.actions import finish_roster as finish_roster
from niangjia.services.joining.rosters.actions import present_roster as present_roster
from niangjia.services.joining.rosters.actions import recheck_roster as recheck_roster
from niangjia.services.joining.rosters.actions import refuse_roster as refuse_roster
from niangjia.services.joining.rosters.actions import upload_roster as upload_roster
from niangjia.services.joining.stalls.actions import call_off_stall as call_off_stall
from niangjia.services.joining.stalls.actions import end_stall as end_stall
from niangjia.services.joining.stalls.actions import extend_stall as extend_stall
from niangjia.services.joining.stalls.actions import open_stall as open_stall
from niangjia.services.joining.stalls.actions import record_founding as record_founding
from niangjia.services.joining.stalls.actions import renew_stall as renew_stall
from niangjia.services.joining.states import ApplicationEvent, ApplicationState
from niangjia.services.joining.transfers.actions import accept_transfer as accept_transfer
from niangjia.services.joining.transfers.actions import agree_transfer as agree_transfer
from niangjia.services.joining.transfers.actions import close_transfer as close_transfer
from niangjia.services.joining.transfers.actions import decline_transfer as decline_transfer
from niangjia.services.joining.transfers.actions import lapse_transfer as lapse_transfer
from niangjia.services.joining.transfers.actions import raise_transfer as raise_transfer
from niangjia.services.joining.transfers.actions import refuse_transfer as refuse_transfer
from niangjia.services.joining.transfers.actions import release_transfer as release_transfer
from niangjia.services.joining.transfers.actions import request_transfer as request_transfer
from niangjia.services.joining.transfers.actions import withdraw_transfer as withdraw_transfer


@transaction.atomic()
def find_membership(*, name: str, id_number: str, actor: Actor) -> bool:
    """Give members whom no account belongs to theirs, when name, number and the proved phone are all those on file;
    whether it was so. Raises NotAllowed, RuleBroken (a number or name that cannot be one), Conflict PERSON_HAS_USER.
    """
    policies.may_apply(actor).require()
    user_id = _user_id(actor)
    found = identity.member_without_account(name=name, id_number=id_number, user_id=user_id)
    if found is None:
        return False
    person = people.link_user(found, user_id=user_id, actor=actor)
    events.account_linked.send(sender=Person, person=person, user_id=user_id, actor=actor)
    intake.discard_draft(user_id)
    return True


@transaction.atomic()
def submit(*, answers: intake.Answers, actor: Actor) -> Application:
    """Send an application to the union that fits.

    Raises NotAllowed, RuleBroken (AGE_UNDER_16, NO_UNION_FITS, CONSENT_NEEDED, …), Conflict (ALREADY_MEMBER,
    APPLICATION_OPEN with the open one's number).
    """
    decision = policies.may_apply(actor).require()
    application = intake.application_from(answers, user_id=_user_id(actor))
    identity.require_not_open_already(application)
    application.identity_check = identity.needs_a_check(application)
    application.promised_by = _promise(application.responsible_id)
    application.number = intake.next_number(clock.today().year)
    kind = notices.CHECKING if application.identity_check else notices.RECEIVED
    try:
        with transaction.atomic():
            lifecycle.open(
                application,
                actor=actor,
                decision=decision,
                records=[records.applied(application)],
                notices=[_notice(kind, application, due=application.promised_by)],
            )
    except IntegrityError as error:
        raise identity.open_already(application) from error
    intake.give_consents(answers, application, actor)
    intake.discard_draft(_user_id(actor))
    return application


@transaction.atomic()
def supply(*, public_id: str, answers: intake.Answers, note: str, actor: Actor) -> Application:
    """Give what was asked for. The review goes on with the days that were left. Raises as :func:`submit`."""
    application = _locked(actor, public_id)
    decision = policies.may_act_for_self(actor, application).require()
    corrected = intake.application_from(answers, user_id=_user_id(actor), day=clock.day_of(application.created_at))
    changes = intake.corrected_columns(corrected)
    changes["identity_check"] = identity.needs_a_check(corrected)
    changes["applicant_note"] = " ".join(note.split())[:300]
    return _apply(application, ApplicationEvent.SUPPLY, actor, decision, changes=changes)


@transaction.atomic()
def withdraw(*, public_id: str, actor: Actor) -> Application:
    """Take the application back. Raises NotFound, NotAllowed, InvalidMove."""
    application = _locked(actor, public_id)
    decision = policies.may_act_for_self(actor, application).require()
    return _apply(application, ApplicationEvent.WITHDRAW, actor, decision)


@transaction.atomic()
def ask_more(*, public_id: str, reason: str, actor: Actor) -> Application:
    """Ask the applicant for more; the clock stops until it comes. Raises NotFound, NotAllowed, InvalidMove."""
    application = _locked(actor, public_id)
    decision = policies.may_decide(actor, application).require()
    reason = require_reason(reason)
    days = parameters.supplement_days(application.responsible_id, clock.today())
    notice = _notice(notices.ASKED_MORE, application, due=calendar.due_moment(clock.now(), days))
    return _apply(
        application, ApplicationEvent.ASK_MORE, actor, decision, reason, {"answer_reason": reason}, notice=notice
    )


@transaction.atomic()
def send_on(*, public_id: str, union_code: str, reason: str, actor: Actor) -> Application:
    """Hand the application to another union that fits better; the promise to the applicant stays.

    Raises NotFound, NotAllowed, InvalidMove, RuleBroken (UNION_UNKNOWN, UNION_TAKES_NO_MEMBERS, SAME_UNION).
    """
    application = _locked(actor, public_id)
    decision = policies.may_decide(actor, application).require()
    reason = require_reason(reason)
    target = _receiving_union(union_code, application)
    return _apply(
        application,
        ApplicationEvent.SEND_ON,
        actor,
        decision,
        reason,
        {"responsible": target, "home": target},
        notice=_notice(notices.SENT_ON, application, union=target),
        data={"from": application.responsible.code, "to": target.code},
    )


@transaction.atomic()
def endorse(*, public_id: str, actor: Actor) -> Application:
    """Agree and pass it to the street above, where the federation's chain says so. Raises RuleBroken CHAIN_ENDS."""
    application = _locked(actor, public_id)
    decision = policies.may_decide(actor, application).require()
    above = reviewer_above(application)
    if above is None:
        raise RuleBroken("CHAIN_ENDS", _("这份申请由本工会直接答复，不用报上级。"))
    return _apply(application, ApplicationEvent.ENDORSE, actor, decision, changes={"responsible": above})


@transaction.atomic()
def approve(*, public_id: str, actor: Actor) -> Application:
    """Make the applicant a member.

    Raises NotFound, NotAllowed, InvalidMove, RuleBroken (CHAIN_CONTINUES, IDENTITY_UNRESOLVED), Conflict
    (ALREADY_MEMBER).
    """
    application = _locked(actor, public_id)
    decision = policies.may_approve(actor, application).require()
    application.MACHINE.require(application.state, ApplicationEvent.APPROVE)
    if application.state == ApplicationState.SUBMITTED and reviewer_above(application) is not None:
        raise RuleBroken("CHAIN_CONTINUES", _("按规定还要报上级工会审核，请选“同意并报上级”。"))
    person = identity.person_of(application, actor)
    identity.admit(person, application, actor, decision)
    return _apply(
        application,
        ApplicationEvent.APPROVE,
        actor,
        decision,
        changes={"person": person, "identity_check": False},
        ledger=[records.joined(application, person.pk), records.answered(application, "approved")],
        notice=_notice(notices.APPROVED, application),
    )


@transaction.atomic()
def refuse(*, public_id: str, reason: str, actor: Actor) -> Application:
    """Refuse with a reason that the applicant reads. Raises NotFound, NotAllowed, InvalidMove, RuleBroken."""
    application = _locked(actor, public_id)
    decision = policies.may_decide(actor, application).require()
    reason = require_reason(reason)
    return _apply(
        application,
        ApplicationEvent.REFUSE,
        actor,
        decision,
        reason,
        {"answer_reason": reason},
        ledger=[records.answered(application, "refused")],
        notice=_notice(notices.REFUSED, application),
    )


@transaction.atomic()
def lapse(*, public_id: str, actor: Actor) -> Application:
    """End an application whose applicant did not supply what was asked in time. Called by the nightly job."""
    application = _locked(actor, public_id)
    decision = policies.may_decide(actor, application).require()
    return _apply(application, ApplicationEvent.LAPSE, actor, decision, notice=_notice(notices.LAPSED, application))


@dataclass(frozen=True)
class Refused:
    """One of many that could not be done, with the sentence why."""

    number: str
    public_id: str
    error: DomainError


@dataclass(frozen=True)
class Done:
    """What became of many at once: each stands for itself, a failing one does not hold up the others."""

    moved: list[Application]
    refused: list[Refused]


def approve_many(*, public_ids: Sequence[str], actor: Actor) -> Done:
    """Approve each by itself: one that fails holds up nobody. What a colleague has in hand at this moment is left to
    them, so that two officers with the same list do not wait for each other. Raises RuleBroken TOO_MANY_AT_ONCE over
    200.
    """
    if len(public_ids) > 200:
        raise RuleBroken("TOO_MANY_AT_ONCE", _("一次最多处理 200 件。"))
    done = Done([], [])
    with transaction.atomic():
        seen, free = _taken_in_hand(actor, public_ids)
        for public_id in sorted(set(public_ids)):
            try:
                if public_id in seen and public_id not in free:
                    raise Conflict("IN_OTHER_HANDS", _("同事正在办理这份申请，请稍后刷新再看。"))
                done.moved.append(approve(public_id=public_id, actor=actor))
            except DomainError as error:
                done.refused.append(Refused(seen.get(public_id, ""), public_id, error))
    return done


def _taken_in_hand(actor: Actor, public_ids: Sequence[str]) -> tuple[dict[str, str], set[str]]:
    """The numbers of those that the actor may see, by public id; and which of them nobody else holds locked.

    All are locked before the first is approved: who holds one and then waits for the counter of member numbers must
    never be waited for by who holds the counter.
    """
    rows = policies.visible_applications(actor).filter(public_id__in=list(public_ids))
    seen = dict(rows.values_list("public_id", "number"))
    skip = connection.features.has_select_for_update_skip_locked
    held = rows.select_for_update(of=("self",), skip_locked=skip).order_by("pk")
    return seen, {row.public_id for row in held.only("public_id")}


@transaction.atomic()
def remind(*, items: Sequence[DeskItem]) -> int:
    """Tell the applicants of these open desk items that their supplement is due soon; returns how many were told."""
    due = {item.subject_id: item.due_at for item in items}
    told = Application.objects.filter(pk__in=due).with_unions()
    outbox.write([_notice(notices.REMINDED, application, due=due[application.pk]) for application in told])
    desk.note_reminded(items)
    return len(told)


def reviewer_above(application: Application) -> Union | None:
    """The union above the responsible one that must still review, by the chain in force on the day of receipt."""
    day = clock.day_of(application.created_at)
    chain = parameters.chain(application.responsible_id, day)
    above = {union.pk: union for union in tree.ancestors(application.responsible_id)}
    kinds = [(union.pk, union.kind) for union in above.values()]
    found = rules.next_reviewer(chain, application.responsible.kind, kinds)
    return None if found is None else above[found]


def _locked(actor: Actor, public_id: str) -> Application:
    rows = policies.visible_applications(actor).select_for_update(of=("self",))
    application = rows.with_unions().filter(public_id=public_id).first()
    if application is None:
        raise NotFound("NOT_FOUND", _("没有找到这份申请。"))
    return application  # type: ignore[no-any-return]


def _apply(
    application: Application,
    event: ApplicationEvent,
    actor: Actor,
    decision: Any,
    reason: str = "",
    changes: dict[str, Any] | None = None,
    *,
    ledger: Sequence[Any] = (),
    notice: Notice | None = None,
    data: dict[str, Any] | None = None,
) -> Application:
    return lifecycle.apply(
        application,
        event,
        actor=actor,
        decision=decision,
        reason=reason,
        changes=changes,
        records=ledger,
        notices=[notice] if notice else [],
        data=data,
    )


def _receiving_union(code: str, application: Application) -> Union:
    union = Union.objects.filter(code=code.strip(), closed_on=None).first()
    field = "union_code"
    if union is None:
        text = _("没有找到这个工会，请核对代码。")
        raise RuleBroken("UNION_UNKNOWN", text, fields={field: [text]})
    if union.pk == application.responsible_id:
        text = _("申请现在就在这个工会。")
        raise RuleBroken("SAME_UNION", text, fields={field: [text]})
    if not union.accepts_members:
        text = _("“{union}”不直接接收会员，请选基层工会或街道、乡镇工会。", union=union.name)
        raise RuleBroken("UNION_TAKES_NO_MEMBERS", text, fields={field: [text]})
    return union


def _promise(union_id: int) -> Any:
    days = parameters.answer_days(union_id, clock.today())
    return calendar.due_moment(clock.now(), days)


def _notice(kind: NoticeKind, application: Application, *, union: Union | None = None, due: Any = None) -> Notice:
    responsible = union or application.responsible
    values = {"number": application.number, "union": responsible.name, "due": _day_text(due) if due else ""}
    return Notice(kind, application.applicant_id, values, link=f"/joining/{application.public_id}/")


def _day_text(moment: Any) -> str:
    day: date = clock.day_of(moment)
    return f"{day:%Y-%m-%d}"


def _user_id(actor: Actor) -> int:
    assert actor.user_id is not None  # noqa: S101 - the policy above has let only a signed-in member through
    return actor.user_id
