"""Tags and filters that every template may use without loading them."""

from __future__ import annotations

import json
import secrets
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import Any

from django import template
from django.forms import BoundField
from django.templatetags.static import static
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from niangjia.kernel import clock
from niangjia.kernel.machine import Machine, State
from niangjia.kernel.text import Text, _
from niangjia.platform.web import dates, icons, spark, tones
from niangjia.platform.web.parts import Figure, MoveButton, TimelineEntry

register = template.Library()


@register.simple_tag
def icon(name: str, label: str = "", size: str = "") -> SafeString:
    """A line icon of the sprite. With ``label`` it speaks for itself, without it is decoration."""
    href = f"{static('web/icons.svg')}#{icons.known(name)}"
    sized = f" icon-{size}" if size else ""
    if label:
        return format_html(
            '<svg class="icon{}" role="img" aria-label="{}"><use href="{}"></use></svg>', sized, label, href
        )
    return format_html(
        '<svg class="icon{}" aria-hidden="true" focusable="false"><use href="{}"></use></svg>', sized, href
    )


@register.simple_tag(takes_context=True)
def printed_line(context: Any) -> Text:
    """What stands under a printed page: who printed it and when."""
    actor = context.get("actor")
    name = actor.name if actor else ""
    return _("娘家工作台 · {name} 打印于 {moment}", name=name, moment=dates.moment(clock.now()))


@register.filter
def day(value: date | datetime | None) -> str:
    """A day in the style of the page."""
    return dates.day(value)


@register.filter
def moment(value: datetime | None) -> str:
    """Day and time to the minute."""
    return dates.moment(value)


@register.filter
def when(value: date | datetime | None) -> str:
    """A day alone, or a moment with its time."""
    return dates.moment(value) if isinstance(value, datetime) else dates.day(value)


@register.filter
def in_style(value: Any) -> Any:
    """A day or a moment in the page's style; what is neither as it is."""
    return when(value) if isinstance(value, date) else value


@register.filter
def with_days(text: Any) -> str:
    """A sentence made elsewhere, such as a notice, with its days in the style of the page."""
    return dates.in_text(str(text))


@register.simple_tag
def span(since: date, until: date | None) -> Text | str:
    """A stretch of days; one without an end is said to run from its first day."""
    if until is None:
        return _("{day} 起", day=dates.day(since))
    return f"{dates.day(since)} – {dates.day(until)}"


@register.filter
def iso(value: date | datetime | None) -> str:
    """For the ``datetime`` attribute of a ``<time>``."""
    return value.isoformat() if value else ""


@register.filter
def yuan(fen: int | None) -> str:
    """Fen as ¥ 1,323,500.00; nothing gives an empty string."""
    from niangjia.kernel.money import yuan as written

    return "" if fen is None else written(fen)


@register.filter
def number(value: int | float | None) -> str:
    """A number with thousands separators; nothing gives an empty string. A number that is asked for late, such as how
    many notices are unread, is asked for here: a lazy one cannot be formatted."""
    return "" if value is None else f"{0 + value:,}"


@register.filter
def as_json(value: Any) -> str:
    """A value for a ``data-`` attribute; escaped by the template like any text."""
    return json.dumps(value, ensure_ascii=False, default=str)


@register.inclusion_tag("web/parts/status.html")
def status(subject: Any, tone: str = "", label: str = "") -> dict[str, Any]:
    """The pill of a state: of a tracked object, a kernel State, a Status, or a word with its ``tone``."""
    return {"status": _status(subject, tone, label)}


def _status(subject: Any, tone: str, label: str) -> tones.Status:
    if isinstance(subject, tones.Status):
        return subject
    machine: Machine | None = getattr(subject, "MACHINE", None)
    if machine is not None:
        return tones.status_of(machine, subject.state)
    if isinstance(subject, State):
        return tones.Status(subject.label, tone or tones.tone_of(subject.code))
    return tones.Status(label or (subject if isinstance(subject, Text) else str(subject)), tone or "info")


@register.inclusion_tag("web/parts/timeline.html")
def timeline(entries: Iterable[TimelineEntry]) -> dict[str, Any]:
    """What happened, with dates, in the order given."""
    return {"entries": list(entries)}


@register.inclusion_tag("web/parts/facts.html")
def facts(rows: Iterable[Any]) -> dict[str, Any]:
    """A summary list of Facts."""
    return {"facts": list(rows)}


@register.inclusion_tag("web/parts/steps.html")
def steps(row: Sequence[Any]) -> dict[str, Any]:
    """Where one is in a procedure."""
    now = next((index for index, step in enumerate(row, 1) if step.state == "now"), len(row))
    return {"steps": row, "now": now, "total": len(row), "step": row[now - 1] if row else None}


