"""What this room stores about somebody who applied, for them to see and to take along."""

from __future__ import annotations

from collections.abc import Iterable

from niangjia.kernel.text import _
from niangjia.platform.personal_data.portability import Held, Holding, Subject
from niangjia.services.joining.exits.models import Exit
from niangjia.services.joining.exits.states import EXIT
from niangjia.services.joining.fits.models import Fit
from niangjia.services.joining.fits.states import FIT
from niangjia.services.joining.models import Application
from niangjia.services.joining.states import APPLICATION
from niangjia.services.joining.transfers.models import Transfer
from niangjia.services.joining.transfers.states import TRANSFER


def collect(subject: Subject) -> Iterable[Holding]:
    """The applications that the account sent, and the transfers of the membership."""
    moved = Transfer.objects.filter(person__public_id__in=subject.keys).with_unions().order_by("pk")
    transfers = Holding("transfer", _("会籍接转"), [_transfer(row) for row in moved])
    warned = Exit.objects.filter(person__public_id__in=subject.keys).with_people().order_by("pk")
    exits = Holding("exit", _("视为退会"), [_exit(row) for row in warned])
    offered = Fit.objects.filter(person__public_id__in=subject.keys).with_unions().order_by("pk")
    fits = Holding("fit", _("推荐的工会"), [_fit(row) for row in offered])
    if subject.user_id is None:
        return [transfers, fits, exits]
    rows = Application.objects.filter(applicant=subject.user_id).with_unions().order_by("pk")
    return [Holding("application", _("入会申请"), [_values(row) for row in rows]), transfers, fits, exits]


def _values(row: Application) -> list[Held]:
    return [
        Held("joining.Application.number", _("编号"), row.number),
        Held("joining.Application.created_at", _("提交时间"), row.created_at),
        Held("joining.Application.state", _("状态"), APPLICATION.state(row.state).label),
        Held("joining.Application.name", _("姓名"), row.name),
        Held("joining.Application.id_number", _("身份证件号码"), row.id_number),
        Held("joining.Application.phone", _("手机号"), row.phone),
        Held("joining.Application.birth_date", _("出生日期"), row.birth_date),
        Held("joining.Application.category", _("职业类别"), row.category_label),
        Held("joining.Application.employer_name", _("单位或平台"), row.employer_name),
        Held("joining.Application.street", _("工作所在街道、乡镇"), row.street.name),
        Held("joining.Application.stall", _("现场入会地点"), row.stall.place if row.stall else ""),
        Held("joining.Application.applicant_note", _("给工会的说明"), row.applicant_note),
    ]


def _transfer(row: Transfer) -> list[Held]:
    return [
        Held("joining.Transfer.created_at", _("提交时间"), row.created_at),
        Held("joining.Transfer.old", _("从"), row.old.name),
        Held("joining.Transfer.new", _("转到"), row.new.name),
        Held("joining.Transfer.state", _("状态"), TRANSFER.state(row.state).label),
        Held("joining.Transfer.answer_reason", _("理由"), row.answer_reason),
    ]


def _fit(row: Fit) -> list[Held]:
    return [
        Held("joining.Fit.created_at", _("推荐日期"), row.created_at),
        Held("joining.Fit.union", _("推荐的工会"), row.union.name),
        Held("joining.Fit.ground", _("为什么合适"), row.ground_label),
        Held("joining.Fit.times", _("问过几次"), row.times),
        Held("joining.Fit.state", _("状态"), FIT.state(row.state).label),
    ]


def _exit(row: Exit) -> list[Held]:
    return [
        Held("joining.Exit.created_at", _("列入日期"), row.created_at),
        Held("joining.Exit.union", _("工会"), row.union.name),
        Held("joining.Exit.idle_since", _("从哪天起没有活动"), row.idle_since),
        Held("joining.Exit.answer_by", _("回应期限"), row.answer_by),
        Held("joining.Exit.state", _("状态"), EXIT.state(row.state).label),
        Held("joining.Exit.answer_reason", _("理由"), row.answer_reason),
    ]
