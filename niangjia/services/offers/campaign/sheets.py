"""The stock of a campaign as a workbook to fill in, and back."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import IO, Any

from niangjia.commons.places.models import Site
from niangjia.kernel.text import Text, _
from niangjia.platform.sheets import cells as read_cell
from niangjia.platform.sheets.cells import BadCell
from niangjia.platform.sheets.limits import Limits
from niangjia.platform.sheets.read import rows
from niangjia.platform.sheets.table import Heading, Record, table
from niangjia.platform.sheets.write import Column, Kind, Sheet, workbook
from niangjia.services.offers.campaign.campaigns import Stock
from niangjia.services.offers.models import Campaign, Cell, Item

MOST_ROWS = 60_000
MOST_MARKED = 50

_COLUMNS = (
    Column("code", _("品类代码"), width=12, hint=_("照模板，不要改。")),
    Column("item", _("品类"), width=24),
    Column("site_code", _("领取点代码"), width=28, hint=_("照模板，不要改。")),
    Column("site", _("领取点"), width=32),
    Column("day", _("领取日期"), Kind.DAY, width=14),
    Column("quantity", _("数量"), Kind.NUMBER, width=10, hint=_("0 或正整数；留空就是不给。")),
)
_HEADINGS = (
    Heading("code", ("品类代码", "code")),
    Heading("item", ("品类",), required=False),
    Heading("site_code", ("领取点代码", "site code")),
    Heading("site", ("领取点",), required=False),
    Heading("day", ("领取日期", "日期", "day")),
    Heading("quantity", ("数量", "份数", "quantity")),
)


@dataclass(frozen=True)
class Mistake:
    """A row that cannot be taken, by the number that the spreadsheet program shows."""

    row: int
    sentence: Text


@dataclass(frozen=True)
class Read:
    """What a filled-in template says; with mistakes nothing of it is taken."""

    stocks: Sequence[Stock]
    mistakes: Sequence[Mistake]

    @property
    def pieces(self) -> int:
        return sum(stock.quantity for stock in self.stocks)


def days_of(campaign: Campaign) -> list[date]:
    """The pick-up days of a campaign."""
    count = (campaign.pickup_until - campaign.pickup_from).days + 1
    return [campaign.pickup_from + timedelta(days=number) for number in range(count)]


def template(campaign: Campaign, sites: Sequence[Site]) -> IO[bytes]:
    """Every item at every site on every day, with what is planned now."""
    items = list(campaign.items.all())
    return workbook([Sheet(name=_("名额"), columns=_COLUMNS, rows=_lines(campaign, items, sites))])


def read(upload: Any, campaign: Campaign, sites: Sequence[Site]) -> Read:
    """What was filled in. ``upload`` is Django's uploaded file.

    Raises the refusals of :func:`niangjia.platform.sheets.read.rows` and :func:`~niangjia.platform.sheets.table.table`.
    """
    path = _stored(upload)
    try:
        found = _Reader(campaign, sites)
        for record in table(rows(path, name=upload.name, limits=Limits(rows=MOST_ROWS)), _HEADINGS):
            found.take(record)
    finally:
        os.unlink(path)
    return Read(found.stocks, found.mistakes)


def _lines(campaign: Campaign, items: Sequence[Item], sites: Sequence[Site]) -> Iterator[dict[str, Any]]:
    planned = Cell.objects.filter(campaign=campaign).values_list("item_id", "site_id", "day", "size")
    sizes = {(item, site, day): size for item, site, day, size in planned}
    for site in sites:
        for item in items:
            for day in days_of(campaign):
                size = sizes.get((item.pk, site.pk, day), 0)
                yield {
                    "code": item.code,
                    "item": item.name,
                    "site_code": site.public_id,
                    "site": site.name,
                    "day": day,
                    "quantity": size or None,
                }


def _stored(upload: Any) -> Path:
    """The upload as a file that a child process may open."""
    ending = os.path.splitext(upload.name or "")[1][:8]
    with tempfile.NamedTemporaryFile(prefix="niangjia-stock-", suffix=ending, delete=False) as target:
        for chunk in upload.chunks():
            target.write(chunk)
    return Path(target.name)


class _Reader:
    """Collects rows; a cell named twice is a mistake, for nobody could say which number was meant."""

    def __init__(self, campaign: Campaign, sites: Sequence[Site]) -> None:
        self._items = {item.code for item in campaign.items.all()}
        self._sites = {site.public_id: site.pk for site in sites}
        self._days = (campaign.pickup_from, campaign.pickup_until)
        self._seen: dict[tuple[str, int, date], int] = {}
        self.stocks: list[Stock] = []
        self.mistakes: list[Mistake] = []

    def take(self, record: Record) -> None:
        try:
            stock = self._stock(record)
        except BadCell as error:
            if len(self.mistakes) < MOST_MARKED:
                self.mistakes.append(Mistake(record.number, error.sentence))
            return
        if stock is not None:
            self.stocks.append(stock)

    def _stock(self, record: Record) -> Stock | None:
        values = record.values
        quantity = read_cell.whole_number(values.get("quantity"))
        if quantity is None:
            return None
        if not 0 <= quantity <= 1_000_000:
            raise BadCell("QUANTITY", _("数量是 0 到 1,000,000 的整数。"))
        code, site_key = read_cell.words(values.get("code")), read_cell.words(values.get("site_code"))
        day = read_cell.day(values.get("day"))
        if code not in self._items:
            raise BadCell("ITEM", _("没有代码为“{code}”的品类。", code=code[:20]))
        if site_key not in self._sites:
            raise BadCell("SITE", _("没有代码为“{code}”的领取点，请照模板填写。", code=site_key[:30]))
        if day is None or not self._days[0] <= day <= self._days[1]:
            raise BadCell("DAY", _("领取日期要在 {first} 到 {last} 之间。", first=self._days[0], last=self._days[1]))
        return self._once(Stock(code, self._sites[site_key], day, quantity), record.number)

    def _once(self, stock: Stock, row: int) -> Stock:
        first = self._seen.setdefault((stock.item, stock.site_id, stock.day), row)
        if first != row:
            raise BadCell("TWICE", _("和第 {row} 行是同一个品类、领取点和日期。", row=first))
        return stock
