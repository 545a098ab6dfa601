"""Files as people upload them, good and bad; the numbers are those of the catalogue of bad inputs."""
# ruff: noqa: DTZ001 - cells have no zone

from __future__ import annotations

import os
import resource
import stat
import struct
import subprocess
import sys
import time
import zipfile
import zlib
from datetime import date, datetime
from pathlib import Path

import openpyxl
import pytest

from niangjia.kernel.errors import DomainError, RuleBroken
from niangjia.platform.sheets import cells, read
from niangjia.platform.sheets.cells import BadCell, ErrorCell, FormulaCell
from niangjia.platform.sheets.limits import Limits
from niangjia.platform.sheets.table import Heading, table
from niangjia.platform.sheets.tests import makers

HEADINGS = (
    Heading("name", ("姓名",)),
    Heading("number", ("身份证号", "证件号码")),
    Heading("phone", ("手机号",), required=False),
)
A_ROW = '<row r="1">' + makers.text_cell("A1", "姓名") + makers.text_cell("B1", "身份证号") + "</row>"


def refused(path: Path, name: str = "", limits: Limits | None = None) -> tuple[str, int]:
    """Code and status with which the whole file is refused."""
    with pytest.raises(DomainError) as caught:
        list(read.rows(path, name=name, limits=limits))
    assert caught.value.fields["file"], "the sentence belongs beside the field"
    return caught.value.code, caught.value.status


def content(path: Path, name: str = "") -> list[tuple]:
    return [row.cells for row in read.rows(path, name=name)]


def file(folder: Path, name: str, data: bytes) -> Path:
    path = folder / name
    path.write_bytes(data)
    return path


# ---- what is taken


def test_a_workbook_is_read_with_its_own_row_numbers_and_kinds(tmp_path):
    book = openpyxl.Workbook()
    page = book.active
    page["B3"], page["C3"], page["D3"], page["E3"] = "张三", 5, 1.5, True
    page["F3"], page["G3"] = date(1990, 1, 2), datetime(1990, 1, 2, 8, 30)
    page["B6"] = "𠮷野·买买提"
    book.save(tmp_path / "roster.xlsx")
    rows = list(read.rows(tmp_path / "roster.xlsx"))
    assert [row.number for row in rows] == [3, 6]
    assert rows[0].cells == (None, "张三", 5, 1.5, True, date(1990, 1, 2), datetime(1990, 1, 2, 8, 30))
    assert rows[1].cells == (None, "𠮷野·买买提")
    assert rows[1].at(40) is None


def test_errors_and_uncomputed_formulas_are_not_mistaken_for_empty_cells_c56_c58(tmp_path):
    """C56, C58: the fast reader hands both out as empty."""
    rows = (
        '<row r="2"><c r="A2" t="e"><v>#N/A</v></c><c r="B2"><f>A1+1</f></c><c r="C2"><f>1+1</f><v>2</v></c>'
        '<c r="D2" t="e"><f>1/0</f><v>#DIV/0!</v></c><c r="E2"><f t="shared" si="0"/></c></row>'
    )
    (row,) = read.rows(makers.save(tmp_path / "a.xlsx", makers.parts(rows)))
    assert row.cells == (ErrorCell("#N/A"), FormulaCell(), 2, ErrorCell("#DIV/0!"), FormulaCell())


def test_error_cells_are_found_when_the_parts_carry_a_prefix(tmp_path):
    sheet = (
        '<x:worksheet xmlns:x="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><x:sheetData>'
        '<x:row r="1"><x:c r="A1" t="e"><x:v>#REF!</x:v></x:c></x:row></x:sheetData></x:worksheet>'
    )
    path = makers.save(tmp_path / "a.xlsx", makers.parts(sheet=sheet))
    assert content(path) == [(ErrorCell("#REF!"),)]


