"""Which honours there are, and who confers them. Pure."""

from __future__ import annotations

from enum import StrEnum

from niangjia.kernel.text import Text, _


class HonourKind(StrEnum):
    """Honours that services ask for."""

    MODEL_WORKER = "model_worker"
    MAY_DAY_MEDAL = "may_day_medal"
    CRAFTSMAN = "craftsman"
    WORKER_PIONEER = "worker_pioneer"


class HonourLevel(StrEnum):
    """The level of the body that confers an honour, the highest first."""

    NATIONAL = "national"
    PROVINCE = "province"
    CITY = "city"
    DISTRICT = "district"


HONOUR_LABELS: dict[HonourKind, Text] = {
    HonourKind.MODEL_WORKER: _("劳动模范"),
    HonourKind.MAY_DAY_MEDAL: _("五一劳动奖章获得者"),
    HonourKind.CRAFTSMAN: _("工匠"),
    HonourKind.WORKER_PIONEER: _("工人先锋号成员"),
}

LEVEL_LABELS: dict[HonourLevel, Text] = {
    HonourLevel.NATIONAL: _("全国"),
    HonourLevel.PROVINCE: _("省部级（含直辖市）"),
    HonourLevel.CITY: _("市级"),
    HonourLevel.DISTRICT: _("区县级"),
}
