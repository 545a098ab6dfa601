"""``/api/v1/protection/condolences``: sums beside claims, proposed by one and granted by another. Sums are fen."""

from __future__ import annotations

from django.http import HttpRequest
from ninja import Query, Router, Status

from niangjia.kernel.identifiers import person_name, resident_id
from niangjia.platform.accounts.actors import actor_of
from niangjia.platform.accounts.gates import staff_required
from niangjia.platform.personal_data import masks
from niangjia.platform.requests import idempotency
from niangjia.platform.web.api_shapes import Key, ListIn, ReasonIn
from niangjia.platform.web.paging import cut
from niangjia.services.protection import actions, counter, policies
from niangjia.services.protection import console_queries as staff
from niangjia.services.protection.api_shapes import CondolenceIn, CondolenceOut, CondolencesOut
from niangjia.services.protection.claim_models import Condolence
from niangjia.services.protection.condoling import OCCASIONS
from niangjia.services.protection.states import CONDOLENCE

router = Router(tags=["protection"])


@router.get("", response=CondolencesOut, summary="Condolences in my reach, newest first")
@staff_required
def condolences(request: HttpRequest, listing: Query[ListIn]) -> CondolencesOut:
    actor = actor_of(request)
    policies.may_list_claims(actor).require()
    rows = policies.visible_condolences(actor).select_related("plan", "person", "union").order_by("-created_at", "-pk")
    rows = rows.filter(state=listing.state) if listing.state else rows
    found, more = cut(rows, page=listing.page, size=listing.size)
    return CondolencesOut(items=[_out(row, masked=True) for row in found], next=more)


@router.post("", response={201: CondolenceOut}, summary="Propose a sum for a member; another person answers")
@staff_required
def propose(request: HttpRequest, body: CondolenceIn, idempotency_key: Key = "") -> Status[CondolenceOut]:
    actor = actor_of(request)
    policies.may_open_proposals(actor).require()

    def act() -> str:
        number = resident_id(body.id_number).number
        person = counter.person_to_condole(actor, person_name(body.name), number)
        given = body.dict(include={"occasion", "fen", "bank_account", "words"})
        plan = policies.plan_of(body.plan)
        return actions.propose(plan_id=plan.pk, person_id=person.pk, actor=actor, **given).public_id

    made = idempotency.once_made(
        key=idempotency_key, actor=actor, purpose="protection.api.propose", body=body.dict(), make=act
    )
    return Status(201, _out(staff.condolence_for(actor, made)))


@router.get("/{public_id}", response=CondolenceOut, summary="One condolence; opening it is logged")
@staff_required
def condolence(request: HttpRequest, public_id: str) -> CondolenceOut:
    return _out(staff.open_condolence(actor_of(request), public_id))


@router.post("/{public_id}/grant", response=CondolenceOut, summary="Agree; the payment is asked for")
@staff_required
def grant(request: HttpRequest, public_id: str, idempotency_key: Key = "") -> CondolenceOut:
    granted = idempotency.once_moved(
        key=idempotency_key, actor=actor_of(request), purpose="protection.api.grant", kind="condolence",
        public_id=public_id, find=staff.condolence_for, act=actions.grant,
    )  # fmt: skip
    return _out(granted)


@router.post("/{public_id}/decline", response=CondolenceOut, summary="Do not agree")
@staff_required
def decline(request: HttpRequest, public_id: str, body: ReasonIn) -> CondolenceOut:
    actor = actor_of(request)
    actions.decline(public_id=public_id, reason=body.reason, actor=actor)
    return _out(staff.condolence_for(actor, public_id))


def _out(row: Condolence, *, masked: bool = False) -> CondolenceOut:
    return CondolenceOut(
        id=row.public_id,
        state=row.state,
        state_label=str(CONDOLENCE.state(row.state).label),
        plan=row.plan.code,
        name=masks.mask_name(row.person.name) if masked else row.person.name,
        union=row.union.name,
        occasion=row.occasion,
        occasion_label=str(OCCASIONS[row.occasion]),
        fen=row.fen,
        words="" if masked else str(row.words),
        proposed_at=row.created_at,
    )
