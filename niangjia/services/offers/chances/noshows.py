"""What was not collected: given up the day after its day, too often a pause, and an appeal against it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, timedelta

from django.db import IntegrityError, transaction
from django.db.models import F

from niangjia.commons.people.policies import is_own_or_kin
from niangjia.kernel import clock
from niangjia.kernel.actor import Actor
from niangjia.kernel.errors import Conflict, Gone, InvalidMove, NotAllowed, NotFound
from niangjia.kernel.policy import Decision, allow
from niangjia.kernel.reasons import require_reason
from niangjia.kernel.text import _
from niangjia.platform.lifecycle import lifecycle
from niangjia.platform.lifecycle.lifecycle import Effects
from niangjia.platform.notices import outbox
from niangjia.platform.notices.kinds import Notice
from niangjia.services.offers import notices, parameters, policies, records, rules
from niangjia.services.offers.campaign import extra_stock
from niangjia.services.offers.chances import offering
from niangjia.services.offers.counter.models import AppealCause
from niangjia.services.offers.models import Appeal, Bar, Campaign, Cell, Reservation, Source, StockAfter
from niangjia.services.offers.parameters import NoShowRule
from niangjia.services.offers.rush import reserving
from niangjia.services.offers.rush.reservations import locked
from niangjia.services.offers.states import AppealEvent, AppealState, ReservationEvent, ReservationState

BATCH = 500

# Giving up


@transaction.atomic()
def give_up(*, public_id: str, actor: Actor) -> Reservation:
    """Count one reservation as given up, the day after its day. Raises NotFound, NotAllowed, InvalidMove."""
    reservation = locked(actor, public_id)
    decision = policies.may_run(actor, reservation.campaign.union_id).require()
    if reservation.is_due and reservation.day >= clock.today():
        raise InvalidMove("TOO_EARLY", _("领取日期还没有过去。"))
    _give_up([reservation], actor, decision)
    return reservation


def give_up_overdue(*, campaign: str, actor: Actor) -> int:
    """Count everything as given up whose day is over; returns how many. In committed batches, not in a transaction.

    However often it runs, each is given up once: whoever is killed in the middle is taken up by the next run, and what
    was collected meanwhile stays collected. Raises NotFound, NotAllowed.
    """
    found = policies.visible_campaigns(actor).filter(public_id=campaign).first()
    if found is None:
        raise policies.no_campaign()
    decision = policies.may_run(actor, found.union_id).require()
    given_up, after = 0, 0
    while rows := _overdue(found.pk, after):
        after = rows[-1]
        with transaction.atomic():
            given_up += _give_up_part(rows, actor, decision)
    return given_up


def _overdue(campaign_id: int, after: int) -> list[int]:
    due = Reservation.objects.due().filter(campaign=campaign_id, day__lt=clock.today(), pk__gt=after)
    return list(due.order_by("pk").values_list("pk", flat=True)[:BATCH])


def _give_up_part(keys: Sequence[int], actor: Actor, decision: Decision) -> int:
    rows = Reservation.objects.select_for_update(of=("self",), no_key=True).with_names().select_related("person")
    due = [row for row in rows.filter(pk__in=keys).order_by("pk") if row.is_due]
    _give_up(due, actor, decision)
    return len(due)


def _give_up(rows: Sequence[Reservation], actor: Actor, decision: Decision) -> None:
    """Give up locked reservations of one campaign."""
    lifecycle.apply_many(rows, ReservationEvent.GIVE_UP, actor=actor, decision=decision, effects_for=_given_up)
    if not rows:
        return
    outbox.write(_bar([row for row in rows if row.person_id is not None], rows[0].campaign))
    if rows[0].campaign.stock_after == StockAfter.RETURN:
        _return_pieces(rows)


def _given_up(row: Reservation) -> Effects:
    values = {"item": row.item.name, "number": row.number, "day": f"{row.day:%Y-%m-%d}"}
    notice = Notice(notices.GIVEN_UP, row.user_id, values, link=reserving.link(row.public_id))
    return Effects(records=[records.given_up(row)], notices=[notice])


# What becomes of the pieces


def _return_pieces(rows: Sequence[Reservation]) -> None:
    """Give pieces back. Their day is over, but what lies at the site can still be had on a later day: a piece moves on
    to the next day of its kind and site, first to one for which somebody waits."""
    counts: dict[int, int] = {}
    own: dict[int, int] = {}
    for row in rows:
        counts[row.cell_id] = counts.get(row.cell_id, 0) + 1
        own[row.cell_id] = own.get(row.cell_id, 0) + (row.source != Source.EXTRA)
    moves = {cell_id: _later_cell(cell_id) for cell_id in counts}
    for cell_id, taken, size in sorted(_changes(counts, own, moves)):
        Cell.objects.filter(pk=cell_id).update(taken=F("taken") - taken, size=F("size") + size)
    extra_stock.shrink(rows)
    for cell_id in sorted({later for later in moves.values() if later is not None}):
        offering.offer_what_is_left(cell_id)


def _changes(
    counts: dict[int, int], own: dict[int, int], moves: dict[int, int | None]
) -> Iterable[tuple[int, int, int]]:
    """By how much ``taken`` falls and ``size`` grows, for each cell once."""
    changes: dict[int, list[int]] = {}
    for cell_id, count in counts.items():
        later = moves[cell_id]
        moved = own[cell_id] if later is not None else 0
        change = changes.setdefault(cell_id, [0, 0])
        change[0] += count
        change[1] -= moved
        if later is not None:
            changes.setdefault(later, [0, 0])[1] += moved
    return [(cell_id, taken, size) for cell_id, (taken, size) in changes.items()]


def _later_cell(cell_id: int) -> int | None:
    """The cell of the same kind and site on a day to come: one for which somebody waits, else the next day's."""
    cell = Cell.objects.get(pk=cell_id)
    later = Cell.objects.filter(
        campaign=cell.campaign_id, item=cell.item_id, site=cell.site_id, day__gte=clock.today()
    ).order_by("day")
    keys = list(later.values_list("pk", flat=True))
    waited_for = (key for key in keys if offering.next_places(key).exists())
    return next(waited_for, keys[0] if keys else None)


