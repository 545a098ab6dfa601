"""Content, name and type of uploads; the numbers are those of the catalogue of bad inputs."""

from __future__ import annotations

import contextlib
import random
import struct
import zlib

import pytest

from niangjia.kernel.errors import DomainError, RuleBroken, TooLarge
from niangjia.platform.files import images, media
from niangjia.platform.files.tests.makers import (
    chunk,
    exif,
    jpeg,
    packed_objects,
    pdf,
    png,
    segment,
    webp,
    webp_chunk,
)

VIRUS = rb"X5O!P%@AP[4\PZX54(P^)7CC)7}$EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"


def taken(data: bytes, name: str = "a.jpg", declared: str = "", allowed=media.CLAIM_PAPERS) -> tuple[str, bytes]:
    return media.recognised(data, name=name, declared=declared, allowed=allowed)


def refused(data: bytes, name: str = "a.jpg", declared: str = "", allowed=media.CLAIM_PAPERS) -> tuple[str, int]:
    with pytest.raises(DomainError) as caught:
        taken(data, name, declared, allowed)
    assert caught.value.fields["file"]
    return caught.value.code, caught.value.status


CONTENT, BIG = ("FILE_CONTENT", 422), ("FILE_TOO_BIG", 413)


@pytest.mark.parametrize(
    ("data", "name", "declared", "kind"),
    [
        (jpeg(), "诊断.JPG", "image/jpeg", "image/jpeg"),
        (jpeg(), "a.jpeg", "image/jpg", "image/jpeg"),
        (jpeg(), "image", "application/octet-stream", "image/jpeg"),
        (png(), "a.png", "image/png", "image/png"),
        (webp(), "a.webp", "image/webp", "image/webp"),
        (pdf(), "a.pdf", "application/pdf", "application/pdf"),
        (pdf(pages=500), "a.pdf", "", "application/pdf"),
        (pdf(extra=packed_objects(b"<< /Type /Page >> " * 499)), "a.pdf", "", "application/pdf"),
    ],
)
def test_good_papers_are_taken_by_their_content_d23(data, name, declared, kind):
    assert taken(data, name, declared)[0] == kind


@pytest.mark.parametrize(
    ("data", "name", "declared"),
    [
        (b"<?php system($_GET['c']); ?>", "D03.jpg", "image/jpeg"),
        (png()[:33] + b"<html><script>alert(1)</script></html>", "D04.png", "image/png"),
        (b'<svg xmlns="http://www.w3.org/2000/svg"><script>1</script></svg>', "D05.svg", "image/svg+xml"),
        (b'<svg xmlns="http://www.w3.org/2000/svg"><script>1</script></svg>', "D05.png", "image/png"),
        (b"<html><script>1</script></html>", "D06.jpg", "image/jpeg"),
        (pdf(extra=b"5 0 obj << /S /JavaScript /JS (app.alert(1)) >> endobj "), "D07.pdf", ""),
        (pdf(extra=b"5 0 obj << /S /J#61vaScript /JS (app.alert(1)) >> endobj "), "D07-escaped.pdf", ""),
        (pdf(extra=packed_objects(b"<< /S /JavaScript /JS (1) >>")), "D07-packed.pdf", ""),
        (pdf(extra=packed_objects(b"<< /S /J#61v#61Script >>")), "D07-both.pdf", ""),
        (pdf(extra=packed_objects(b"/JavaScript").replace(b"/ObjStm", b"/Obj#53tm")), "D07-hidden.pdf", ""),
        (pdf(extra=packed_objects(b"x", head=b"/Filter [/ASCIIHexDecode /FlateDecode]")), "D07-wrapped.pdf", ""),
        (pdf(extra=packed_objects(b"x", head=b"")), "D07-unknown.pdf", ""),
        (pdf(extra=b"5 0 obj << /S /Launch /F (cmd.exe) >> endobj "), "D07-launch.pdf", ""),
        (pdf(extra=b"trailer << /Encrypt 7 0 R >> "), "D08.pdf", ""),
        (pdf(end=b""), "D09.pdf", ""),
        (pdf()[:60], "D09-cut.pdf", ""),
        (jpeg()[:-20], "D10.jpg", ""),
        (jpeg()[:40], "D10-head.jpg", ""),
        (png()[:-12], "D10.png", ""),
        (webp()[:-3], "D10.webp", ""),
        (b"PK\x03\x04" + bytes(100), "D11.zip", ""),
        (b"MZ" + bytes(100), "D12.exe", ""),
        (pdf(), "D13.pdf", "image/png"),
        (pdf(), "D13.png", ""),
        (png(), "D13.jpg", "image/png"),
        (VIRUS, "D14.jpg", ""),
        (jpeg(extra=[segment(0xE3, VIRUS)]), "D14-inside.jpg", ""),
        (b"GIF89a" + bytes(50), "D20.gif", "image/gif"),
        (jpeg(), "D27.jpg.php", ""),
        (b"\x00\x00\x00\x18ftypheic" + bytes(50), "D22.heic", "image/heic"),
        (b"\xff\xd8\xff\xd9", "empty.jpg", ""),
        (png().replace(b"IDAT", b"IDAX"), "nothing.png", ""),
        (webp(webp_chunk(b"EXIF", b"x")), "nothing.webp", ""),
        (webp(webp_chunk(b"VP8X", bytes(10)), webp_chunk(b"ANIM", bytes(6))), "moving.webp", ""),
        (webp(webp_chunk(b"VP8X", bytes(4))), "short.webp", ""),
    ],
)
def test_what_is_not_what_it_says_is_refused(data, name, declared):
    assert refused(data, name, declared) == CONTENT


