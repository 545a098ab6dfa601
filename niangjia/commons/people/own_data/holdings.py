"""What people, accounts, notices and files store about somebody, as portability asks for it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import partial
from typing import Any

from django.db.models import Q

from niangjia.commons.people.cards.models import Card
from niangjia.commons.people.corrections.models import Correction, Workplace
from niangjia.commons.people.corrections.rules import spoken
from niangjia.commons.people.disputes.models import Dispute
from niangjia.commons.people.disputes.queries import answer_label, member_status
from niangjia.commons.people.guardians.models import Guardianship
from niangjia.commons.people.honours import queries as honours
from niangjia.commons.people.honours.models import Honour
from niangjia.commons.people.merging.models import Merge
from niangjia.commons.people.models import HEAD, HouseholdMember, Kinship, MembershipStay, Person
from niangjia.commons.people.rules import RELATION_LABELS, Relation
from niangjia.commons.people.wrong_deaths.models import WrongDeath
from niangjia.kernel.text import Text, _
from niangjia.platform import files
from niangjia.platform.accounts.models import Session, User
from niangjia.platform.files.models import File
from niangjia.platform.notices.models import Message
from niangjia.platform.personal_data import data_keys, portability
from niangjia.platform.personal_data.models import Consent, Look
from niangjia.platform.personal_data.portability import Content, Held, Holding, Subject

COPY_PURPOSE = "people.data_copy"
"""Files that are themselves copies of all this."""


def register() -> None:
    """Called when Django starts."""
    portability.register("people", _of_people)
    portability.register("accounts", _of_account)
    portability.register("records", _of_records, _contents)


def _of_people(subject: Subject) -> Iterable[Holding]:
    if subject.person_id is None:
        return []
    with data_keys.held(subject.keys):
        return [
            Holding("person", _("个人信息"), [_person(one) for one in _entries(subject)]),
            Holding("membership", _("会籍"), [_stay(one) for one in _stays(subject)]),
            Holding("card", _("会员卡"), [_card(one) for one in _cards(subject)]),
            Holding("honour", _("荣誉"), [_honour(one) for one in honours.of_keys(subject.keys)]),
            Holding("family", _("家庭和亲属"), [*_family(subject)]),
            Holding("merge", _("登记合并"), [_merge(one) for one in _merges(subject)]),
            Holding("correction", _("更正申请"), [_correction(one) for one in _corrections(subject)]),
            Holding("guardianship", _("监护登记"), [_guardianship(one, subject) for one in _guardianships(subject)]),
            Holding("wrong_death", _("误登的去世"), [_wrong_death(one) for one in _wrong_deaths(subject)]),
            Holding("dispute", _("号码占用申诉"), [_dispute(one) for one in _disputes(subject)]),
            Holding("dispute_answer", _("号码占用申诉的答复"), [_dispute_answer(one) for one in _asked(subject)]),
        ]


def _of_account(subject: Subject) -> Iterable[Holding]:
    if subject.user_id is None:
        return []
    user = User.objects.get(pk=subject.user_id)
    sessions = Session.objects.filter(user=user).order_by("pk")
    told = Message.objects.filter(user=user).order_by("pk")
    return [
        Holding("account", _("登录账号"), [_account(user)]),
        Holding("session", _("登录记录"), [_session(one) for one in sessions]),
        Holding("notice", _("通知"), [_notice(one) for one in told]),
    ]


def _of_records(subject: Subject) -> Iterable[Holding]:
    answers = Consent.objects.filter(subject_key__in=subject.keys).select_related("text").order_by("pk")
    seen = Look.objects.filter(subject_key__in=subject.keys).order_by("pk")
    return [
        Holding("consent", _("同意书"), [_consent(one) for one in answers]),
        Holding("look", _("查看记录"), [_look(one) for one in seen]),
        Holding("file", _("上传的文件"), [_file(one) for one in _own_files(subject)]),
    ]


def _contents(subject: Subject) -> Iterable[Content]:
    return [Content(f"{one.pk}-{one.name}", partial(files.chunks, one)) for one in _own_files(subject)]


def _own_files(subject: Subject) -> Iterable[File]:
    rows = File.objects.filter(subject_key__in=subject.keys, erased_at=None).exclude(purpose=COPY_PURPOSE)
    return rows.order_by("pk")


def _entries(subject: Subject) -> Iterable[Person]:
    return Person.objects.filter(public_id__in=subject.keys).order_by("pk")


def _person(one: Person) -> list[Held]:
    workplace = Workplace.objects.filter(person=one).first()
    rows = [
        _held("people.Person.name", _("姓名"), one.name),
        _held("people.Person.sex", _("性别"), one.sex_label),
        _held("people.Person.birth_date", _("出生日期"), one.birth_date),
        _held("people.Person.id_kind", _("证件类型"), one.id_kind_label),
        _held("people.Person.id_number", _("证件号码"), one.id_number),
        _held("people.Person.phone", _("手机号"), one.phone),
        _held("people.Person.category", _("职业类别"), one.category_label),
    ]
    return [*rows, *_workplace(workplace)] if workplace else rows


def _workplace(one: Workplace) -> list[Held]:
    return [
        _held("people.Workplace.employer", _("单位或平台"), one.employer),
        _held("people.Workplace.changed_at", _("最近一次更正单位"), one.changed_at),
    ]


def _stays(subject: Subject) -> Iterable[MembershipStay]:
    rows = MembershipStay.objects.filter(membership__person__public_id__in=subject.keys)
    return rows.select_related("membership", "union").order_by("pk")


def _stay(one: MembershipStay) -> list[Held]:
    return [
        _held("people.Membership.number", _("会员号"), one.membership.number),
        _held("people.MembershipStay.union", _("所在工会"), one.union.name),
        _held("people.MembershipStay.since", _("从"), one.since),
        _held("people.MembershipStay.until", _("到"), one.until),
        _held("people.Membership.state", _("会籍"), one.membership.state_label),
    ]


def _cards(subject: Subject) -> Iterable[Card]:
    return Card.objects.filter(person__public_id__in=subject.keys).order_by("pk")


def _card(one: Card) -> list[Held]:
    rows = [
        _held("people.Card.number", _("卡号"), one.number),
        _held("people.Card.issued_on", _("发卡日期"), one.issued_on),
        _held("people.Card.state", _("状态"), Card.MACHINE.state(one.state).label),
    ]
    if not one.bank_card_tail:
        return rows
    return [*rows, _held("people.Card.bank_card_tail", _("联名银行卡尾号"), one.bank_card_tail)]


def _honour(one: Honour) -> list[Held]:
    return [
        _held("people.Honour.kind", _("荣誉"), one.kind_label),
        _held("people.Honour.level", _("级别"), one.level_label),
        _held("people.Honour.conferred_on", _("授予日期"), one.conferred_on),
        _held("people.Honour.revoked_on", _("撤销日期"), one.revoked_on),
    ]


def _family(subject: Subject) -> Iterator[list[Held]]:
    """Who lives in the household, and kin by name: what the person has told, without other people's numbers."""
    for place in HouseholdMember.objects.filter(person__public_id__in=subject.keys).order_by("pk"):
        role = _("户主") if place.role == HEAD else RELATION_LABELS[Relation(place.role)]
        yield [
            _held("people.HouseholdMember.role", _("在家庭中"), role),
            _held("people.HouseholdMember.since", _("从"), place.since),
            _held("people.HouseholdMember.until", _("到"), place.until),
        ]
    for kin in Kinship.objects.filter(person__public_id__in=subject.keys).select_related("relative").order_by("pk"):
        yield [
            _held("people.Kinship.relation", _("亲属关系"), kin.relation_label),
            _held("people.Kinship.relative", _("亲属姓名"), kin.relative.name),
        ]


