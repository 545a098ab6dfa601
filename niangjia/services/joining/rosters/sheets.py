"""The form of a roster: its columns, and the workbook to download."""

from __future__ import annotations

from datetime import date
from typing import IO

from niangjia.commons.people.categories import CATEGORY_LABELS, ID_FORM_LABELS
from niangjia.kernel.identifiers import invented_phone, invented_resident_id
from niangjia.kernel.text import _
from niangjia.platform.sheets.table import Heading
from niangjia.platform.sheets.write import Column, Kind, Sheet, workbook

NAME, ID_KIND, ID_NUMBER, PHONE, CATEGORY, EMPLOYER, SINCE, REMARKS = (
    "name", "id_kind", "id_number", "phone", "category", "employer", "since", "remarks",
)  # fmt: skip
KEYS = (NAME, ID_KIND, ID_NUMBER, PHONE, CATEGORY, EMPLOYER, SINCE, REMARKS)

HEADINGS = (
    Heading(NAME, ("姓名", "职工姓名", "会员姓名", "name")),
    Heading(ID_KIND, ("证件类型", "证件种类"), required=False),
    Heading(ID_NUMBER, ("证件号码", "身份证号", "身份证号码", "公民身份号码", "证件号", "id number")),
    Heading(PHONE, ("手机号", "手机号码", "联系电话", "手机", "电话", "phone"), required=False),
    Heading(CATEGORY, ("职业类别", "工种", "职业", "类别", "category"), required=False),
    Heading(EMPLOYER, ("单位或工会代码", "单位", "单位名称", "工作单位", "所属工会", "employer"), required=False),
    Heading(SINCE, ("入会日期", "入会时间", "joined on"), required=False),
    Heading(REMARKS, ("备注", "说明", "remarks"), required=False),
)
EXAMPLE = "示例"
"""A row whose remarks begin with it is the template's own and is passed over."""

BIRTH_OF_EXAMPLE = date(1990, 1, 9)
SERIAL_OF_EXAMPLE = 4_900_000

_CATEGORIES = tuple(str(label.message) for label in CATEGORY_LABELS.values())
_ID_KINDS = tuple(str(label.message) for label in ID_FORM_LABELS.values())

COLUMNS = (
    Column(NAME, _("姓名"), width=14, hint=_("和证件上的一样。")),
    Column(ID_KIND, _("证件类型"), width=20, choices=_ID_KINDS, hint=_("可以不填，按号码判断。")),
    Column(ID_NUMBER, _("证件号码"), width=24, hint=_("按文本填写，不要让 Excel 转成数字。")),
    Column(PHONE, _("手机号"), width=16, hint=_("11 位手机号。没有手机号，会员就不能自己登录。")),
    Column(CATEGORY, _("职业类别"), width=16, choices=_CATEGORIES, hint=_("从列表里选；不填按“其他”。")),
    Column(
        EMPLOYER,
        _("单位或工会代码"),
        width=30,
        hint=_("填写单位名称，或下级工会的代码、名称；会籍登记在那个工会。不填登记在本工会。"),
    ),
    Column(SINCE, _("入会日期"), Kind.TEXT, width=14, hint=_("写成 2026-01-09；不填按登记当天。")),
    Column(REMARKS, _("备注"), width=24),
)


def template() -> IO[bytes]:
    """The workbook to fill in: drop-downs, hints, and one row that is marked as an example."""
    example = {
        NAME: "张三",
        ID_KIND: _ID_KINDS[0],
        ID_NUMBER: invented_resident_id(SERIAL_OF_EXAMPLE, BIRTH_OF_EXAMPLE, "male"),
        PHONE: invented_phone(SERIAL_OF_EXAMPLE),
        CATEGORY: _CATEGORIES[0],
        SINCE: "2026-01-09",
        REMARKS: str(_("示例，这一行不会登记")),
    }
    return workbook([Sheet(_("入会名单"), COLUMNS, [example])])