# Pauses


def _bar(rows: Sequence[Reservation], campaign: Campaign) -> list[Notice]:
    """Bar whoever did not come too often, by the rule of the campaign's union on the day of the no-show."""
    past = _no_shows([row.person_id for row in rows], campaign.union_id)
    bars, told, known = [], [], dict[date, NoShowRule]()
    for row in rows:
        rule = known.setdefault(row.day, parameters.no_show_rule(campaign.union_id, row.day))
        days = sorted(day for day in past[row.person_id] if day <= row.day)
        until = rules.barred_until(days, allowed=rule.allowed, window_days=rule.window_days, bar_days=rule.bar_days)
        if until is not None and until >= clock.today():
            bars.append(Bar(person_id=row.person_id, reservation=row, starts_on=clock.today(), until=until))
            values = {"until": f"{until + timedelta(days=1):%Y-%m-%d}"}
            told.append(Notice(notices.BARRED, row.user_id, values, link=reserving.link(row.public_id)))
    Bar.objects.bulk_create(bars)
    return told


def _no_shows(people: Sequence[int], union_id: int) -> dict[int, list[date]]:
    """The days of everything that these people gave up and that counts: appeals that were accepted do not."""
    rows = Reservation.objects.filter(person__in=people, state=ReservationState.GIVEN_UP.value)
    counted = rows.exclude(appeal__state=AppealState.ACCEPTED.value).order_by("day")
    days: dict[int, list[date]] = {person: [] for person in people}
    for person, day in counted.values_list("person_id", "day"):
        days[person].append(day)
    return days


# Appeals


@transaction.atomic()
def appeal(*, reservation: str, cause: AppealCause, text: str, actor: Actor) -> Appeal:
    """Say why it was not collected; once for each reservation, within the days that the union allows.

    Raises NotFound, NotAllowed NOT_YOURS, InvalidMove NOT_GIVEN_UP, Gone APPEAL_TOO_LATE, Conflict ALREADY_APPEALED.
    """
    row = locked(actor, reservation)
    decision = policies.may_act_for_self(actor, row.person_id).require()
    if row.state != ReservationState.GIVEN_UP:
        raise InvalidMove("NOT_GIVEN_UP", _("只有记为放弃的预约才需要申诉。"))
    days = parameters.appeal_within_days(row.campaign.union_id, row.day)
    last = row.day + timedelta(days=days)
    if clock.today() > last:
        raise Gone("APPEAL_TOO_LATE", _("申诉要在 {day} 以前提出，现在已经过期。", day=f"{last:%Y-%m-%d}"))
    made = Appeal(reservation=row, cause=cause.value, text=text.strip()[:500])
    try:
        with transaction.atomic():
            return lifecycle.open(made, actor=actor, decision=decision)
    except IntegrityError:
        raise Conflict("ALREADY_APPEALED", _("这份预约已经申诉过，请等待结果。")) from None


