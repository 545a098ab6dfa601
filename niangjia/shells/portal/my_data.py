"""我的信息：what is stored about me, for what, on what ground and how long."""

from __future__ import annotations

from datetime import date

from django.http import HttpRequest, HttpResponse
from django.utils.translation import get_language
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from niangjia.commons.people.corrections import queries as corrections
from niangjia.commons.people.guardians.queries import guardians_of
from niangjia.commons.people.own_data import subjects
from niangjia.commons.people.own_data.wards import wards_of
from niangjia.platform.accounts.actors import actor_of
from niangjia.platform.accounts.gates import member_required
from niangjia.platform.personal_data import looks, portability
from niangjia.platform.personal_data.kinds import LookKind
from niangjia.platform.personal_data.portability import Held, Purpose, Subject
from niangjia.platform.web import pages
from niangjia.platform.web.parts import Fact

MOST_ROWS = 20
"""So many rows of one paragraph are shown; all of them are in the copy."""


@never_cache
@require_safe
@member_required
def overview(request: HttpRequest) -> HttpResponse:
    """Everything about me by purpose, and what I can do with it."""
    actor = actor_of(request)
    context = {
        "purposes": _shown(subjects.own(actor)),
        "children": wards_of(actor),
        "corrections": corrections.own(actor),
        "is_known": actor.person_id is not None,
    }
    return pages.render(request, "portal/my_data.html", context)


@never_cache
@require_safe
@member_required
def child(request: HttpRequest, public_id: str) -> HttpResponse:
    """The same for a child or ward in my care; that I opened it is written down where the ward can read it."""
    actor = actor_of(request)
    subject = subjects.ward(actor, public_id)
    ward = next(one for one in wards_of(actor) if one.pk == subject.person_id)
    looks.record(actor, [ward.public_id], LookKind.OPENED)
    context = {
        "purposes": _shown(subject),
        "child": ward,
        "by": next((one for one in guardians_of(ward.pk) if one.guardian_id == actor.person_id), None),
        "guardians": guardians_of(ward.pk),
    }
    return pages.render(request, "portal/my_data_child.html", context)


def _shown(subject: Subject) -> list[dict[str, object]]:
    language = get_language() or ""
    return [_paragraph(purpose, language) for purpose in portability.by_purpose(portability.holdings(subject))]


def _paragraph(purpose: Purpose, language: str) -> dict[str, object]:
    entry = purpose.entry
    return {
        "purpose": entry.purpose.in_language(language),
        "basis": entry.basis.in_language(language),
        "retention": entry.retention.in_language(language),
        "sensitive": entry.kind == "sensitive",
        "rows": [(title, _facts(values)) for title, values in purpose.rows[:MOST_ROWS]],
        "more": max(0, len(purpose.rows) - MOST_ROWS),
        "count": len(purpose.rows),
    }


def _facts(values: list[Held]) -> list[Fact]:
    """What is there; days and moments as the page writes them."""
    return [Fact(one.label, one.value if isinstance(one.value, date) else one.text) for one in values if one.text]