def test_days_counted_from_1904_are_the_days_the_program_showed_c63(tmp_path):
    """C63."""
    rows = '<row r="1"><c r="A1" s="1"><v>31413</v></c></row>'
    old = makers.workbook_xml(properties='<workbookPr date1904="1"/>')
    assert content(makers.save(tmp_path / "a.xlsx", makers.parts(rows, workbook=old))) == [(date(1990, 1, 2),)]
    assert content(makers.save(tmp_path / "b.xlsx", makers.parts(rows))) == [(date(1986, 1, 1),)]


def test_a_million_empty_styled_rows_are_ignored_fast_c28(tmp_path):
    """C28."""
    rows = A_ROW + "".join(f'<row r="{i}"><c r="A{i}" s="1"/></row>' for i in range(2, 1_000_001))
    path = makers.save(tmp_path / "a.xlsx", makers.parts(rows))
    began = time.monotonic()
    assert content(path) == [("姓名", "身份证号")]
    assert time.monotonic() - began < 20


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_csv_is_read_as_spreadsheet_programs_save_it_c51_c52_c53(tmp_path, encoding, separator):
    """C51, C52, C53."""
    lines = ["姓名|身份证号|备注", '小|110101199001011234|"一|二\n三"', "", "𠮷一|=1+1|@SUM(1)"]
    text = "\r\n".join(lines).replace("|", separator)
    path = file(tmp_path, "roster.csv", text.encode(encoding))
    rows = list(read.rows(path))
    assert [row.cells for row in rows] == [
        ("姓名", "身份证号", "备注"),
        ("小", "110101199001011234", f"一{separator}二\n三"),
        ("𠮷一", "=1+1", "@SUM(1)"),
    ]
    assert [row.number for row in rows] == [1, 2, 5]


# ---- kinds of files that are not taken


def test_other_kinds_are_refused_whatever_they_are_called_c01_c02_c03_c04_c05_c06_c07_c08_c09(tmp_path):
    """C01-C09."""
    real = makers.save(tmp_path / "real.xlsx", makers.parts(A_ROW))
    old = file(tmp_path, "old.xlsx", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(4096))
    zipped = makers.save(tmp_path / "files.xlsx", {"a.txt": "x", "b.txt": "y"})
    binary = makers.save(tmp_path / "b.xlsx", makers.parts(A_ROW) | {"xl/workbook.bin": b"\x00"})
    ods = makers.save(
        tmp_path / "o.xlsx", {"mimetype": "application/vnd.oasis.opendocument.spreadsheet", "content.xml": "<a/>"}
    )
    word = makers.save(tmp_path / "w.xlsx", {"[Content_Types].xml": "<a/>", "word/document.xml": "<a/>"})
    html = file(tmp_path, "h.xlsx", b"<html><table><tr><td>1</td></tr></table></html>")
    pdf = file(tmp_path, "p.xlsx", b"%PDF-1.7 ...")
    png = file(tmp_path, "p.csv", b"\x89PNG\r\n\x1a\n" + bytes(50))
    table_csv = file(tmp_path, "h.csv", b"\xef\xbb\xbf  <TABLE><tr><td>1</td></tr>")
    for path in (old, zipped, binary, ods, word, html, pdf, png, table_csv):
        assert refused(path) == ("FILE_TYPE", 415), path.name
    for name in ("roster.xlsm", "roster.xlsb", "roster.ods", "roster.xlsx.exe", "roster", "roster.xls", "roster.csv"):
        assert refused(real, name) == ("FILE_TYPE", 415), name
    assert content(real, "../../etc/-名单.XLSX")


