"""Everything that changes a roster. An upload is opened by an officer; checking and applying are done by jobs."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import F

from niangjia.commons.people import numbers
from niangjia.commons.unions.models import Union
from niangjia.commons.unions.policies import ground_of
from niangjia.kernel import clock
from niangjia.kernel.actor import Actor
from niangjia.kernel.errors import DomainError, NotFound, RuleBroken
from niangjia.kernel.ids import readable_number
from niangjia.kernel.policy import Decision, allow
from niangjia.kernel.text import Text, _
from niangjia.platform import files, jobs
from niangjia.platform.files.models import File
from niangjia.platform.lifecycle import lifecycle
from niangjia.platform.personal_data.models import DataKey
from niangjia.platform.sheets.limits import Limits
from niangjia.platform.sheets.refusals import refusal as sheet_refusal
from niangjia.services.joining.rosters import parameters, policies, rules
from niangjia.services.joining.rosters.models import Roster, RosterRow, RosterSerial
from niangjia.services.joining.rosters.states import OnTransfer, Outcome, RosterEvent, RosterState

PREFIX = "MD"
PURPOSE = "joining.roster"
CHECK_JOB, APPLY_JOB = "joining.roster_check", "joining.roster_apply"


@transaction.atomic()
def upload_roster(*, upload: Any, union_code: str, on_transfer: str, actor: Actor) -> Roster:
    """Take a file for a union that takes members, and have it checked. The same file again gives the first roster.

    Raises NotFound, NotAllowed, RuleBroken (UNION_UNKNOWN, UNION_TAKES_NO_MEMBERS, ON_TRANSFER, FILE_CONTENT …),
    TooLarge FILE_TOO_BIG.
    """
    union = _union(union_code)
    grant = policies.office_for(actor, union)
    if on_transfer not in set(OnTransfer):
        raise _refused("ON_TRANSFER", _("请选择会籍在别处的人怎么办。"), "on_transfer")
    file = _stored(upload, actor)
    known = _same_file(union, file.sha256)
    if known is not None:
        files.delete(file)
        return known
    roster = Roster(
        number=_next_number(clock.today().year), office_id=grant.node_id, union=union, file=file,
        content_hash=file.sha256, on_transfer=on_transfer, uploaded_by_id=actor.user_id,
    )  # fmt: skip
    roster.job = _enqueue(CHECK_JOB, roster, actor)
    try:
        with transaction.atomic():
            return lifecycle.open(
                roster, actor=actor, decision=allow(ground_of(grant)), data={"union": union.pk, "size": file.size}
            )
    except IntegrityError as error:
        raise _refused("ROSTER_THERE", _("同一份文件刚刚已经上传，请到名单列表里查看。"), "file") from error


@transaction.atomic()
def check_roster(*, public_id: str, actor: Actor) -> Roster:
    """The worker begins to read. Raises NotFound, NotAllowed, InvalidMove."""
    roster, decision = _held(public_id, actor)
    return lifecycle.apply(roster, RosterEvent.CHECK, actor=actor, decision=decision)


@transaction.atomic()
def present_roster(*, public_id: str, counts: Mapping[str, Any], actor: Actor) -> Roster:
    """All rows are staged: the officer may look and decide. Raises as :func:`check_roster`."""
    roster, decision = _held(public_id, actor)
    data = {key: value for key, value in counts.items() if isinstance(value, int)}
    changes = {"counts": dict(counts)}
    return lifecycle.apply(roster, RosterEvent.PRESENT, actor=actor, decision=decision, changes=changes, data=data)


@transaction.atomic()
def refuse_roster(*, public_id: str, refusal: DomainError, actor: Actor) -> Roster:
    """The file cannot be used; ``refusal`` says why. Raises as :func:`check_roster`."""
    roster, decision = _held(public_id, actor)
    text = refusal.message
    said = {"code": refusal.code, "message": text.message, "values": {n: str(v) for n, v in text.values.items()}}
    _empty(roster)
    return lifecycle.apply(
        roster, RosterEvent.REFUSE, actor=actor, decision=decision, reason=refusal.code, changes={"refusal": said}
    )


@transaction.atomic()
def confirm_roster(*, public_id: str, actor: Actor) -> Roster:
    """The first pair of eyes agrees, where the federation wants two. Raises as :func:`apply_roster`."""
    roster, decision = _held(public_id, actor)
    roster.MACHINE.require(roster.state, RosterEvent.CONFIRM)
    if not wants_second_eyes(roster):
        raise RuleBroken("NO_SECOND_EYES", _("这份名单不用复核，请直接登记。"))
    require_applicable(roster)
    changes = {"confirmed_by_id": actor.user_id}
    return lifecycle.apply(roster, RosterEvent.CONFIRM, actor=actor, decision=decision, changes=changes)


@transaction.atomic()
def apply_roster(*, public_id: str, actor: Actor) -> Roster:
    """Let the whole roster be registered; a worker does it in one step.

    Raises NotFound, NotAllowed (NO_OFFICE_HERE, SECOND_EYES), InvalidMove, RuleBroken (DUPLICATE_SHARE, NOBODY_NEW,
    SECOND_EYES_FIRST).
    """
    roster, _decision = _held(public_id, actor)
    decision = policies.may_apply(actor, roster).require()
    roster.MACHINE.require(roster.state, RosterEvent.APPLY)
    if roster.state == RosterState.READY and wants_second_eyes(roster):
        raise RuleBroken("SECOND_EYES_FIRST", _("按规定要另一位工会干部复核，请先“确认并请同事复核”。"))
    require_applicable(roster)
    changes = {"applied_by_id": actor.user_id, "job": _enqueue(APPLY_JOB, roster, actor)}
    applied = lifecycle.apply(roster, RosterEvent.APPLY, actor=actor, decision=decision, changes=changes)
    year = clock.today().year
    applied.numbers_year, applied.numbers_from = year, numbers.reserve(year, roster.count_of(Outcome.NEW))
    applied.save(update_fields=["numbers_year", "numbers_from"])
    return applied


@transaction.atomic()
def recheck_roster(*, public_id: str, actor: Actor) -> Roster:
    """Check all rows anew against the register of now. Raises NotFound, NotAllowed, InvalidMove."""
    roster, decision = _held(public_id, actor)
    roster.MACHINE.require(roster.state, RosterEvent.RECHECK)
    _empty(roster)
    changes: dict[str, Any] = {"counts": {}, "confirmed_by_id": None, "job": _enqueue(CHECK_JOB, roster, actor)}
    return lifecycle.apply(roster, RosterEvent.RECHECK, actor=actor, decision=decision, changes=changes)


def finish_roster(*, roster: Roster, joined: int, actor: Actor) -> Roster:
    """All are members. Called in the transaction that made them so. Raises NotAllowed, InvalidMove."""
    decision = policies.may_work(actor, roster).require()
    return lifecycle.apply(
        roster, RosterEvent.FINISH, actor=actor, decision=decision, changes={"joined": joined}, data={"joined": joined}
    )


@transaction.atomic()
def discard_roster(*, public_id: str, actor: Actor) -> Roster:
    """Give the roster up; what it held of people is gone. Raises NotFound, NotAllowed, InvalidMove."""
    roster, decision = _held(public_id, actor)
    roster.MACHINE.require(roster.state, RosterEvent.DISCARD)
    _empty(roster)
    return lifecycle.apply(roster, RosterEvent.DISCARD, actor=actor, decision=decision)


def require_applicable(roster: Roster) -> None:
    """Raises RuleBroken DUPLICATE_SHARE, NOBODY_NEW."""
    found = rules.obstacle(roster.counts, parameters.duplicate_share(roster.union_id, clock.today()))
    if found is not None:
        raise found


def wants_second_eyes(roster: Roster) -> bool:
    """Whether the federation asks for two officers."""
    return parameters.second_eyes(roster.union_id, clock.today())


def held_at_work(public_id: str, actor: Actor) -> Roster:
    """The roster under its lock, for the step that applies it. Raises NotFound."""
    return _held(public_id, actor)[0]


def empty_ended(*, day: date, actor: Actor) -> int:
    """Remove rows and file of rosters that ended long enough before ``day``; how many rosters."""
    over = (RosterState.APPLIED, RosterState.REFUSED_FILE, RosterState.DISCARDED)
    emptied = 0
    for roster in Roster.objects.filter(state__in=over, emptied_at=None).with_unions():
        kept = parameters.kept_days(roster.union_id, day)
        if (day - clock.day_of(roster.state_since)).days < kept:
            continue
        with transaction.atomic():
            _forget(roster)
        emptied += 1
    return emptied


def _forget(roster: Roster) -> None:
    RosterRow.objects.filter(roster=roster).delete()
    file, roster.file, roster.emptied_at = roster.file, None, clock.now()
    roster.save(update_fields=["file", "emptied_at"])
    if file is not None:
        files.delete(file)


def _empty(roster: Roster) -> None:
    """Take the staged rows away, with the keys of people who never came to be."""
    rows = RosterRow.objects.filter(roster=roster)
    unborn = rows.filter(outcome=Outcome.NEW, person=None).values("public_id")
    DataKey.objects.filter(subject_key__in=unborn).delete()
    rows.delete()


def _held(public_id: str, actor: Actor) -> tuple[Roster, Decision]:
    rows = policies.visible_rosters(actor).select_for_update(of=("self",)).with_unions()
    roster = rows.filter(public_id=public_id).first()
    if roster is None:
        raise NotFound("NOT_FOUND", _("没有找到这份名单。"))
    return roster, policies.may_work(actor, roster).require()


def _union(code: str) -> Union:
    union = Union.objects.filter(code=code.strip(), closed_on=None).first()
    if union is None:
        raise _refused("UNION_UNKNOWN", _("没有找到这个工会，请核对代码。"), "union_code")
    if not union.accepts_members:
        text = _("“{union}”不直接接收会员，请选基层工会或街道、乡镇工会。", union=union.name)
        raise _refused("UNION_TAKES_NO_MEMBERS", text, "union_code")
    return union


def _stored(upload: Any, actor: Actor) -> File:
    """The upload as a stored file. What is no spreadsheet is refused in the words of spreadsheets."""
    most = Limits().file_bytes
    try:
        return files.store(upload, purpose=PURPOSE, actor=actor, allowed=files.SPREADSHEETS, max_bytes=most)
    except RuleBroken as error:
        if error.code != "FILE_CONTENT":
            raise
        upload.seek(0)
        is_zip = upload.read(2) == b"PK" and str(upload.name).lower().endswith(".xlsx")
        raise sheet_refusal("FILE_BROKEN" if is_zip else "FILE_TYPE") from error


def _same_file(union: Union, content_hash: str) -> Roster | None:
    over = (RosterState.REFUSED_FILE, RosterState.DISCARDED)
    found: Roster | None = Roster.objects.filter(union=union, content_hash=content_hash).exclude(state__in=over).first()
    return found


def _enqueue(kind: str, roster: Roster, actor: Actor) -> str:
    return jobs.enqueue(kind, {"roster": roster.public_id}, actor=actor).public_id


def _next_number(year: int) -> str:
    if not RosterSerial.objects.filter(year=year).update(last=F("last") + 1):
        RosterSerial.objects.bulk_create([RosterSerial(year=year)], ignore_conflicts=True)
        RosterSerial.objects.filter(year=year).update(last=F("last") + 1)
    return readable_number(PREFIX, year, RosterSerial.objects.get(year=year).last)


def _refused(code: str, sentence: Text, field: str) -> RuleBroken:
    return RuleBroken(code, sentence, fields={field: [sentence]})
