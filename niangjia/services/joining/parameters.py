"""The numbers of this room that a federation may set, each from a day on."""

from datetime import date

from niangjia.commons.parameters import parameters
from niangjia.commons.parameters.parameters import Parameter, declare
from niangjia.kernel.text import _

ANSWER_DAYS = declare(
    Parameter(
        code="joining.answer_days",
        label=_("入会申请办理期限"),
        schema="working_days",
        default=15,
        unit=_("工作日"),
        source="上海申工社网上入会：15 个工作日内联系",
    )
)
SUPPLEMENT_DAYS = declare(
    Parameter(
        code="joining.supplement_days",
        label=_("申请人补充期限"),
        schema="working_days",
        default=20,
        unit=_("工作日"),
        source="本平台默认",
    )
)
MINIMUM_AGE = declare(
    Parameter(
        code="joining.minimum_age",
        label=_("入会最低年龄"),
        schema="int",
        default=16,
        unit=_("周岁"),
        source="《中华人民共和国劳动法》第十五条",
    )
)
CHAIN = declare(
    Parameter(
        code="joining.chain",
        label=_("审核层级"),
        schema="list",
        default=["grassroots"],
        unit=_("级"),
        source="工会会员会籍管理办法",
    )
)


def minimum_age(union_id: int | None, day: date) -> int:
    """From how many completed years on one may join, by the union's version in force on ``day``."""
    return int(parameters.at("joining.minimum_age", union_id, day).value)


def answer_days(union_id: int, day: date) -> int:
    """Within how many working days the union answers."""
    return int(parameters.at("joining.answer_days", union_id, day).value)


def supplement_days(union_id: int, day: date) -> int:
    """Within how many working days the applicant gives what was asked for."""
    return int(parameters.at("joining.supplement_days", union_id, day).value)


def chain(union_id: int, day: date) -> list[str]:
    """The levels that review one after another, such as ["grassroots", "street"]."""
    return list(parameters.at("joining.chain", union_id, day).value)
