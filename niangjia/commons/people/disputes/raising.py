"""Raising a dispute: what is taken, what the asker can show, whom it concerns and who will decide."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models.functions import Length

from niangjia.commons.people import policies as people
from niangjia.commons.people.disputes import holders, notices, policies, rules, telling
from niangjia.commons.people.disputes.models import Dispute, DisputePaper
from niangjia.commons.people.disputes.states import DisputeEvent, DisputeKind
from niangjia.commons.people.models import Membership, Person
from niangjia.commons.people.own_data.wards import wards_of
from niangjia.commons.unions import tree
from niangjia.commons.unions.models import Appointment
from niangjia.kernel import clock
from niangjia.kernel.actor import Actor
from niangjia.kernel.errors import Conflict
from niangjia.kernel.policy import Decision, allow
from niangjia.kernel.text import Text, _
from niangjia.platform.accounts import phones
from niangjia.platform.accounts.models import User
from niangjia.platform.files import actions as files
from niangjia.platform.files.media import MIB, PICTURES
from niangjia.platform.lifecycle import lifecycle
from niangjia.platform.notices import outbox

MOST_PAPERS = 6
PAPER_PURPOSE = "people.dispute"
NOBODY_TO_ASK = "nobody_to_ask"
"""The ground for passing on at once what nobody can answer."""


@transaction.atomic()
def raise_dispute(
    *,
    kind: str,
    value: str,
    actor: Actor,
    name: str = "",
    note: str = "",
    papers: Sequence[Any] = (),
    proven: bool = False,
    ward: str = "",
) -> Dispute:
    """Say that a phone or ID number that may stand with somebody else is one's own.

    ``proven``: the code sent to the phone was typed. Whether the number stands anywhere is told to nobody: the answer
    and the receipt are the same. ``name`` is asked of whoever is not registered yet. ``ward`` is the public id of
    somebody in one's care whose number it is. Raises NotAllowed, NotFound of a ward, RuleBroken (DISPUTE_KIND,
    PHONE_FORMAT, ID_INVALID, NAME, NOTHING_CHANGES, PHONE_NOT_PROVEN, PAPER_NEEDED), Conflict (DISPUTE_OPEN,
    DISPUTES_TOO_MANY), TooLarge and RuleBroken of a paper.
    """
    decision = policies.may_raise(actor).require()
    known = rules.known_kind(kind)
    number = rules.value(known, value)
    asker = User.objects.get(pk=actor.user_id or 0)
    own = Person.objects.canonical().filter(user=asker, erased_at=None).first()
    person = _ward(actor, ward) if ward else own
    stated = "" if person is not None else rules.person_name(name)
    _require_elsewhere(asker, own, person if ward else None, known, number)
    shown = proven or _signs_in_by(asker, known, number)
    rules.require_evidence(known, proven=shown, papers=len(papers))
    _require_few(asker)
    dispute = Dispute(kind=known.value, asked_by=asker, person=person, proven=shown, for_ward=bool(ward))
    dispute.owner_key = person.public_id if person is not None else dispute.public_id
    dispute.value, dispute.stated_name, dispute.note = number, stated, short(note)
    aim(dispute, holders.of(known, number, asked_by=asker.pk))
    open_case(dispute, actor, decision)
    add_papers(dispute, papers, actor, by_holder=False)
    outbox.write([telling.to_asker(notices.RAISED, dispute)])
    return ask_or_pass_on(dispute, actor)


def require_elsewhere(*, kind: DisputeKind, value: str, ward: str = "", actor: Actor) -> None:
    """Judge before a code is sent whether the number stands with the asker, or the ward, already. No more may be told.

    Raises NotFound of a ward, RuleBroken (PHONE_FORMAT, ID_INVALID, NOTHING_CHANGES).
    """
    asker = User.objects.get(pk=actor.user_id or 0)
    own = Person.objects.canonical().filter(user=asker, erased_at=None).first()
    _require_elsewhere(asker, own, _ward(actor, ward) if ward else None, kind, rules.value(kind, value))


def aim(dispute: Dispute, held: holders.Held) -> None:
    """Whom the dispute concerns, and the lowest union above both, or the highest that has an officer where nobody was a
    member. For a ward who is none the guardian's counts."""
    dispute.holder, dispute.holder_user_id = held.person, held.user_id  # type: ignore[assignment]
    if held.person is not None and held.person.user_id == held.user_id:
        dispute.holder_key = held.person.public_id  # what another account answers is not this person's to read
    guardian = Person.objects.canonical().filter(user=dispute.asked_by_id).first() if dispute.for_ward else None
    asker = dispute.person if guardian is None or _is_member(dispute.person) else guardian
    dispute.union_id = _union_above(asker, dispute.holder)


def ask_or_pass_on(dispute: Dispute, actor: Actor) -> Dispute:
    """Tell whoever can answer; where nobody can, it goes on to the union at once."""
    if _can_be_asked(dispute):
        outbox.write([] if dispute.left_at_once else [telling.ask_holder(dispute)])
        return dispute
    system = Actor.system("people.dispute", trace=actor.trace)
    return lifecycle.apply(dispute, DisputeEvent.PASS_ON, actor=system, decision=allow(NOBODY_TO_ASK))


