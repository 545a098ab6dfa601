"""The forms of finance: what one asks is done once for its key, and what is refused stands beside its fields; the page
before a move, and making it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse

from niangjia.commons.payments.forms import ReasonForm, ReasonlessForm
from niangjia.kernel.errors import DomainError, NotFound
from niangjia.kernel.machine import Machine
from niangjia.kernel.text import Text, _
from niangjia.platform.accounts.actors import actor_of
from niangjia.platform.web import moves, pages
from niangjia.platform.web.forms import Form
from niangjia.platform.web.parts import Crumb, Fact


def submit(request: HttpRequest, form: Any, purpose: str, act: Callable[[], Any]) -> str | None:
    """Do what a valid form asks, once for its key: the public id of what was made, or of nothing. None while it is not
    done; a refusal is put into the form."""
    if request.method != "POST" or not form.is_valid():
        return None
    try:
        return moves.once(request, purpose, act)
    except DomainError as error:
        if isinstance(error, NotFound) or error.code == "NO_OFFICE_HERE":
            raise
        form.refuse(error)
        return None


def move(
    request: HttpRequest, thing: Any, machine: Machine, event: str, acts: Mapping[str, Callable[..., Any]], back: str,
    *, facts: Sequence[Fact] = (), form_class: type[Form] | None = None, above: Sequence[Crumb] = (),
) -> HttpResponse:  # fmt: skip
    """One move of a thing with its ``acts`` by event: what follows from it, a reason where one is needed or what
    ``form_class`` asks, then ``back``. Raises NotFound for another event, InvalidMove."""
    if event not in acts:
        raise NotFound("NOT_FOUND", _("没有这样的操作。"))
    step = moves.asked(request, machine, thing.state, event)
    asked = form_class or (ReasonForm if step.needs_reason else ReasonlessForm)
    form = asked(request.POST if request.method == "POST" else None)
    actor = actor_of(request)
    done = submit(
        request, form, f"{machine.name}.{event}",
        lambda: acts[event](public_id=thing.public_id, actor=actor, **form.cleaned_data),
    )  # fmt: skip
    if done is not None:
        messages.success(request, str(_("{number}：{label}", number=thing.number, label=step.label)))
        return redirect(back)
    lead = step.consequence or ""
    return page(request, form, step.label, above=above, lead=lead, subject=thing.number, back_url=back, facts=facts)


def page(request: HttpRequest, form: Form, heading: Text, *, above: Sequence[Crumb] = (), **more: Any) -> HttpResponse:
    """The page of a form; ``above`` are the crumbs between the funds and it."""
    context = {"form": form, "heading": heading, "crumbs": crumbs(*above, heading), **more}
    return pages.render(request, "payments/console/form.html", context, status=422 if form.errors else 200)


def crumbs(*more: Crumb | Text | str) -> list[Crumb]:
    """Where a page of finance stands below the funds."""
    here = [one if isinstance(one, Crumb) else Crumb(one) for one in more]
    return [Crumb(_("资金"), reverse("payments_console:funds")), *here]
