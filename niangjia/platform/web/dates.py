"""Days, moments and durations as people read them; one style for all dates of a page.

The portal writes 2026年1月9日 (9 January 2026), the console 2026-01-09. Moments are shown in Shanghai time.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import date, datetime, timedelta

from django.utils import translation

from niangjia.kernel import clock
from niangjia.kernel.text import Text, _

_style: ContextVar[str] = ContextVar("date_style", default="long")
_MONTHS = (
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
)  # fmt: skip


@contextmanager
def style(name: str) -> Iterator[None]:
    """Write dates in style ``"long"`` or ``"iso"`` inside the block."""
    token = _style.set(name)
    try:
        yield
    finally:
        _style.reset(token)


def day(value: date | datetime | None) -> str:
    """A day in the page's style; a moment gives its day in Shanghai; nothing gives an empty string."""
    if value is None or value == "":
        return ""
    when = value.astimezone(clock.SHANGHAI).date() if isinstance(value, datetime) else value
    if _style.get() == "iso":
        return when.isoformat()
    if translation.get_language() == "en":
        return f"{when.day} {_MONTHS[when.month - 1]} {when.year}"
    return f"{when.year}年{when.month}月{when.day}日"


def moment(value: datetime | None) -> str:
    """Day and time to the minute, in Shanghai."""
    if value is None or value == "":
        return ""
    return f"{day(value)} {value.astimezone(clock.SHANGHAI):%H:%M}"


_ISO_DAY = re.compile(r"(?<![\w-])(\d{4}-\d{2}-\d{2})(?![\w-])", re.ASCII)
_BLANK_BESIDE_DAY = re.compile(r"(?<=[\u4e00-\u9fff]) (?=\d{4}年\d)|(?<=\d日) (?=[\u4e00-\u9fff])")
_CHINESE_DAY = re.compile(r"(?:(?<!\d)(\d{4})年)?(?<!\d)(1[0-2]|[1-9])月([1-3]?\d)日", re.ASCII)
_TO_BESIDE_DAY = re.compile(r"(?<=[a-z\d])至(?=\d)")


def in_text(text: str) -> str:
    """A stored sentence with its days (2026-01-09) in the page's style; what is no day stays as it is.

    A day written in Chinese needs no blanks between itself and Chinese words; one of this year (1月9日) becomes English
    for who reads English.
    """
    if translation.get_language() == "en":
        text = _TO_BESIDE_DAY.sub(" to ", _CHINESE_DAY.sub(_in_english, text))
    return _BLANK_BESIDE_DAY.sub("", _ISO_DAY.sub(lambda found: _restyled(found[1]), text))


def _in_english(found: re.Match[str]) -> str:
    year, month, day_of_month = found.groups()
    return " ".join(part for part in (day_of_month, _MONTHS[int(month) - 1], year) if part)


def _restyled(iso: str) -> str:
    try:
        return day(date.fromisoformat(iso))
    except ValueError:
        return iso


_WORDS = re.compile(r">[^<\d]*\d[^<]*")
"""Words between two tags that hold a number."""
_DAY = re.compile(
    r"(?<![\w-])\d{4}-\d\d-\d\d(?![\w-])|(?<!\d)(?:\d{4}年)?\d{1,2}月\d{1,2}日"
    rf"|(?<!\d)\d{{1,2}} (?:{'|'.join(_MONTHS)})(?: \d{{4}})?",
    re.ASCII,
)
_AS_THEY_ARE = ("</title", "</time", "</textarea", "</option", "</script", "</style", "</text")
"""What holds no other tag, or keeps its own words together."""


def unbroken(html: str) -> str:
    """``html`` with every day among its words marked, so that no line ends inside of one."""

    def marked(found: re.Match[str]) -> str:
        if html.startswith(_AS_THEY_ARE, found.end()):
            return found[0]
        return _DAY.sub(r'<span class="unbroken">\g<0></span>', found[0])

    return _WORDS.sub(marked, html)


def left(until: datetime, now: datetime | None = None) -> Text:
    """How long it is until ``until``, in the two words a person would use; what is past is said to be over."""
    remaining = until - (now or clock.now())
    if remaining <= timedelta(0):
        return _("已到时间")
    if remaining >= timedelta(days=2):
        return _("还剩 {days} 天", days=remaining.days)
    hours, rest = divmod(int(remaining.total_seconds()), 3600)
    if hours >= 1:
        return _("还剩 {hours} 小时 {minutes} 分钟", hours=hours, minutes=rest // 60)
    return _("还剩 {minutes} 分钟", minutes=max(1, rest // 60))
