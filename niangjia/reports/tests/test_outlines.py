"""Outlines of areas: what is taken, what is refused, and that a map shows what the table shows."""

from __future__ import annotations

import json
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from niangjia.commons.unions.models import Union
from niangjia.kernel.errors import RuleBroken
from niangjia.kernel.periods import Period
from niangjia.kernel.text import Text
from niangjia.reports import outlines
from niangjia.reports.models import Outline
from niangjia.reports.tests.builders import declared, indicator
from niangjia.reports.tests.test_console import SignIn, _today, address, sign_in, unions

__all__ = ["_today", "sign_in", "unions"]

SQUARE = [[116.0, 40.0], [116.00004, 40.0], [117.0, 41.0], [116.0, 40.0]]


def area(code: Any, coordinates: Any = None, kind: str = "Polygon", name: str = "code") -> dict[str, Any]:
    shape = [SQUARE] if coordinates is None else coordinates
    return {"type": "Feature", "properties": {name: code}, "geometry": {"type": kind, "coordinates": shape}}


def packed(*features: Any) -> bytes:
    return json.dumps({"type": "FeatureCollection", "features": features}).encode()


@pytest.mark.parametrize("name", ["code", "adcode", "area_code", "id"])
def test_an_outline_is_found_by_its_code_and_kept_no_finer_than_a_screen(name: str) -> None:
    found = outlines.read(packed(area(199901, name=name), area("199901001", [[SQUARE]], "MultiPolygon")))
    assert list(found) == ["199901", "199901001"]
    assert found["199901"]["type"] == "MultiPolygon"
    assert found["199901"]["coordinates"][0][0][1] == [116.0, 40.0]


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "不是 GeoJSON"),
        (b"[" * 100_000, "不是 GeoJSON"),
        (b'{"type": "FeatureCollection", "features": []}', "没有区域"),
        (b'{"type": "Topology"}', "FeatureCollection"),
        (packed("x"), "第 1 个区域没有"),
        (packed(area("昌平")), "区划代码"),
        (packed(area("199901"), area("199901")), "重复"),
        (packed(area("199901", [116, 40], "Point")), "不是多边形"),
        (packed(area("199901", [SQUARE[:3]])), "没有合拢"),
        (packed(area("199901", [])), "没有合拢"),
        (packed(area("199901", [[[116, 95]] * 4])), "读不懂"),
        (packed(area("199901", [[["1", 2]] * 4])), "读不懂"),
        (packed(area("199901", [[[True, 2]] * 4])), "读不懂"),
        (packed(area("199901", [[[10**400, 2]] * 4])), "读不懂"),
        (packed(area("199901")).replace(b"117.0", b"NaN"), "读不懂"),
        (packed(area("199901", [[SQUARE[0]] * (outlines.MOST_POINTS + 1)])), "的点太多"),
        (packed(*[area("199901")] * (outlines.MOST_AREAS + 1)), "区域太多"),
        (b" " * (outlines.MOST_BYTES + 1), "太大"),
    ],
)  # fmt: skip
def test_what_is_no_outline_is_refused_with_its_number(content: bytes, sentence: str) -> None:
    with pytest.raises(RuleBroken, match="OUTLINES") as refused:
        outlines.read(content)
    assert sentence in str(refused.value.message)


@pytest.mark.django_db
def test_a_refused_file_leaves_the_outlines_as_they_were(tmp_path: Any) -> None:
    good, bad = tmp_path / "good.json", tmp_path / "bad.json"
    good.write_bytes(packed(area("199901"), area("199902")))
    bad.write_bytes(packed(area("199903"), area("199904", [SQUARE[:3]])))
    call_command("outlines", str(good), stdout=StringIO())
    for refused in ([str(bad)], [str(tmp_path / "none.json")], [], [str(good), "--clear"]):
        with pytest.raises(CommandError):
            call_command("outlines", *refused, stdout=StringIO())
    assert list(Outline.objects.order_by("pk").values_list("area_code", flat=True)) == ["199901", "199902"]
    with pytest.raises(CommandError, match=r"bad\.json: 第 2 个区域的轮廓没有合拢。 Nothing was changed\."):
        call_command("outlines", str(bad), stdout=StringIO())
    call_command("outlines", "--clear", stdout=StringIO())
    assert not Outline.objects.exists()


@pytest.mark.django_db
def test_a_figure_is_drawn_on_the_outlines_that_are_there(unions: dict[str, Union], sign_in: SignIn) -> None:
    client, city = sign_in(unions["CITY"]), unions["CITY"]
    codes = {code: unions[code].area_code or f"19990{number}" for number, code in enumerate(("EAST", "WEST"), 1)}
    for code, area_code in codes.items():
        Union.objects.filter(code=code).update(area_code=area_code)
    with declared(indicator("x", label=Text("加入工会"))):
        assert client.get(address(city, "x/")).context["shares_map"].data == {}
        outlines.replace_all(outlines.read(packed(*map(area, codes.values()))))
        chart = client.get(address(city, "x/")).context["shares_map"].data
    assert chart["kind"] == "map"
    drawn = client.get(chart["outlines"]).json()
    assert [each["properties"]["name"] for each in drawn["features"]] == ["EAST工会", "WEST工会"]
    assert sorted(chart["labels"]) == ["EAST工会", "WEST工会"]
    assert chart["instead"] == {}, "two are too few for areas by size"
    links = dict(zip(chart["labels"], chart["links"], strict=True))
    assert client.get(links["EAST工会"]).context["union"] == unions["EAST"]
    assert dict(zip(chart["labels"], chart["series"][0]["values"], strict=True)) == {"EAST工会": 4, "WEST工会": 0}
    assert outlines.below(unions["EAST"], Period.year(2022))["features"] == []


@pytest.mark.django_db
def test_who_takes_outlines_is_told_which_belong_to_no_union(unions: dict[str, Union], tmp_path: Any) -> None:
    Union.objects.filter(code="EAST").update(area_code="199901")
    file, said = tmp_path / "areas.json", StringIO()
    file.write_bytes(packed(*[area(f"19990{number}") for number in range(1, 9)]))
    call_command("outlines", str(file), stdout=said)
    assert said.getvalue() == (
        "8 outlines kept\n7 of them have the area code of no union: 199902, 199903, 199904, 199905, 199906, …\n"
    )
    file.write_bytes(packed(area("199901")))
    call_command("outlines", str(file), stdout=(said := StringIO()))
    assert said.getvalue() == "1 outlines kept\n"
