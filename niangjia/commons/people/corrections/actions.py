"""Everything that changes a correction: request, supply, withdraw; ask more, apply, refuse, lapse."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db import IntegrityError, transaction

from niangjia.commons.people.corrections import changing, due, notices, policies, rules
from niangjia.commons.people.corrections.models import Correction, CorrectionPaper
from niangjia.commons.people.corrections.states import CorrectionEvent, CorrectionKind
from niangjia.commons.people.models import Membership, Person
from niangjia.commons.people.policies import not_found, visible_people
from niangjia.kernel.actor import Actor
from niangjia.kernel.errors import Conflict, Gone, RuleBroken
from niangjia.kernel.policy import Decision
from niangjia.kernel.reasons import require_reason
from niangjia.kernel.text import _
from niangjia.platform.files import actions as files
from niangjia.platform.files.media import MIB, PICTURES
from niangjia.platform.lifecycle import lifecycle
from niangjia.platform.notices import outbox
from niangjia.platform.notices.kinds import Notice, NoticeKind, looks_personal

MOST_PAPERS = 6
PAPER_PURPOSE = "people.correction"


@transaction.atomic()
def request(
    *,
    kind: str,
    wished: str,
    actor: Actor,
    person: str = "",
    note: str = "",
    papers: Sequence[Any] = (),
    proven: bool = False,
) -> Correction:
    """Ask that one fact be corrected, about oneself or, with ``person``, about a child in one's care.

    ``proven``: the code sent to the wished phone was typed. Whether that phone stands elsewhere is told to nobody.
    Raises NotFound, NotAllowed, RuleBroken (CORRECTION_KIND, NOTHING_CHANGES, PAPER_NEEDED, PHONE_NOT_PROVEN, NO_UNION,
    and of the value), Conflict CORRECTION_OPEN, TooLarge and RuleBroken of a paper.
    """
    whom = _whom(person, actor)
    decision = policies.may_request(actor, whom.pk).require()
    known = rules.known_kind(kind)
    value, before = rules.wished(known, wished), changing.present(whom, known)
    rules.require_change(known, before, value)
    rules.require_proven(known, proven=proven)
    rules.require_paper(known, len(papers))
    correction = Correction(
        person=whom, asked_by_id=_user_id(actor), union_id=_union_of(actor), kind=known.value, owner_key=whom.public_id
    )
    correction.wished, correction.before, correction.note = value, before, _short(note)
    _open(correction, actor, decision)
    _add_papers(correction, papers, actor)
    _tell(correction)
    return correction


@transaction.atomic()
def propose(*, person: str, kind: str, wished: str, note: str, papers: Sequence[Any] = (), actor: Actor) -> Correction:
    """An officer's proposal to correct name, number or phone by the paper that the person showed; another decides.

    Raises NotFound, NotAllowed (NO_OFFICE_HERE, OWN_CASE), and as :func:`request`; RuleBroken REASON_NEEDED without a
    word about what was shown.
    """
    whom = visible_people(actor).filter(public_id=person, erased_at=None).first()
    if whom is None:
        raise not_found()
    decision = policies.may_propose(actor, whom).require()
    known = rules.known_kind(kind)
    rules.require_officers_kind(known)
    value, before = rules.wished(known, wished), changing.present(whom, known)
    rules.require_change(known, before, value)
    rules.require_evidence(len(papers))
    union = Membership.objects.filter(person=whom).order_by("-pk").values_list("union_id", flat=True)[0]
    correction = Correction(
        person=whom, asked_by_id=_user_id(actor), by_officer=True, union_id=union, kind=known.value,
        owner_key=whom.public_id,
    )  # fmt: skip
    correction.wished, correction.before, correction.note = value, before, _reason(note, field="note")
    _open(correction, actor, decision)
    _add_papers(correction, papers, actor)
    outbox.write([_notice(notices.PROPOSED, correction)])
    return correction


def _open(correction: Correction, actor: Actor, decision: Decision) -> None:
    data = {"kind": correction.kind, **({"by_officer": True} if correction.by_officer else {})}
    try:
        with transaction.atomic():
            lifecycle.open(correction, actor=actor, decision=decision, data=data, notices=[])
    except IntegrityError as error:
        raise _open_already(correction.person, CorrectionKind(correction.kind)) from error


@transaction.atomic()
def supply(*, public_id: str, note: str, papers: Sequence[Any] = (), actor: Actor) -> Correction:
    """Give what was asked for. Raises NotFound, NotAllowed, InvalidMove, Gone SUPPLEMENT_OVER, RuleBroken
    SUPPLY_EMPTY, TooLarge."""
    correction = _locked(actor, public_id)
    decision = policies.may_act_for_self(actor, correction).require()
    correction.MACHINE.require(correction.state, CorrectionEvent.SUPPLY)
    if due.is_over(correction):
        raise Gone("SUPPLEMENT_OVER", _("补充期限已过，这份申请已经终止。请重新申请更正。"))
    if not _short(note) and not papers:
        sentence = _("请写说明，或者上传照片。")
        raise RuleBroken("SUPPLY_EMPTY", sentence, fields={"note": [sentence]})
    _add_papers(correction, papers, actor)
    changes = {"note": _short(note)} if _short(note) else {}
    return _apply(correction, CorrectionEvent.SUPPLY, actor, decision, changes=changes)


@transaction.atomic()
def withdraw(*, public_id: str, actor: Actor) -> Correction:
    """Take it back. Raises NotFound, NotAllowed, InvalidMove."""
    correction = _locked(actor, public_id)
    decision = policies.may_act_for_self(actor, correction).require()
    return _apply(correction, CorrectionEvent.WITHDRAW, actor, decision)


@transaction.atomic()
def ask_more(*, public_id: str, reason: str, actor: Actor) -> Correction:
    """Ask for another paper or a word; the clock stops until it comes. Raises as :func:`refuse`, and RuleBroken
    NOBODY_TO_ASK for what an officer proposed."""
    correction = _locked(actor, public_id)
    decision = policies.may_decide(actor, correction).require()
    if correction.by_officer:
        raise RuleBroken("NOBODY_TO_ASK", _("这是同事提出的更正，缺材料请不更正并写明理由，请同事重新提出。"))
    said = _reason(reason)
    return _apply(
        correction,
        CorrectionEvent.ASK_MORE,
        actor,
        decision,
        said,
        {"answer_reason": said},
        _notice(notices.ASKED_MORE, correction),
    )


@transaction.atomic()
def apply(*, public_id: str, actor: Actor) -> Correction:
    """Set the fact right, in the same transaction as the move.

    Raises NotFound, NotAllowed, InvalidMove, Conflict (FACT_CHANGED, IDENTITY_TAKEN).
    """
    correction = _locked(actor, public_id)
    decision = policies.may_decide(actor, correction).require()
    correction.MACHINE.require(correction.state, CorrectionEvent.APPLY)
    changing.make(correction, actor)
    notice = _notice(notices.CORRECTED if correction.by_officer else notices.APPLIED, correction)
    return _apply(correction, CorrectionEvent.APPLY, actor, decision, notice=notice)


@transaction.atomic()
def refuse(*, public_id: str, reason: str, actor: Actor) -> Correction:
    """Leave the fact as it is, with a reason that the person reads.

    Raises NotFound, NotAllowed, InvalidMove, RuleBroken (REASON_NEEDED, REASON_PERSONAL).
    """
    correction = _locked(actor, public_id)
    decision = policies.may_decide(actor, correction).require()
    said = _reason(reason)
    notice = _notice(notices.LEFT_AS_IT_IS if correction.by_officer else notices.REFUSED, correction)
    return _apply(correction, CorrectionEvent.REFUSE, actor, decision, said, {"answer_reason": said}, notice)


@transaction.atomic()
def lapse(*, public_id: str, actor: Actor) -> Correction:
    """End one whose asker did not supply what was asked in time; the fact stays. Called by the nightly job.

    Raises NotFound, NotAllowed, InvalidMove, RuleBroken STILL_TIME.
    """
    correction = _locked(actor, public_id)
    decision = policies.may_decide(actor, correction).require()
    correction.MACHINE.require(correction.state, CorrectionEvent.LAPSE)
    if not due.is_over(correction):
        raise RuleBroken("STILL_TIME", _("补充期限还没有到，不能终止。"))
    notice = _notice(notices.LAPSED, correction)
    return _apply(correction, CorrectionEvent.LAPSE, actor, decision, notice=notice)


def withdraw_all(person_id: int, *, actor: Actor, decision: Decision) -> None:
    """End what is open about a person who is about to be erased, in the caller's transaction."""
    rows = Correction.objects.open().select_for_update(of=("self",)).filter(person=person_id)
    lifecycle.apply_many(list(rows), CorrectionEvent.WITHDRAW, actor=actor, decision=decision)


