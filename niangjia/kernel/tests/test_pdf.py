from __future__ import annotations

import re
import zlib

from niangjia.kernel import pdf

_SHOWN = re.compile(r"<([0-9a-f]*)> Tj")


def contents(data: bytes) -> list[str]:
    """The texts of a paper, page by page."""
    streams = re.findall(rb"stream\n(.*?)\nendstream", data, re.DOTALL)
    pages = [zlib.decompress(stream).decode() for stream in streams]
    return [
        "".join(bytes.fromhex(one).decode("utf-16-be") for one in re.findall(r"<([0-9a-f]*)> Tj", p)) for p in pages
    ]


def test_a_paper_holds_its_text_and_finds_its_objects():
    flow = pdf.Flow("六送保障")
    flow.heading("保障说明")
    flow.paragraph("最高 ¥\N{NO-BREAK SPACE}115,000.00。")
    data = flow.bytes()
    assert "保障说明最高 ￥ 115,000.00。1 / 1" in contents(data)[0]
    start = int(data.rsplit(b"startxref\n", 1)[1].split(b"\n")[0])
    assert data[start:].startswith(b"xref\n")
    for offset in re.findall(rb"(\d{10}) 00000 n", data):
        assert re.match(rb"\d+ 0 obj", data[int(offset) : int(offset) + 12])


def test_a_long_paper_turns_pages_and_loses_nothing():
    flow, words = pdf.Flow("长"), [f"第{number}条，" + "字" * 90 for number in range(120)]
    for one in words:
        flow.item(one)
    pages = contents(flow.bytes())
    assert len(pages) > 3
    assert all(f"第{number}条" in "".join(pages) for number in range(120))


def test_no_line_is_too_long_or_begins_with_a_closing_mark():
    text = "一二三四五六七八九十，" * 30
    lines = list(pdf.wrapped(text, 10, 100))
    assert "".join(lines) == text
    assert all(line[0] not in "，。" and pdf.width_of(line, 10) <= 110 for line in lines)
