"""The form of a list: its columns, and the workbook to download."""

from __future__ import annotations

from datetime import date
from typing import IO

from niangjia.kernel.identifiers import invented_resident_id
from niangjia.kernel.text import _
from niangjia.platform.sheets.table import Heading
from niangjia.platform.sheets.write import Column, Sheet, workbook

NAME, ID_NUMBER, REMARKS = "name", "id_number", "remarks"
KEYS = (NAME, ID_NUMBER, REMARKS)

HEADINGS = (
    Heading(NAME, ("姓名", "职工姓名", "会员姓名", "被保障人姓名", "name")),
    Heading(ID_NUMBER, ("证件号码", "身份证号", "身份证号码", "公民身份号码", "证件号", "id number")),
    Heading(REMARKS, ("备注", "说明", "remarks"), required=False),
)
EXAMPLE = "示例"
"""A row whose remarks begin with it is the template's own and is passed over."""

SERIAL_OF_EXAMPLE, BIRTH_OF_EXAMPLE = 4_900_000, date(1990, 1, 9)

COLUMNS = (
    Column(NAME, _("姓名"), width=14, hint=_("和证件上的一样。")),
    Column(ID_NUMBER, _("证件号码"), width=24, hint=_("按文本填写，不要让 Excel 转成数字。")),
    Column(REMARKS, _("备注"), width=24),
)


def template() -> IO[bytes]:
    """The workbook to fill in: hints, and one row that is marked as an example."""
    example = {
        NAME: "张三",
        ID_NUMBER: invented_resident_id(SERIAL_OF_EXAMPLE, BIRTH_OF_EXAMPLE, "male"),
        REMARKS: str(_("示例，这一行不会参保")),
    }
    return workbook([Sheet(_("参保名单"), COLUMNS, [example])])