def _whom(public_id: str, actor: Actor) -> Person:
    wanted = Person.objects.canonical().filter(erased_at=None)
    person = wanted.filter(public_id=public_id).first() if public_id else wanted.filter(pk=actor.person_id or 0).first()
    if person is None or not policies.may_request(actor, person.pk):
        raise not_found()
    return person


def _union_of(actor: Actor) -> int:
    """The union of the asker's newest membership. Raises RuleBroken NO_UNION."""
    rows = Membership.objects.filter(person=actor.person_id or 0).order_by("-pk")
    found = rows.values_list("union_id", flat=True).first()
    if found is None:
        raise RuleBroken("NO_UNION", _("您还不是会员，没有工会替您核对。请带证件到工会服务站更正，或打 12351。"))
    return int(found)


def _open_already(person: Person, kind: CorrectionKind) -> Conflict:
    text = _("这一项已经有一份申请在办，请等答复，或先撤回那一份。")
    return Conflict("CORRECTION_OPEN", text, fields={"wished": [text]})


def _add_papers(correction: Correction, papers: Sequence[Any], actor: Actor) -> None:
    files.require_few(papers, most=MOST_PAPERS)
    for upload in papers:
        file = files.store(
            upload,
            purpose=PAPER_PURPOSE,
            actor=actor,
            subject_key=correction.owner_key,
            allowed=PICTURES,
            max_bytes=10 * MIB,
        )
        CorrectionPaper.objects.create(correction=correction, file=file)


