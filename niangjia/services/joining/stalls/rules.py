"""How long a stall runs, what its code looks like, for whom its union may answer, which founding came of it."""

from __future__ import annotations

import re
import unicodedata
from datetime import date, datetime, timedelta

from niangjia.kernel.errors import RuleBroken
from niangjia.kernel.text import Text, _
from niangjia.services.joining.stalls.states import StallState, Talk

ALPHABET = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"
"""Without 0 and O, 1, I and L: what is read aloud or from a poster cannot be mistaken."""
NAME_LENGTH, PIN_LENGTH = 5, 4
_CODE = re.compile(rf"([{ALPHABET}]{{{NAME_LENGTH}}})(\d{{{PIN_LENGTH}}})")
LONGEST_PLACE, LONGEST_HOURS = 60, 12


def require_talk(value: str) -> Talk:
    """The kind of talk. Raises RuleBroken TALK_KIND."""
    if value not in set(Talk):
        raise _refused("TALK_KIND", _("请选择是职工沟通会还是企业沟通会。"), "talk")
    return Talk(value)


def require_place(value: str) -> str:
    """Where it is, as people say it, on one line. Raises RuleBroken STALL_PLACE."""
    place = " ".join("".join(c for c in value if c.isprintable() or c.isspace()).split())
    if not 2 <= len(place) <= LONGEST_PLACE:
        raise _refused("STALL_PLACE", _("请写明地点，2 到 60 个字，例如“回龙观地铁站 A 口”。"), "place")
    return place


def require_hours(hours: int) -> int:
    """For how many hours the code is good. Raises RuleBroken STALL_HOURS."""
    if not 1 <= hours <= LONGEST_HOURS:
        raise _refused("STALL_HOURS", _("请选择 1 到 12 小时。"), "hours")
    return hours


def require_day(day: date, today: date, back_days: int) -> date:
    """A talk is opened on its day, or recorded up to ``back_days`` days later. Raises RuleBroken TALK_DAY."""
    if day > today:
        raise _refused("TALK_DAY", _("请在当天开始现场入会，不能提前。"), "day")
    if (today - day).days > back_days:
        raise _refused("TALK_DAY", _("只能补记最近 {days} 天的沟通会。", days=back_days), "day")
    return day


def require_attended(attended: int | None) -> int | None:
    """How many came, when it was counted. Raises RuleBroken ATTENDED."""
    if attended is not None and not 0 <= attended <= 100_000:
        raise _refused("ATTENDED", _("参加人数请填 0 到 100000 的整数，没有数可以不填。"), "attended")
    return attended


def require_founded_since(founded_on: date, day: date) -> None:
    """A union that stood before the talk did not come of it. Raises RuleBroken FOUNDED_BEFORE."""
    if founded_on < day:
        raise _refused("FOUNDED_BEFORE", _("这个工会在沟通会以前就成立了，请选沟通会当天或以后成立的。"), "union_code")


def closes_at(opened: datetime, hours: int) -> datetime:
    """Until when the code is good."""
    return opened + timedelta(hours=hours)


def extended(closes: datetime, hours: int, now: datetime) -> datetime:
    """Until when the code is good after ``hours`` more, 12 from now at most. Raises RuleBroken STALL_HOURS."""
    until = closes + timedelta(hours=require_hours(hours))
    if until > now + timedelta(hours=LONGEST_HOURS):
        raise _refused("STALL_HOURS", _("从现在起最多再开 12 小时，请少延几个小时。"), "hours")
    return until


def runs(state: str, closes: datetime, now: datetime) -> bool:
    """Whether people can join there now, judged by the clock: a job records the end only afterwards."""
    return state == StallState.RUNNING and now < closes


def window_of(now: datetime, minutes: int) -> int:
    """The number of the stretch of ``minutes`` in which ``now`` lies; the code changes with it."""
    return int(now.timestamp()) // (minutes * 60)


def renew_in(now: datetime, minutes: int) -> int:
    """Seconds until the code changes."""
    return minutes * 60 - int(now.timestamp()) % (minutes * 60)


def split_code(text: str) -> tuple[str, str] | None:
    """The stall's name and the changing digits in what was typed or scanned; None when it can be no code."""
    plain = unicodedata.normalize("NFKC", text[:60]).upper()
    found = _CODE.fullmatch(re.sub(r"[\s\-_.–—]", "", plain))
    return (found[1], found[2]) if found else None


def shown_code(name: str, pin: str) -> str:
    """The code as people read it: K7M4P-8291."""
    return f"{name}-{pin}"


ANSWERING_FOR_ALL = ("association", "joint")
"""Unions of several employers or of a trade also take who has no employer's union; an employer's own union does not."""


def serves(kind: str, *, works_here: bool, is_street: bool) -> bool:
    """Whether the stall's union takes somebody without an employer's union: the street in which they work itself, or
    a joint union or federation where they work."""
    return works_here and (is_street or kind in ANSWERING_FOR_ALL)


def _refused(code: str, sentence: Text, field: str) -> RuleBroken:
    return RuleBroken(code, sentence, fields={field: [sentence]})
