"""The report card as a document for Word and WPS: the paragraph, the table, what each figure means."""

from __future__ import annotations

from collections.abc import Sequence
from io import BytesIO
from typing import IO

from docx import Document
from docx.document import Document as Doc
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml.ns import qn
from docx.shared import Cm, Pt
from docx.table import Table, _Cell

from niangjia.kernel import clock
from niangjia.kernel.text import Text, _
from niangjia.platform.web import dates
from niangjia.reports import document_chart, pages, press
from niangjia.reports.card import Card

FONT = "SimSun"
COLUMNS: tuple[Text, ...] = (_("指标"), _("单位"), _("本期"), _("上期"), _("上年同期"), _("年度目标"), _("说明"))
_WIDTHS = (4.4, 1.4, 2.4, 2.4, 2.4, 2.2, 3.0)


def document(card: Card, chart: pages.Chart | None = None) -> IO[bytes]:
    """A shown card as .docx on A4; ``chart`` is drawn as a chart that can be edited."""
    made = Document()
    _page(made)
    made.add_heading(str(_("{name}成绩单", name=card.union.name)), level=1)
    made.add_paragraph(" · ".join(str(part) for part in _about(card)))
    made.add_paragraph(press.plain(press.paragraph(card)))
    _table(made, card)
    if chart is not None and chart.data:
        made.add_heading(chart.label, level=2)
        document_chart.add(made, chart)
    made.add_heading(str(_("口径")), level=2)
    for line in card.lines:
        meaning = _("{text}(第 {version} 版)", text=line.indicator.definition, version=line.indicator.version)
        made.add_paragraph(f"{line.indicator.label}：{meaning}", style="List Bullet")
    content = BytesIO()
    made.save(content)
    content.seek(0)
    return content


def frozen_note(card: Card) -> Text | None:
    """That the figures are shown as they were frozen, and when; None for a card that is not frozen."""
    known = [line.frozen.said for line in card.lines if line.frozen is not None]
    if not known:
        return None
    last = max(known, key=lambda said: said.at)
    return _("按 {day} 冻结的数字，原因：{reason}", day=clock.day_of(last.at), reason=last.reason)


def _about(card: Card) -> list[Text]:
    day = _("数据截至 {at}", at=dates.moment(card.computed_to))
    note = frozen_note(card)
    return [card.period.label, *([note] if note else [day])]


def _page(made: Doc) -> None:
    section = made.sections[0]
    section.page_width, section.page_height = Cm(21), Cm(29.7)
    section.left_margin = section.right_margin = section.top_margin = section.bottom_margin = Cm(1.4)
    for name in ("Normal", "Heading 1", "Heading 2", "List Bullet"):
        style = made.styles[name]
        style.font.name = FONT
        style.element.get_or_add_rPr().get_or_add_rFonts().set(qn("w:eastAsia"), FONT)
    made.styles["Normal"].font.size = Pt(10.5)


def _heading_row(table: Table, heading: Text) -> None:
    """The name of a programme over the whole width."""
    cells = table.add_row().cells  # type: ignore[no-untyped-call]
    _set_widths(cells)
    whole = cells[0].merge(cells[-1])
    whole.text = str(heading)
    whole.paragraphs[0].runs[0].bold = True


def _table(made: Doc, card: Card) -> None:
    table = made.add_table(rows=1, cols=len(COLUMNS), style="Table Grid")
    table.autofit = False
    for cell, title in zip(table.rows[0].cells, COLUMNS, strict=True):
        cell.text = str(title)
        cell.paragraphs[0].runs[0].bold = True
    _set_widths(table.rows[0].cells)
    under: Text | None = None
    for line in card.lines:
        indicator = line.indicator
        if indicator.programme is not None and indicator.programme != under:
            under = indicator.programme
            _heading_row(table, under)
        row = (
            str(indicator.label),
            str(indicator.unit.label),
            *(str(pages.said(figure, indicator)) for figure in (line.this, line.last, line.year_ago)),
            "" if line.target is None else indicator.unit.shown(line.target.value),
            "；".join(str(note) for note in pages.notes(line)),
        )
        cells = table.add_row().cells
        for place, text in enumerate(row):
            cells[place].text = text
            if 2 <= place <= 5:
                cells[place].paragraphs[0].alignment = WD_ALIGN_PARAGRAPH.RIGHT
        _set_widths(cells)


def _set_widths(cells: Sequence[_Cell]) -> None:
    for cell, width in zip(cells, _WIDTHS, strict=True):
        cell.width = Cm(width)
