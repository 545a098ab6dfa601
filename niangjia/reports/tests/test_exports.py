"""What leaves the console: the document, the picture, the paragraph for the press."""

from __future__ import annotations

import io
from collections.abc import Iterator
from datetime import date
from xml.etree import ElementTree

import pytest
from docx import Document

from niangjia.commons.ledger import units
from niangjia.commons.ledger.indicators import Kind, Part
from niangjia.commons.unions.models import Union
from niangjia.commons.unions.roles import Role
from niangjia.commons.unions.testing import SYSTEM
from niangjia.kernel import clock
from niangjia.kernel.periods import Period
from niangjia.kernel.text import Text
from niangjia.reports import freezing, press
from niangjia.reports.card import said
from niangjia.reports.tests.builders import book, declared, indicator
from niangjia.reports.tests.test_console import SignIn, address, sign_in, unions

__all__ = ["sign_in", "unions"]

pytestmark = pytest.mark.django_db
RATE = indicator(
    "answered_in_time",
    Kind.RATE,
    label=Text("按时办结率"),
    unit=units.PERCENT,
    numerator=Part("test.joined", dims={"new_form": "yes"}),
    denominator=Part("test.joined"),
)


@pytest.fixture(autouse=True)
def _today() -> Iterator[None]:
    wanted = (
        indicator("joined", label=Text("发展会员"), order=1),
        indicator("joined_new_form", label=Text("新就业形态"), dims={"new_form": "yes"}, of="joined"),
        indicator("z", label=Text("投诉"), smallest_cell=5, order=2),
        indicator("kits", label=Text("慰问"), unit=units.PIECES, order=3),
    )
    with clock.travelling(date(2022, 9, 10)), declared(*wanted):
        yield


def test_the_document_holds_what_the_page_shows(unions: dict[str, Union], sign_in: SignIn) -> None:
    answer = sign_in(unions["CITY"]).get(address(unions["CITY"], "report.docx"))
    assert answer.headers["Content-Disposition"].endswith("2022.docx")
    made = Document(io.BytesIO(b"".join(answer.streaming_content)))
    header, *rows = [[cell.text for cell in row.cells] for row in made.tables[0].rows]
    found = {row[0]: dict(zip(header, row, strict=True)) for row in rows}
    assert found["发展会员"]["本期"] == "4"
    assert found["投诉"]["本期"] == "数量太少，不显示"
    assert "CITY工会成绩单" in [paragraph.text for paragraph in made.paragraphs]


CHART = "{http://schemas.openxmlformats.org/drawingml/2006/chart}"


@pytest.mark.parametrize(("chosen", "names"), [("joined", ["发展会员", "新就业形态"]), ("kits", ["慰问"])])
def test_the_document_draws_the_chosen_months_as_the_page_does(
    unions: dict[str, Union], sign_in: SignIn, chosen: str, names: list[str]
) -> None:
    client = sign_in(unions["CITY"])
    page = client.get(address(unions["CITY"], chart=chosen))
    content = b"".join(client.get(page.context["document_url"]).streaming_content)
    made = Document(io.BytesIO(content))
    [drawn] = [part for part in made.part.package.iter_parts() if part.partname == "/word/charts/chart1.xml"]
    chart = ElementTree.fromstring(drawn.blob)
    assert [each.text for each in chart.iterfind(f".//{CHART}ser/{CHART}tx/{CHART}v")] == names
    shown = [one["values"] for one in page.context["chart"].data["series"]]
    said_ = [[each.text for each in ser.iterfind(f".//{CHART}numLit//{CHART}v")] for ser in chart.iter(f"{CHART}ser")]
    assert said_ == [[str(value) for value in values] for values in shown]


def test_every_export_of_a_frozen_period_says_so(unions: dict[str, Union], sign_in: SignIn) -> None:
    client, march = sign_in(unions["CITY"]), Period.month(2022, 3)
    freezing.freeze(actor=SYSTEM, union_id=unions["CITY"].pk, period=march, reason="月报定稿")
    book(unions["FIRM"].pk, day=date(2022, 3, 5), qty=9)
    page = client.get(address(unions["CITY"], period="2022-03"))
    assert "月报定稿" in page.text
    assert [str(note) for note in page.context["lines"][0].notes] == ["账上现在是 13"]
    content = b"".join(client.get(address(unions["CITY"], "report.docx", period="2022-03")).streaming_content)
    assert any("按 2022-09-10 冻结的数字" in part.text for part in Document(io.BytesIO(content)).paragraphs)
    paper = client.get(address(unions["CITY"], "press/", period="2022-03")).text
    assert "数字以2022年9月10日冻结的为准" in paper
    assert "13" not in client.get(address(unions["CITY"], "press/", period="2022-03")).context["plain"]


