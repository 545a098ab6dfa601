"""The API: sign-in, then each room's router under its code."""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import cache
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.utils.module_loading import import_string
from django.views.decorators.http import require_safe
from ninja import NinjaAPI, Router
from ninja.params.models import BodyModel
from pydantic import BaseModel

from niangjia.platform.accounts.gates import public
from niangjia.platform.web.rooms import rooms
from niangjia.shells.api import card, disputes, forms, guardians, refusals, sign_in
from niangjia.shells.api.forms import harden_form
from niangjia.shells.api.strict import StrictParser, harden
from niangjia.shells.host.version import version

REFUSAL: dict[str, Any] = {
    "type": "object",
    "required": ["code", "message", "fields", "trace"],
    "properties": {
        "code": {"type": "string", "description": "Stable; see docs/error-codes.md."},
        "message": {"type": "string", "description": "For people, in their language."},
        "fields": {"type": "object", "additionalProperties": {"type": "array", "items": {"type": "string"}}},
        "trace": {"type": "string", "description": "Joins the answer with the server's records."},
    },
}
REFUSALS = ("400", "401", "403", "404", "409", "413", "415", "422", "429", "500", "503")


@cache
def build() -> NinjaAPI:
    """The API with every room's router; bodies are strict whoever wrote the router."""
    api = NinjaAPI(
        title="Niangjia",
        version=version(),
        urls_namespace="api",
        docs_url=None,
        openapi_url=None,
        parser=StrictParser(),
    )
    refusals.register(api)
    api.add_router("/sign-in", sign_in.router)
    api.add_router("/card", card.router)
    api.add_router("/disputes", disputes.router)
    api.add_router("/guardianships", guardians.router)
    for room in rooms():
        if room.api:
            api.add_router(f"/{room.code}", import_string(room.api))
    _harden_all(api)
    return api


def _harden_all(api: NinjaAPI) -> None:
    done: set[type[BaseModel]] = set()
    for router in _routers(api):
        for path in router.path_operations.values():
            for operation in path.operations:
                for model in operation.models:
                    if issubclass(model, BodyModel):
                        harden(model, done)
                    harden_form(model)


def _routers(api: NinjaAPI) -> list[Router]:
    return [router for _prefix, mounted in api._routers for router in _with_inner(mounted)]


def _with_inner(router: Router) -> Iterator[Router]:
    """The router and those that a room has put into it, at any depth."""
    yield router
    for _prefix, inner, _tags in router._routers:
        yield from _with_inner(inner)


@public
@require_safe
def description(request: HttpRequest) -> HttpResponseBase:
    """``/api/v1/openapi.json``."""
    return HttpResponse(_text(), content_type="application/json")


@cache
def _text() -> str:
    return json.dumps(_description(), ensure_ascii=False)


def _description() -> dict[str, Any]:
    schema: dict[str, Any] = dict(build().get_openapi_schema(path_prefix="/api/v1/"))
    components = schema.setdefault("components", {})
    components.setdefault("schemas", {})["Refusal"] = REFUSAL
    components["securitySchemes"] = {"bearer": {"type": "http", "scheme": "bearer"}}
    schema["security"] = [{"bearer": []}]
    forms.describe(schema)
    answer = {
        "description": "Refused",
        "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Refusal"}}},
    }
    for path in schema["paths"].values():
        for operation in path.values():
            for status in REFUSALS:
                operation["responses"].setdefault(status, answer)
    return schema
