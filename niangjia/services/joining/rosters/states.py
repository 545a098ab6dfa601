"""The life of a roster."""

from __future__ import annotations

from enum import StrEnum

from niangjia.commons.rosters.states import Words, machine
from niangjia.kernel.text import Text, _


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


ROSTER_DAYS = "joining.roster_days"

WORDS = Words(
    subject=_("入会名单"),
    apply=_("登记入会"),
    apply_consequence=_("名单整份登记：要么全部成功，要么一个也不登记。登记后不能整份撤回。"),
    confirm_consequence=_("另一位工会干部复核后才登记，现在不改动任何会籍。"),
    recheck_consequence=_("按现在的会籍情况把名单再核对一遍。"),
    applying=_("登记中"),
    applied=_("已入会"),
)

ROSTER = machine(
    "joining.roster", WORDS, role="union_officer", due=ROSTER_DAYS, source="工会会员会籍管理办法；总工办发〔2017〕14号"
)