def test_broken_files_are_refused_c10_c11_c12_c13_c14_c15_c16_c17(tmp_path):
    """C10-C17."""
    whole = makers.save(tmp_path / "whole.xlsx", makers.parts(A_ROW)).read_bytes()
    locked = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(2_000_000) + "EncryptedPackage".encode("utf-16-le")
    chart = makers.parts(relations=makers.relations("chartsheet", "chartsheets/sheet1.xml"), sheet=None)
    chart["xl/chartsheets/sheet1.xml"] = (
        '<chartsheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"/>'
    )
    cases = [
        file(tmp_path, "empty.xlsx", b""),
        file(tmp_path, "empty.csv", b""),
        *(file(tmp_path, f"cut{share}.xlsx", whole[: len(whole) * share // 10]) for share in (1, 3, 5, 9)),
        makers.save(tmp_path / "no-book.xlsx", makers.parts(workbook=None)),
        makers.save(tmp_path / "no-sheet.xlsx", makers.parts(workbook=makers.workbook_xml(sheets=""))),
        makers.save(tmp_path / "no-part.xlsx", makers.parts(sheet=None)),
        makers.save(tmp_path / "chart.xlsx", chart),
        makers.save(tmp_path / "not-xml.xlsx", makers.parts(sheet="<worksheet><sheetData><row")),
        file(tmp_path, "locked.xlsx", locked),
        file(tmp_path, "quote.csv", '姓名,号码\n"张三,1\n'.encode()),
        file(tmp_path, "mixed.csv", "姓名,号码\n张三,1\n".encode() + "李四,2\n".encode("gb18030")),
        file(tmp_path, "neither.csv", b"\xff\xff\xff,1\n"),
        file(tmp_path, "zero.csv", b"a,b\n1\x00,2\n"),
    ]
    for path in cases:
        assert refused(path) == ("FILE_BROKEN", 422), path.name


def test_a_hidden_first_sheet_is_not_read_in_secret_c46(tmp_path):
    """C46."""
    hidden = makers.workbook_xml(sheets='<sheet name="a" sheetId="1" state="hidden" r:id="rId1"/>')
    assert refused(makers.save(tmp_path / "a.xlsx", makers.parts(A_ROW, workbook=hidden))) == ("FILE_HEADER", 422)


# ---- bombs


def test_far_corners_do_not_bring_the_reader_down_c21_c22(tmp_path):
    """C21, C22: the first one makes the parser ask for 512 GiB and abort its process."""
    corner = '<row r="1048576"><c r="XFD1048576"><v>1</v></c></row>'
    both = makers.save(tmp_path / "both.xlsx", makers.parts('<row r="1"><c r="A1"><v>1</v></c></row>' + corner))
    one = makers.save(tmp_path / "one.xlsx", makers.parts(corner))
    assert both.stat().st_size < 2500
    for path in (both, one):
        began = time.monotonic()
        assert refused(path) == ("FILE_TOO_BIG", 413)
        assert time.monotonic() - began < 10


def test_the_corner_bomb_does_kill_a_process_that_opens_it_itself(tmp_path):
    """The proof that the child process is needed: without it the worker would be gone."""
    corner = '<row r="1"><c r="A1"><v>1</v></c></row><row r="1048576"><c r="XFD1048576"><v>1</v></c></row>'
    path = makers.save(tmp_path / "both.xlsx", makers.parts(corner))
    program = (
        "import python_calamine, resource, sys\n"
        "resource.setrlimit(resource.RLIMIT_AS, (2 << 30, 2 << 30)); resource.setrlimit(resource.RLIMIT_CORE, (0, 0))\n"
        "try: python_calamine.CalamineWorkbook.from_path(sys.argv[1]).get_sheet_by_index(0)\n"
        "except BaseException: pass\n"
    )
    done = subprocess.run([sys.executable, "-c", program, str(path)], stderr=subprocess.DEVNULL, check=False)
    assert done.returncode < 0


def test_a_file_that_unpacks_to_far_too_much_is_refused_c18_c19_c20_c26(tmp_path):
    """C18, C19, C20, C26."""
    rows = "".join(f'<row r="{i}"><c r="A{i}"><v>1</v></c></row>' for i in range(1, 50_004))
    many = makers.save(tmp_path / "many.xlsx", makers.parts(rows))
    assert refused(many, limits=Limits(rows=50_000)) == ("FILE_TOO_BIG", 413)
    assert len(list(read.rows(many, limits=Limits(rows=50_002)))) == 50_003
    cell = makers.save(
        tmp_path / "cell.xlsx", makers.parts(f'<row r="1">{makers.text_cell("A1", "x" * 100_000_000)}</row>')
    )
    assert cell.stat().st_size < 400_000
    assert refused(cell) == ("FILE_TOO_BIG", 413)
    assert refused(many, limits=Limits(inflated_bytes=1_000_000)) == ("FILE_TOO_BIG", 413)
    assert refused(many, limits=Limits(file_bytes=1000)) == ("FILE_TOO_BIG", 413)


def test_memory_time_and_patience_of_the_child_are_limited(tmp_path):
    rows = "".join(f'<row r="{i}">{makers.text_cell(f"A{i}", "某某" * 100)}</row>' for i in range(1, 100_001))
    path = makers.save(tmp_path / "a.xlsx", makers.parts(rows))
    assert len(list(read.rows(path, limits=Limits(memory_bytes=400 * 1024 * 1024)))) == 100_000
    assert refused(path, limits=Limits(memory_bytes=80 * 1024 * 1024)) == ("FILE_TOO_BIG", 413)
    assert refused(path, limits=Limits(wait_seconds=0.05)) == ("FILE_TOO_BIG", 413)
    long = makers.save(
        tmp_path / "b.xlsx",
        makers.parts(
            "".join(
                f'<row r="{i}"><c r="A{i}"><v>{i}</v></c><c r="AN{i}"><v>1</v></c></row>' for i in range(1, 150_000)
            )
        ),
    )
    assert refused(long, limits=Limits(cpu_seconds=1)) == ("FILE_TOO_BIG", 413)


def test_ten_thousand_and_one_parts_are_refused_c24(tmp_path):
    """C24."""
    parts = makers.parts(A_ROW) | {f"xl/media/{number}.xml": "" for number in range(10_001)}
    assert refused(makers.save(tmp_path / "a.xlsx", parts)) == ("FILE_TOO_BIG", 413)


def test_a_size_header_that_lies_is_found_out_c25(tmp_path):
    """C25: the directory says 100 bytes, ten megabytes come out."""
    path = makers.save(
        tmp_path / "a.xlsx", makers.parts(f'<row r="1">{makers.text_cell("A1", "<!-- -->" * 1_300_000)}</row>')
    )
    with zipfile.ZipFile(path) as archive:
        size = archive.getinfo(makers.SHEET).file_size
    data = path.read_bytes()
    assert data.count(struct.pack("<I", size)) == 2
    path.write_bytes(data.replace(struct.pack("<I", size), struct.pack("<I", 100)))
    assert refused(path) == ("FILE_TOO_BIG", 413)


def test_a_csv_line_of_a_megabyte_is_refused_c27(tmp_path):
    """C27."""
    assert refused(file(tmp_path, "a.csv", b"a,b\n" + b"x" * 1_000_000 + b",1\n")) == ("FILE_TOO_BIG", 413)


def test_a_zip_inside_a_zip_is_never_opened_c23(tmp_path):
    """C23."""
    inner = makers.save(tmp_path / "inner.xlsx", makers.parts(A_ROW)).read_bytes()
    nested = makers.save(tmp_path / "a.xlsx", makers.parts(A_ROW) | {"xl/embeddings/b.xlsx": inner})
    assert refused(nested) == ("FILE_UNSAFE", 422)
    assert refused(makers.save(tmp_path / "b.xlsx", {"0.zip": inner, "1.zip": inner})) == ("FILE_TYPE", 415)


# ---- traps


@pytest.mark.parametrize(
    "trap",
    [
        '<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;">]>',
        '<!DOCTYPE x [<!ENTITY f SYSTEM "file:///etc/passwd">]>',
    ],
)
@pytest.mark.parametrize(
    "part", [makers.SHEET, "xl/workbook.xml", "xl/styles.xml", "docProps/core.xml", "xl/sharedStrings.xml"]
)
def test_entities_are_refused_in_every_part_c29_c30(tmp_path, trap, part):
    """C29, C30."""
    parts = makers.parts(A_ROW)
    parts[part] = trap + parts.get(part, "<a/>")
    assert refused(makers.save(tmp_path / "a.xlsx", parts)) == ("FILE_UNSAFE", 422)


def test_an_entity_cannot_hide_behind_another_encoding_or_a_chunk_border(tmp_path):
    trap = '<!DOCTYPE x [<!ENTITY a "a">]>'
    wide = makers.parts(A_ROW) | {"docProps/core.xml": (trap + "<a/>").encode("utf-16")}
    assert refused(makers.save(tmp_path / "wide.xlsx", wide)) == ("FILE_UNSAFE", 422)
    border = "<!-- -->" * (256 * 1024 // 8)
    late = makers.parts(A_ROW) | {"docProps/core.xml": border[:-4] + trap + "<a/>"}
    assert refused(makers.save(tmp_path / "late.xlsx", late)) == ("FILE_UNSAFE", 422)


def test_links_macros_odd_names_and_the_virus_test_are_refused_c31_c32_c33_c34_c35(tmp_path):
    """C31-C35."""
    virus = r"X5O!P%@AP[4\PZX54(P^)7CC)7}$EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"
    for number, (name, text) in enumerate(
        [
            ("xl/externalLinks/externalLink1.xml", "<a/>"),
            ("xl/connections.xml", "<a/>"),
            ("xl/ddeless.xml", "<a><ddeLink ddeService='cmd'/></a>"),
            ("xl/vbaProject.bin", "x"),
            ("../../x.xml", "<a/>"),
            ("..\\x.xml", "<a/>"),
            ("/etc/x.xml", "<a/>"),
            ("xl/media/a.txt", virus),
            ("xl/media/b.bin", "y" * 262_140 + virus),
        ]
    ):
        path = makers.save(tmp_path / f"{number}.xlsx", makers.parts(A_ROW) | {name: text})
        assert refused(path) == ("FILE_UNSAFE", 422), name
    linked = makers.save(tmp_path / "link.xlsx", makers.parts(A_ROW))
    with zipfile.ZipFile(linked, "a") as archive:
        info = zipfile.ZipInfo("xl/media/link")
        info.external_attr = (stat.S_IFLNK | 0o777) << 16
        archive.writestr(info, "/etc/passwd")
    assert refused(linked) == ("FILE_UNSAFE", 422)
    assert refused(file(tmp_path, "v.csv", b"a,b\n" + virus.encode() + b",1\n")) == ("FILE_UNSAFE", 422)


def test_a_stored_part_with_a_wrong_checksum_or_method_is_broken(tmp_path):
    path = makers.save(tmp_path / "a.xlsx", makers.parts(A_ROW))
    squeezed = tmp_path / "b.xlsx"
    with zipfile.ZipFile(squeezed, "w", zipfile.ZIP_BZIP2) as archive:
        for name, text in makers.parts(A_ROW).items():
            archive.writestr(name, text)
    assert refused(squeezed) == ("FILE_BROKEN", 422)
    data = bytearray(path.read_bytes())
    at = data.index(zlib.compress(b"")[:0] or b"xl/worksheets/sheet1.xml") + 40
    data[at : at + 20] = os.urandom(20)
    path.write_bytes(data)
    assert refused(path)[0] in {"FILE_BROKEN", "FILE_TOO_BIG"}


def test_the_reading_process_grows_little_and_leaves_no_child(tmp_path):
    """Memory is the child's; the caller holds lines."""
    book = makers.parts(
        "".join(f'<row r="{i}">{makers.text_cell(f"A{i}", "某某" * 20)}</row>' for i in range(1, 200_001))
    )
    path = makers.save(tmp_path / "a.xlsx", book)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    assert sum(1 for _row in read.rows(path)) == 200_000
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 60_000
    half = read.rows(path)
    next(half)
    half.close()
    with pytest.raises(ChildProcessError):
        os.waitpid(-1, os.WNOHANG)


def test_the_child_knows_no_secrets(monkeypatch):
    monkeypatch.setenv("NIANGJIA_MASTER_KEY", "secret")
    monkeypatch.setenv("DATABASE_URL", "secret")
    assert "secret" not in read._environment().values()


# ---- headers and cells


def rows_of(*lines: tuple) -> list[cells.Row]:
    return [cells.Row(number, line) for number, line in enumerate(lines, 1)]


def test_columns_are_found_in_any_order_with_blanks_and_unknown_ones_c47_c48_c49_c50():
    """C47-C50."""
    found = table(
        rows_of(("备注", " 证件 号码* ", "姓名"), ("x", "1", "张三"), (None, " ", None), ("y", None, "李四")), HEADINGS
    )
    assert found.unknown == ("备注",)
    assert [(record.number, dict(record.values)) for record in found] == [
        (2, {"name": "张三", "number": "1"}),
        (4, {"name": "李四", "number": None}),
    ]


@pytest.mark.parametrize(
    ("lines", "code"),
    [
        ([], "HEADER_EMPTY"),
        ([("姓名", "身份证号")], "ROWS_NONE"),
        ([("姓名", "手机号"), ("张三", "1")], "HEADER_MISSING"),
        ([("姓名", "身份证号", "证件号码"), ("张三", "1", "2")], "HEADER_TWICE"),
        ([("2026年花名册", None), ("姓名", "身份证号"), ("张三", "1")], "HEADER_MISSING"),
    ],
)
def test_a_header_that_does_not_fit_is_refused_c41_c42_c43_c44_c45(lines, code):
    """C41-C45."""
    with pytest.raises(RuleBroken) as caught:
        table(rows_of(*lines), HEADINGS)
    assert caught.value.code == code


@pytest.mark.parametrize(
    ("convert", "cell", "code"),
    [
        (cells.digits, 1.10101e17, "CELL_NUMBER"),
        (cells.digits, 13812345678, "CELL_NUMBER"),
        (cells.digits, True, "CELL_NOT_TEXT"),
        (cells.words, True, "CELL_NOT_TEXT"),
        (cells.words, ErrorCell("#N/A"), "CELL_ERROR"),
        (cells.day, FormulaCell(), "CELL_FORMULA"),
        (cells.words, "x" * 32_767, "CELL_TOO_LONG"),
        (cells.day, 32874, "CELL_NOT_A_DAY"),
        (cells.day, "1990年13月7日", "CELL_NOT_A_DAY"),
        (cells.day, "01/02/03", "CELL_NOT_A_DAY"),
        (cells.whole_number, "1_000", "CELL_NOT_A_NUMBER"),
        (cells.whole_number, 1.5, "CELL_NOT_A_NUMBER"),
    ],
)
def test_cells_that_lost_their_meaning_are_named_c54_c55_c56_c57_c58_c59_c62_c64(convert, cell, code):
    """C54-C59, C62, C64."""
    with pytest.raises(BadCell) as caught:
        convert(cell)
    assert caught.value.code == code


def test_cells_become_what_the_column_asks_for():
    assert cells.words("  张三 ") == "张三"
    assert cells.words(7) == "7"
    assert cells.digits(" 11010119900101123X") == "11010119900101123X"
    for written in (
        "1990-01-02",
        "1990/1/2",
        "1990.1.2",
        "1990年1月2日",
        "19900102",
        date(1990, 1, 2),
        datetime(1990, 1, 2, 9),
    ):
        assert cells.day(written) == date(1990, 1, 2)
    assert cells.day(" ") is None
    assert cells.whole_number("-12") == -12
