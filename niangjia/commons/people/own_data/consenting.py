"""Which consents a person gave, and taking one back, with what follows from it said beforehand."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.db import transaction

from niangjia.commons.people import child_consent, events
from niangjia.commons.people.guardians import consent as ward_consent
from niangjia.commons.people.models import Membership
from niangjia.kernel.actor import Actor
from niangjia.kernel.errors import NotFound, RuleBroken
from niangjia.kernel.text import Text, _
from niangjia.platform.audit import entries as audit
from niangjia.platform.personal_data import consents
from niangjia.platform.personal_data.models import Consent
from niangjia.platform.personal_data.portability import Subject

JOINING = "joining"


@dataclass(frozen=True)
class GivenConsent:
    """One answer as its owner reads it. ``kept_because`` says why it cannot be taken back now."""

    consent: Consent
    title: Text | str
    consequence: Text
    kept_because: Text | None

    @property
    def in_force(self) -> bool:
        return self.consent.given_at is not None and self.consent.withdrawn_at is None


_TITLES: dict[str, Text] = {
    JOINING: _("加入工会"),
    child_consent.CODE: _("登记未满 14 周岁的孩子"),
    ward_consent.MINOR: _("登记 14 到 17 周岁的孩子"),
    ward_consent.ADULT: _("登记指定监护的成年人"),
}
_WARD = _("撤回后，被监护人的信息不再用于新的办理；监护登记要另外结束。以前办好的不受影响。")
_CONSEQUENCES: dict[str, Text] = {
    JOINING: _("撤回后，还没有答复的入会申请也一起撤回；以前办好的不受影响。以后想加入，可以重新申请。"),
    child_consent.CODE: _("撤回后，孩子的信息不再用于新的办理；以前办好的不受影响。以后要办可以重新同意。"),
    ward_consent.MINOR: _WARD,
    ward_consent.ADULT: _WARD,
}
_ANY = _("撤回后，不再为这个用途使用您的信息；以前办好的不受影响，其他服务照常。以后可以重新同意。")


def given(subject: Subject) -> Sequence[GivenConsent]:
    """All answers, the newest first."""
    rows = Consent.objects.filter(subject_key__in=subject.keys).select_related("text").order_by("-pk")
    return [_read(row, subject) for row in rows]


def find(subject: Subject, public_id: str) -> GivenConsent:
    """One of the subject's answers that is still in force. Raises NotFound."""
    found = next((one for one in given(subject) if one.consent.public_id == public_id and one.in_force), None)
    if found is None:
        raise NotFound("NOT_FOUND", _("没有找到这份同意书，可能已经撤回。"))
    return found


@transaction.atomic()
def withdraw(*, subject: Subject, public_id: str, actor: Actor) -> None:
    """End a consent from now on. Raises NotFound, RuleBroken CONSENT_KEPT."""
    found = find(subject, public_id)
    if found.kept_because is not None:
        raise RuleBroken("CONSENT_KEPT", found.kept_because)
    key = found.consent.subject_key
    consents.withdraw(found.consent.code, subject_key=key, actor=actor)
    audit.record(
        actor,
        "people.consent.withdrawn",
        subject_type="personal_data.consent",
        subject_id=public_id,
        subject_key=key,
        data={"code": found.consent.code, "version": found.consent.text.version},
    )
    events.consent_withdrawn.send(sender=Consent, code=found.consent.code, subject_key=key, actor=actor)


def _read(row: Consent, subject: Subject) -> GivenConsent:
    title = _TITLES.get(row.code, row.code)
    return GivenConsent(row, title, _CONSEQUENCES.get(row.code, _ANY), _kept_because(row, subject))


def _kept_because(row: Consent, subject: Subject) -> Text | None:
    if row.code == JOINING and Membership.objects.current().filter(person=subject.person_id or 0).exists():
        return _("您还是会员，工会法要求工会保存会员名册，这份同意现在不能撤回。要撤回，请先办理退会。")
    return None
