"""How what people themselves keep goes over."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.db.models import Q

from niangjia.commons.people.cards.models import Card
from niangjia.commons.people.corrections.models import Correction
from niangjia.commons.people.disputes.models import Dispute
from niangjia.commons.people.disputes.states import DisputeState
from niangjia.commons.people.guardians.models import Guardianship
from niangjia.commons.people.merging import ways
from niangjia.commons.people.merging.ways import Way
from niangjia.commons.people.models import HouseholdMember, Kinship, Membership, Person
from niangjia.kernel.text import Text, _

_SINCE = _("合并以后，会籍或会员卡又办过手续，不能自动分开。请先按现在的情况逐项更正。")


def declare() -> None:
    """Called when Django starts."""
    ways.declare(
        Way(
            "people.Membership.person",
            _("会籍"),
            settled=frozenset({"membership_one_current_for_each_person"}),
            parts=_membership_moved,
        ),
        Way("people.Card.person", _("会员卡"), settled=frozenset({"card_one_live_for_each_person"}), parts=_card_moved),
        Way("people.HouseholdMember.person", _("家庭登记"), blocks=_two_households),
        Way("people.Kinship.person", _("亲属关系"), blocks=_kin_to_each_other),
        Way("people.Kinship.relative", _("作为亲属的登记")),
        Way("people.Honour.person", _("荣誉")),
        Way("people.Correction.person", _("信息更正申请"), blocks=_open_corrections),
        Way("people.Dispute.person", _("号码占用申诉"), stays=True, blocks=_open_disputes),
        Way("people.Dispute.holder", _("号码占用申诉（登记人）"), stays=True),
        Way("people.Guardianship.guardian", _("监护登记"), blocks=_guardian_of_each_other),
        Way("people.Guardianship.ward", _("监护登记（被监护人）")),
        Way("people.Workplace.person", _("单位或平台")),
        Way(
            "people.WrongDeath.person",
            _("撤销去世登记"),
            refuses={"wrong_death_one_open_for_each_person": _("两条登记都在撤销去世登记，请先办完，再合并。")},
        ),
        Way("people.Likeness.person", _("疑似重复的记录"), stays=True),
        Way("people.Likeness.other", _("疑似重复的记录（对方）"), stays=True),
        Way("people.Merge.kept", _("合并记录（保留）"), stays=True),
        Way("people.Merge.merged", _("合并记录（并入）"), stays=True),
        Way("people.Person.canonical", _("以前并入的登记")),
    )


def _membership_moved(rows: Sequence[int], moment: datetime) -> Text | None:
    moved = Membership.objects.filter(pk__in=rows, state_since__gt=moment).exists()
    return _SINCE if moved else None


def _card_moved(rows: Sequence[int], moment: datetime) -> Text | None:
    moved = Card.objects.filter(pk__in=rows, state_since__gt=moment).exists()
    return _SINCE if moved else None


def _two_households(kept: Person, merged: Person) -> Text | None:
    living = HouseholdMember.objects.filter(until=None, person__in=(kept, merged)).count()
    return _("两条登记都在家庭里，请先把其中一条迁出家庭。") if living > 1 else None


def _kin_to_each_other(kept: Person, merged: Person) -> Text | None:
    kin = Kinship.objects.filter(person=kept, relative=merged).exists()
    return _("这两条登记互为亲属，请先核对是不是同一个人；登记错了的，先取消亲属关系。") if kin else None


def _open_disputes(kept: Person, merged: Person) -> Text | None:
    """A dispute between just these two that led to this merge ends with it."""
    both = (kept, merged)
    waiting = Dispute.objects.open().filter(Q(person__in=both) | Q(holder__in=both))
    own = Q(person__in=both, holder__in=both, state=DisputeState.MERGING)
    return _("还有号码占用申诉没有办完，请先在那里决定，再合并。") if waiting.exclude(own).exists() else None


def _guardian_of_each_other(kept: Person, merged: Person) -> Text | None:
    both = (kept, merged)
    found = Guardianship.objects.filter(guardian__in=both, ward__in=both).exists()
    return _("这两条登记有监护关系，不会是同一个人。") if found else None


def _open_corrections(kept: Person, merged: Person) -> Text | None:
    waiting = Correction.objects.open().filter(person__in=(kept, merged)).exists()
    return _("还有信息更正申请没有办完，请先答复，再合并。") if waiting else None