def _merges(subject: Subject) -> Iterable[Merge]:
    applied = Merge.objects.filter(applied_at__isnull=False)
    return applied.filter(kept__public_id__in=subject.keys).order_by("pk")


def _merge(one: Merge) -> list[Held]:
    return [
        _held("people.Merge.public_id", _("编号"), one.number),
        _held("people.Merge.applied_at", _("合并时间"), one.applied_at),
        _held("people.Merge.state", _("状态"), one.MACHINE.state(one.state).label),
    ]


def _corrections(subject: Subject) -> Iterable[Correction]:
    return Correction.objects.filter(owner_key__in=subject.keys).order_by("pk")


def _correction(one: Correction) -> list[Held]:
    return [
        _held("people.Correction.kind", _("更正申请"), one.kind_label),
        _held("people.Correction.created_at", _("申请时间"), one.created_at),
        _held("people.Correction.state", _("状态"), one.MACHINE.state(one.state).label),
        _held("people.Correction.before", _("原来的内容"), spoken(one.kind, one.before)),
        _held("people.Correction.wished", _("申请改为"), spoken(one.kind, one.wished)),
    ]


def _guardianships(subject: Subject) -> Iterable[Guardianship]:
    """Whose guardian the person is, and who is theirs."""
    about = Q(guardian__public_id__in=subject.keys) | Q(ward__public_id__in=subject.keys)
    return Guardianship.objects.filter(about).select_related("guardian", "ward").order_by("pk")