def test_the_picture_is_plain_svg_with_a_bar_for_each_month_and_hides_small_ones(
    unions: dict[str, Union], sign_in: SignIn
) -> None:
    client = sign_in(unions["CITY"])
    answer = client.get(address(unions["CITY"], "joined/chart.svg", months="24"))
    assert answer.headers["Content-Type"] == "image/svg+xml"
    drawn = ElementTree.fromstring(answer.content)
    texts = [each.text for each in drawn.iter("{http://www.w3.org/2000/svg}text")]
    assert texts.count("0") == 23
    assert "4" in texts
    assert not {"script", "style"} & {each.tag.rpartition("}")[2] for each in drawn.iter()}
    small = ElementTree.fromstring(client.get(address(unions["CITY"], "z/chart.svg")).content)
    bars = [len(list(each.iter("{http://www.w3.org/2000/svg}rect"))) - 1 for each in (drawn, small)]
    assert bars == [24, 11]


def test_every_number_of_the_paragraph_opens_what_stands_behind_it(unions: dict[str, Union], sign_in: SignIn) -> None:
    client = sign_in(unions["CITY"])
    page = client.get(address(unions["CITY"], "press/"))
    assert page.context["plain"] == "2022年，CITY工会发展会员4人，其中新就业形态劳动者3人；慰问4件。"
    numbers = [segment for segment in page.context["segments"] if segment.url]
    assert [segment.text for segment in numbers] == ["4人", "3人", "4件"]
    assert {client.get(segment.url).status_code for segment in numbers} == {200}


def test_a_sentence_without_its_figure_is_left_out(unions: dict[str, Union]) -> None:
    with declared(RATE):
        assert press.paragraph(said(unions["WEST"], Period.year(2022))) == []
        assert press.plain(press.paragraph(said(unions["EAST"], Period.year(2022)))).endswith("按时办结率75%。")


def test_what_no_sentence_names_is_said_with_its_parts_in_its_own_unit_and_nothing_is_no_news(
    unions: dict[str, Union],
) -> None:
    women = {"new_form": "yes"}
    wanted = (
        indicator("cover", label=Text("六送保障：参保"), order=1),
        indicator("cover_new", label=Text("六送保障：其中：新参保"), dims=women, of="cover"),
        indicator("cover_here", label=Text("六送保障：其中：本市"), of="cover"),
        indicator("cover_none", label=Text("六送保障：其中：续保"), measure="test.none", of="cover"),
        indicator("visits", label=Text("慰问"), measure="test.none", unit=units.PIECES, order=2),
        indicator(
            "days",
            Kind.RATE,
            label=Text("六送保障：从申请到付款"),
            unit=units.DAYS,
            numerator=Part("test.joined"),
            denominator=Part("test.joined"),
            order=3,
        ),
    )
    with declared(*wanted):
        told = press.plain(press.paragraph(said(unions["CITY"], Period.year(2022))))
    assert told == "2022年，CITY工会六送保障参保4人，其中本市4人、新参保3人；六送保障从申请到付款1天。"


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (973, "973"),
        (1000, "1000"),
        (3210, "3200余"),
        (2998, "近3000"),
        (103_400, "10.3万余"),
        (320_000, "32万"),
        (99_950, "近10万"),
        (1_323_500, "132万余"),
    ],
)
def test_a_number_is_rounded_as_a_newspaper_says_it_and_stays_true(value: int, words: str) -> None:
    assert press.in_words(value) == words


@pytest.mark.parametrize("more", ["report.docx", "press/", "joined/chart.svg"])
def test_who_reads_no_card_gets_no_export(unions: dict[str, Union], sign_in: SignIn, more: str) -> None:
    assert sign_in(unions["WEST"]).get(address(unions["EAST"], more)).status_code == 404
    assert sign_in(unions["EAST"], Role.SITE_KEEPER).get(address(unions["EAST"], more)).status_code in (403, 404)
