"""Everything that changes a guardianship: apply, approve, refuse, withdraw, end, come of age.

Order of locks: the guardianship, then the persons in order of id.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db import IntegrityError, transaction

from niangjia.commons.people import actions as people
from niangjia.commons.people import family
from niangjia.commons.people.guardians import consent, notices, policies, rules
from niangjia.commons.people.guardians.models import WARD_NUMBER, GuardianPaper, Guardianship
from niangjia.commons.people.guardians.states import KIND_LABELS, WARD_IS, GuardianEvent, GuardianKind
from niangjia.commons.people.models import ID_NUMBER, Membership, Person
from niangjia.kernel import clock
from niangjia.kernel.actor import Actor
from niangjia.kernel.errors import Conflict, RuleBroken
from niangjia.kernel.policy import Decision
from niangjia.kernel.reasons import require_reason
from niangjia.kernel.text import _
from niangjia.platform.files import actions as files
from niangjia.platform.files.media import MIB, PICTURES
from niangjia.platform.lifecycle import lifecycle
from niangjia.platform.notices import outbox
from niangjia.platform.notices.kinds import Notice, NoticeKind, looks_personal
from niangjia.platform.personal_data import consents
from niangjia.platform.personal_data.blind_index import blind_index

MOST_PAPERS = 6
PAPER_PURPOSE = "people.guardianship"


@transaction.atomic()
def apply(
    *, kind: str, name: str, id_number: str, consent_version: str, papers: Sequence[Any], actor: Actor, note: str = ""
) -> Guardianship:
    """Ask to be entered as the guardian of a child, or of an adult whom a court or committee put under one's care.

    The consent to use the ward's data is given with it, to the text for the ward's age. Whether the ward is registered
    is not told. Raises NotAllowed,
    RuleBroken (GUARDIAN_KIND, NAME, ID_INVALID, WARD_OF_AGE, GUARDIAN_MINOR, WARD_IS_ONESELF, PAPER_NEEDED, NO_UNION,
    CONSENT_MISSING, WARD_AGE_TEXT), Conflict (GUARDIANSHIP_OPEN, CONSENT_CHANGED), TooLarge and RuleBroken of a paper.
    """
    decision = policies.may_apply(actor).require()
    known = rules.known_kind(kind)
    said, number = rules.identity(name, id_number)
    guardian = Person.objects.get(pk=actor.person_id or 0)
    rules.last_day(known, number.birth_date, clock.today())
    rules.require_older(guardian.birth_date, clock.today())
    if guardian.id_index == blind_index(ID_NUMBER, number.number):
        raise rules.broken("WARD_IS_ONESELF", _("被监护人不能是您自己。"), "id_number")
    rules.require_paper(len(papers))
    code = consent.code_for(number.birth_date, consent_version)
    row = Guardianship(
        guardian=guardian,
        asked_by_id=actor.user_id or 0,
        union_id=_union_of(guardian),
        kind=known.value,
    )
    row.owner_key = row.public_id
    row.name, row.id_number, row.note = said, number.number, " ".join(note.split())[:300]
    row.ward_index = blind_index(WARD_NUMBER, number.number)
    _open(row, actor, decision)
    consents.give_as_guardian(
        code, consent_version, subject_key=row.owner_key, actor=actor,
        guardian_name=guardian.name, guardian_relation=str(KIND_LABELS[known]),
    )  # fmt: skip
    _add_papers(row, papers, actor)
    outbox.write([_told(notices.APPLIED, row)])
    return row


@transaction.atomic()
def approve(*, public_id: str, actor: Actor) -> Guardianship:
    """Enter it: the ward becomes known, kin to the guardian, and the consent becomes the ward's.

    Raises NotFound, NotAllowed, InvalidMove, RuleBroken (WARD_OF_AGE), Conflict (WARD_DIFFERS when another name stands
    by that number, WARD_IS_MEMBER, IDENTITY_TAKEN).
    """
    row = _locked(actor, public_id)
    decision = policies.may_decide(actor, row).require()
    row.MACHINE.require(row.state, GuardianEvent.APPROVE)
    kind = GuardianKind(row.kind)
    ward = people.lock(_ward(row, actor))
    until = rules.last_day(kind, ward.birth_date, clock.today())
    family.state_kinship(row.guardian, ward, relation=WARD_IS[kind].value, actor=actor)
    consents.hand_over(from_key=row.owner_key, to_key=ward.public_id)
    changes = {"ward_id": ward.pk, "since": clock.today(), "until": until}
    row.ward = ward
    told = [_told(notices.APPROVED, row), *_concerned(row)]
    return lifecycle.apply(
        row, GuardianEvent.APPROVE, actor=actor, decision=decision, changes=changes, notices=told,
        data={"kind": row.kind, "ward": ward.public_id},
    )  # fmt: skip


@transaction.atomic()
def refuse(*, public_id: str, reason: str, actor: Actor) -> Guardianship:
    """Enter nothing. Raises NotFound, NotAllowed, InvalidMove, RuleBroken (REASON_NEEDED, REASON_PERSONAL)."""
    row = _locked(actor, public_id)
    decision = policies.may_decide(actor, row).require()
    said, told = _reason(reason), [_told(notices.REFUSED, row)]
    changes = {"answer_reason": said}
    return lifecycle.apply(
        row, GuardianEvent.REFUSE, actor=actor, decision=decision, reason=said, changes=changes, notices=told
    )


@transaction.atomic()
def withdraw(*, public_id: str, actor: Actor) -> Guardianship:
    """Take the application back. Raises NotFound, NotAllowed, InvalidMove."""
    row = _locked(actor, public_id)
    decision = policies.may_act_for_self(actor, row).require()
    return lifecycle.apply(row, GuardianEvent.WITHDRAW, actor=actor, decision=decision)


@transaction.atomic()
def end(*, public_id: str, reason: str, actor: Actor) -> Guardianship:
    """End it from now on; kinship stays. Raises NotFound, NotAllowed, InvalidMove, RuleBroken of the reason."""
    row = _locked(actor, public_id)
    decision = policies.may_end(actor, row).require()
    said = _reason(reason)
    changes = {"until": clock.today(), "answer_reason": said}
    told = [_told(notices.ENDED, row), *_concerned(row)]
    return lifecycle.apply(
        row, GuardianEvent.END, actor=actor, decision=decision, reason=said, changes=changes, notices=told
    )


@transaction.atomic()
def come_of_age(*, public_id: str, actor: Actor) -> Guardianship:
    """Record that the day has come; nobody could act by it since. Called by the nightly job.

    Raises NotFound, NotAllowed, InvalidMove, RuleBroken STILL_A_MINOR.
    """
    row = _locked(actor, public_id)
    decision = policies.may_decide(actor, row).require()
    row.MACHINE.require(row.state, GuardianEvent.COME_OF_AGE)
    if row.until is None or row.until > clock.today():
        raise RuleBroken("STILL_A_MINOR", _("还没有满 18 周岁。"))
    told = [_told(notices.ENDED, row), *_concerned(row)]
    return lifecycle.apply(row, GuardianEvent.COME_OF_AGE, actor=actor, decision=decision, notices=told)


def _ward(row: Guardianship, actor: Actor) -> Person:
    """The person of that number, registered now if unknown. Raises Conflict (WARD_DIFFERS, WARD_IS_MEMBER)."""
    known = _known(row) or _registered(row, actor)
    if known.name != str(row.name):
        raise Conflict(
            "WARD_DIFFERS", _("这个证件号码登记的是另一个姓名，请核对证明材料；不一致的请不登记并写明理由。")
        )
    if Membership.objects.current().filter(person=known).exists():
        raise Conflict("WARD_IS_MEMBER", _("这个人自己是会员，由本人办理，不能登记监护。请不登记并写明理由。"))
    return known


def _known(row: Guardianship) -> Person | None:
    index = blind_index(ID_NUMBER, str(row.id_number))
    return Person.objects.canonical().filter(id_index=index, erased_at=None).first()


def _registered(row: Guardianship, actor: Actor) -> Person:
    """The ward, registered now, or by the approval of another guardian at this moment. Raises Conflict
    IDENTITY_TAKEN."""
    try:
        with transaction.atomic():
            return people.register_person(name=str(row.name), id_number=str(row.id_number), actor=actor)
    except Conflict:
        known = _known(row)
        if known is None:
            raise
        return known


def _open(row: Guardianship, actor: Actor, decision: Decision) -> None:
    try:
        with transaction.atomic():
            lifecycle.open(row, actor=actor, decision=decision, data={"kind": row.kind})
    except IntegrityError as error:
        text = _("您已经为这个人申请过，或者已经是他的监护人。")
        raise Conflict("GUARDIANSHIP_OPEN", text, fields={"id_number": [text]}) from error


def _add_papers(row: Guardianship, papers: Sequence[Any], actor: Actor) -> None:
    files.require_few(papers, most=MOST_PAPERS)
    for upload in papers:
        file = files.store(
            upload, purpose=PAPER_PURPOSE, actor=actor, subject_key=row.owner_key, allowed=PICTURES, max_bytes=10 * MIB
        )
        GuardianPaper.objects.create(guardianship=row, file=file)


def _union_of(guardian: Person) -> int:
    rows = Membership.objects.filter(person=guardian).order_by("-pk")
    found = rows.values_list("union_id", flat=True).first()
    if found is None:
        raise RuleBroken("NO_UNION", _("您还不是会员，没有工会替您核对。请先申请入会。"))
    return int(found)


def _locked(actor: Actor, public_id: str) -> Guardianship:
    rows = policies.visible_guardianships(actor).select_for_update(of=("self",))
    found = rows.select_related("guardian", "union").filter(public_id=public_id).first()
    if found is None:
        raise policies.not_found()
    return found  # type: ignore[no-any-return]


def _told(kind: NoticeKind, row: Guardianship) -> Notice:
    values = {"number": row.number, "union": row.union.name}
    return Notice(kind, row.guardian.user_id, values, link=f"/mine/data/guardians/{row.public_id}/")


def _concerned(row: Guardianship) -> list[Notice]:
    """The ward with an account, and the other guardians: a stranger as guardian must not stay unseen."""
    others = Guardianship.objects.in_force().filter(ward=row.ward_id).exclude(pk=row.pk)
    users = {*others.values_list("guardian__user", flat=True), row.ward.user_id if row.ward else None}
    values = {"number": row.number}
    return [Notice(notices.CONCERNED, user, values, link="/mine/data/") for user in sorted(users - {None})]


def _reason(reason: str) -> str:
    said = require_reason(reason)
    if looks_personal(said):
        sentence = _("理由里不要写证件号和手机号。")
        raise RuleBroken("REASON_PERSONAL", sentence, fields={"reason": [sentence]})
    return said
