"""The report card walked by who answers for a district: down to one person, out as table, document, picture and
paragraph, frozen and put right."""

from __future__ import annotations

import io
import re
from urllib.parse import urlsplit

import openpyxl
import pytest
from docx import Document

from niangjia.platform.testing.browser import overflow
from tests.e2e.test_story import to_the_desk

pytestmark = pytest.mark.browser
A4 = {"width": 673, "height": 1000}
"""The width of the text on an A4 sheet in pixels, margins taken off."""


def shown(page, code="joined"):
    return page.inner_text(f"[data-figure={code}]").split()[0]


def kept(page, what):
    with page.expect_download() as download:
        page.click(what)
    return download.value.suggested_filename, download.value.path().read_bytes()


def test_a_figure_opens_from_the_district_down_to_one_person(demo, desk):
    to_the_desk(desk, demo.url, "district")
    desk.goto(f"{demo.url}/console/report/")
    assert "北京市昌平区总工会成绩单" in desk.inner_text("h1")
    assert desk.locator(".crumbs").inner_text().strip() == "昌平区总工会"
    year = int(shown(desk))
    desk.click("a:has-text('上年') >> nth=0")
    assert int(shown(desk)) < year
    desk.click("a:has-text('本年') >> nth=0")

    desk.click("[data-figure=joined] a")
    assert re.search(
        r"最近 12 个月：最低 \d+（\d{4}年\d+月），最高 \d+（\d{4}年\d+月）", desk.inner_text(".figure-notes")
    )
    desk.wait_for_selector(".chart canvas >> nth=1")
    desk.click(".report-short a:has-text('回龙观街道')")
    street = int(desk.inner_text(".figure-value").split()[0].rstrip("人"))
    assert 0 < street <= year
    desk.click(".report-short a:has-text('芒种田')")
    above = ["昌平区总工会", "回龙观街道总工会", "芒种田餐饮管理有限公司工会"]
    assert desk.locator(".crumbs a").all_inner_texts() == above
    desk.go_back()
    desk.click(".report-period a:has-text('本月')")
    assert "回龙观街道" in desk.inner_text(".subtitle")
    desk.click(".report-period a:has-text('本年')")
    desk.click("section:has(h2:text-is('记录')) tbody a >> nth=0")
    assert re.search(r"RH\d{4}-\d{7}-\d", desk.inner_text("h1"))


def test_it_leaves_as_workbook_document_picture_and_paragraph(demo, desk):
    to_the_desk(desk, demo.url, "district")
    desk.goto(f"{demo.url}/console/report/")
    figure = shown(desk)
    name, content = kept(desk, "text=导出 Excel")
    assert name.endswith(".xlsx")
    rows = [[str(cell) for cell in row] for row in openpyxl.load_workbook(io.BytesIO(content)).active.values]
    assert any("发展会员" in row[0] and figure in row for row in rows)
    name, content = kept(desk, "text=导出 Word")
    assert name.endswith(".docx")
    tables = Document(io.BytesIO(content)).tables
    rows = [[cell.text for cell in row.cells] for row in tables[0].rows]
    assert any(row[0] == "发展会员" and figure in row for row in rows)
    name, content = kept(desk, "[data-keep-picture] >> nth=0")
    assert (name.endswith(".png"), content[:8]) == (True, b"\x89PNG\r\n\x1a\n")

    desk.click("text=新闻稿")
    assert f"发展会员{figure}人" in desk.inner_text(".report-press")
    assert not re.search(r"[^0-9.]0(?:人|件|元|家|场)", desk.inner_text(".report-press"))
    desk.click(f".report-press a:has-text('{figure}人')")
    assert desk.inner_text(".figure-value").startswith(figure)


def test_a_period_is_frozen_and_says_so_everywhere(demo, desk):
    desk.watch.allow.append("422")
    to_the_desk(desk, demo.url)
    desk.goto(f"{demo.url}/console/report/?period=2025")
    before = shown(desk)
    desk.click("text=冻结本期")
    desk.click("main form button")
    assert "请" in desk.inner_text("main form")
    desk.fill("input[name=reason]", "年度统计公报定稿")
    desk.click("main form button")
    assert "年度统计公报定稿" in desk.inner_text(".report-frozen")
    assert shown(desk) == before
    desk.click("text=新闻稿")
    assert "冻结的为准" in desk.inner_text(".report-press")


def whole(text):
    return int(re.match(r"[\d,]+", text)[0].replace(",", ""))


