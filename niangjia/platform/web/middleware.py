"""What every request passes: a trace, a language, an answer to every refusal, a strict content policy."""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable

import structlog
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.utils import translation

from niangjia.kernel.errors import DomainError
from niangjia.platform.web import dates, errors
from niangjia.platform.web.addresses import API, is_console

Handler = Callable[[HttpRequest], HttpResponseBase]
log = structlog.get_logger("niangjia.web")

POLICY = "; ".join(
    [
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data: blob:",
        "font-src 'self'",
        "connect-src 'self'",
        "media-src 'self' blob:",
        "manifest-src 'self'",
        "worker-src 'self'",
        "form-action 'self'",
        "frame-ancestors 'none'",
        "base-uri 'none'",
    ]
)


class TraceMiddleware:
    """Gives each request a trace (16 hex digits) that joins its log lines, audit entries and error page."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        request.trace = secrets.token_hex(8)  # type: ignore[attr-defined]
        structlog.contextvars.clear_contextvars()
        structlog.contextvars.bind_contextvars(trace=request.trace)  # type: ignore[attr-defined]
        began = time.perf_counter()
        response = self.get_response(request)
        response["X-Trace"] = request.trace  # type: ignore[attr-defined]
        spent = round((time.perf_counter() - began) * 1000, 1)
        log.info("request", method=request.method, path=request.path, status=response.status_code, ms=spent)
        return response


class LanguageMiddleware:
    """Speaks the language of the cookie, else Chinese; what the browser asks for is not considered."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        code = request.COOKIES.get(settings.LANGUAGE_COOKIE_NAME, "")
        code = code if code in dict(settings.LANGUAGES) else settings.LANGUAGE_CODE
        request.LANGUAGE_CODE = code
        with translation.override(code), dates.style("iso" if is_console(request) else "long"):
            response = self.get_response(request)
        response.headers.setdefault("Content-Language", code)
        return response


def _has_body(response: HttpResponseBase) -> bool:
    return not isinstance(response, HttpResponse) or bool(response.content)


class ErrorMiddleware:
    """Answers a refusal with a page, a part of a page, or JSON, always with its code and sentence."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        if response.status_code != 405 or request.path.startswith(API) or _has_body(response):
            return response
        page = errors.wrong_method(request)
        page["Allow"] = response.get("Allow", "")
        return page

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        """Turn a DomainError into its answer; everything else goes on to Django's handlers."""
        return errors.answer(request, error) if isinstance(error, DomainError) else None


class ContentPolicyMiddleware:
    """Allows scripts, styles and pictures of this host only, none inline."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        response.headers.setdefault("Content-Security-Policy", POLICY)
        response.headers.setdefault("Permissions-Policy", "camera=(self), geolocation=(self), microphone=()")
        return response
