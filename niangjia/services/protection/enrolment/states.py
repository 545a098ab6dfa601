"""Lists of people to be enrolled: what becomes of a row, and the way of a list from the unit to the city's office."""

from __future__ import annotations

from enum import StrEnum

from niangjia.commons.rosters.states import Chain, Words, machine
from niangjia.kernel.text import Text, _

ROSTER_DAYS = "protection.roster_days"


class Outcome(StrEnum):
    """What would become of a row."""

    NEW = "new"
    RENEWED = "renewed"
    COVERED = "covered"
    OUTSIDE = "outside"
    NOT_FOUND = "not_found"
    ERROR = "error"


OUTCOME_LABELS: dict[Outcome, Text] = {
    Outcome.NEW: _("新参保"),
    Outcome.RENEWED: _("续保"),
    Outcome.COVERED: _("已在保障期内"),
    Outcome.OUTSIDE: _("不符合条件"),
    Outcome.NOT_FOUND: _("没有找到会员"),
    Outcome.ERROR: _("有错误"),
}
TAKEN = (Outcome.NEW.value, Outcome.RENEWED.value)
GIVEN_BACK = (Outcome.COVERED.value, Outcome.OUTSIDE.value, Outcome.NOT_FOUND.value, Outcome.ERROR.value)


class Origin(StrEnum):
    """Where the people of a list come from: a file, a rule, those whose protection ends, or a choice of members."""

    FILE = "file"
    ENTITLEMENT = "entitlement"
    RENEWAL = "renewal"
    PICKED = "picked"


WORDS = Words(
    subject=_("参保名单"),
    apply=_("办理参保"),
    apply_consequence=_("名单整份办理：要么全部参保，要么一个也不参保。"),
    confirm_consequence=_("名单转给上一级审核，现在还没有参保。"),
    recheck_consequence=_("按现在的会籍和参保情况把名单再核对一遍。"),
    applying=_("办理中"),
    applied=_("已参保"),
    confirm=_("确认并上报"),
)

CHAIN = Chain(
    role="agency_clerk",
    last="reviewer",
    waiting=_("待代办点审核"),
    forwarded=_("待互助保障办公室确认"),
    label=_("审核通过，上报"),
    consequence=_("名单转给互助保障办公室确认，现在还没有参保。"),
)

ROSTER = machine(
    "protection.roster",
    WORDS,
    role="union_officer",
    due=ROSTER_DAYS,
    source="中国职工保险互助会各项活动办法：基层工会—代办处—办事处逐级办理",
    chain=CHAIN,
)
