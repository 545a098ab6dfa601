"""The life of a staged file, for every room that takes one."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from niangjia.kernel.machine import Machine, Move, State, Wait
from niangjia.kernel.text import Text, _


class RosterState(StrEnum):
    UPLOADED = "uploaded"
    CHECKING = "checking"
    READY = "ready"
    CONFIRMED = "confirmed"
    FORWARDED = "forwarded"
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
    FORWARD = "forward_roster"
    APPLY = "apply_roster"
    RECHECK = "recheck_roster"
    FINISH = "finish_roster"
    DISCARD = "discard_roster"


S, E = RosterState, RosterEvent

OPEN_STATES = (S.UPLOADED, S.CHECKING, S.READY, S.CONFIRMED, S.FORWARDED, S.APPLYING)
AT_WORK = (S.UPLOADED, S.CHECKING, S.APPLYING)
"""A worker has it in hand: the page shows progress."""
WITH_OFFICE = (S.READY, S.CONFIRMED, S.FORWARDED)
OVER = (S.APPLIED, S.REFUSED_FILE, S.DISCARDED)
GIVEN_UP = (S.REFUSED_FILE, S.DISCARDED)
"""The same file may come again after these."""


CONFIRM = _("确认并请同事复核")


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
    confirm: Text = CONFIRM


@dataclass(frozen=True)
class Chain:
    """A further office between the first pair of eyes and the step: ``role`` passes the file on, ``last`` decides."""

    role: str
    last: str
    waiting: Text
    forwarded: Text
    label: Text
    consequence: Text


def machine(
    name: str, words: Words, *, role: str, due: str, source: str, version: int = 1, chain: Chain | None = None
) -> Machine:
    """The machine of one kind of staged file. ``role`` looks at it and decides, by the dated parameter ``due``; with a
    ``chain`` the file goes on to two more offices instead of a second pair of eyes beside the first."""
    return Machine(
        name=name,
        version=version,
        subject=words.subject,
        opening=E.UPLOAD,
        opening_label=_("上传名单"),
        initial=S.UPLOADED,
        states=_states(words, role, due, chain),
        moves=(*_reading(), *_deciding(words, chain)),
        source=source,
    )


def _states(words: Words, role: str, due: str, chain: Chain | None) -> tuple[State, ...]:
    confirmed = State(S.CONFIRMED, _("待复核"), Wait(role, due=due))
    between: tuple[State, ...] = (confirmed,)
    if chain is not None:
        forwarded = State(S.FORWARDED, chain.forwarded, Wait(chain.last, due=due))
        between = (State(S.CONFIRMED, chain.waiting, Wait(chain.role, due=due)), forwarded)
    return (
        State(S.UPLOADED, _("等待核对")),
        State(S.CHECKING, _("核对中")),
        State(S.READY, _("待确认"), Wait(role, due=due)),
        *between,
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


def _deciding(words: Words, chain: Chain | None) -> Iterator[Move]:
    """What offices decide, and the end of it."""
    with_office = (S.READY, S.CONFIRMED) if chain is None else (S.READY, S.CONFIRMED, S.FORWARDED)
    last = S.CONFIRMED if chain is None else S.FORWARDED
    yield Move(E.CONFIRM, (S.READY,), S.CONFIRMED, words.confirm, consequence=words.confirm_consequence)
    if chain is not None:
        yield Move(E.FORWARD, (S.CONFIRMED,), S.FORWARDED, chain.label, consequence=chain.consequence)
    yield Move(E.APPLY, (S.READY, last), S.APPLYING, words.apply, consequence=words.apply_consequence)
    again = words.recheck_consequence
    yield Move(E.RECHECK, (*with_office, S.APPLYING), S.CHECKING, _("重新核对"), consequence=again)
    yield Move(E.FINISH, (S.APPLYING,), S.APPLIED, _("登记完成"))
    yield Move(
        E.DISCARD,
        (S.UPLOADED, S.CHECKING, *with_office),
        S.DISCARDED,
        _("作废"),
        consequence=_("这份名单不再使用，名单里的个人信息会清除。以后可以重新上传。"),
    )
