"""What is counted: person-times, persons, pieces, yuan … never mixed in one figure."""

from __future__ import annotations

from dataclasses import dataclass

from niangjia.kernel.money import plain_yuan
from niangjia.kernel.text import Text, _


@dataclass(frozen=True)
class Unit:
    """``scale`` is how many base units make one shown unit: 100 fen a yuan, 100 hundredths a percent."""

    code: str
    label: Text
    scale: int = 1

    def number(self, value: int | None) -> int | float | None:
        """``value`` (base units) as a number in this unit, for JSON and sheets."""
        if value is None or self.scale == 1:
            return value
        whole, rest = divmod(value, self.scale)
        return whole if rest == 0 else round(value / self.scale, 2)

    def shown(self, value: int | None) -> str:
        """``value`` (base units) for people, with thousands separators, without the unit's word."""
        if value is None:
            return ""
        if self.scale == 1:
            return f"{value:,}"
        if self.scale != 100:
            return f"{value / self.scale:,.1f}"
        whole, rest = plain_yuan(value).split(".")
        return f"{int(whole):,}.{rest}" if whole.lstrip("-") != "0" else f"{whole}.{rest}"


PERSON_TIMES = Unit("person-times", _("人次"))
PERSONS = Unit("persons", _("人"))
HOUSEHOLDS = Unit("households", _("户"))
UNITS = Unit("units", _("家"))
PIECES = Unit("pieces", _("件"))
PLACES = Unit("places", _("个"))
CASES = Unit("cases", _("件"))
KINDS = Unit("categories", _("种"))
SESSIONS = Unit("sessions", _("场"))
YUAN = Unit("yuan", _("元"), scale=100)
PERCENT = Unit("percent", _("%"), scale=100)
DAYS = Unit("days", _("天"), scale=10_000)
"""An average of days: a rate is kept in hundredths of a percent, so one whole day is ten thousand."""
