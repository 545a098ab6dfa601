"""What this room stores about somebody, for them to see and to take along."""

from __future__ import annotations

from collections.abc import Iterable

from niangjia.kernel.money import yuan
from niangjia.kernel.text import _
from niangjia.platform.personal_data.portability import Held, Holding, Subject
from niangjia.services.protection.catalogue import SOURCE_LABELS, EnrolmentSource
from niangjia.services.protection.claim_models import Claim, Condolence
from niangjia.services.protection.condoling import OCCASIONS
from niangjia.services.protection.models import Enrolment
from niangjia.services.protection.queries import told_facts
from niangjia.services.protection.states import CLAIM, CONDOLENCE, ENROLMENT


def collect(subject: Subject) -> Iterable[Holding]:
    """Protections, claims with what was told, condolences."""
    keys = list(subject.keys)
    enrolments = Enrolment.objects.filter(person__public_id__in=keys).select_related("plan").order_by("pk")
    claims = Claim.objects.filter(owner_key__in=keys).with_names().order_by("pk")
    condolences = Condolence.objects.filter(owner_key__in=keys).select_related("plan").order_by("pk")
    return [
        Holding("protection_enrolment", _("参加的保障"), [_enrolment(row) for row in enrolments]),
        Holding("protection_claim", _("理赔申请"), [_claim(row) for row in claims]),
        Holding("protection_condolence", _("慰问金"), [_condolence(row) for row in condolences]),
    ]


def _enrolment(row: Enrolment) -> list[Held]:
    return [
        Held("protection.Enrolment.plan", _("方案"), row.plan.name),
        Held("protection.Enrolment.from_day", _("从哪天起"), row.from_day),
        Held("protection.Enrolment.to_day", _("到哪天"), row.to_day),
        Held("protection.Enrolment.state", _("状态"), ENROLMENT.state(row.state).label),
        Held("protection.Enrolment.source", _("怎样参保"), SOURCE_LABELS[EnrolmentSource(row.source)]),
    ]


def _claim(row: Claim) -> list[Held]:
    told = "；".join(f"{fact.label}：{fact.value}" for fact in told_facts(row))
    return [
        Held("protection.Claim.number", _("编号"), row.number),
        Held("protection.Claim.state", _("状态"), CLAIM.state(row.state).label),
        Held("protection.Claim.filed_at", _("提交"), row.filed_at),
        Held("protection.Claim.told", _("填写的内容"), told),
        Held("protection.Claim.bank_account", _("银行卡号"), row.bank_account),
        Held("protection.Claim.claimant_name", _("申请人"), row.payee_name),
        Held("protection.Claim.paid_fen", _("已付金额"), yuan(row.paid_fen)),
    ]


def _condolence(row: Condolence) -> list[Held]:
    return [
        Held("protection.Condolence.occasion", _("事由"), OCCASIONS[row.occasion]),
        Held("protection.Condolence.fen", _("金额"), yuan(row.fen)),
        Held("protection.Condolence.state", _("状态"), CONDOLENCE.state(row.state).label),
        Held("protection.Condolence.created_at", _("时间"), row.created_at),
    ]
