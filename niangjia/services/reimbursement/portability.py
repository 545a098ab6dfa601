"""What this room stores about somebody, for them to see and to take along."""

from __future__ import annotations

from collections.abc import Iterable

from niangjia.kernel.money import yuan
from niangjia.kernel.text import _
from niangjia.platform.personal_data.portability import Held, Holding, Subject
from niangjia.services.reimbursement.models import Case
from niangjia.services.reimbursement.queries import KIND_LABELS


def collect(subject: Subject) -> Iterable[Holding]:
    """Reimbursements, with how each came about."""
    rows = Case.objects.filter(owner_key__in=list(subject.keys)).order_by("pk")
    return [Holding("reimbursement", _("二次报销"), [_case(row) for row in rows])]


def _case(row: Case) -> list[Held]:
    return [
        Held("reimbursement.Case.programme", _("项目"), row.programme_label),
        Held("reimbursement.Case.kind", _("就诊"), KIND_LABELS[row.kind]),
        Held("reimbursement.Case.from_day", _("就诊日期"), row.from_day),
        Held("reimbursement.Case.self_paid_fen", _("自付一"), yuan(row.self_paid_fen)),
        Held("reimbursement.Case.fen", _("报销"), yuan(row.fen)),
        Held("reimbursement.Case.state", _("状态"), row.state_label),
        Held("reimbursement.Case.transaction", _("流水号"), row.transaction),
    ]
