"""Bodies with a file (``multipart/form-data``) are as strict as JSON: nothing that the schema does not know."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from ninja.params.models import FileModel, FormModel, ParamModel

from niangjia.shells.api.refusals import refusal_of

MULTIPART = "multipart/form-data"


def harden_form(model: type[ParamModel]) -> None:
    """Make a form's or its files' part of an operation refuse what the schema does not know."""
    if issubclass(model, FormModel | FileModel):
        model.get_request_data = _strict(model)  # type: ignore[method-assign]


def _strict(model: type[ParamModel]) -> Any:
    known, read = _names(model), model.get_request_data
    of_files = issubclass(model, FileModel)

    def strictly(request: HttpRequest, api: Any, path_params: Any) -> Any:
        given: Any = request.FILES if of_files else request.POST
        unknown = sorted(set(given) - known)
        if unknown:
            raise refusal_of([{"loc": ("form", name), "type": "extra_forbidden"} for name in unknown])
        return read(request, api, path_params)

    return strictly


def _names(model: type[ParamModel]) -> frozenset[str]:
    """What the fields are called in a request: ninja keeps a map where it takes a schema apart."""
    flat = getattr(model, "__ninja_flatten_map__", None)
    return frozenset(flat or (field.alias or name for name, field in model.model_fields.items()))


def describe(schema: dict[str, Any]) -> None:
    """Say in the description that a form refuses unknown fields."""
    for path in schema["paths"].values():
        for operation in path.values():
            form = operation.get("requestBody", {}).get("content", {}).get(MULTIPART)
            if form is not None:
                form["schema"]["additionalProperties"] = False
