"""What was handed out in its day without network, and given up by the night before the scan was sent in."""

from __future__ import annotations

from datetime import datetime

from django.db.models import F

from niangjia.commons.ledger import write as ledger
from niangjia.kernel import clock
from niangjia.kernel.actor import Actor
from niangjia.kernel.errors import Conflict
from niangjia.kernel.policy import Decision
from niangjia.kernel.text import _
from niangjia.services.offers import notices, records
from niangjia.services.offers.chances import noshows
from niangjia.services.offers.counter.collecting import Try, hand_out
from niangjia.services.offers.models import Cell, Reservation, Source, StockAfter
from niangjia.services.offers.states import ReservationEvent, ReservationState


def was_waiting(reservation: Reservation, moment: datetime) -> bool:
    """Whether it still waited at ``moment`` and only the night gave it up."""
    return reservation.state == ReservationState.GIVEN_UP and clock.day_of(moment) <= reservation.day


def collect_after_all(*, reservation: Reservation, this: Try, actor: Actor, decision: Decision) -> Reservation:
    """Take the giving up back, with its record and its pause, grant an appeal that waits, and write the collection.

    Within the caller's transaction, the reservation locked. Raises Conflict PIECE_GONE_ON when its piece went back to
    the stock and somebody else has it.
    """
    _hold_again(reservation)
    done = hand_out(
        reservation,
        this,
        actor=actor,
        decision=decision,
        event=ReservationEvent.COLLECT_AFTER_ALL,
        told=notices.COLLECTED_AFTER_ALL,
    )
    ledger.reverse(records.SOURCE_TYPE, reservation.pk, at=clock.now(), measures=[records.GIVEN_UP])
    noshows.forget(reservation)
    return done


def _hold_again(row: Reservation) -> None:
    """Where the campaign returned the piece, take one of its kind and site out of the stock again: of its own day, else
    of the day to which it moved on."""
    if row.campaign.stock_after != StockAfter.RETURN:
        return
    if row.source == Source.EXTRA:
        Cell.objects.filter(pk=row.cell_id).update(extra=F("extra") + 1, taken=F("taken") + 1)
        return
    cells = Cell.objects.filter(campaign=row.campaign_id, item=row.item_id, site=row.site_id, day__gte=row.day)
    held = sorted(cells.select_for_update(no_key=True).order_by("pk"), key=lambda cell: cell.day)
    giver = next((cell for cell in held if cell.left > 0), None)
    if giver is None:
        raise Conflict("PIECE_GONE_ON", _("这一份已转给后面的会员，不能补记领取。请在日结单里说明。"))
    if giver.pk != row.cell_id:
        Cell.objects.filter(pk=giver.pk).update(size=F("size") - 1)
        Cell.objects.filter(pk=row.cell_id).update(size=F("size") + 1)
    Cell.objects.filter(pk=row.cell_id).update(taken=F("taken") + 1)
