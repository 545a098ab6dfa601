"""Which unions fit, how often and how long somebody is asked, each set from a day on."""

from __future__ import annotations

from datetime import date

from niangjia.commons.parameters import parameters
from niangjia.commons.parameters.parameters import Parameter, declare
from niangjia.kernel.text import _
from niangjia.services.joining.fits.rules import PATTERN
from niangjia.services.joining.fits.states import ANSWER_DAYS, Release

RULES = declare(
    Parameter(
        code="joining.fit_rules",
        label=_("给没有单位工会的会员推荐哪个工会"),
        schema="list",
        default=["employer", "place"],
        source="工会会员会籍管理办法",
        hint=_(
            "每行一条，按先后用第一条合适的。employer：单位的工会；place：工作所在街道、乡镇的工会；"
            "职业代码=工会代码，例如 courier=110114-H01。清空表示不推荐。"
        ),
        pattern=PATTERN,
    )
)
ANSWER = declare(
    Parameter(
        code=ANSWER_DAYS,
        label=_("推荐工会会员选择期限"),
        schema="working_days",
        default=20,
        unit=_("工作日"),
        source="本平台默认",
    )
)
AGAIN = declare(
    Parameter(
        code="joining.fit_again_days",
        label=_("会员说“以后再说”后多久再问"),
        schema="days",
        default=90,
        unit=_("天"),
        source="本平台默认",
    )
)
TIMES = declare(
    Parameter(
        code="joining.fit_times",
        label=_("同一个工会最多推荐几次"),
        schema="int",
        default=3,
        unit=_("次"),
        source="本平台默认",
        least=1,
        greatest=20,
    )
)
RELEASE = declare(
    Parameter(
        code="joining.fit_release",
        label=_("会员同意推荐后代管工会怎样转出"),
        schema="choice",
        default=Release.AT_ONCE.value,
        source="工会会员会籍管理办法：暂时管理到有合适的工会为止",
        hint=_("at_once：视为同意转出，直接由接收工会办理；ask：代管工会逐件办理转出。"),
        choices=tuple(choice.value for choice in Release),
    )
)


def rules_of(union_id: int, day: date) -> list[str]:
    """The rules in their order, as a union that holds members has them on ``day``."""
    return list(parameters.at(RULES.code, union_id, day).value)


def again_days(union_id: int, day: date) -> int:
    """After how many days somebody who said later is asked again."""
    return int(parameters.at(AGAIN.code, union_id, day).value)


def times(union_id: int, day: date) -> int:
    """How often one union is offered to one member at most."""
    return int(parameters.at(TIMES.code, union_id, day).value)


def releases_at_once(union_id: int, day: date) -> bool:
    """Whether the holding union lets go without being asked."""
    return Release(parameters.at(RELEASE.code, union_id, day).value) is Release.AT_ONCE
