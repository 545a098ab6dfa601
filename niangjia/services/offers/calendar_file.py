"""A reservation as an entry of the phone's own calendar (RFC 5545)."""

from __future__ import annotations

from datetime import timedelta

from niangjia.kernel import clock
from niangjia.kernel.text import _
from niangjia.services.offers.models import Reservation

LONGEST_LINE = 75


def entry(reservation: Reservation) -> str:
    """The file: one whole day at the site, with the number to show. Item and site must be loaded."""
    hours = reservation.site.hours
    lines = [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        "PRODID:-//niangjia//offers//ZH",
        "BEGIN:VEVENT",
        f"UID:{reservation.public_id}@niangjia",
        f"DTSTAMP:{clock.now():%Y%m%dT%H%M%SZ}",
        f"DTSTART;VALUE=DATE:{reservation.day:%Y%m%d}",
        f"DTEND;VALUE=DATE:{reservation.day + timedelta(days=1):%Y%m%d}",
        "SUMMARY:" + _escaped(str(_("领取“{item}”，带会员卡", item=reservation.item.name))),
        "LOCATION:" + _escaped(f"{reservation.site.name} {reservation.site.address}"),
        "DESCRIPTION:" + _escaped(f"{reservation.number} {hours}".strip()),
        "END:VEVENT",
        "END:VCALENDAR",
    ]
    return "".join(f"{folded}\r\n" for line in lines for folded in _folded(line))


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace(";", "\\;").replace(",", "\\,").replace("\n", "\\n")


def _folded(line: str) -> list[str]:
    """Lines of at most 75 octets; those that go on begin with a blank."""
    parts, current = [], ""
    for letter in line:
        if len((current + letter).encode()) > LONGEST_LINE:
            parts.append(current)
            current = " "
        current += letter
    return [*parts, current]
