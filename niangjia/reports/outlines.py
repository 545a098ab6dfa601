"""Outlines of areas from GeoJSON that the operator gives: read, checked for size and shape, kept, given to the map.

None come with the programme: outlines of administrative areas are published, and licensed, by the authorities.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterable, Iterator
from typing import Any

from django.db import transaction

from niangjia.commons.unions import tree
from niangjia.commons.unions.models import Union
from niangjia.kernel.errors import RuleBroken
from niangjia.kernel.periods import Period
from niangjia.kernel.text import Text, _
from niangjia.reports.models import Outline

MOST_BYTES = 16 * 1024 * 1024
MOST_AREAS = 2_000
MOST_POINTS = 400_000
"""Points of all outlines together; more than a browser draws smoothly."""

_DIGITS = 4
"""Decimals of a degree that are kept: ten metres, finer than a screen shows a city."""

_CODE_NAMES = ("code", "adcode", "area_code", "id")
_CODE = re.compile(r"[0-9]{6}(?:[0-9]{3})?")
Ring = list[list[float]]


def read(content: bytes) -> dict[str, dict[str, Any]]:
    """The geometries of a FeatureCollection by area code. The code stands in a feature's properties as ``code``,
    ``adcode``, ``area_code`` or ``id``.

    Raises RuleBroken OUTLINES that names the feature that cannot be taken.
    """
    if len(content) > MOST_BYTES:
        raise _refused(_("文件太大，最多 {most} MB。", most=MOST_BYTES // 1024 // 1024))
    features = _features(content)
    found: dict[str, dict[str, Any]] = {}
    points = 0
    for number, feature in enumerate(features, 1):
        code, geometry, size = _outline(feature, number)
        if code in found:
            raise _refused(_("第 {number} 个区域的代码 {code} 重复了。", number=number, code=code))
        found[code], points = geometry, points + size
        if points > MOST_POINTS:
            raise _refused(_("轮廓的点太多，最多 {most} 个，请先简化。", most=MOST_POINTS))
    return found


@transaction.atomic()
def replace_all(outlines: dict[str, dict[str, Any]]) -> int:
    """Keep these outlines instead of all before; returns how many."""
    Outline.objects.all().delete()
    rows = [Outline(area_code=code, geometry=geometry) for code, geometry in sorted(outlines.items())]
    return len(Outline.objects.bulk_create(rows, batch_size=50))


def of_no_union(codes: Iterable[str]) -> list[str]:
    """Those of ``codes`` that are the area of no open union, so that no page shows them."""
    wanted = set(codes)
    unions = Union.objects.filter(area_code__in=wanted, closed_on=None)
    return sorted(wanted - set(unions.values_list("area_code", flat=True)))


def known(codes: Iterable[str]) -> set[str]:
    """Those of ``codes`` whose outline is kept."""
    wanted = {code for code in codes if code}
    return set(Outline.objects.filter(area_code__in=wanted).values_list("area_code", flat=True)) if wanted else set()


def below(union: Union, period: Period) -> dict[str, Any]:
    """The outlines of the unions directly below as a FeatureCollection, each named as on the page."""
    unions = {each.area_code: each.short_name for each in tree.children(union.pk, period.last) if each.area_code}
    rows = Outline.objects.filter(area_code__in=unions).order_by("area_code")
    features = [
        {"type": "Feature", "properties": {"name": unions[row.area_code]}, "geometry": row.geometry} for row in rows
    ]
    return {"type": "FeatureCollection", "features": features}


def _features(content: bytes) -> list[Any]:
    try:
        data = json.loads(content)
    except (ValueError, RecursionError):
        raise _refused(_("文件不是 GeoJSON。")) from None
    features = data.get("features") if isinstance(data, dict) and data.get("type") == "FeatureCollection" else None
    if not isinstance(features, list) or not features:
        raise _refused(_("文件不是 GeoJSON 的 FeatureCollection，或者里面没有区域。"))
    if len(features) > MOST_AREAS:
        raise _refused(_("区域太多，最多 {most} 个。", most=MOST_AREAS))
    return features


def _outline(feature: Any, number: int) -> tuple[str, dict[str, Any], int]:
    """Code, geometry and number of points of one feature."""
    properties = feature.get("properties") if isinstance(feature, dict) else None
    names = properties if isinstance(properties, dict) else {}
    code = next((str(names[name]) for name in _CODE_NAMES if names.get(name)), "")
    if not _CODE.fullmatch(code):
        raise _refused(_("第 {number} 个区域没有 6 位或 9 位的区划代码。", number=number))
    geometry = feature.get("geometry")
    kind = geometry.get("type") if isinstance(geometry, dict) else None
    if kind not in ("Polygon", "MultiPolygon"):
        raise _refused(_("第 {number} 个区域不是多边形。", number=number))
    try:
        polygons = geometry["coordinates"] if kind == "MultiPolygon" else [geometry["coordinates"]]
        shape = [[list(_ring(ring)) for ring in polygon] for polygon in polygons]
    except (KeyError, TypeError, ValueError, IndexError, OverflowError):
        raise _refused(_("第 {number} 个区域的坐标读不懂。", number=number)) from None
    rings = [ring for polygon in shape for ring in polygon]
    if not rings or not all(shape) or any(len(ring) < 4 or ring[0] != ring[-1] for ring in rings):
        raise _refused(_("第 {number} 个区域的轮廓没有合拢。", number=number))
    return code, {"type": "MultiPolygon", "coordinates": shape}, sum(map(len, rings))


def _ring(points: Any) -> Iterator[list[float]]:
    for point in points:
        longitude, latitude = point[0], point[1]
        for value, most in ((longitude, 180), (latitude, 90)):
            if isinstance(value, bool) or not math.isfinite(value) or abs(value) > most:
                raise ValueError(value)
        yield [round(longitude, _DIGITS), round(latitude, _DIGITS)]


def _refused(sentence: Text) -> RuleBroken:
    return RuleBroken("OUTLINES", sentence)
