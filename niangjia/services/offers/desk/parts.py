"""What the officers' pages of this room share: posting a form once, and the path above a title."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from django.http import HttpRequest
from django.urls import reverse

from niangjia.kernel.errors import DomainError, NotFound
from niangjia.kernel.text import Text, _
from niangjia.platform.accounts.actors import actor_of
from niangjia.platform.requests import idempotency
from niangjia.platform.web.forms import KEY_FIELD
from niangjia.platform.web.parts import Crumb
from niangjia.services.offers import policies
from niangjia.services.offers.models import Campaign

_NEVER_IN_A_FORM = ("NO_OFFICE_HERE",)


def submit(request: HttpRequest, form: Any, act: Callable[[], Any]) -> Any:
    """What ``act`` returns for a posted form without mistakes, else None: a refusal then stands in the form.

    What is not there, and an office that is missing, are pages of their own.
    """
    if request.method != "POST" or not form.is_valid():
        return None
    try:
        return act()
    except DomainError as error:
        if isinstance(error, NotFound) or error.code in _NEVER_IN_A_FORM:
            raise
        form.refuse(error)
        return None


def once(request: HttpRequest, purpose: str, act: Callable[[], Mapping[str, Any]]) -> dict[str, Any]:
    """Run ``act`` once for the key in the form; a second tap gets the first answer."""
    body = {name: request.POST.getlist(name) for name in sorted(request.POST) if name not in _FRAME}
    answer, _again = idempotency.once(
        key=request.POST.get(KEY_FIELD, ""),
        actor=actor_of(request),
        purpose=purpose,
        body={**body, "at": request.path},
        act=lambda: dict(act()),
    )
    return answer


_FRAME = (KEY_FIELD, "csrfmiddlewaretoken")


def crumbs(campaign: Campaign | None = None, *more: Text | str) -> list[Crumb]:
    """The list, the campaign, and where one is."""
    path = [Crumb(_("普惠活动"), reverse("offers_console:list"))]
    if campaign is not None:
        path.append(Crumb(campaign.title, address("campaign", campaign)))
    path += [Crumb(label) for label in more]
    return [*path[:-1], Crumb(path[-1].label)]


def address(name: str, campaign: Campaign) -> str:
    """A page of a campaign."""
    return reverse(f"offers_console:{name}", args=[campaign.public_id])


def require_run(request: HttpRequest, campaign: Campaign) -> None:
    """Raises NotAllowed when the reader may look at the campaign, but not run it."""
    policies.may_run(actor_of(request), campaign.union_id).require()
