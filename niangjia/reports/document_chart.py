"""A chart inside a Word document, as DrawingML: drawn by Word and WPS in the reader's own fonts, sharp on paper."""

from __future__ import annotations

from html import escape
from typing import Any

from docx.document import Document as Doc
from docx.opc.constants import RELATIONSHIP_TYPE
from docx.opc.packuri import PackURI
from docx.opc.part import Part
from docx.oxml import parse_xml
from docx.shared import Cm

from niangjia.reports.pages import Chart

WIDTH, HEIGHT = Cm(18), Cm(7.5)
_KIND = "application/vnd.openxmlformats-officedocument.drawingml.chart+xml"
_CHART = "http://schemas.openxmlformats.org/drawingml/2006/chart"
_DRAWING = "http://schemas.openxmlformats.org/drawingml/2006/main"
_COLOURS = ("2F5A7E", "B8872B", "3F7A4E", "B5651D", "6B7280")


def add(made: Doc, chart: Chart) -> None:
    """Append ``chart`` (bars or lines by month) in a paragraph of its own."""
    package = made.part.package
    name = PackURI("/word/charts/chart1.xml")
    part = Part(name, _KIND, _space(chart.data).encode(), package)
    relation = made.part.relate_to(part, RELATIONSHIP_TYPE.CHART)
    made.add_paragraph().add_run()._r.append(parse_xml(_inline(relation, chart.label)))


def _inline(relation: str, label: str) -> str:
    return (
        '<w:drawing xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
        ' xmlns:wp="http://schemas.openxmlformats.org/drawingml/2006/wordprocessingDrawing"'
        ' xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships">'
        f'<wp:inline distT="0" distB="0" distL="0" distR="0"><wp:extent cx="{int(WIDTH)}" cy="{int(HEIGHT)}"/>'
        f'<wp:docPr id="1" name="chart" descr="{escape(label)}"/><wp:cNvGraphicFramePr/>'
        f'<a:graphic xmlns:a="{_DRAWING}"><a:graphicData uri="{_CHART}">'
        f'<c:chart xmlns:c="{_CHART}" r:id="{relation}"/></a:graphicData></a:graphic></wp:inline></w:drawing>'
    )


def _space(data: dict[str, Any]) -> str:
    """The chart part: one bar or line for each series, with its numbers in it."""
    is_line = data["kind"] == "line"
    groups = "".join(_series(place, one, data["labels"], is_line=is_line) for place, one in enumerate(data["series"]))
    ids = '<c:axId val="1"/><c:axId val="2"/>'
    between = '<c:gapWidth val="60"/>'
    drawn = (
        f'<c:lineChart><c:grouping val="standard"/>{groups}<c:marker val="1"/>{ids}</c:lineChart>'
        if is_line
        else f'<c:barChart><c:barDir val="col"/><c:grouping val="clustered"/>{groups}{between}{ids}</c:barChart>'
    )
    legend = '<c:legend><c:legendPos val="t"/></c:legend>' if len(data["series"]) > 1 else ""
    return (
        '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>'
        f'<c:chartSpace xmlns:c="{_CHART}" xmlns:a="{_DRAWING}"><c:chart><c:autoTitleDeleted val="1"/>'
        f"<c:plotArea><c:layout/>{drawn}{_axes(data['unit'])}</c:plotArea>{legend}"
        '<c:plotVisOnly val="1"/><c:dispBlanksAs val="gap"/></c:chart></c:chartSpace>'
    )


def _series(place: int, one: dict[str, Any], labels: list[str], *, is_line: bool) -> str:
    fill = f'<a:solidFill><a:srgbClr val="{_COLOURS[place % len(_COLOURS)]}"/></a:solidFill>'
    shape = f'<a:ln w="28575">{fill}</a:ln>' if is_line else fill
    names = "".join(f'<c:pt idx="{at}"><c:v>{escape(label)}</c:v></c:pt>' for at, label in enumerate(labels))
    points = "".join(
        f'<c:pt idx="{at}"><c:v>{value}</c:v></c:pt>' for at, value in enumerate(one["values"]) if value is not None
    )
    size = f'<c:ptCount val="{len(labels)}"/>'
    return (
        f'<c:ser><c:idx val="{place}"/><c:order val="{place}"/><c:tx><c:v>{escape(one["name"])}</c:v></c:tx>'
        f"<c:spPr>{shape}</c:spPr><c:cat><c:strLit>{size}{names}</c:strLit></c:cat>"
        f"<c:val><c:numLit><c:formatCode>General</c:formatCode>{size}{points}</c:numLit></c:val></c:ser>"
    )


def _axes(unit: str) -> str:
    title = (
        "<c:title><c:tx><c:rich><a:bodyPr/><a:p><a:r>"
        f'<a:t>{escape(unit)}</a:t></a:r></a:p></c:rich></c:tx><c:overlay val="0"/></c:title>'
    )
    scaling = '<c:scaling><c:orientation val="minMax"/></c:scaling><c:delete val="0"/>'
    return (
        f'<c:catAx><c:axId val="1"/>{scaling}<c:axPos val="b"/><c:crossAx val="2"/></c:catAx>'
        f'<c:valAx><c:axId val="2"/>{scaling}<c:axPos val="l"/><c:majorGridlines/>{title}'
        '<c:numFmt formatCode="#,##0" sourceLinked="0"/><c:crossAx val="1"/></c:valAx>'
    )
