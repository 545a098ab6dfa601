"""Handing a sheet to the browser: always as an attachment under a plain name, never kept by a cache."""

from __future__ import annotations

from typing import IO
from urllib.parse import quote

from django.http import FileResponse, StreamingHttpResponse

from niangjia.platform.sheets.write import Sheet, csv, workbook

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def xlsx_response(content: IO[bytes], *, name: str) -> FileResponse:
    """``content`` as ``name``.xlsx; the response closes it."""
    response = FileResponse(content, content_type=XLSX)
    _as_attachment(response, f"{name}.xlsx")
    return response


def sheet_response(sheet: Sheet, *, name: str) -> FileResponse:
    """One sheet as ``name``.xlsx."""
    return xlsx_response(workbook([sheet]), name=name)


def csv_response(sheet: Sheet, *, name: str) -> StreamingHttpResponse:
    """One sheet as ``name``.csv, sent while it is made."""
    response = StreamingHttpResponse(csv(sheet), content_type="text/csv; charset=utf-8")
    _as_attachment(response, f"{name}.csv")
    return response


def _as_attachment(response: FileResponse | StreamingHttpResponse, name: str) -> None:
    response["Content-Disposition"] = f"attachment; filename*=UTF-8''{quote(name)}"
    response["X-Content-Type-Options"] = "nosniff"
    response["Cache-Control"] = "private, no-store"