def _locked(actor: Actor, public_id: str) -> Correction:
    rows = policies.visible_corrections(actor).select_for_update(of=("self",))
    found = rows.select_related("person", "union").filter(public_id=public_id).first()
    if found is None:
        raise policies.not_found()
    return found  # type: ignore[no-any-return]


def _apply(
    correction: Correction,
    event: CorrectionEvent,
    actor: Actor,
    decision: Decision,
    reason: str = "",
    changes: dict[str, Any] | None = None,
    notice: Notice | None = None,
) -> Correction:
    return lifecycle.apply(
        correction,
        event,
        actor=actor,
        decision=decision,
        reason=reason,
        changes=changes,
        notices=[notice] if notice else [],
    )


def _reason(reason: str, *, field: str = "reason") -> str:
    try:
        said = require_reason(reason)
    except RuleBroken as error:
        raise RuleBroken(error.code, error.message, fields={field: [error.message]}) from error
    if looks_personal(said):
        sentence = _("理由里不要写证件号和手机号。")
        raise RuleBroken("REASON_PERSONAL", sentence, fields={field: [sentence]})
    return said


def _tell(correction: Correction) -> None:
    """The notice of receipt needs the number, which the row has only now; it goes to the phone of before."""
    outbox.write([_notice(notices.REQUESTED, correction)])


def _notice(kind: NoticeKind, correction: Correction) -> Notice:
    values = {
        "number": correction.number,
        "union": correction.union.name,
        "kind": str(correction.kind_label),
    }
    if correction.by_officer:
        return Notice(kind, correction.person.user_id, values, link="/mine/data/")
    return Notice(kind, correction.asked_by_id, values, link=f"/mine/data/corrections/{correction.public_id}/")


def _user_id(actor: Actor) -> int:
    assert actor.user_id is not None  # noqa: S101 - the policy above has let only a signed-in member through
    return actor.user_id


def _short(text: str) -> str:
    return " ".join(text.split())[:300]