def drawn(page, where):
    """What ECharts was given in a chart that is there: its kind, its labels and its values."""
    page.wait_for_selector(f"{where} .chart canvas")
    kind, labels, data = page.evaluate(
        "where => { const told = echarts.getInstanceByDom(document.querySelector(`${where} .chart`)).getOption();"
        " return [told.series[0].type, told.yAxis ? told.yAxis[0].data : null, told.series[0].data] }",
        where,
    )
    return kind, labels or [one["name"] for one in data], [one if labels else one["value"] for one in data]


def test_the_districts_are_ranked_and_drawn_by_their_size(demo, desk):
    to_the_desk(desk, demo.url, "chair")
    desk.goto(f"{demo.url}/console/report/")
    members = whole(shown(desk, "members"))
    desk.click("[data-figure=members] a")
    table = "section:has(h2:text-is('按下级工会')) tbody"
    values = [whole(text) for text in desk.locator(f"{table} tr:has(a) td").all_inner_texts()]
    assert len(values) > 10
    assert values == sorted(values, reverse=True)
    assert sum(values) <= members

    kind, labels, bars = drawn(desk, ".report-ranked")
    assert (kind, bars) == ("bar", values[: len(bars)])
    assert "昌平区" in labels[0]
    kind, areas, sizes = drawn(desk, ".report-areas")
    assert kind == "treemap"
    assert dict(zip(areas, sizes, strict=True)) == {
        name: value for name, value in zip(labels, bars, strict=True) if value
    }
    for chart in desk.locator(".chart").all():
        box = chart.bounding_box()
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= 1440

    desk.click(f"{table} a >> nth=0")
    assert "昌平区" in desk.inner_text(".subtitle")
    assert whole(desk.inner_text(".figure-value")) == values[0]


def test_a_frozen_figure_that_the_ledger_overtook_is_restated_with_a_reason(demo, desk):
    desk.watch.allow.append("422")
    to_the_desk(desk, demo.url, "chair")
    desk.goto(f"{demo.url}/console/report/?period=2025")
    before = whole(shown(desk, "members"))
    assert not desk.locator("[data-figure=members] a:has-text('更正')").count()
    desk.click("text=冻结本期")
    desk.fill("input[name=reason]", "年度统计公报定稿")
    desk.click("main form button")

    desk.goto(f"{demo.url}/console/people/?sort=since")
    desk.click("tbody a >> nth=0")
    desk.click("a:text-is('退会')")
    desk.fill("input[name=day]", "2025-12-31")
    desk.fill("textarea[name=reason]", "去年底已书面退会，漏登记")
    desk.click("main form button")

    desk.goto(f"{demo.url}/console/report/?period=2025")
    assert whole(shown(desk, "members")) == before
    assert f"账上现在是 {before - 1}" in desk.inner_text("[data-figure=members]")
    desk.click("[data-figure=members] a:has-text('更正')")
    assert f"冻结的数字是 {before} 人，账上现在是 {before - 1} 人" in desk.inner_text("main")
    desk.click("main form button")
    assert "请" in desk.inner_text(".has-error")
    desk.fill("input[name=reason]", "漏登记的退会补记")
    desk.click("main form button")
    desk.wait_for_load_state()  # without its style the figure and the note below it are one word
    figure = desk.inner_text("[data-figure=members]")
    assert whole(figure) == before
    assert f"更正为 {before - 1}：漏登记的退会补记" in figure
    assert not desk.locator("[data-figure=members] a:has-text('更正')").count()
    desk.goto(f"{demo.url}/console/report/?period=2026")
    assert whole(desk.inner_text("tr:has([data-figure=members]) td >> nth=1")) == before


@pytest.mark.parametrize("page", ["/console/report/", "/console/people/", "/console/protection/"])
def test_what_is_printed_stays_on_its_sheet(demo, desk, page):
    to_the_desk(desk, demo.url)
    desk.goto(demo.url + page)
    if not page.endswith("report/"):
        desk.click("tbody a >> nth=0")
    desk.set_viewport_size(A4)
    desk.emulate_media(media="print")
    assert overflow(desk) <= 0
    assert not desk.locator(".side, .bar, .no-print, .buttons").locator("visible=true").count()
    assert re.search(r"周春梅 打印于 \d{4}-\d\d-\d\d", desk.inner_text(".print-foot"))
    right = "box => [...box.querySelectorAll('td, th')].every(c => c.getBoundingClientRect().right <= innerWidth + 1)"
    assert all(box.evaluate(right) for box in desk.locator(".table-wrap").element_handles())
    assert urlsplit(desk.url).path.startswith(page)
