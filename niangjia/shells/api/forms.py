"""Bodies with a file (``multipart/form-data``) are as strict as JSON: the fields of the schema alone, readable text."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from ninja.params.models import FileModel, FormModel, ParamModel

from niangjia.kernel.errors import Malformed
from niangjia.kernel.text import _
from niangjia.shells.api.refusals import refusal_of

MULTIPART = "multipart/form-data"


def harden_form(model: type[ParamModel]) -> None:
    """Make a form's or its files' part of an operation refuse what the schema does not know."""
    if issubclass(model, FormModel | FileModel):
        model.get_request_data = _strict(model)  # type: ignore[method-assign]


def _strict(model: type[ParamModel]) -> Any:
    known, read = frozenset(getattr(model, "__ninja_flatten_map__", ())), model.get_request_data
    of_files = issubclass(model, FileModel)

    def strictly(request: HttpRequest, api: Any, path_params: Any) -> Any:
        given: Any = request.FILES if of_files else request.POST
        unknown = sorted(set(given) - known)
        if unknown:
            raise refusal_of([{"loc": ("form", name), "type": "extra_forbidden"} for name in unknown])
        if not of_files and any(_is_unreadable(text) for name in given for text in given.getlist(name)):
            raise Malformed("TEXT_MALFORMED", _("请求里有不能用的字符，没有作任何改动。"))
        return read(request, api, path_params)

    return strictly


def _is_unreadable(text: str) -> bool:
    return "\x00" in text or any(0xD800 <= ord(character) <= 0xDFFF for character in text)


def describe(schema: dict[str, Any]) -> None:
    """Say in the description that a form refuses unknown fields."""
    for path in schema["paths"].values():
        for operation in path.values():
            form = operation.get("requestBody", {}).get("content", {}).get(MULTIPART)
            if form is not None:
                form["schema"]["additionalProperties"] = False
