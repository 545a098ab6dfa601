"""Every refusal of the API in one shape: code, message, fields, trace."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import structlog
from django.core.exceptions import PermissionDenied, RequestDataTooBig
from django.http import Http404, HttpRequest, HttpResponse, UnreadablePostError
from django.http.response import HttpResponseBase
from ninja import NinjaAPI
from ninja.errors import HttpError, ValidationError

from niangjia.kernel.errors import DomainError, NotAllowed, NotFound, RuleBroken, TooLarge
from niangjia.kernel.text import Text, _
from niangjia.platform.web import errors
from niangjia.shells.api.strict import malformed, sentence

log = structlog.get_logger("niangjia.api")
PREFIX = "/api/"


class MethodNotAllowed(DomainError):
    """The address exists, but not for this method."""

    status = 405


def not_found() -> NotFound:
    """No such address, or nothing there for this actor."""
    return NotFound("NOT_FOUND", _("这里没有您要看的内容。"))


def register(api: NinjaAPI) -> None:
    """Make ``api`` answer every exception in our shape."""
    handlers: dict[type[Exception], Callable[[HttpRequest, Any], HttpResponse]] = {
        DomainError: errors.answer,
        ValidationError: invalid,
        HttpError: http_error,
        Http404: lambda request, _error: errors.answer(request, not_found()),
        PermissionDenied: lambda request, _error: errors.answer(
            request, NotAllowed("NOT_ALLOWED", _("您没有这项权限。"))
        ),
        RequestDataTooBig: lambda request, _error: errors.answer(request, too_large()),
        UnreadablePostError: lambda request, _error: errors.answer(request, malformed()),
        Exception: unexpected,
    }
    for kind, handler in handlers.items():
        api.add_exception_handler(kind, handler)


def too_large() -> TooLarge:
    """The body is larger than the server reads."""
    return TooLarge("BODY_TOO_LARGE", _("发送的内容太大，没有作任何改动。"))


def http_error(request: HttpRequest, error: HttpError) -> HttpResponse:
    """Ninja wraps what the parser raised; unwrap it."""
    cause = error.__cause__
    if isinstance(cause, DomainError):
        return errors.answer(request, cause)
    if isinstance(cause, RequestDataTooBig):
        return errors.answer(request, too_large())
    return errors.answer(request, malformed())


def invalid(request: HttpRequest, error: ValidationError) -> HttpResponse:
    """The input does not fit the schema: 404 for a path, 400 for no body at all, else 422 with sentences by field."""
    sources = {str(one["loc"][0]) for one in error.errors if one["loc"]}
    if "path" in sources:
        return errors.answer(request, not_found())
    if "body" in sources and not request.body.strip():
        return errors.answer(request, malformed())
    return errors.answer(request, refusal_of(error.errors))


def refusal_of(found: Sequence[dict[str, Any]]) -> RuleBroken:
    """FIELD_UNKNOWN when only unknown fields were sent too many, else FIELD_INVALID; each with its field."""
    fields: dict[str, list[Text]] = {}
    for one in found:
        fields.setdefault(_name(one["loc"]), []).append(sentence(one))
    if all(one["type"] == "extra_forbidden" for one in found):
        return RuleBroken("FIELD_UNKNOWN", _("有不认识的项目，没有作任何改动。"), fields=fields)
    return RuleBroken("FIELD_INVALID", _("有几项填得不对，请按提示修改。"), fields=fields)


def _name(location: Sequence[Any]) -> str:
    """``("body", "payload", "lines", 0, "day")`` → ``lines.0.day``: without the source and the parameter's own name."""
    return ".".join(str(part) for part in (location[2:] if location[0] == "body" else location[1:])) or "body"


def unexpected(request: HttpRequest, error: Exception) -> HttpResponse:
    """A fault of ours: logged with its trace, told without any detail."""
    log.error("unexpected", exc_info=error)
    return errors.server_error(request)


class MethodMiddleware:
    """Puts the refusal of a method under /api/ into the common shape."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        if response.status_code != 405 or not request.path.startswith(PREFIX):
            return response
        answer = errors.answer(request, MethodNotAllowed("METHOD_NOT_ALLOWED", _("这个地址不支持这种操作。")))
        answer["Allow"] = response.headers.get("Allow", "")
        return answer
