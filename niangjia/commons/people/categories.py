"""What kind of worker somebody is. Pure."""

from __future__ import annotations

from enum import StrEnum

from niangjia.kernel.identifiers import IdForm, Sex
from niangjia.kernel.text import Text, _


class WorkerCategory(StrEnum):
    COURIER = "courier"
    DELIVERY_RIDER = "delivery_rider"
    TRUCK_DRIVER = "truck_driver"
    RIDE_HAILING_DRIVER = "ride_hailing_driver"
    SECURITY_GUARD = "security_guard"
    ESTATE_AGENT = "estate_agent"
    DOMESTIC_WORKER = "domestic_worker"
    ENTERPRISE_EMPLOYEE = "enterprise_employee"
    INSTITUTION_EMPLOYEE = "institution_employee"
    CIVIL_SERVANT = "civil_servant"
    OTHER = "other"


CATEGORY_LABELS: dict[WorkerCategory, Text] = {
    WorkerCategory.COURIER: _("快递员"),
    WorkerCategory.DELIVERY_RIDER: _("网约送餐员"),
    WorkerCategory.TRUCK_DRIVER: _("货车司机"),
    WorkerCategory.RIDE_HAILING_DRIVER: _("网约车司机"),
    WorkerCategory.SECURITY_GUARD: _("保安员"),
    WorkerCategory.ESTATE_AGENT: _("房产中介员"),
    WorkerCategory.DOMESTIC_WORKER: _("家政服务员"),
    WorkerCategory.ENTERPRISE_EMPLOYEE: _("企业职工"),
    WorkerCategory.INSTITUTION_EMPLOYEE: _("事业单位职工"),
    WorkerCategory.CIVIL_SERVANT: _("机关工作人员"),
    WorkerCategory.OTHER: _("其他"),
}

NEW_FORM: frozenset[WorkerCategory] = frozenset(
    {
        WorkerCategory.COURIER,
        WorkerCategory.DELIVERY_RIDER,
        WorkerCategory.TRUCK_DRIVER,
        WorkerCategory.RIDE_HAILING_DRIVER,
        WorkerCategory.SECURITY_GUARD,
        WorkerCategory.ESTATE_AGENT,
    }
)
"""Workers in new forms of employment (新就业形态劳动者), the six kinds that the federation counts."""

SEX_LABELS: dict[Sex, Text] = {Sex.MALE: _("男"), Sex.FEMALE: _("女"), Sex.UNKNOWN: _("未知")}

ID_FORM_LABELS: dict[IdForm, Text] = {
    IdForm.RESIDENT: _("居民身份证"),
    IdForm.RESIDENCE_PERMIT: _("港澳台居民居住证"),
    IdForm.PERMANENT_RESIDENT: _("外国人永久居留身份证"),
    IdForm.PERMANENT_RESIDENT_OLD: _("外国人永久居留证（旧版）"),
}


def is_new_form(category: str) -> bool:
    """Whether ``category`` counts as a new form of employment."""
    return category in NEW_FORM
