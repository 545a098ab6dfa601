"""What leaves the house as a spreadsheet can do nothing but be read."""
# ruff: noqa: DTZ001 - cells have no zone

from __future__ import annotations

import csv
import io
import time
import tracemalloc
from datetime import UTC, date, datetime

import openpyxl
import pytest

from niangjia.kernel.text import text
from niangjia.platform.sheets import cells, read, write
from niangjia.platform.sheets.download import csv_response, sheet_response
from niangjia.platform.sheets.marks import BadRow, marked
from niangjia.platform.sheets.write import Column, Kind, Sheet

ODD = [
    prefix + "cmd|' /C calc'!A0"
    for prefix in (
        "=",
        "+",
        "-",
        "@",
        "\t=",
        "\r=",
        "\n=",
        "＝",
        "＋",
        "－",
        "＠",
        " =",
        "'=",
        "{=",
        "\x00=",
        "=1+1;",
        '=HYPERLINK("http://x")',
    )
]
ODD += [
    "http://example.com",
    "mailto:a@b.c",
    "internal:Sheet1!A1",
    "1e5",
    "0012",
    "110101199001011234",
    "\ud800x",
    "x\x0by",
    "_x0041_",
    "𠮷",
]


def reopened(stream):
    return openpyxl.load_workbook(stream)


def test_no_text_is_ever_a_formula_a_link_or_a_number_c60():
    columns = (Column("a", "=title"), Column("n", "号码"))
    with write.workbook([Sheet("一", columns, [{"a": odd, "n": odd} for odd in ODD])]) as stream:
        book = reopened(stream)
    kinds = {cell.data_type for row in book["一"].iter_rows() for cell in row}
    assert kinds == {"s"}
    assert not book["一"]._hyperlinks
    values = [row[0].value for row in book["一"].iter_rows(min_row=2)]
    assert values[0] == "=cmd|' /C calc'!A0"
    assert values[-1] == "𠮷"
    assert "110101199001011234" in values


def test_the_check_sees_a_formula_when_there_is_one():
    book = openpyxl.Workbook()
    book.active["A1"] = "=1+1"
    stream = io.BytesIO()
    book.save(stream)
    assert reopened(stream).active["A1"].data_type == "f"


def test_each_kind_is_written_as_what_it_is():
    columns = tuple(Column(kind.value, kind.value, kind) for kind in Kind)
    row = {
        "text": "0012",
        "number": 7,
        "yuan": 132_350_001,
        "day": date(2026, 1, 9),
        "moment": datetime(2026, 1, 9, 16, 30, tzinfo=UTC),
        "share": 0.125,
    }
    with write.workbook([Sheet("一", columns, [row, {}])]) as stream:
        page = reopened(stream).active
    values = [cell.value for cell in page[2]]
    assert values == ["0012", 7, 1_323_500.01, datetime(2026, 1, 9), datetime(2026, 1, 10, 0, 30), 0.125]
    assert all(cell.value is None for cell in page[3])


def test_names_of_pages_are_made_fit_and_unique():
    sheets = [
        Sheet(name, (Column("a", "甲"),), []) for name in ("a/b:c", "A b c", "长" * 40, "长" * 40, "", "'x'", "History")
    ]
    with write.workbook(sheets) as stream:
        names = reopened(stream).sheetnames
    assert names[0] == "a b c"
    assert names[1] == "A b c (2)"
    assert all(len(name) <= 31 for name in names)
    assert len({name.casefold() for name in names}) == 7
    with write.workbook([]) as stream:
        assert reopened(stream).sheetnames


def test_rows_beyond_the_format_go_on_to_another_page(monkeypatch):
    monkeypatch.setattr(write, "ROWS_PER_SHEET", 2)
    with write.workbook([Sheet("一", (Column("a", "甲"),), [{"a": str(n)} for n in range(5)])]) as stream:
        book = reopened(stream)
    assert book.sheetnames == ["一", "一 (2)", "一 (3)"]
    assert [book["一 (3)"]["A1"].value, book["一 (3)"]["A2"].value] == ["甲", "4"]


