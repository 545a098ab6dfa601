"""The numbers of this room that a federation may set, each from a day on."""

from datetime import date
from typing import Any

from niangjia.commons.parameters import parameters
from niangjia.commons.parameters.parameters import Parameter, declare
from niangjia.kernel import clock
from niangjia.kernel.text import Text, _

_OWN = "本平台默认"


def _days(code: str, label: Text, default: int, source: str = _OWN) -> Parameter:
    return declare(
        Parameter(
            code=f"protection.{code}",
            label=label,
            schema="working_days",
            default=default,
            unit=_("工作日"),
            source=source,
        )
    )


def _number(code: str, label: Text, default: int, unit: Text, source: str = _OWN) -> Parameter:
    return declare(
        Parameter(code=f"protection.{code}", label=label, schema="int", default=default, unit=unit, source=source)
    )


UNIT_DAYS = _days("unit_days", _("理赔：单位工会核实期限"), 5)
AGENCY_DAYS = _days("agency_days", _("理赔：代办点初审期限"), 5)
OFFICE_DAYS = _days("office_days", _("理赔：互助保障办公室审核期限"), 10, "北京：审核通过后 10 个工作日内付款到卡")
SUPPLEMENT_DAYS = _days("supplement_days", _("理赔：申请人补充期限"), 30)
APPEAL_DAYS = _days("appeal_days", _("理赔：可以申诉的期限"), 20)
APPEAL_ANSWER_DAYS = _days("appeal_answer_days", _("理赔：申诉答复期限"), 15)
SAMPLE_PER_MILLE = _number("sample_per_mille", _("理赔：随机复核比例"), 50, _("千分之"))
SAMPLE_FROM_FEN = _number("sample_from_fen", _("理赔：达到这个金额必须复核"), 2_000_000, _("分"))
CONDOLENCE_MOST = _number("condolence_most_fen", _("慰问金：每次最高"), 1_000_000, _("分"))
HOSPITALS = declare(
    Parameter(
        code="protection.hospitals",
        label=_("理赔：认可的医院（空着表示不限）"),
        schema="list",
        default=[],
        unit=_("家"),
        source="中国职工保险互助会北京办事处：北京市二级及以上医院",
    )
)
CHAIN = declare(
    Parameter(
        code="protection.chain",
        label=_("理赔：审核层级"),
        schema="list",
        default=["unit", "agency"],
        unit=_("级"),
        source="中国职工保险互助会北京办事处理赔流程",
    )
)


def value(code: str, union_id: int | None, day: date) -> Any:
    """The value of ``protection.<code>`` by the union's version in force on ``day``."""
    return parameters.at(f"protection.{code}", union_id, day).value


def chain(union_id: int, day: date) -> list[str]:
    """The levels before the office that look at a claim, such as ["unit", "agency"]."""
    return list(value("chain", union_id, day))


def hospitals(union_id: int, day: date) -> list[str]:
    """The hospitals whose papers are taken; none listed means all are."""
    return list(value("hospitals", union_id, day))


def today(code: str, union_id: int | None) -> int:
    """A number in force today."""
    return int(value(code, union_id, clock.today()))
