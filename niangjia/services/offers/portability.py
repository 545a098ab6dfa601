"""What campaigns store about somebody: what was reserved, wished for, waited for, and days without reserving."""

from __future__ import annotations

from collections.abc import Iterable

from niangjia.kernel.text import _
from niangjia.platform.personal_data.portability import Held, Holding, Subject
from niangjia.services.offers.counter.models import Appeal
from niangjia.services.offers.models import Bar, Reservation, Waiting, Wish


def collect(subject: Subject) -> Iterable[Holding]:
    """Everything under the person's keys, the oldest first."""
    mine = {"person__public_id__in": subject.keys}
    reservations = Reservation.objects.filter(**mine).select_related("campaign", "item", "site").order_by("pk")
    wishes = Wish.objects.filter(**mine).select_related("campaign").order_by("pk")
    waiting = Waiting.objects.filter(**mine).select_related("campaign").order_by("pk")
    bars = Bar.objects.filter(**mine).order_by("pk")
    appeals = Appeal.objects.filter(reservation__person__public_id__in=subject.keys).order_by("pk")
    return [
        Holding("reservation", _("普惠活动预约"), [_reservation(row) for row in reservations]),
        Holding("wish", _("抽签报名"), [_wish(row) for row in wishes]),
        Holding("waiting", _("候补"), [_waiting(row) for row in waiting]),
        Holding("bar", _("暂停预约"), [_bar(row) for row in bars]),
        Holding("offers_appeal", _("未领取申诉"), [_appeal(row) for row in appeals.select_related("reservation")]),
    ]


def _reservation(row: Reservation) -> list[Held]:
    return [
        Held("offers.Reservation.id", _("编号"), row.number),
        Held("offers.Reservation.campaign", _("活动"), row.campaign.title),
        Held("offers.Reservation.item", _("品类"), row.item.name),
        Held("offers.Reservation.site", _("领取地点"), row.site.name),
        Held("offers.Reservation.day", _("领取日期"), row.day),
        Held("offers.Reservation.state", _("状态"), row.state_label),
        Held("offers.Reservation.created_at", _("预约时间"), row.created_at),
        Held("offers.Reservation.collected_at", _("领取时间"), row.collected_at),
    ]


def _wish(row: Wish) -> list[Held]:
    return [
        Held("offers.Wish.campaign", _("活动"), row.campaign.title),
        Held("offers.Wish.created_at", _("报名时间"), row.created_at),
        Held("offers.Wish.state", _("状态"), row.state_label),
        Held("offers.Wish.pseudonym", _("公示用代号"), row.pseudonym),
    ]


def _waiting(row: Waiting) -> list[Held]:
    return [
        Held("offers.Waiting.campaign", _("活动"), row.campaign.title),
        Held("offers.Waiting.created_at", _("登记时间"), row.created_at),
        Held("offers.Waiting.state", _("状态"), Waiting.MACHINE.state(row.state).label),
    ]


def _bar(row: Bar) -> list[Held]:
    return [
        Held("offers.Bar.starts_on", _("从"), row.starts_on),
        Held("offers.Bar.until", _("到"), row.until),
        Held("offers.Bar.lifted_at", _("解除时间"), row.lifted_at),
    ]


def _appeal(row: Appeal) -> list[Held]:
    return [
        Held("offers.Appeal.reservation", _("编号"), row.reservation.number),
        Held("offers.Appeal.cause", _("原因"), row.cause_label),
        Held("offers.Appeal.text", _("说明"), str(row.text)),
        Held("offers.Appeal.state", _("状态"), row.state_label),
        Held("offers.Appeal.answer_reason", _("答复"), row.answer_reason),
    ]
