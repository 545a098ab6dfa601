"""Workbooks made by hand, part by part, for what no library would write."""

from __future__ import annotations

import zipfile
from collections.abc import Mapping
from pathlib import Path

_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_REL = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006/relationships"

CONTENT_TYPES = (
    '<?xml version="1.0"?><Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
    '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    '<Default Extension="xml" ContentType="application/xml"/>'
    '<Override PartName="/xl/workbook.xml" ContentType='
    '"application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/></Types>'
)
RELS = (
    f'<Relationships xmlns="{_PACKAGE}">'
    f'<Relationship Id="r1" Type="{_REL}/officeDocument" Target="xl/workbook.xml"/></Relationships>'
)
STYLES = (
    f'<styleSheet xmlns="{_MAIN}"><cellXfs count="2">'
    '<xf numFmtId="0"/><xf numFmtId="14" applyNumberFormat="1"/></cellXfs></styleSheet>'
)
SHEET = "xl/worksheets/sheet1.xml"


def workbook_xml(*, sheets: str = '<sheet name="名单" sheetId="1" r:id="rId1"/>', properties: str = "") -> str:
    return f'<workbook xmlns="{_MAIN}" xmlns:r="{_REL}">{properties}<sheets>{sheets}</sheets></workbook>'


def relations(kind: str = "worksheet", target: str = "worksheets/sheet1.xml") -> str:
    return (
        f'<Relationships xmlns="{_PACKAGE}"><Relationship Id="rId1" Type="{_REL}/{kind}" Target="{target}"/>'
        f'<Relationship Id="rId9" Type="{_REL}/styles" Target="styles.xml"/></Relationships>'
    )


def sheet_xml(rows: str) -> str:
    return f'<worksheet xmlns="{_MAIN}"><sheetData>{rows}</sheetData></worksheet>'


def parts(rows: str = "", **changed: str | None) -> dict[str, str]:
    """The parts of a workbook with one sheet. Keywords: types, workbook, relations, sheet; None leaves a part out."""
    made = {
        "[Content_Types].xml": changed.get("types", CONTENT_TYPES),
        "_rels/.rels": RELS,
        "xl/workbook.xml": changed.get("workbook", workbook_xml()),
        "xl/_rels/workbook.xml.rels": changed.get("relations", relations()),
        "xl/styles.xml": STYLES,
        SHEET: changed.get("sheet", sheet_xml(rows)),
    }
    return {name: text for name, text in made.items() if text is not None}


def save(path: Path, content: Mapping[str, str | bytes]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in content.items():
            archive.writestr(name, text)
    return path


def text_cell(reference: str, text: str) -> str:
    return f'<c r="{reference}" t="inlineStr"><is><t>{text}</t></is></c>'
