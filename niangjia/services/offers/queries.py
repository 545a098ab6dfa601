"""What the pages of this room read, as ready values."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from niangjia.commons.desk.subjects import DeskLine
from niangjia.kernel.actor import Actor
from niangjia.kernel.text import _
from niangjia.services.offers import policies
from niangjia.services.offers.models import Appeal, Campaign, Reservation

SUBJECT_TYPE = "offers.appeal"


def desk_lines(actor: Actor, ids: Sequence[int]) -> Mapping[int, DeskLine]:
    """How appeals read on a desk."""
    seen = policies.visible_reservations(actor)
    rows = Appeal.objects.filter(pk__in=ids, reservation__in=seen).select_related(
        "reservation__campaign", "reservation__item"
    )
    return {row.pk: _line(row) for row in rows}


def _line(row: Appeal) -> DeskLine:
    title = str(_("申诉：“{item}”未领取", item=row.reservation.item.name))
    detail = f"{row.cause_label} · {row.reservation.campaign.title}"
    return DeskLine(row.reservation.number, title, detail, f"/console/offers/appeals/{row.public_id}/")


def campaign_for(actor: Actor, public_id: str) -> Campaign:
    """One campaign that the actor may see. Raises NotFound CAMPAIGN_NOT_FOUND."""
    found = policies.visible_campaigns(actor).select_related("union").filter(public_id=public_id).first()
    if found is None:
        raise policies.no_campaign()
    return found  # type: ignore[no-any-return]


def reservation_for(actor: Actor, public_id: str) -> Reservation:
    """One reservation that the actor may see. Raises NotFound RESERVATION_NOT_FOUND."""
    rows = policies.visible_reservations(actor).with_names().select_related("person")
    found = rows.filter(public_id=public_id).first()
    if found is None:
        raise policies.no_reservation()
    return found  # type: ignore[no-any-return]