def test_a_photo_of_the_other_makers_kind_gets_a_hint():
    with pytest.raises(DomainError) as caught:
        taken(b"\x00\x00\x00\x18ftypheic" + bytes(50), "a.heic")
    assert "HEIC" in str(caught.value.message)


@pytest.mark.parametrize(
    ("data", "name"),
    [
        (pdf(pages=501), "D17.pdf"),
        (pdf(extra=packed_objects(b"<< /Type /Page >> " * 501)), "D17-packed.pdf"),
        (pdf(extra=packed_objects(b"\x00" * 40_000_000)), "bomb.pdf"),
        (png(width=14_000, height=14_000), "D18.png"),
        (png(width=10_000, height=10_000), "D19.png"),
        (png(width=2**31, height=2**31), "huge.png"),
        (jpeg(width=60_000, height=60_000), "D19.jpg"),
        (webp(webp_chunk(b"VP8X", b"\x00" * 4 + b"\xff\xff\xff" * 2), webp_chunk(b"VP8 ", bytes(20))), "huge.webp"),
    ],
)
def test_what_would_be_huge_when_opened_is_refused(data, name):
    assert refused(data, name) == BIG


def test_a_photo_loses_place_and_device_and_keeps_its_side_d24_d25_d26():
    """D24, D25, D26."""
    secrets = [
        exif(6),
        segment(0xFE, b"taken by Zhang San"),
        segment(0xED, b"Photoshop 116.4E"),
        segment(0xE1, b"http://ns.adobe.com/xap/ 116.4E"),
    ]
    adobe = segment(0xEE, b"Adobe\x00d\x00\x00\x00\x00\x02")
    cleaned = taken(jpeg(extra=[*secrets, adobe]))[1]
    for secret in (b"116.4E", b"Zhang", b"ABCD", b"Photoshop"):
        assert secret not in cleaned
    assert adobe in cleaned, "without it the colours of a CMYK picture are wrong"
    assert exif_orientation(cleaned) == 6
    assert taken(cleaned)[1] == cleaned
    assert taken(jpeg())[1] == jpeg()


def exif_orientation(data: bytes) -> int:
    for marker, whole in images._jpeg_segments(data):
        if marker == 0xE1:
            return images._orientation(whole[4:])
    return 1


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_every_way_to_hold_a_phone_survives(orientation, order):
    assert exif_orientation(taken(jpeg(extra=[exif(orientation, order=order)]))[1]) == orientation


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"Exif\x00\x00",
        b"Exif\x00\x00MM\x00*\xff\xff\xff\xff",
        b"Exif\x00\x00XX",
        b"Exif\x00\x00MM\x00*\x00\x00\x00\x08\xff\xff",
    ],
)
def test_a_broken_orientation_is_none(body):
    assert exif_orientation(taken(jpeg(extra=[segment(0xE1, body)]))[1]) == 1