def test_memory_does_not_grow_with_the_rows():
    def peak(count: int) -> int:
        columns = tuple(Column(str(place), str(place)) for place in range(8))
        rows = ({str(place): f"{number}-{place}" for place in range(8)} for number in range(count))
        tracemalloc.start()
        write.workbook([Sheet("一", columns, rows)]).close()
        most = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return most

    peak(10)
    assert peak(5_000) < peak(500) * 2


def test_what_is_written_is_read_back_the_same(tmp_path):
    rows = [{"a": f"_x0041_张三{number}", "b": "110101199001011234", "c": number} for number in range(1000)]
    columns = (Column("a", "姓名"), Column("b", "身份证号"), Column("c", "数", Kind.NUMBER))
    with write.workbook([Sheet("一", columns, rows)]) as stream:
        (tmp_path / "a.xlsx").write_bytes(stream.read())
    back = [row.cells for row in read.rows(tmp_path / "a.xlsx")]
    assert back == [("姓名", "身份证号", "数")] + [(row["a"], row["b"], row["c"]) for row in rows]


def test_csv_cells_cannot_begin_a_formula_c61():
    columns = (Column("a", "=甲"), Column("fen", "元", Kind.YUAN), Column("day", "日", Kind.DAY))
    sheet = Sheet("一", columns, [{"a": odd, "fen": -105, "day": date(2026, 1, 9)} for odd in ODD])
    data = b"".join(write.csv(sheet))
    assert data.startswith("\ufeff'=甲,元,日\r\n".encode())
    lines = list(csv.reader(io.StringIO(data.decode("utf-8-sig"), newline="")))
    assert len(lines) == len(ODD) + 1
    assert not [line[0] for line in lines if line[0].lstrip(" \u3000")[:1] in set("=+-@\t\r\n\x00＝＋－＠")]
    assert lines[1][1:] == ["-1.05", "2026-01-09"]


def test_csv_keeps_plain_negative_numbers():
    data = b"".join(write.csv(Sheet("一", (Column("n", "数", Kind.NUMBER),), [{"n": -3}, {"n": -3.5}])))
    assert data.decode("utf-8-sig").splitlines()[1:] == ["-3", "-3.5"]


def test_the_marked_workbook_holds_bad_rows_reasons_and_totals():
    bad = BadRow(
        7,
        {"name": "张三", "number": 1.5, "day": cells.ErrorCell("#N/A")},
        {"number": text("证件号码有误"), "": text("这一行与第{n}行重复", n=3)},
    )
    columns = (Column("name", "姓名"), Column("number", "身份证号"), Column("day", "日期"))
    with marked(columns=columns, bad_rows=[bad], summary={text("可以导入"): 320_400, text("需要改正"): 1}) as stream:
        book = reopened(stream)
    totals, page = book.worksheets
    assert [[cell.value for cell in row] for row in totals.iter_rows(min_row=2)] == [
        ["可以导入", "320400"],
        ["需要改正", "1"],
    ]
    assert [cell.value for cell in page[2]] == ["7", "张三", "1.5", "#N/A", "身份证号:证件号码有误\n这一行与第3行重复"]


def test_downloads_are_attachments_that_no_cache_keeps():
    sheet = Sheet("一", (Column("a", "甲"),), [{"a": "x"}])
    for response in (sheet_response(sheet, name='名单"; x=\r\n1'), csv_response(sheet, name="名单")):
        assert response["Content-Disposition"].startswith("attachment; filename*=UTF-8''%E5%90%8D%E5%8D%95")
        assert '"' not in response["Content-Disposition"]
        assert response["Cache-Control"] == "private, no-store"
        assert response["X-Content-Type-Options"] == "nosniff"
        assert b"".join(response.streaming_content)


@pytest.mark.parametrize("rows", [30_000])
def test_writing_is_fast_enough_for_a_city(rows):
    columns = tuple(Column(str(place), str(place)) for place in range(8))
    began = time.process_time()
    write.workbook(
        [Sheet("一", columns, ({str(p): "110101199001011234" for p in range(8)} for _n in range(rows)))]
    ).close()
    assert time.process_time() - began < 12
