"""A draft changed part by part: its frame, one cover, the order of covers, its limits. A published version never."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date

from django.db import transaction

from niangjia.kernel.actor import Actor
from niangjia.kernel.errors import NotFound
from niangjia.kernel.text import _
from niangjia.services.protection import plans, termbooks
from niangjia.services.protection import terms as parts
from niangjia.services.protection.catalogue import PlanKind
from niangjia.services.protection.models import PlanVersion
from niangjia.services.protection.terms import CoverTerms, LimitTerms, Terms

Change = Callable[[Terms], Terms]


@transaction.atomic()
def begin_plan(
    *, union_id: int, code: str, name: str, kind: str, fund: str, cap_fen: int, valid_from: date, actor: Actor
) -> PlanVersion:
    """A new plan with an empty draft, to which covers are added. Its programme in the ledger is made of kind and code.
    Raises as :func:`plans.found_plan` and :func:`plans.draw_up`."""
    branch = "free" if kind == PlanKind.FREE else "group"
    plan = plans.found_plan(
        union_id=union_id, code=code, name=name, kind=kind, programme=f"protection.{branch}.{code}", fund=fund,
        actor=actor,
    )  # fmt: skip
    return plans.draw_up(plan_id=plan.pk, terms=Terms((), cap_fen), valid_from=valid_from, actor=actor)


@transaction.atomic()
def put_cover(*, public_id: str, cover: CoverTerms, code: str | None = None, actor: Actor) -> PlanVersion:
    """Add a cover to a draft, or put it in the place of the one called ``code``. Raises as :func:`plans.revise`,
    NotFound COVER_NOT_FOUND."""

    def change(terms: Terms) -> Terms:
        if code is not None:
            _require_cover(terms, code)
        return parts.with_cover(terms, cover, code)

    return _changed(public_id, change, actor)


@transaction.atomic()
def drop_cover(*, public_id: str, code: str, actor: Actor) -> PlanVersion:
    """Take a cover out of a draft, and the limits of it alone. Raises as :func:`put_cover`."""
    return _changed(public_id, lambda terms: parts.without_cover(_require_cover(terms, code), code), actor)


@transaction.atomic()
def raise_cover(*, public_id: str, code: str, actor: Actor) -> PlanVersion:
    """Put a cover one place further up. Raises as :func:`put_cover`."""
    return _changed(public_id, lambda terms: parts.raised(_require_cover(terms, code), code), actor)


@transaction.atomic()
def put_limits(*, public_id: str, limits: tuple[LimitTerms, ...], actor: Actor) -> PlanVersion:
    """Write the limits of a draft in the order of their use. Raises as :func:`plans.revise`."""
    return _changed(public_id, lambda terms: replace(terms, limits=limits), actor)


def _changed(public_id: str, change: Change, actor: Actor) -> PlanVersion:
    """The change is made on what stands there under the lock, so that two officers at two covers lose nothing."""
    version = plans.locked_draft(actor, public_id)
    return plans.revise(
        public_id=public_id, terms=change(termbooks.terms_of(version)), valid_from=version.valid_from,
        valid_to=version.valid_to, actor=actor,
    )  # fmt: skip


def _require_cover(terms: Terms, code: str) -> Terms:
    if terms.cover(code) is None:
        raise NotFound("COVER_NOT_FOUND", _("这个草稿里没有这项保障，可能已经被删去。"))
    return terms