def test_what_is_glued_behind_a_picture_falls_off():
    for data, name in (
        (jpeg(tail=b"<?php 1 ?>"), "a.jpg"),
        (png(tail=b"<?php 1 ?>"), "a.png"),
        (webp() + b"<?php 1 ?>", "a.webp"),
    ):
        assert b"php" not in taken(data, name)[1]


def test_texts_inside_other_pictures_fall_off():
    secret = [chunk(b"tEXt", b"Comment\x00Zhang San"), chunk(b"eXIf", b"MM\x00*Zhang"), chunk(b"acTL", bytes(8))]
    cleaned = taken(png(extra=secret), "a.png")[1]
    assert cleaned == png()
    picture = webp_chunk(b"VP8L", b"\x2f" + struct.pack("<I", 39 | 29 << 14) + b"x" * 5)
    flags = webp_chunk(b"VP8X", b"\x0c" + bytes(3) + b"\x27\x00\x00\x1d\x00\x00")
    cleaned = taken(webp(flags, picture, webp_chunk(b"EXIF", b"Zhang"), webp_chunk(b"XMP ", b"San")), "a.webp")[1]
    assert b"Zhang" not in cleaned
    assert cleaned == webp(webp_chunk(b"VP8X", b"\x00" + bytes(3) + b"\x27\x00\x00\x1d\x00\x00"), picture)


def test_a_changed_byte_in_a_png_is_found():
    data = bytearray(png())
    data[45] ^= 1
    assert refused(bytes(data), "a.png") == CONTENT


def test_no_prefix_or_mutation_of_a_file_brings_us_down():
    """Whatever the bytes, the answer is a file or a refusal, never a fault."""
    chance = random.Random(7)
    for source, name in (
        (jpeg(extra=[exif(3)]), "a.jpg"),
        (png(), "a.png"),
        (webp(), "a.webp"),
        (pdf(extra=packed_objects(b"<< >>")), "a.pdf"),
    ):
        for _turn in range(400):
            data = bytearray(source[: chance.randrange(1, len(source) + 1)])
            for _change in range(chance.randrange(4)):
                data[chance.randrange(len(data))] = chance.randrange(256)
            with contextlib.suppress(RuleBroken, TooLarge):
                taken(bytes(data), name)


def test_spreadsheets_are_taken_where_they_are_asked_for():
    sheet = b"PK\x03\x04" + bytes(26) + b"[Content_Types].xml" + bytes(50)
    assert taken(sheet, "a.xlsx", "application/zip", media.SPREADSHEETS)[0] == media.XLSX
    assert (
        taken("姓名,号码\n".encode("gb18030"), "a.csv", "application/vnd.ms-excel", media.SPREADSHEETS)[0] == media.CSV
    )
    assert refused(sheet, "a.xlsx") == CONTENT
    for data, name in (
        (b"<html>", "a.csv"),
        (b"a\x00b", "a.csv"),
        (b"a,b", "a.txt"),
        (sheet, "a.csv"),
        (zlib.compress(b"x"), "a.xlsx"),
    ):
        assert refused(data, name, "", media.SPREADSHEETS) == CONTENT


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("诊断证明.jpg", "诊断证明.jpg"),
        ("../../etc/passwd", "passwd.jpg"),
        ("C:\\Users\\张三\\照片.JPG", "照片.JPG"),
        ("-rf.jpg", "rf.jpg"),
        ("...", "file.jpg"),
        ("", "file.jpg"),
        ("a\r\nSet-Cookie: x.jpg", "aSet-Cookie_ x.jpg"),
        ("a.php%00.jpg", "a.php_00.jpg"),
        ("a\x00.jpg", "a.jpg"),
        ("\u202egpj.exe", "gpj.exe.jpg"),
        ('a"b.jpg', "a_b.jpg"),
    ],
)
def test_names_are_shown_without_their_tricks_c36_c38_c39_c40_d28_d29_d30_d32(name, shown):
    """D28-D32, C36-C40."""
    assert media.display_name(name, "image/jpeg") == shown


def test_a_long_name_is_cut_and_keeps_its_ending_c37_d31():
    shown = media.display_name("名" * 300 + ".pdf", "application/pdf")
    assert len(shown.encode()) <= 120
    assert shown.endswith("名.pdf")
