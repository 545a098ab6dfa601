"""What the API of this room gives, and how it is made from rows."""

from __future__ import annotations

from datetime import date, datetime

from ninja import Schema
from pydantic import Field

from niangjia.services.offers import rules
from niangjia.services.offers.member_queries import Board, Listed, cells_by_id
from niangjia.services.offers.models import Cell, Reservation, Waiting, Wish


class CampaignOut(Schema):
    """One campaign. ``phase`` is by the server's clock: soon, wishes, drawing, open, pickup or over;
    ``next_moment`` when that ends; ``left`` pieces are left in all. ``is_for_me``: who asks meets the conditions and
    has had nothing yet."""

    id: str
    title: str
    summary: str
    union: str
    is_draw: bool
    phase: str
    opens_at: datetime
    closes_at: datetime
    wishes_until: datetime | None
    pickup_from: date
    pickup_until: date
    next_moment: datetime | None
    left: int
    left_at: datetime
    is_for_me: bool
    reservation: str | None


class CampaignsOut(Schema):
    """Count down to a moment from ``server_time``, never from the device's own clock."""

    server_time: datetime
    items: list[CampaignOut]


class DayOut(Schema):
    day: date
    left: int


class SiteOut(Schema):
    """Where an item can be collected, and on which days."""

    id: str
    name: str
    address: str
    hours: str
    days: list[DayOut]


class ItemOut(Schema):
    id: str
    name: str
    description: str
    left: int
    sites: list[SiteOut]


class ConditionOut(Schema):
    """One condition; ``refusal`` says why it is not met and what one can do, empty when it is."""

    sentence: str
    met: bool
    refusal: str


class CampaignDetailOut(Schema):
    """A campaign with its items, sites and days, and how the member stands."""

    server_time: datetime
    campaign: CampaignOut
    terms: str
    has_waiting_list: bool
    draw_commitment: str
    conditions: list[ConditionOut]
    barred_until: date | None
    items: list[ItemOut]


class ReservationOut(Schema):
    """One reservation of the member's own."""

    id: str
    number: str
    state: str
    state_label: str
    campaign: str
    campaign_title: str
    item: str
    item_name: str
    site: str
    site_name: str
    site_address: str
    site_hours: str
    day: date
    source: str
    reserved_at: datetime
    collected_at: datetime | None
    note: str
    appeal: str | None


class ReservationsOut(Schema):
    """A page of a list; ``next`` is the page after it or null."""

    items: list[ReservationOut]
    next: int | None


class ChoiceIn(Schema):
    """A place: item and site by their ids, and the day."""

    item: str = Field(max_length=40)
    site: str = Field(max_length=40)
    day: date


class WishIn(Schema):
    """Places, best first."""

    choices: list[ChoiceIn] = Field(min_length=1, max_length=rules.MOST_WISHES)


class AppealIn(Schema):
    """``cause`` is ill, on_shift, site_closed or other."""

    cause: str = Field(max_length=16)
    text: str = Field("", max_length=500)


class ChoiceOut(Schema):
    item: str
    item_name: str
    site: str
    site_name: str
    day: date


class WaitingOut(Schema):
    """A place on a waiting list; while it is offered the piece is held until ``offered_until``."""

    id: str
    state: str
    state_label: str
    campaign: str
    place: ChoiceOut
    offered_until: datetime | None
    reservation: str | None


class WishOut(Schema):
    """A wish in a draw. ``pseudonym`` is how it stands in the published list."""

    id: str
    state: str
    state_label: str
    campaign: str
    pseudonym: str
    choices: list[ChoiceOut]
    reservation: str | None


class AppealOut(Schema):
    reservation: str
    state: str
    state_label: str
    cause: str
    answer_reason: str


def campaign_out(row: Listed, board: Board | None = None) -> CampaignOut:
    campaign = row.campaign
    return CampaignOut(
        id=campaign.public_id,
        title=campaign.title,
        summary=campaign.summary,
        union=campaign.union.name,
        is_draw=campaign.is_draw,
        phase=row.phase.value,
        opens_at=campaign.opens_at,
        closes_at=campaign.closes_at,
        wishes_until=campaign.wishes_until,
        pickup_from=campaign.pickup_from,
        pickup_until=campaign.pickup_until,
        next_moment=row.next_moment,
        left=board.left if board else row.left,
        left_at=board.read_at if board else row.read_at,
        is_for_me=row.is_for_me,
        reservation=row.reservation.public_id if row.reservation else None,
    )


def reservation_out(row: Reservation) -> ReservationOut:
    appeal = getattr(row, "appeal", None)
    return ReservationOut(
        id=row.public_id,
        number=row.number,
        state=row.state,
        state_label=str(row.state_label),
        campaign=row.campaign.public_id,
        campaign_title=row.campaign.title,
        item=row.item.public_id,
        item_name=row.item.name,
        site=row.site.public_id,
        site_name=row.site.name,
        site_address=row.site.address,
        site_hours=row.site.hours,
        day=row.day,
        source=row.source,
        reserved_at=row.created_at,
        collected_at=row.collected_at,
        note=row.note,
        appeal=appeal.state if appeal else None,
    )


def choice_out(cell: Cell) -> ChoiceOut:
    return ChoiceOut(
        item=cell.item.public_id,
        item_name=cell.item.name,
        site=cell.site.public_id,
        site_name=cell.site.name,
        day=cell.day,
    )


def waiting_out(row: Waiting) -> WaitingOut:
    return WaitingOut(
        id=row.public_id,
        state=row.state,
        state_label=str(row.state_label),
        campaign=row.campaign.public_id,
        place=choice_out(row.cell),
        offered_until=row.offered_until,
        reservation=row.reservation.public_id if row.reservation else None,
    )


def wish_out(row: Wish) -> WishOut:
    return WishOut(
        id=row.public_id,
        state=row.state,
        state_label=str(row.state_label),
        campaign=row.campaign.public_id,
        pseudonym=row.pseudonym,
        choices=[choice_out(cell) for cell in cells_by_id(row.choices)],
        reservation=row.reservation.public_id if row.reservation else None,
    )
