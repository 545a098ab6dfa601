"""The map of the report card: outlines that an operator gave are drawn instead of the areas by size, a click opens the
figure of the union; what is broken leaves the areas by size, and says so in a sentence."""

from __future__ import annotations

import json
import subprocess

import pytest

from niangjia.platform.testing.browser import overflow
from tests.e2e.test_report import drawn, shown, whole
from tests.e2e.test_story import to_the_desk

pytestmark = pytest.mark.browser
CODES = [110101, 110102, *range(110105, 110110), *range(110111, 110120)]
ACROSS = 4
SENTENCE = "地图没有载入，数字以下表为准"


def _corner(x, y):
    """A corner of the invented grid, moved a little so that no two areas look alike."""
    return [116 + 0.3 * x + 0.05 * ((x * 7 + y * 3) % 4 - 2), 40.8 - 0.25 * y + 0.04 * ((x * 5 + y * 11) % 4 - 2)]


def middle(number):
    """Where the middle of the ``number``-th invented area is."""
    y, x = divmod(number, ACROSS)
    return [116 + 0.3 * (x + 0.5), 40.8 - 0.25 * (y + 0.5)]


def outlines(codes=CODES, *, closed=True):
    """Invented outlines of the city's districts, in no shape that they have."""
    features = []
    for number, code in enumerate(codes):
        y, x = divmod(number, ACROSS)
        ring = [_corner(*at) for at in ((x, y), (x + 1, y), (x + 1, y + 1), (x, y + 1), (x, y))]
        shape = {"type": "Polygon", "coordinates": [ring if closed else ring[:-1]]}
        features.append({"type": "Feature", "properties": {"adcode": code}, "geometry": shape})
    return json.dumps({"type": "FeatureCollection", "features": features})


@pytest.fixture
def give(demo, tmp_path):
    """Let the operator give a file of outlines; afterwards none are kept."""
    file = tmp_path / "areas.json"

    def take(content):
        file.write_text(content)
        return demo.run("manage", "outlines", str(file))

    yield take
    demo.run("manage", "outlines", "--clear")


def members(page, demo):
    """The page of the city's members; how many there are."""
    to_the_desk(page, demo.url, "chair")
    page.goto(f"{demo.url}/console/report/")
    found = whole(shown(page, "members"))
    page.click("[data-figure=members] a")
    return found


def click_in(page, where, point):
    """Click what is drawn at a place of the map, in degrees."""
    chart = page.locator(f"{where} .chart")
    chart.scroll_into_view_if_needed()
    x, y = chart.evaluate("(place, at) => echarts.getInstanceByDom(place).convertToPixel({seriesIndex: 0}, at)", point)
    box = chart.bounding_box()
    page.mouse.click(box["x"] + x, box["y"] + y)


@pytest.mark.parametrize("width", [1440, 390])
def test_the_outlines_are_drawn_and_a_click_opens_the_figure_of_the_union(demo, open_page, give, width):
    assert give(outlines()) == f"{len(CODES)} outlines kept\n"
    page = open_page(width, 900)
    members(page, demo)
    kind, labels, values = drawn(page, ".report-map")
    assert kind == "map"
    assert len(labels) == len(CODES)
    assert not page.locator(".report-areas").count()
    table = dict(row.split("\t") for row in page.locator(".report-short tr:has(a)").all_inner_texts() if "区" in row)
    assert {name: value for name, value in zip(labels, values, strict=True) if name in table} == {
        name: whole(value) for name, value in table.items() if name in labels
    }
    assert overflow(page) <= 0
    click_in(page, ".report-map", middle(CODES.index(110114)))
    page.wait_for_selector(".subtitle:has-text('昌平区')")
    page.go_back()
    page.wait_for_selector(".subtitle:has-text('北京市总工会')")


def test_a_bar_and_an_area_by_size_open_the_figure_too(demo, desk):
    members(desk, demo)
    drawn(desk, ".report-areas")
    desk.locator(".report-areas .chart").click()
    desk.wait_for_selector(".crumbs a >> nth=1")
    desk.go_back()
    _kind, labels, bars = drawn(desk, ".report-ranked")
    click_in(desk, ".report-ranked", [bars[0] / 2, 0])
    desk.wait_for_selector(f".crumbs a:has-text('{labels[0]}')")


def test_a_broken_file_says_what_is_wrong_and_the_areas_by_size_stay(demo, desk, give):
    for content, sentence in (
        (outlines(closed=False), "第 1 个区域的轮廓没有合拢。"),
        (outlines()[:-20], "文件不是 GeoJSON。"),
        (outlines([110114, 110114]), "第 2 个区域的代码 110114 重复了。"),
    ):
        with pytest.raises(subprocess.CalledProcessError) as refused:
            give(content)
        assert sentence in refused.value.stderr
        assert "Traceback" not in refused.value.stderr
    members(desk, demo)
    assert drawn(desk, ".report-areas")[0] == "treemap"
    assert not desk.locator(".report-map").count()


def test_where_the_outlines_do_not_arrive_the_areas_by_size_stand_there_with_a_sentence(demo, desk, give):
    give(outlines())
    desk.watch.allow.append("503")
    desk.route("**/outlines.json*", lambda route: route.fulfill(status=503, body="busy"))
    members(desk, demo)
    assert drawn(desk, ".report-map")[0] == "treemap"
    assert SENTENCE in desk.inner_text(".report-map [role=status]")