def add_papers(dispute: Dispute, papers: Sequence[Any], actor: Actor, *, by_holder: bool) -> None:
    """Keep what one side shows under that side's key. Raises TooLarge, RuleBroken of a paper."""
    files.require_few(papers, most=MOST_PAPERS)
    key = dispute.holder_key if by_holder else dispute.owner_key
    for upload in papers:
        file = files.store(
            upload, purpose=PAPER_PURPOSE, actor=actor, subject_key=key, allowed=PICTURES, max_bytes=10 * MIB
        )
        DisputePaper.objects.create(dispute=dispute, file=file, by_holder=by_holder)


def short(text: str) -> str:
    """A note on one line, at most 300 characters."""
    return " ".join(text.split())[:300]


def open_case(dispute: Dispute, actor: Actor, decision: Decision) -> None:
    """Open it. Raises Conflict DISPUTE_OPEN."""
    try:
        with transaction.atomic():
            lifecycle.open(dispute, actor=actor, decision=decision, data=_facts(dispute))
    except IntegrityError as error:
        text = _WARD_HAS_ONE if dispute.for_ward else _("您已经有一件同样的申诉在办，请等答复，或先撤回那一件。")
        raise Conflict("DISPUTE_OPEN", text, fields={"value": [text]}) from error


_WARD_HAS_ONE = _("被监护人已经有一件同样的申诉在办，请等答复。是您提出的，也可以先撤回。")


def _ward(actor: Actor, public_id: str) -> Person:
    """Somebody in the actor's care. Raises NotFound."""
    found = next((one for one in wards_of(actor) if one.public_id == public_id), None)
    if found is None:
        raise people.not_found()
    return found


def _can_be_asked(dispute: Dispute) -> bool:
    """Whether the holder has an account that they can open; who lost its phone just now hears of it by e-mail only."""
    holder = User.objects.filter(pk=dispute.holder_user_id or 0, is_active=True).first()
    return holder is not None and bool(holder.email if dispute.left_at_once else holder.phone_index)


def _facts(dispute: Dispute) -> dict[str, object]:
    return {"kind": dispute.kind, **({"left_at_once": True} if dispute.left_at_once else {})}


_STANDS_WITH_YOU = _("这个号码已经登记在您名下，不用申诉。")
_STANDS_WITH_WARD = _("这个号码已经登记在被监护人名下，不用申诉。")
_YOU_SIGN_IN = _("这是您自己登录用的手机号。被监护人要有自己的号码，才能替他申诉。")


def _require_other(person: Person | None, kind: DisputeKind, number: str, sentence: Text) -> None:
    """Raises RuleBroken NOTHING_CHANGES for a number that stands with the asker, or with the ward, already."""
    if person is not None and holders.entries(kind, number).filter(pk=person.pk).exists():
        raise rules.broken("NOTHING_CHANGES", sentence, "value")


def _require_elsewhere(asker: User, own: Person | None, ward: Person | None, kind: DisputeKind, number: str) -> None:
    """Raises RuleBroken NOTHING_CHANGES. A ward's phone opens no account of the guardian, and none of the ward yet."""
    _require_other(own, kind, number, _STANDS_WITH_YOU)
    if ward is None:
        return
    _require_other(ward, kind, number, _STANDS_WITH_WARD)
    if _signs_in_by(asker, kind, number):
        raise rules.broken("NOTHING_CHANGES", _YOU_SIGN_IN, "value")
    if ward.user is not None and _signs_in_by(ward.user, kind, number):
        raise rules.broken("NOTHING_CHANGES", _STANDS_WITH_WARD, "value")


def _require_few(asker: User) -> None:
    since = clock.now() - timedelta(days=30)
    if Dispute.objects.filter(asked_by=asker, created_at__gt=since).count() >= rules.MOST_A_MONTH:
        text = _("您 30 天内已经提出 {most} 次申诉，请过些天再提。", most=rules.MOST_A_MONTH)
        raise Conflict("DISPUTES_TOO_MANY", text, fields={"value": [text]})


def _signs_in_by(user: User, kind: DisputeKind, number: str) -> bool:
    return kind is DisputeKind.PHONE and user.phone_index == phones.index_of(number)


def _union_above(*people: Person | None) -> int:
    newest = [_newest(person) for person in people if person is not None]
    lines = [tree.line_ids(union) for union in newest if union is not None]
    if lines:
        return next(union for union in lines[0] if all(union in line for line in lines))
    return _highest_with_an_officer()


def _highest_with_an_officer() -> int:
    """The union that answers for who was a member nowhere: above it nobody would see the dispute."""
    today = clock.today()
    held = Appointment.objects.in_force(today).filter(role__in=people.KEEPERS).values("union")
    rows = tree.spans(today).filter(union__in=held).order_by(Length("path"), "path")
    found, root = rows.values_list("union_id", flat=True).first(), tree.root()
    if found is None and root is None:
        raise Conflict("NO_UNION", _("还没有工会，不能提出申诉。"))
    return found if found is not None else root.pk  # type: ignore[union-attr]


def _is_member(person: Person | None) -> bool:
    return person is not None and _newest(person) is not None


def _newest(person: Person) -> int | None:
    rows = Membership.objects.filter(person=person).order_by("-pk")
    return rows.values_list("union_id", flat=True).first()
