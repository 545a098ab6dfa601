"""Words of this app that others use."""

from __future__ import annotations

from enum import StrEnum

from niangjia.kernel.text import Text, _


class LookKind(StrEnum):
    """How somebody came to see a person's data."""

    OPENED = "opened"
    UNMASKED = "unmasked"
    SEARCH_HIT = "search_hit"
    EXPORTED = "exported"

    @property
    def label(self) -> Text:
        return _LABELS[self]


_LABELS = {
    LookKind.OPENED: _("打开查看"),
    LookKind.UNMASKED: _("查看完整信息"),
    LookKind.SEARCH_HIT: _("查询时看到"),
    LookKind.EXPORTED: _("导出到文件"),
}
