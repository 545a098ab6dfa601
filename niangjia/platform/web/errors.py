"""The answer to every refusal: plain words, what to do, and the trace to give to whoever is asked for help."""

from __future__ import annotations

from typing import Any

import structlog
from django.http import HttpRequest, HttpResponse, JsonResponse

from niangjia.kernel.errors import DomainError, NotAllowed, NotFound, NotSignedIn, TooMany, Unavailable
from niangjia.kernel.text import Text, _
from niangjia.platform.accounts import answers
from niangjia.platform.web import pages
from niangjia.platform.web.addresses import is_htmx, wants_json

log = structlog.get_logger("niangjia.web")

HEADINGS: dict[int, Text] = {
    400: _("这个请求读不懂"),
    401: _("请先登录"),
    403: _("您没有这项权限"),
    404: _("没有找到这个页面"),
    405: _("这一页不能直接打开"),
    408: _("传得太慢，没有收到"),
    409: _("情况已经变了"),
    410: _("已经过期"),
    413: _("文件太大"),
    422: _("还不能办理"),
    429: _("操作太频繁"),
    500: _("是我们的系统出了问题"),
    503: _("系统正忙"),
}

ADVICE: dict[int, Text] = {
    400: _("请返回上一页，再试一次。"),
    403: _("如果您认为应该有权限，请联系本单位的管理员。"),
    404: _("网址可能写错了，或者内容已经移走。请从首页重新进入。"),
    405: _("请回到上一级页面，从那里再操作一次。"),
    408: _("请返回上一页再提交一次；文件很大的，先压缩或换成清晰度低一些的照片。"),
    409: _("请返回上一页刷新，看看现在的状态。"),
    410: _("请从首页重新进入。"),
    413: _("请换一个小一些的文件。"),
    422: _("请返回上一页修改后再提交。"),
    429: _("请稍等一会儿再试。"),
    500: _("请返回上一页再试一次。还不行，请把下面的查询号告诉工会工作人员。"),
    503: _("请过几分钟再试，不用重复提交。"),
}


def body(error: DomainError, trace: str) -> dict[str, Any]:
    """The JSON shape of a refusal: code, message, fields, trace."""
    fields = {name: [str(text) for text in texts] for name, texts in error.fields.items()}
    return {"code": error.code, "message": str(error.message), "fields": fields, "trace": trace}


def answer(request: HttpRequest, error: DomainError) -> HttpResponse:
    """The answer to ``error``: strangers are sent to sign in, everybody else reads a page, a part of one, or JSON."""
    if isinstance(error, NotSignedIn) and not wants_json(request):
        return answers.refuse(request, error)
    return draw(request, error)


def draw(request: HttpRequest, error: DomainError) -> HttpResponse:
    """``error`` in the format the request wants, with Retry-After where waiting helps."""
    if wants_json(request):
        response: HttpResponse = JsonResponse(body(error, trace_of(request)), status=error.status)
    else:
        response = page(request, error)
    if isinstance(error, TooMany | Unavailable):
        response["Retry-After"] = str(error.retry_after)
    return response


def page(request: HttpRequest, error: DomainError) -> HttpResponse:
    """The refusal as a whole page, or as a message when htmx asked for a part."""
    template = "web/error_flash.html" if is_htmx(request) else "web/error.html"
    context = {
        "error": error,
        "status": error.status,
        "heading": HEADINGS.get(error.status, HEADINGS[400]),
        "advice": ADVICE.get(error.status, ""),
        "trace": trace_of(request),
        "back_url": _above(request) if error.status == WrongMethod.status else "",
    }
    return pages.render(request, template, context, status=error.status)


def _above(request: HttpRequest) -> str:
    """The page above an address that only takes forms: /people/ID/unmask/ leads back to /people/ID/."""
    return request.path.rstrip("/").rpartition("/")[0] + "/"


def trace_of(request: HttpRequest) -> str:
    """The request's trace, empty before the trace middleware has run."""
    return getattr(request, "trace", "")


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """The page was open too long or came from elsewhere, so its form is not accepted."""
    log.warning("csrf_refused", reason=reason)
    message = _("这个页面打开得太久，或者浏览器没有保存必要的信息。请刷新页面，再提交一次。")
    return answer(request, NotAllowed("FORM_EXPIRED", message))


def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """Handler of 400."""
    return answer(request, DomainError("BAD_REQUEST", _("浏览器送来的内容读不懂，没有作任何改动。")))


def forbidden(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """Handler of 403."""
    return answer(request, NotAllowed("NOT_ALLOWED", _("这个页面您不能查看。")))


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """Handler of 404."""
    return answer(request, NotFound("NOT_FOUND", _("这里没有您要看的内容。")))


class WrongMethod(DomainError):
    """An address that only takes a form was opened, for example by switching the language on its answer."""

    status = 405


def wrong_method(request: HttpRequest) -> HttpResponse:
    """The page instead of the empty answer that browsers show as a fault of their own."""
    return draw(request, WrongMethod("METHOD_NOT_ALLOWED", _("这个网址只用来提交内容，没有作任何改动。")))


class Unexpected(DomainError):
    """A fault of ours."""

    status = 500


def server_error(request: HttpRequest) -> HttpResponse:
    """Handler of 500: must not fail itself, so it falls back to plain text when even the page cannot be drawn."""
    error = Unexpected("SERVER_ERROR", _("您没有做错什么。我们已经记下这个问题。"))
    try:
        return answer(request, error)
    except Exception:
        log.exception("error_page_failed")
        text = f"{error.message}\n{trace_of(request)}\n"
        return HttpResponse(text, status=500, content_type="text/plain; charset=utf-8")
