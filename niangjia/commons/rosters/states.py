"""The life of a staged file, for every room that takes one."""

from __future__ import annotations

from dataclasses import dataclass
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


S, E = RosterState, RosterEvent

OPEN_STATES = (S.UPLOADED, S.CHECKING, S.READY, S.CONFIRMED, S.APPLYING)
AT_WORK = (S.UPLOADED, S.CHECKING, S.APPLYING)
"""A worker has it in hand: the page shows progress."""
WITH_OFFICE = (S.READY, S.CONFIRMED)
OVER = (S.APPLIED, S.REFUSED_FILE, S.DISCARDED)
GIVEN_UP = (S.REFUSED_FILE, S.DISCARDED)
"""The same file may come again after these."""


@dataclass(frozen=True)
class Words:
    """How a room speaks of applying its files. ``applying`` and ``applied`` name the two last states."""

    subject: Text
    apply: Text
    apply_consequence: Text
    confirm_consequence: Text
    recheck_consequence: Text
    applying: Text
    applied: Text


def machine(
    name: str,
    words: Words,
    *,
    role: str,
    due: str,
    source: str,
    version: int = 1,
) -> Machine:
    """The machine of one kind of staged file. ``role`` looks at it and decides, by the dated parameter ``due``."""
    office = Wait(role, due=due)
    return Machine(
        name=name,
        version=version,
        subject=words.subject,
        opening=E.UPLOAD,
        opening_label=_("上传名单"),
        initial=S.UPLOADED,
        states=_states(words, office),
        moves=(*_reading(), *_deciding(words)),
        source=source,
    )


def _states(words: Words, office: Wait) -> tuple[State, ...]:
    return (
        State(S.UPLOADED, _("等待核对")),
        State(S.CHECKING, _("核对中")),
        State(S.READY, _("待确认"), office),
        State(S.CONFIRMED, _("待复核"), office),
        State(S.APPLYING, words.applying),
        State(S.APPLIED, words.applied),
        State(S.REFUSED_FILE, _("文件不能用")),
        State(S.DISCARDED, _("已作废")),
    )


def _reading() -> tuple[Move, ...]:
    """What a worker does."""
    return (
        Move(E.CHECK, (S.UPLOADED,), S.CHECKING, _("开始核对")),
        Move(E.PRESENT, (S.CHECKING,), S.READY, _("核对完成")),
        Move(E.REFUSE, (S.UPLOADED, S.CHECKING), S.REFUSED_FILE, _("退回文件"), needs_reason=True),
    )


def _deciding(words: Words) -> tuple[Move, ...]:
    """What an office decides, and the end of it."""
    return (
        Move(E.CONFIRM, (S.READY,), S.CONFIRMED, _("确认并请同事复核"), consequence=words.confirm_consequence),
        Move(E.APPLY, (S.READY, S.CONFIRMED), S.APPLYING, words.apply, consequence=words.apply_consequence),
        Move(
            E.RECHECK,
            (S.READY, S.CONFIRMED, S.APPLYING),
            S.CHECKING,
            _("重新核对"),
            consequence=words.recheck_consequence,
        ),
        Move(E.FINISH, (S.APPLYING,), S.APPLIED, _("登记完成")),
        Move(
            E.DISCARD,
            (S.UPLOADED, S.CHECKING, S.READY, S.CONFIRMED),
            S.DISCARDED,
            _("作废"),
            consequence=_("这份名单不再使用，名单里的个人信息会清除。以后可以重新上传。"),
        ),
    )
