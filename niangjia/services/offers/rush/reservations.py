"""Giving a reservation back: by the member, or by the union with a reason."""

from __future__ import annotations

from django.db import transaction

from niangjia.commons.entitlement import uses
from niangjia.commons.ledger import write as ledger
from niangjia.kernel import clock
from niangjia.kernel.actor import Actor
from niangjia.kernel.reasons import require_reason
from niangjia.platform.lifecycle import lifecycle
from niangjia.platform.notices.kinds import Notice
from niangjia.services.offers import notices, policies, records
from niangjia.services.offers.campaign import extra_stock
from niangjia.services.offers.chances import queueing
from niangjia.services.offers.models import Reservation
from niangjia.services.offers.rush import reserving
from niangjia.services.offers.states import ReservationEvent, ReservationState


@transaction.atomic()
def cancel(*, public_id: str, actor: Actor) -> Reservation:
    """Give one's own reservation back; who is first on the waiting list is offered it, else the stock has it again.

    Doing it twice is one cancellation. Raises NotFound, NotAllowed, InvalidMove once it was collected or given up.
    """
    reservation = locked(actor, public_id)
    decision = policies.may_act_for_self(actor, reservation.person_id).require()
    if reservation.state == ReservationState.CANCELLED:
        return reservation
    values = {"number": reservation.number, "item": reservation.item.name}
    lifecycle.apply(
        reservation,
        ReservationEvent.CANCEL,
        actor=actor,
        decision=decision,
        notices=[Notice(notices.CANCELLED, reservation.user_id, values, link=reserving.link(public_id))],
    )
    undo(reservation)
    return reservation


@transaction.atomic()
def revoke(*, public_id: str, reason: str, actor: Actor) -> Reservation:
    """Make a reservation void, as when its holder has left the union. Raises NotFound, NotAllowed, InvalidMove."""
    reservation = locked(actor, public_id)
    decision = policies.may_run(actor, reservation.campaign.union_id).require()
    reason = require_reason(reason)
    values = {"number": reservation.number, "item": reservation.item.name}
    lifecycle.apply(
        reservation,
        ReservationEvent.REVOKE,
        actor=actor,
        decision=decision,
        reason=reason,
        changes={"note": reason},
        notices=[Notice(notices.REVOKED, reservation.user_id, values, link=reserving.link(public_id))],
    )
    undo(reservation)
    return reservation


def undo(reservation: Reservation) -> None:
    """Take the reservation out of the books, and its piece back: to the waiting list if somebody waits."""
    ledger.reverse(records.SOURCE_TYPE, reservation.pk, at=clock.now())
    uses.give_back(records.SOURCE_TYPE, reservation.pk)
    reserving.give_back_piece(reservation.cell_id)
    extra_stock.shrink([reservation])
    queueing.offer_what_is_left(reservation.cell_id)


def locked(actor: Actor, public_id: str) -> Reservation:
    """The reservation for changing, within the actor's sight. Raises NotFound RESERVATION_NOT_FOUND."""
    rows = policies.visible_reservations(actor).select_for_update(of=("self",))
    reservation = rows.with_names().select_related("person").filter(public_id=public_id).first()
    if reservation is None:
        raise policies.no_reservation()
    return reservation  # type: ignore[no-any-return]
