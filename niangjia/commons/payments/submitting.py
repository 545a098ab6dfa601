"""What a form of finance asks is done once for its key, and what is refused stands beside its fields."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest

from niangjia.kernel.errors import DomainError, NotFound
from niangjia.platform.accounts.actors import actor_of
from niangjia.platform.requests import idempotency
from niangjia.platform.web.forms import KEY_FIELD

_FRAME = (KEY_FIELD, "csrfmiddlewaretoken")


def submit(request: HttpRequest, form: Any, purpose: str, act: Callable[[], Any]) -> bool:
    """Do what a valid form asks, once for its key; a refusal is put into the form."""
    if request.method != "POST" or not form.is_valid():
        return False
    body = {name: request.POST.getlist(name) for name in sorted(request.POST) if name not in _FRAME}
    key = request.POST.get(KEY_FIELD, "")

    def done() -> dict[str, Any]:
        act()
        return {}

    try:
        idempotency.once(key=key, actor=actor_of(request), purpose=purpose, body={**body, "at": request.path}, act=done)
    except DomainError as error:
        if isinstance(error, NotFound) or error.code == "NO_OFFICE_HERE":
            raise
        form.refuse(error)
        return False
    return True