@transaction.atomic()
def accept_appeal(*, public_id: str, actor: Actor) -> Appeal:
    """It does not count: the pause that it caused ends, and it will cause none. The reservation stays given up.

    Raises NotFound, NotAllowed (NO_OFFICE_HERE, OWN_CASE), InvalidMove.
    """
    found = _locked_appeal(actor, public_id)
    decision = _may_answer(actor, found)
    number = found.reservation.number
    lifecycle.apply(
        found,
        AppealEvent.ACCEPT_APPEAL,
        actor=actor,
        decision=decision,
        notices=[_answered(found, notices.APPEAL_ACCEPTED, number)],
    )
    _lift(found.reservation)
    return found


@transaction.atomic()
def refuse_appeal(*, public_id: str, reason: str, actor: Actor) -> Appeal:
    """It counts as before, and the member reads why. Raises as :func:`accept_appeal`, and RuleBroken REASON_NEEDED."""
    found = _locked_appeal(actor, public_id)
    decision = _may_answer(actor, found)
    reason = require_reason(reason)
    lifecycle.apply(
        found,
        AppealEvent.REFUSE_APPEAL,
        actor=actor,
        decision=decision,
        reason=reason,
        changes={"answer_reason": reason[:300]},
        notices=[_answered(found, notices.APPEAL_REFUSED, found.reservation.number)],
    )
    return found


def forget(row: Reservation) -> None:
    """It was collected after all: an appeal that still waits is granted, and pauses that counted it end.

    Within the caller's transaction, after the reservation has moved.
    """
    waiting = Appeal.objects.select_for_update(of=("self",), no_key=True).filter(reservation=row)
    for found in waiting.filter(state=AppealState.SUBMITTED.value).select_related("reservation__campaign__union"):
        lifecycle.apply(
            found,
            AppealEvent.ACCEPT_APPEAL,
            actor=Actor.system("offers.collected_after_all"),
            decision=allow("collected after all"),
            notices=[_answered(found, notices.APPEAL_ACCEPTED, row.number)],
        )
    _lift(row)


def _answered(found: Appeal, kind: object, number: str) -> Notice:
    row = found.reservation
    return Notice(kind, row.user_id, {"number": number}, link=reserving.link(row.public_id))  # type: ignore[arg-type]


def _may_answer(actor: Actor, found: Appeal) -> Decision:
    if is_own_or_kin(actor, found.reservation.person_id):
        raise NotAllowed("OWN_CASE", _("不能处理自己或亲属的申诉，请交给同事。"))
    return policies.may_run(actor, found.reservation.campaign.union_id).require()


def _lift(row: Reservation) -> None:
    """End the pauses that would not be without this no-show, the one it caused and later ones that counted it."""
    current = Bar.objects.filter(person=row.person_id, lifted_at=None, until__gte=clock.today())
    for bar in current.select_related("reservation__campaign"):
        if bar.reservation_id == row.pk or not _still_barred(bar):
            bar.lifted_at = clock.now()
            bar.save(update_fields=["lifted_at"])


def _still_barred(bar: Bar) -> bool:
    cause = bar.reservation
    rule = parameters.no_show_rule(cause.campaign.union_id, cause.day)
    days = [day for day in _no_shows([bar.person_id], cause.campaign.union_id)[bar.person_id] if day <= cause.day]
    until = rules.barred_until(days, allowed=rule.allowed, window_days=rule.window_days, bar_days=rule.bar_days)
    return until is not None


def _locked_appeal(actor: Actor, public_id: str) -> Appeal:
    rows = policies.visible_appeals(actor).select_for_update(of=("self",), no_key=True)
    names = ("reservation__campaign", "reservation__person", "reservation__item")
    found = rows.select_related(*names).filter(public_id=public_id).first()
    if found is None:
        raise NotFound("APPEAL_NOT_FOUND", _("没有找到这份申诉。"))
    return found


__all__ = ["accept_appeal", "appeal", "forget", "give_up", "give_up_overdue", "refuse_appeal"]
