"""What this room does by the clock. Everything here is safe to run twice and to be killed in the middle.

The clock itself decides who may reserve, take or wish; these jobs write down what it decided.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import time, timedelta

from niangjia.kernel import clock
from niangjia.kernel.actor import Actor
from niangjia.kernel.errors import DomainError
from niangjia.kernel.text import _
from niangjia.platform.jobs import LONG, JobHandle, enqueue, every, task
from niangjia.services.offers import actions
from niangjia.services.offers.campaign import announcing, waves
from niangjia.services.offers.chances.drawing import DRAWING_STATES
from niangjia.services.offers.models import Campaign, Mode, Reservation, Waiting, Wave
from niangjia.services.offers.states import TAKING_STATES, CampaignState, WaitingState

REMIND_FROM = time(12)
"""Nobody is reminded of tomorrow before noon, also when the job is made up for at night."""


@every("offers.clock", "* * * * * */15", label=_("按时开始、结束活动"))
def follow_the_clock(job: JobHandle) -> dict[str, int]:
    """Open and close doors, give waves free, pass offers on, and ask for draws and announcements that are due."""
    actor = Actor.system("offers.clock")
    return {
        "opened": _each(_to_open(), lambda key: actions.open_doors(public_id=key, actor=actor)),
        "waves": sum(waves.release_due(campaign) for campaign in _with_due_waves()),
        "passed": _each(_over_offers(), lambda key: actions.pass_on(public_id=key, actor=actor)),
        "draws": _ask_for_draws(),
        "closed": _each(_to_close(), lambda key: actions.close_doors(public_id=key, actor=actor)),
        "announcements": _ask_for_announcements(),
    }


@task("offers.draw", label=_("抽签"))
def draw(job: JobHandle) -> dict[str, int]:
    """Hold a draw whose moment has come."""
    campaign = Campaign.objects.get(public_id=job.payload["campaign"])
    if campaign.drawn_at is not None:
        return {"won": 0, "lost": 0}
    drawn = actions.draw(campaign=campaign.public_id, actor=job.actor)
    return {"won": drawn.won, "lost": drawn.lost}


@task("offers.announce", max_attempts=20, label=_("通知可参加的会员"))
def announce(job: JobHandle) -> dict[str, int]:
    """Write to everybody entitled, in batches, what they all hear at one moment."""
    return {"told": announcing.announce(str(job.payload["campaign"]), job.progress)}


@every("offers.remind", "0 16 * * *", lane=LONG, label=_("提醒明天领取"))
def remind(job: JobHandle) -> dict[str, int]:
    """In the afternoon before a pick-up day, remind everybody whose item waits for them."""
    if clock.now().astimezone(clock.SHANGHAI).time() < REMIND_FROM:
        return {"reminded": 0}
    day = clock.today() + timedelta(days=1)
    due = Reservation.objects.due().filter(day=day).order_by("campaign").values_list("campaign", flat=True)
    return {"reminded": sum(announcing.remind(campaign, day, job.progress) for campaign in list(due.distinct()))}


@every("offers.give_up", "10 0 * * *", lane=LONG, label=_("登记未领取的预约"))
def give_up(job: JobHandle) -> dict[str, int]:
    """Count as given up what was not collected, and settle campaigns of which nothing is due any more."""
    actor = Actor.system("offers.give_up")
    overdue = Reservation.objects.due().filter(day__lt=clock.today()).order_by("campaign")
    keys = list(overdue.values_list("campaign__public_id", flat=True).distinct())
    given_up = sum(actions.give_up_overdue(campaign=key, actor=actor) for key in keys)
    return {
        "given_up": given_up,
        "settled": _each(_to_settle(), lambda key: actions.settle(public_id=key, actor=actor)),
    }


def _each(keys: Iterable[str], act: Callable[[str], object]) -> int:
    """How many were done; what somebody else did a moment ago is left alone."""
    done = 0
    for key in keys:
        try:
            act(key)
        except DomainError:
            continue
        done += 1
    return done


def _to_open() -> list[str]:
    due = Campaign.objects.filter(state=CampaignState.PUBLISHED.value, opens_at__lte=clock.now())
    return list(due.values_list("public_id", flat=True))


def _to_close() -> list[str]:
    taking = [state.value for state in TAKING_STATES]
    due = Campaign.objects.filter(state__in=taking, closes_at__lte=clock.now())
    return list(due.values_list("public_id", flat=True))


def _to_settle() -> list[str]:
    closed = Campaign.objects.filter(state=CampaignState.CLOSED.value, pickup_until__lt=clock.today())
    return list(closed.values_list("public_id", flat=True))


def _with_due_waves() -> list[int]:
    due = Wave.objects.filter(released_at=None, opens_at__lte=clock.now())
    taking = [state.value for state in TAKING_STATES]
    return list(
        due.filter(campaign__state__in=taking).order_by("campaign").values_list("campaign", flat=True).distinct()
    )


def _over_offers() -> list[str]:
    over = Waiting.objects.filter(state=WaitingState.OFFERED.value, offered_until__lte=clock.now())
    return list(over.order_by("offered_until").values_list("public_id", flat=True))


def _ask_for_draws() -> int:
    drawing = [state.value for state in DRAWING_STATES]
    due = Campaign.objects.filter(mode=Mode.DRAW.value, drawn_at=None, state__in=drawing, wishes_until__lte=clock.now())
    return sum(_ask("offers.draw", campaign) for campaign in due)


def _ask_for_announcements() -> int:
    taking = [state.value for state in TAKING_STATES]
    waiting = Campaign.objects.filter(state__in=taking, announced_at=None)
    return sum(_ask("offers.announce", campaign) for campaign in waiting if announcing.is_due(campaign))


def _ask(kind: str, campaign: Campaign) -> bool:
    """Ask once for each campaign, however often the clock comes by."""
    job = enqueue(kind, {"campaign": campaign.public_id}, once_key=f"{kind}@{campaign.public_id}")
    return job.attempts == 0
