"""The moves of an object on its page: the buttons, the page before a move is made, and making it."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from typing import Any, TypeVar

from django.http import HttpRequest, HttpResponse

from niangjia.kernel.errors import DomainError, NotFound
from niangjia.kernel.machine import Machine, Move
from niangjia.kernel.text import Text
from niangjia.platform.accounts.actors import actor_of
from niangjia.platform.requests import idempotency
from niangjia.platform.web import pages
from niangjia.platform.web.forms import KEY_FIELD, Form
from niangjia.platform.web.parts import MoveButton, Words

T = TypeVar("T")
_FRAME = (KEY_FIELD, "csrfmiddlewaretoken")


@dataclass(frozen=True)
class Choice:
    """A move on a page: open, or grey with the sentence why."""

    move: Move
    refusal: Text | None = None


def chosen(choices: Iterable[Choice], event: str, otherwise: NotFound) -> Choice:
    """The choice of ``event``. Raises ``otherwise`` where the object has no such move now."""
    for choice in choices:
        if choice.move.event == event:
            return choice
    raise otherwise


def buttons(
    choices: Iterable[Choice], address: Callable[[str], str], *, primary: Collection[str], danger: Collection[str]
) -> list[MoveButton]:
    """A button for each choice; ``address`` of an event is the page before the move, the others name events."""
    return [
        MoveButton(
            choice.move.label,
            address(choice.move.event),
            choice.refusal,
            primary=choice.move.event in primary,
            danger=choice.move.event in danger,
        )
        for choice in choices
    ]


def asked(request: HttpRequest, machine: Machine, state: str, event: str) -> Move:
    """The move for which its page is asked. One that is posted may come a second time, when the state is that of after
    it: whether it can be made says then its action, or the answer that is kept for its key (:func:`once`).

    Raises InvalidMove where the machine has no such move from here.
    """
    if request.method == "POST" and machine.find(state, event) is None:
        for move in machine.moves:
            if move.event == event:
                return move
    return machine.require(state, event)


def once(request: HttpRequest, purpose: str, act: Callable[[], Any]) -> str:
    """Do what a form asks once for its key, also when it is posted twice; gives the public id of what ``act`` returned,
    the same each time. Raises as :func:`idempotency.once`."""
    body: dict[str, Any] = {name: request.POST.getlist(name) for name in request.POST if name not in _FRAME}
    files = {name: [idempotency.file_digest(file) for file in request.FILES.getlist(name)] for name in request.FILES}
    return idempotency.once_made(
        key=request.POST.get(KEY_FIELD, ""), actor=actor_of(request), purpose=purpose,
        body={**body, "files": files, "at": request.path}, make=lambda: getattr(act(), "public_id", ""),
    )  # fmt: skip


def make(form: Form | None, act: Callable[[], T]) -> T | None:
    """What ``act`` returns; None while the form is not right, with everything that the action refuses said in it.

    Raises the action's DomainError where there is no form to say it in.
    """
    if form is not None and not form.is_valid():
        return None
    try:
        return act()
    except DomainError as error:
        if form is None:
            raise
        form.refuse(error)
        return None


def confirm(
    request: HttpRequest,
    form: Form | None,
    *,
    title: Words,
    consequence: Words | None,
    back_url: str,
    danger: bool = False,
    page: str = "web/confirm.html",
    **more: Any,
) -> HttpResponse:
    """The page before a move: what follows from it, what it needs, and the button with its name."""
    context = {
        "title": title,
        "consequence": consequence,
        "form": form,
        "action": title,
        "danger": danger,
        "back_url": back_url,
        **more,
    }
    return pages.render(request, page, context, status=422 if form is not None and form.errors else 200)
