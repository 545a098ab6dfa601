"""Everything that changes a stall: open, change its code, move its end, end, call off, record the union it led to."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from django.db import IntegrityError, transaction

from niangjia.commons.unions.models import Union
from niangjia.commons.unions.policies import ground_of
from niangjia.kernel import clock
from niangjia.kernel.actor import Actor
from niangjia.kernel.errors import Conflict, NotFound, RuleBroken
from niangjia.kernel.policy import Decision, allow
from niangjia.kernel.text import Text, _
from niangjia.platform.lifecycle import lifecycle
from niangjia.platform.lifecycle.records import Record
from niangjia.services.joining.stalls import codes, parameters, policies, records, rules
from niangjia.services.joining.stalls.models import Stall
from niangjia.services.joining.stalls.states import StallEvent, StallState

TRIES_FOR_A_NAME = 5


@transaction.atomic()
def open_stall(*, talk: str, union_code: str, place: str, day: date, hours: int, actor: Actor) -> Stall:
    """Begin a talk of a union that takes members; its code is good for ``hours``. A talk of an earlier day is recorded
    as held, without a code.

    Raises NotFound, NotAllowed, RuleBroken (TALK_KIND, STALL_PLACE, STALL_HOURS, TALK_DAY, UNION_UNKNOWN,
    UNION_TAKES_NO_MEMBERS).
    """
    union = _union(union_code)
    grant = policies.office_for(actor, union)
    today = clock.today()
    stall = Stall(
        name=_free_name(),
        talk=rules.require_talk(talk),
        union=union,
        place=rules.require_place(place),
        day=rules.require_day(day, today, parameters.back_days(union.pk, today)),
        closes_at=rules.closes_at(clock.now(), rules.require_hours(hours)),
        opened_by_id=actor.user_id,
    )
    opened = lifecycle.open(stall, actor=actor, decision=allow(ground_of(grant)), data={"talk": stall.talk})
    return opened if day == today else end_stall(public_id=opened.public_id, attended=None, actor=actor)


@transaction.atomic()
def renew_stall(*, public_id: str, actor: Actor) -> Stall:
    """Change the code at once. Raises NotFound, NotAllowed, InvalidMove, Gone STALL_OVER."""
    stall, decision = _held(public_id, actor)
    stall.MACHINE.require(stall.state, StallEvent.RENEW)
    if not stall.is_running:
        raise codes.over(stall)
    return _apply(stall, StallEvent.RENEW, actor, decision, {"renewal": (stall.renewal + 1) % 30_000})


@transaction.atomic()
def extend_stall(*, public_id: str, hours: int, actor: Actor) -> Stall:
    """Move the end back by ``hours``; a stall whose time is up is not revived.

    Raises NotFound, NotAllowed, InvalidMove, Gone STALL_OVER, RuleBroken STALL_HOURS.
    """
    stall, decision = _held(public_id, actor)
    stall.MACHINE.require(stall.state, StallEvent.EXTEND)
    if not stall.is_running:
        raise codes.over(stall)
    until = rules.extended(stall.closes_at, hours, clock.now())
    data = {"from": stall.closes_at.isoformat(), "to": until.isoformat()}
    return _apply(stall, StallEvent.EXTEND, actor, decision, {"closes_at": until}, data=data)


@transaction.atomic()
def end_stall(*, public_id: str, attended: int | None, actor: Actor) -> Stall:
    """End it: the code is void, the talk counts. Raises NotFound, NotAllowed, InvalidMove, RuleBroken ATTENDED."""
    stall, decision = _held(public_id, actor)
    stall.MACHINE.require(stall.state, StallEvent.END)
    count = rules.require_attended(attended)
    return _apply(stall, StallEvent.END, actor, decision, {"attended": count}, records.held(stall, count))


@transaction.atomic()
def call_off_stall(*, public_id: str, actor: Actor) -> Stall:
    """It did not take place. Raises NotFound, NotAllowed, InvalidMove, RuleBroken STALL_HAS_ARRIVALS."""
    from niangjia.services.joining.models import Application

    stall, decision = _held(public_id, actor)
    stall.MACHINE.require(stall.state, StallEvent.CALL_OFF)
    if Application.objects.filter(stall=stall).exists() or stall.founded_id:
        raise RuleBroken("STALL_HAS_ARRIVALS", _("已经有人在这里提交申请，或者登记了建会，不能取消。请选“结束”。"))
    return _apply(stall, StallEvent.CALL_OFF, actor, decision)


@transaction.atomic()
def record_founding(*, public_id: str, union_code: str, actor: Actor) -> Stall:
    """A union was founded because of the talk.

    Raises NotFound, NotAllowed, InvalidMove, RuleBroken (UNION_UNKNOWN, FOUNDED_BEFORE), Conflict FOUNDING_RECORDED.
    """
    stall, decision = _held(public_id, actor)
    stall.MACHINE.require(stall.state, StallEvent.RECORD_FOUNDING)
    union = _founded(union_code, actor)
    rules.require_founded_since(union.founded_on, stall.day)
    if stall.founded is not None:
        raise Conflict("FOUNDING_RECORDED", _("这场沟通会已经登记了建会：{union}。", union=stall.founded.name))
    try:
        with transaction.atomic():
            return _apply(
                stall, StallEvent.RECORD_FOUNDING, actor, decision, {"founded": union}, [records.founded(stall)],
                {"union": union.code},
            )  # fmt: skip
    except IntegrityError as error:
        text = _("“{union}”的建会已经登记在另一场沟通会。", union=union.name)
        raise Conflict("FOUNDING_RECORDED", text, fields={"union_code": [text]}) from error


def end_overdue(*, actor: Actor) -> int:
    """Record the end of stalls whose time is up; how many. Safe to run twice."""
    ended = 0
    for public_id in list(Stall.objects.overdue(clock.now()).values_list("public_id", flat=True)):
        with transaction.atomic():
            stall, _decision = _held(public_id, actor)
            if stall.state == StallState.RUNNING:
                end_stall(public_id=public_id, attended=None, actor=actor)
                ended += 1
    return ended


def _held(public_id: str, actor: Actor) -> tuple[Stall, Decision]:
    rows = policies.visible_stalls(actor).select_for_update(of=("self",)).with_unions()
    stall = rows.filter(public_id=public_id).first()
    if stall is None:
        raise NotFound("NOT_FOUND", _("没有找到这场现场入会。"))
    return stall, policies.may_run(actor, stall).require()


def _apply(
    stall: Stall,
    event: StallEvent,
    actor: Actor,
    decision: Decision,
    changes: dict[str, Any] | None = None,
    ledger: Sequence[Record] = (),
    data: dict[str, Any] | None = None,
) -> Stall:
    return lifecycle.apply(stall, event, actor=actor, decision=decision, changes=changes, records=ledger, data=data)


def _union(code: str) -> Union:
    union = Union.objects.open_on(clock.today()).filter(code=code.strip()).first()
    if union is None:
        raise _refused("UNION_UNKNOWN", _("没有找到这个工会，请核对代码。"))
    if not union.accepts_members:
        text = _("“{union}”不直接接收会员，请选基层工会或街道、乡镇工会。", union=union.name)
        raise _refused("UNION_TAKES_NO_MEMBERS", text)
    return union


def _founded(code: str, actor: Actor) -> Union:
    union = Union.objects.filter(code=code.strip(), closed_on=None).first()
    if union is None:
        raise _refused("UNION_UNKNOWN", _("没有找到这个工会，请核对代码。"))
    policies.office_for(actor, union)
    return union


def _free_name() -> str:
    """A name that no stall has had. Two drawn alike at the same moment are held apart by the unique column."""
    for _attempt in range(TRIES_FOR_A_NAME):
        name = codes.new_name()
        if not Stall.objects.filter(name=name).exists():
            return name
    raise Conflict("STALE", _("请再试一次。"))


def _refused(code: str, sentence: Text) -> RuleBroken:
    return RuleBroken(code, sentence, fields={"union_code": [sentence]})
