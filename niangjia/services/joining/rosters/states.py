"""The life of a roster."""

from __future__ import annotations

from enum import StrEnum

from niangjia.kernel.machine import Machine, Move, State, Wait
from niangjia.kernel.text import Text, _


class RosterState(StrEnum):
    UPLOADED = "uploaded"
    CHECKING = "checking"
    READY = "ready"
    CONFIRMED = "confirmed"
    APPLYING = "applying"
    APPLIED = "applied"
    REFUSED_FILE = "refused_file"
    DISCARDED = "discarded"


class RosterEvent(StrEnum):
    UPLOAD = "upload_roster"
    CHECK = "check_roster"
    PRESENT = "present_roster"
    REFUSE = "refuse_roster"
    CONFIRM = "confirm_roster"
    APPLY = "apply_roster"
    RECHECK = "recheck_roster"
    FINISH = "finish_roster"
    DISCARD = "discard_roster"


class Outcome(StrEnum):
    """What would become of a row."""

    NEW = "new"
    MEMBER = "member"
    ELSEWHERE = "elsewhere"
    DUPLICATE = "duplicate"
    ERROR = "error"


OUTCOME_LABELS: dict[Outcome, Text] = {
    Outcome.NEW: _("将入会"),
    Outcome.MEMBER: _("已在本会"),
    Outcome.ELSEWHERE: _("会籍在别处"),
    Outcome.DUPLICATE: _("疑似重复"),
    Outcome.ERROR: _("有错误"),
}


class OnTransfer(StrEnum):
    """What to do with who is a member elsewhere."""

    LEAVE = "leave"
    PROPOSE = "propose"


S, E = RosterState, RosterEvent
ROSTER_DAYS = "joining.roster_days"

OPEN_STATES = (S.UPLOADED, S.CHECKING, S.READY, S.CONFIRMED, S.APPLYING)
AT_WORK = (S.UPLOADED, S.CHECKING, S.APPLYING)
"""A worker has it in hand: the page shows progress."""
WITH_OFFICER = (S.READY, S.CONFIRMED)

_officer = Wait("union_officer", due=ROSTER_DAYS)

ROSTER = Machine(
    name="joining.roster",
    version=1,
    subject=_("入会名单"),
    opening=E.UPLOAD,
    opening_label=_("上传名单"),
    initial=S.UPLOADED,
    states=(
        State(S.UPLOADED, _("等待核对")),
        State(S.CHECKING, _("核对中")),
        State(S.READY, _("待确认"), _officer),
        State(S.CONFIRMED, _("待复核"), _officer),
        State(S.APPLYING, _("登记中")),
        State(S.APPLIED, _("已入会")),
        State(S.REFUSED_FILE, _("文件不能用")),
        State(S.DISCARDED, _("已作废")),
    ),
    moves=(
        Move(E.CHECK, (S.UPLOADED,), S.CHECKING, _("开始核对")),
        Move(E.PRESENT, (S.CHECKING,), S.READY, _("核对完成")),
        Move(E.REFUSE, (S.UPLOADED, S.CHECKING), S.REFUSED_FILE, _("退回文件"), needs_reason=True),
        Move(
            E.CONFIRM,
            (S.READY,),
            S.CONFIRMED,
            _("确认并请同事复核"),
            consequence=_("另一位工会干部复核后才登记，现在不改动任何会籍。"),
        ),
        Move(
            E.APPLY,
            (S.READY, S.CONFIRMED),
            S.APPLYING,
            _("登记入会"),
            consequence=_("名单整份登记：要么全部成功，要么一个也不登记。登记后不能整份撤回。"),
        ),
        Move(
            E.RECHECK,
            (S.READY, S.CONFIRMED, S.APPLYING),
            S.CHECKING,
            _("重新核对"),
            consequence=_("按现在的会籍情况把名单再核对一遍。"),
        ),
        Move(E.FINISH, (S.APPLYING,), S.APPLIED, _("登记完成")),
        Move(
            E.DISCARD,
            (S.UPLOADED, S.CHECKING, S.READY, S.CONFIRMED),
            S.DISCARDED,
            _("作废"),
            consequence=_("这份名单不再使用，名单里的个人信息会清除。以后可以重新上传。"),
        ),
    ),
    source="工会会员会籍管理办法；总工办发〔2017〕14号",
)
