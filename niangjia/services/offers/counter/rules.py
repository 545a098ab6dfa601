"""What a counter says about a reservation that is not to be handed out here and now. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from niangjia.kernel.clock import SHANGHAI
from niangjia.kernel.errors import Conflict, Gone, InvalidMove
from niangjia.kernel.text import _
from niangjia.services.offers.states import ReservationState


@dataclass(frozen=True)
class Facts:
    """A reservation as a counter judges it; ``moment`` is when it came into its state, or was collected."""

    state: ReservationState
    site_id: int
    site: str
    day: date
    moment: datetime
    called_off: bool = False


def require_due_here(facts: Facts, site_id: int, today: date) -> None:
    """Raises the most useful refusal: as :func:`require_waiting`; Gone GIVEN_UP; Conflict WRONG_SITE with the right
    one, WRONG_DAY with the right one."""
    require_waiting(facts)
    if today > facts.day:
        raise _given_up(facts)
    if facts.site_id != site_id:
        day = f"{facts.day:%Y-%m-%d}"
        raise Conflict("WRONG_SITE", _("领取地点不对：请于 {day} 到{site}领取。", day=day, site=facts.site))
    if today < facts.day:
        raise Conflict("WRONG_DAY", _("还没到日期：请于 {day} 来领取。", day=f"{facts.day:%Y-%m-%d}"))


def require_waiting(facts: Facts) -> None:
    """It still waits for its holder. Raises InvalidMove ALREADY_COLLECTED with when and where, CANCELLED, CALLED_OFF,
    REVOKED; Gone GIVEN_UP."""
    match facts.state:
        case ReservationState.COLLECTED:
            moment = f"{facts.moment.astimezone(SHANGHAI):%Y-%m-%d %H:%M}"
            raise InvalidMove(
                "ALREADY_COLLECTED", _("已于 {moment} 在{site}领取，不能再领。", moment=moment, site=facts.site)
            )
        case ReservationState.CANCELLED:
            raise InvalidMove("CANCELLED", _("会员已取消这份预约。"))
        case ReservationState.REVOKED if facts.called_off:
            raise InvalidMove("CALLED_OFF", _("活动已取消，预约随之作废。请会员在“我的预约”里查看理由。"))
        case ReservationState.REVOKED:
            raise InvalidMove("REVOKED", _("这份预约已作废，请会员在“我的预约”里查看理由。"))
        case ReservationState.GIVEN_UP:
            raise _given_up(facts)


def _given_up(facts: Facts) -> Gone:
    return Gone("GIVEN_UP", _("领取日期 {day} 已过，按规则视为放弃。会员可以申诉。", day=f"{facts.day:%Y-%m-%d}"))


def rank(facts: Facts, site_id: int, today: date) -> tuple[int, int, int]:
    """The smaller, the more useful to speak of: due here today, due elsewhere today, due here soon, due elsewhere; then
    what is over, the nearest day first and on one day what was collected first."""
    here, away = facts.site_id == site_id, abs((facts.day - today).days)
    if facts.state is ReservationState.RESERVED and today <= facts.day:
        return (0 if here and away == 0 else 1 if away == 0 else 2 if here else 3), away, 0
    order = (
        ReservationState.COLLECTED,
        ReservationState.RESERVED,
        ReservationState.GIVEN_UP,
        ReservationState.REVOKED,
        ReservationState.CANCELLED,
    )
    return 4, away, order.index(facts.state)