@register.inclusion_tag("web/parts/moves.html")
def moves(buttons: Iterable[Any]) -> dict[str, Any]:
    """The moves somebody may make, then the others grey, those with the same reason together with it."""
    known, grey = list(buttons), dict[str, list[MoveButton]]()
    for button in known:
        if button.refusal:
            grey.setdefault(str(button.refusal), []).append(button)
    return {"open": [button for button in known if not button.refusal], "grey": grey.items()}


@register.inclusion_tag("web/parts/receipt.html")
def receipt(value: Any) -> dict[str, Any]:
    """The receipt after a step."""
    return {"receipt": value}


@register.inclusion_tag("web/parts/figure.html")
def figure(value: Figure) -> dict[str, Any]:
    """One figure of a report card with its comparison and spark line."""
    return {"figure": value, "spark": spark.points(value.spark)}


@register.inclusion_tag("web/parts/countdown.html")
def countdown(until: datetime) -> dict[str, Any]:
    """How long is left; script keeps it current."""
    return {"until": until, "left": dates.left(until)}


@register.inclusion_tag("web/parts/empty.html")
def empty(title: Any, detail: Any = "", icon: str = "inbox", url: str = "", action: Any = "") -> dict[str, Any]:
    """An empty state: what will appear here, and the next step."""
    return {"title": title, "detail": detail, "icon": icon, "url": url, "action": action}


@register.inclusion_tag("web/parts/crumbs.html")
def crumbs(path: Iterable[Any]) -> dict[str, Any]:
    """The path above a title."""
    return {"crumbs": list(path)}


@register.inclusion_tag("web/parts/pager.html", takes_context=True)
def pager(context: template.Context, page: Any) -> dict[str, Any]:
    """Links to the pages of a list; keeps every other parameter of the address."""
    return {"page": page, "request": context.get("request")}


@register.inclusion_tag("web/parts/saved_filters.html", takes_context=True)
def saved_filters(context: template.Context, list_code: str) -> dict[str, Any]:
    """The reader's saved filters of a list as chips, and the way to save how it stands now."""
    from niangjia.platform.accounts.actors import actor_of
    from niangjia.platform.web import saved

    request = context["request"]
    found, now = saved.chips(actor_of(request), list_code, request.GET), saved.normal(request.GET)
    unsaved = bool(now) and not any(chip.current for chip in found)
    return {
        **{"chips": found, "list_code": list_code, "query": now, "unsaved": unsaved, "longest": saved.LONGEST_NAME},
        "csrf_token": context.get("csrf_token"),
    }


@register.simple_tag
def field(bound: BoundField) -> SafeString:
    """Label, hint, error and input of one form field."""
    return bound.as_field_group()


@register.simple_tag
def error_summary(form: Any, *rows: Any) -> SafeString:
    """The list of everything to mend, also in the rows of a form, linked to the fields; empty when nothing is wrong."""
    forms = dict.fromkeys([form, *(row for one in rows for row in one.forms)])
    errors = [error for one in forms if one.errors for error in _errors(one)]
    return form.render("web/parts/error_summary.html", {"form": form, "errors": errors}) if errors else SafeString("")


def _errors(form: Any) -> list[tuple[str, str]]:
    found = [("", str(text)) for text in form.non_field_errors()]
    for bound in form:
        found += [(_focus_id(bound), str(text)) for text in bound.errors]
    return found


def _focus_id(bound: BoundField) -> str:
    """The id a summary link jumps to: the first choice of a group, else the input."""
    return f"{bound.auto_id}_0" if bound.use_fieldset else str(bound.id_for_label or bound.auto_id)


@register.simple_tag
def request_key() -> SafeString:
    """The hidden key that makes a form repeat-safe."""
    return format_html('<input type="hidden" name="idempotency_key" value="{}">', secrets.token_urlsafe(18))


@register.simple_tag(takes_context=True)
def query(context: template.Context, **changes: Any) -> str:
    """The present query string with ``changes``; a value of None or "" takes the parameter out."""
    parameters = context["request"].GET.copy()
    for name, value in changes.items():
        if value in (None, ""):
            parameters.pop(name, None)
        else:
            parameters[name] = str(value)
    return f"?{parameters.urlencode()}" if parameters else "?"


@register.simple_tag
def attributes(**values: Any) -> SafeString:
    """HTML attributes from names (``data_x`` becomes ``data-x``); None and False are left out."""
    kept = (
        (name.replace("_", "-"), value) for name, value in values.items() if value is not None and value is not False
    )
    return format_html_join("", ' {}="{}"', kept)
