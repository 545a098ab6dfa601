"""Everything that changes a staged file, for every kind of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Generic

from django.db import IntegrityError, transaction

from niangjia.commons.rosters.kind import Kind, R
from niangjia.commons.rosters.states import GIVEN_UP, RosterEvent, RosterState
from niangjia.commons.unions.policies import ground_of
from niangjia.kernel import clock
from niangjia.kernel.actor import Actor, Grant
from niangjia.kernel.errors import Conflict, DomainError, NotFound, RuleBroken
from niangjia.kernel.policy import Decision, allow
from niangjia.kernel.text import Text, _
from niangjia.platform import files, jobs
from niangjia.platform.files.models import File
from niangjia.platform.lifecycle import lifecycle
from niangjia.platform.sheets.limits import Limits
from niangjia.platform.sheets.refusals import refusal as sheet_refusal


@dataclass(frozen=True)
class Moves(Generic[R]):
    """The acts of one kind. A room's ``actions.py`` names them: ``check_roster = MOVES.check_roster`` and so on."""

    kind: Kind[R]

    @transaction.atomic()
    def open_upload(
        self, *, upload: Any, union_id: int, grant: Grant, actor: Actor, same: Mapping[str, Any], **columns: Any
    ) -> R:
        """Take a file and have it checked; the room has judged where it may go and what ``columns`` say.

        The same content again, for a file with the same ``same``, gives the first. Raises RuleBroken (FILE_CONTENT …),
        TooLarge FILE_TOO_BIG.
        """
        file = _stored(upload, self.kind.name, actor)
        known = self._known(file.sha256, same)
        if known is not None:
            files.delete(file)
            return known
        roster = self.kind.roster(
            number=self.kind.serial.next_number(self.kind.prefix), office_id=grant.node_id, union_id=union_id,
            file=file, content_hash=file.sha256, uploaded_by_id=actor.user_id, **{**same, **columns},
        )  # fmt: skip
        roster.job = self.enqueue(self.kind.check_job, roster, actor)
        try:
            with transaction.atomic():
                data = {"union": union_id, "size": file.size}
                return lifecycle.open(roster, actor=actor, decision=allow(ground_of(grant)), data=data)
        except IntegrityError as error:
            raise refused("ROSTER_THERE", _("同一份文件刚刚已经上传，请到名单列表里查看。"), "file") from error

    @transaction.atomic()
    def check_roster(self, *, public_id: str, actor: Actor) -> R:
        """The worker begins to read. Raises NotFound, NotAllowed, InvalidMove."""
        roster, decision = self.held(public_id, actor)
        return lifecycle.apply(roster, RosterEvent.CHECK, actor=actor, decision=decision)

    @transaction.atomic()
    def present_roster(self, *, public_id: str, counts: Mapping[str, Any], actor: Actor) -> R:
        """All rows are staged: the office may look and decide. Raises as :meth:`check_roster`."""
        roster, decision = self.held(public_id, actor)
        data = {key: value for key, value in counts.items() if isinstance(value, int)}
        changes = {"counts": dict(counts)}
        return lifecycle.apply(roster, RosterEvent.PRESENT, actor=actor, decision=decision, changes=changes, data=data)

    @transaction.atomic()
    def refuse_roster(self, *, public_id: str, refusal: DomainError, actor: Actor) -> R:
        """The file cannot be used; ``refusal`` says why. Raises as :meth:`check_roster`."""
        roster, decision = self.held(public_id, actor)
        text = refusal.message
        said = {"code": refusal.code, "message": text.message, "values": {n: str(v) for n, v in text.values.items()}}
        self._empty(roster)
        return lifecycle.apply(
            roster, RosterEvent.REFUSE, actor=actor, decision=decision, reason=refusal.code, changes={"refusal": said}
        )

    @transaction.atomic()
    def confirm_roster(self, *, public_id: str, actor: Actor) -> R:
        """The first pair of eyes agrees, where two are wanted. Raises as :meth:`apply_roster`."""
        roster, decision = self.held(public_id, actor)
        return self.confirm_held(roster, decision, {}, actor)

    def confirm_held(self, roster: R, decision: Decision, further: Mapping[str, Any], actor: Actor) -> R:
        """Like :meth:`confirm_roster`, for a file under its lock, with ``further`` columns of the room."""
        roster.MACHINE.require(roster.state, RosterEvent.CONFIRM)
        if not self.wants_second_eyes(roster):
            raise RuleBroken("NO_SECOND_EYES", _("这份名单不用复核，请直接登记。"))
        self.require_applicable(roster)
        changes = {"confirmed_by_id": actor.user_id, **further}
        return lifecycle.apply(roster, RosterEvent.CONFIRM, actor=actor, decision=decision, changes=changes)

    @transaction.atomic()
    def apply_roster(self, *, public_id: str, actor: Actor) -> R:
        """Let the whole file be applied; a worker does it in one step.

        Raises NotFound, NotAllowed (NO_OFFICE_HERE, SECOND_EYES), InvalidMove, RuleBroken (SECOND_EYES_FIRST, and what
        the room's obstacles are).
        """
        roster, _decision = self.held(public_id, actor)
        decision = self.kind.may_apply(actor, roster).require()
        roster.MACHINE.require(roster.state, RosterEvent.APPLY)
        if roster.state == RosterState.READY and self.wants_second_eyes(roster):
            raise RuleBroken("SECOND_EYES_FIRST", _("按规定要另一位同事复核，请先“确认并请同事复核”。"))
        self.require_applicable(roster)
        changes = {"applied_by_id": actor.user_id, "job": self.enqueue(self.kind.apply_job, roster, actor)}
        return lifecycle.apply(roster, RosterEvent.APPLY, actor=actor, decision=decision, changes=changes)

    @transaction.atomic()
    def recheck_roster(self, *, public_id: str, actor: Actor) -> R:
        """Check all rows anew against what is known now. Raises NotFound, NotAllowed, InvalidMove."""
        roster, decision = self.held(public_id, actor)
        roster.MACHINE.require(roster.state, RosterEvent.RECHECK)
        self._empty(roster)
        job = self.enqueue(self.kind.check_job, roster, actor)
        changes = {"counts": {}, "confirmed_by_id": None, "job": job, **self.kind.reset(roster)}
        return lifecycle.apply(roster, RosterEvent.RECHECK, actor=actor, decision=decision, changes=changes)

    def finish_roster(self, *, roster: R, changes: Mapping[str, Any], actor: Actor) -> R:
        """All is done, as ``changes`` count it; in the transaction of the step. Raises NotAllowed, InvalidMove."""
        decision = self.kind.may_work(actor, roster).require()
        return lifecycle.apply(
            roster, RosterEvent.FINISH, actor=actor, decision=decision, changes=changes, data=dict(changes)
        )

    @transaction.atomic()
    def discard_roster(self, *, public_id: str, actor: Actor) -> R:
        """Give the file up; what it held of people is gone. Raises NotFound, NotAllowed, InvalidMove."""
        roster, decision = self.held(public_id, actor)
        roster.MACHINE.require(roster.state, RosterEvent.DISCARD)
        self._empty(roster)
        return lifecycle.apply(roster, RosterEvent.DISCARD, actor=actor, decision=decision)

    def require_applicable(self, roster: R) -> None:
        """Raises RuleBroken with the room's obstacle."""
        found = self.kind.obstacle(roster, clock.today())
        if found is not None:
            raise found

    def wants_second_eyes(self, roster: R) -> bool:
        """Whether two people must agree."""
        return self.kind.second_eyes(roster, clock.today())

    def held(self, public_id: str, actor: Actor) -> tuple[R, Decision]:
        """The file under its lock, and the actor's right to work on it. Raises NotFound, NotAllowed."""
        rows = self.kind.visible(actor).select_for_update(of=("self",)).with_unions()
        roster: R | None = rows.filter(public_id=public_id).first()
        if roster is None:
            raise NotFound("NOT_FOUND", _("没有找到这份名单。"))
        return roster, self.kind.may_work(actor, roster).require()

    def empty_ended(self, *, day: date, actor: Actor) -> int:
        """Remove rows and file of those that ended long enough before ``day``; how many files."""
        emptied = 0
        for roster in self.kind.roster.objects.over().filter(emptied_at=None).with_unions():
            if (day - clock.day_of(roster.state_since)).days < self.kind.kept_days(roster, day):
                continue
            with transaction.atomic():
                self._forget(roster)
            emptied += 1
        return emptied

    def _forget(self, roster: R) -> None:
        self.kind.rows_of(roster).delete()
        file, roster.file, roster.emptied_at = roster.file, None, clock.now()
        roster.save(update_fields=["file", "emptied_at"])
        if file is not None:
            files.delete(file)

    def _empty(self, roster: R) -> None:
        """Take the staged rows away, with what they have left elsewhere."""
        rows = self.kind.rows_of(roster)
        self.kind.forget(rows)
        rows.delete()

    def _known(self, content_hash: str, same: Mapping[str, Any]) -> R | None:
        rows = self.kind.roster.objects.filter(content_hash=content_hash, **same).exclude(state__in=GIVEN_UP)
        found: R | None = rows.first()
        return found

    @staticmethod
    def enqueue(kind: str, roster: R, actor: Actor) -> str:
        """Ask for one of the two pieces of work; the job's id."""
        return jobs.enqueue(kind, {"roster": roster.public_id}, actor=actor).public_id


def stale() -> Conflict:
    """What is known is no longer what it was when the file was checked: the step refuses, and the rows are checked
    again."""
    return Conflict("ROSTER_STALE", _("核对以后情况有了变化，名单已重新核对，请再看一遍后登记。"))


def refused(code: str, sentence: Text, field: str) -> RuleBroken:
    """A refusal that belongs beside one field of the upload."""
    return RuleBroken(code, sentence, fields={field: [sentence]})


def _stored(upload: Any, purpose: str, actor: Actor) -> File:
    """The upload as a stored file. What is no spreadsheet is refused in the words of spreadsheets."""
    most = Limits().file_bytes
    try:
        return files.store(upload, purpose=purpose, actor=actor, allowed=files.SPREADSHEETS, max_bytes=most)
    except RuleBroken as error:
        if error.code != "FILE_CONTENT":
            raise
        upload.seek(0)
        is_zip = upload.read(2) == b"PK" and str(upload.name).lower().endswith(".xlsx")
        raise sheet_refusal("FILE_BROKEN" if is_zip else "FILE_TYPE") from error