def _guardianship(one: Guardianship, subject: Subject) -> list[Held]:
    as_ward = one.ward is not None and one.ward.public_id in subject.keys
    other = _held("people.Guardianship.guardian", _("监护人"), one.guardian.name)
    mine = [
        _held("people.Guardianship.name", _("被监护人"), one.name),
        _held("people.Guardianship.id_number", _("被监护人证件号码"), one.id_number),
        _held("people.Guardianship.note", _("说明"), one.note),
    ]
    return [
        *([other] if as_ward else mine),
        _held("people.Guardianship.kind", _("关系"), one.kind_label),
        _held("people.Guardianship.since", _("从"), one.since),
        _held("people.Guardianship.until", _("到"), one.until),
        _held("people.Guardianship.state", _("状态"), one.MACHINE.state(one.state).label),
    ]


def _wrong_deaths(subject: Subject) -> Iterable[WrongDeath]:
    return WrongDeath.objects.filter(person__public_id__in=subject.keys).order_by("pk")


def _wrong_death(one: WrongDeath) -> list[Held]:
    return [
        _held("people.WrongDeath.created_at", _("申请时间"), one.created_at),
        _held("people.WrongDeath.state", _("状态"), one.MACHINE.state(one.state).label),
        _held("people.WrongDeath.reason", _("说明"), one.reason),
        _held("people.WrongDeath.answer_reason", _("答复"), one.answer_reason),
    ]


def _disputes(subject: Subject) -> Iterable[Dispute]:
    return Dispute.objects.filter(owner_key__in=subject.keys).order_by("pk")


def _dispute(one: Dispute) -> list[Held]:
    return [
        _held("people.Dispute.kind", _("申诉的是"), one.kind_label),
        _held("people.Dispute.created_at", _("申请时间"), one.created_at),
        _held("people.Dispute.state", _("状态"), member_status(one).label),
        _held("people.Dispute.value", _("号码"), one.value),
        _held("people.Dispute.stated_name", _("姓名"), one.stated_name),
        _held("people.Dispute.note", _("说明"), one.note),
        _held("people.Dispute.for_ward", _("监护人代为提出"), _("是") if one.for_ward else ""),
        _held("people.Dispute.left_at_once", _("登录后说不是自己的账户"), _("是") if one.left_at_once else ""),
    ]


def _asked(subject: Subject) -> Iterable[Dispute]:
    """Where the person is asked about a number that stands with them: their own answer, nothing of who asks."""
    return Dispute.objects.filter(holder_key__in=subject.keys).order_by("pk")


def _dispute_answer(one: Dispute) -> list[Held]:
    return [
        _held("people.Dispute.kind", _("有人申诉您登记的"), one.kind_label),
        _held("people.Dispute.created_at", _("申请时间"), one.created_at),
        _held("people.Dispute.state", _("状态"), member_status(one).label),
        _held("people.Dispute.answer", _("答复"), answer_label(one)),
        _held("people.Dispute.holder_note", _("说明"), one.holder_note),
        _held("people.Dispute.right_number", _("正确的号码"), one.right_number),
    ]


def _account(user: User) -> list[Held]:
    return [
        _held("accounts.User.phone", _("登录手机号"), user.phone),
        _held("accounts.User.email", _("电子邮箱"), user.email),
        _held("accounts.User.created_at", _("开通时间"), user.created_at),
    ]


def _session(one: Session) -> list[Held]:
    return [
        _held("accounts.Session.agent", _("设备"), one.device),
        _held("accounts.Session.address", _("网络地址"), one.address),
        _held("accounts.Session.seen_at", _("最近使用"), one.seen_at),
    ]


def _notice(one: Message) -> list[Held]:
    return [
        _held("notices.Message.kind", _("通知"), one.title),
        _held("notices.Message.values", _("内容"), one.body),
        _held("notices.Message.created_at", _("时间"), one.created_at),
    ]


def _consent(one: Consent) -> list[Held]:
    return [
        _held("personal_data.Consent.text", _("同意书"), f"{one.code} {one.text.version}"),
        _held("personal_data.Consent.given_at", _("同意时间"), one.given_at),
        _held("personal_data.Consent.declined_at", _("不同意时间"), one.declined_at),
        _held("personal_data.Consent.withdrawn_at", _("撤回时间"), one.withdrawn_at),
    ]


def _look(one: Look) -> list[Held]:
    return [
        _held("personal_data.Look.actor_name", _("谁"), one.actor_name),
        _held("personal_data.Look.at", _("时间"), one.at),
        _held("personal_data.Look.reason", _("理由"), one.reason),
    ]


def _file(one: File) -> list[Held]:
    return [
        _held("files.File.name", _("文件名"), one.name),
        _held("files.File.created_at", _("上传时间"), one.created_at),
    ]


def _held(field: str, label: Text, value: Any) -> Held:
    return Held(field, label, value)
