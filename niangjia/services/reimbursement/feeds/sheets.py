"""The form of a feed: its columns, and the workbook to download."""

from __future__ import annotations

from datetime import date
from typing import IO

from niangjia.kernel.identifiers import invented_resident_id
from niangjia.kernel.text import _
from niangjia.platform.sheets.table import Heading
from niangjia.platform.sheets.write import Column, Kind, Sheet, workbook

NAME, ID_NUMBER, TRANSACTION, KIND, FROM_DAY, TO_DAY, SELF_PAID = (
    "name", "id_number", "transaction", "kind", "from_day", "to_day", "self_paid",
)  # fmt: skip
KEYS = (NAME, ID_NUMBER, TRANSACTION, KIND, FROM_DAY, TO_DAY, SELF_PAID)

HEADINGS = (
    Heading(NAME, ("姓名", "参保人姓名", "name")),
    Heading(ID_NUMBER, ("证件号码", "身份证号", "身份证号码", "公民身份号码", "id number")),
    Heading(TRANSACTION, ("结算流水号", "医保交易流水号", "交易流水号", "流水号", "transaction")),
    Heading(KIND, ("就诊类型", "医疗类别", "类型", "kind")),
    Heading(FROM_DAY, ("就诊日期", "入院日期", "开始日期", "from")),
    Heading(TO_DAY, ("出院日期", "结束日期", "结算日期", "to"), required=False),
    Heading(SELF_PAID, ("自付一（元）", "自付一", "自付一(元)", "自付一金额", "self-paid")),
)
KINDS = {
    "门诊": "outpatient",
    "门急诊": "outpatient",
    "住院": "inpatient",
    "outpatient": "outpatient",
    "inpatient": "inpatient",
}
COLUMNS = (
    Column(NAME, _("姓名"), width=14),
    Column(ID_NUMBER, _("证件号码"), width=24, hint=_("按文本填写，不要让 Excel 转成数字。")),
    Column(TRANSACTION, _("结算流水号"), width=26, hint=_("医保的交易流水号，同一号只报销一次。")),
    Column(KIND, _("就诊类型"), width=12, choices=("门诊", "住院")),
    Column(FROM_DAY, _("就诊日期"), Kind.TEXT, width=14, hint=_("写成 2026-01-09。")),
    Column(TO_DAY, _("出院日期"), Kind.TEXT, width=14, hint=_("门诊可以不填。")),
    Column(SELF_PAID, _("自付一（元）"), width=14),
)


def template() -> IO[bytes]:
    """The workbook to fill in, with one row of nobody."""
    example = {
        NAME: "张三",
        ID_NUMBER: invented_resident_id(4_900_000, date(1990, 1, 9), "male"),
        TRANSACTION: "SHILI-0001",
        KIND: "门诊",
        FROM_DAY: "2026-01-09",
        SELF_PAID: "1234.56",
    }
    return workbook([Sheet(_("结算数据"), COLUMNS, [example])])
