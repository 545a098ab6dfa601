"""How what somebody reserved, won or waits for goes over when two entries of one human being become one."""

from niangjia.commons.people.merging import ways
from niangjia.commons.people.merging.ways import Way
from niangjia.commons.people.models import Person
from niangjia.kernel.text import Text, _
from niangjia.services.offers.models import Reservation
from niangjia.services.offers.states import COUNTING_STATES, ReservationState


def declare() -> None:
    """Called when Django starts. An item that both collected already stays with each; nothing is taken back."""
    ways.declare(
        Way("offers.Reservation.person", _("普惠活动的预约"), blocks=_both_wait_for_an_item),
        Way(
            "offers.Wish.person",
            _("摇号登记"),
            refuses={"offers_one_wish_for_each_person": _("两条登记参加了同一个摇号，请先请本人撤回一份，再合并。")},
        ),
        Way(
            "offers.Waiting.person",
            _("候补"),
            refuses={
                "offers_one_place_in_the_queue_for_each_person": _(
                    "两条登记在同一个活动里各有一个候补，请先请本人放弃一个，再合并。"
                )
            },
        ),
        Way("offers.Bar.person", _("暂停预约的记录")),
    )


def _both_wait_for_an_item(kept: Person, merged: Person) -> Text | None:
    """One item for each person: what is still to be collected twice must be cancelled once."""
    due = Reservation.objects.filter(state=ReservationState.RESERVED.value)
    theirs = due.filter(person=merged).values("campaign")
    counting = Reservation.objects.filter(state__in=[state.value for state in COUNTING_STATES])
    if counting.filter(person=kept, campaign__in=theirs).exists():
        return _("两条登记预约了同一个活动，并入的那份还没有领取。请先取消那一份，再合并。")
    return None
