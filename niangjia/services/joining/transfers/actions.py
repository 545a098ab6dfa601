"""Everything that changes a transfer; the membership follows in the same transaction.

Order of locks: the transfer, the person, the membership.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from django.db import IntegrityError, transaction

from niangjia.commons.desk import queries as desk
from niangjia.commons.people import actions as people
from niangjia.commons.people.models import Membership
from niangjia.commons.people.rules import name_key
from niangjia.commons.unions import tree
from niangjia.commons.unions.models import Union
from niangjia.kernel import clock
from niangjia.kernel.actor import Actor
from niangjia.kernel.errors import RuleBroken
from niangjia.kernel.policy import Decision
from niangjia.kernel.reasons import require_reason
from niangjia.kernel.text import _
from niangjia.platform.lifecycle import lifecycle
from niangjia.platform.notices import outbox
from niangjia.platform.notices.kinds import Notice, NoticeKind
from niangjia.services.joining import many
from niangjia.services.joining.many import Done
from niangjia.services.joining.transfers import notices, policies, records, rules
from niangjia.services.joining.transfers.models import Transfer
from niangjia.services.joining.transfers.states import Asked, TransferEvent

SUBJECT_TYPE = "joining.transfer"


@transaction.atomic()
def request_transfer(*, union_code: str, actor: Actor) -> Transfer:
    """A member asks to go to another union; the old one is asked at once.

    Raises NotAllowed, RuleBroken (NO_MEMBERSHIP, UNION_UNKNOWN, UNION_TAKES_NO_MEMBERS, SAME_UNION), InvalidMove for a
    retained membership, Conflict TRANSFER_OPEN.
    """
    decision = policies.may_ask(actor).require()
    membership = _current(person=actor.person_id)
    if membership is None:
        raise RuleBroken("NO_MEMBERSHIP", _("您现在没有会籍，可以直接申请入会。"))
    transfer = _opened(membership, _taking(union_code), Asked.MEMBER, actor, decision)
    return agree_transfer(public_id=transfer.public_id, actor=actor)


def take_up_fit(
    membership: Membership, union_code: str, *, source: str, released: bool, actor: Actor, decision: Decision
) -> Transfer:
    """A member takes the union that was offered, in the caller's transaction; ``released`` when the holding union need
    not be asked. Raises as :func:`request_transfer`."""
    transfer = _opened(membership, _taking(union_code), Asked.FIT, actor, decision, source)
    agreed = agree_transfer(public_id=transfer.public_id, actor=actor)
    if not released:
        return agreed
    return release_transfer(public_id=agreed.public_id, actor=Actor.system("joining.fits", trace=actor.trace))


@transaction.atomic()
def propose_transfer(*, union_code: str, member_number: str, name: str, actor: Actor) -> Transfer:
    """The receiving union asks a member to come, known by number and name; the member must agree first.

    Raises NotFound, NotAllowed, RuleBroken (MEMBER_UNKNOWN, UNION_UNKNOWN, UNION_TAKES_NO_MEMBERS, SAME_UNION),
    Conflict TRANSFER_OPEN.
    """
    union = _taking(union_code)
    decision = policies.office_for(actor, union)
    membership = _current(number=member_number.strip().upper())
    if membership is None or membership.person.name_key != name_key(name):
        raise rules.unknown_member()
    return offer(membership, union, asked=Asked.UNION, actor=actor, decision=decision)


def offer(
    membership: Membership, union: Union, *, asked: Asked, source: str = "", actor: Actor, decision: Decision
) -> Transfer:
    """Ask a member to come to ``union``, in the caller's transaction. Raises RuleBroken SAME_UNION, Conflict."""
    transfer = _opened(membership, union, asked, actor, decision, source)
    item = desk.open_item(SUBJECT_TYPE, transfer.pk)
    due = f"{clock.day_of(item.due_at):%Y-%m-%d}" if item is not None and item.due_at is not None else ""
    outbox.write(_told(notices.OFFERED, transfer, union, due=due))
    return transfer


@transaction.atomic()
def agree_transfer(*, public_id: str, actor: Actor) -> Transfer:
    """The member says yes; the membership is marked as being transferred and the old union must answer.

    Raises NotFound, NotAllowed, InvalidMove, Gone TRANSFER_OFFER_OVER, Conflict STALE.
    """
    transfer = _locked(actor, public_id)
    decision = policies.may_act_for_self(actor, transfer).require()
    transfer.MACHINE.require(transfer.state, TransferEvent.AGREE)
    item = desk.open_item(SUBJECT_TYPE, transfer.pk)
    rules.require_in_time(item.due_at if item is not None else None, clock.now())
    _require_still_there(transfer)
    people.begin_transfer(transfer.membership, actor=actor, decision=decision)
    told = _told(notices.RECEIVED, transfer, transfer.old)
    return _apply(transfer, TransferEvent.AGREE, actor, decision, changes={"agreed_at": clock.now()}, notices=told)


@transaction.atomic()
def decline_transfer(*, public_id: str, actor: Actor) -> Transfer:
    """The member stays. Raises NotFound, NotAllowed, InvalidMove."""
    transfer = _locked(actor, public_id)
    return _apply(transfer, TransferEvent.DECLINE, actor, policies.may_act_for_self(actor, transfer).require())


@transaction.atomic()
def withdraw_transfer(*, public_id: str, actor: Actor) -> Transfer:
    """The member takes it back; the membership stays where it is. Raises NotFound, NotAllowed, InvalidMove."""
    transfer = _locked(actor, public_id)
    decision = policies.may_act_for_self(actor, transfer).require()
    transfer.MACHINE.require(transfer.state, TransferEvent.WITHDRAW)
    _stay(transfer, actor, decision, "本人撤回")
    return _apply(transfer, TransferEvent.WITHDRAW, actor, decision)


@transaction.atomic()
def release_transfer(*, public_id: str, actor: Actor) -> Transfer:
    """The old union, or the one above it, lets the member go. Raises NotFound, NotAllowed, InvalidMove."""
    transfer = _locked(actor, public_id)
    decision = policies.may_decide(actor, transfer).require()
    told = _told(notices.RELEASED, transfer, transfer.new)
    changes = {"responsible": transfer.new}
    return _apply(transfer, TransferEvent.RELEASE, actor, decision, changes=changes, notices=told)


@transaction.atomic()
def accept_transfer(*, public_id: str, actor: Actor) -> Transfer:
    """The new union takes the member in from today; number and card stay.

    Raises NotFound, NotAllowed, InvalidMove, RuleBroken UNION_TAKES_NO_MEMBERS, Conflict (STALE, UNION_CLOSED).
    """
    transfer = _locked(actor, public_id)
    decision = policies.may_decide(actor, transfer).require()
    transfer.MACHINE.require(transfer.state, TransferEvent.ACCEPT)
    _require_still_there(transfer)
    people.complete_transfer(transfer.membership, union=transfer.new, actor=actor, decision=decision, day=clock.today())
    return _apply(
        transfer,
        TransferEvent.ACCEPT,
        actor,
        decision,
        ledger=records.moved(transfer, transfer.person),
        notices=_told(notices.ACCEPTED, transfer, transfer.new),
    )


@transaction.atomic()
def refuse_transfer(*, public_id: str, reason: str, actor: Actor) -> Transfer:
    """Not let go, or not taken in; the member reads why. Raises NotFound, NotAllowed, InvalidMove, RuleBroken."""
    transfer = _locked(actor, public_id)
    decision = policies.may_decide(actor, transfer).require()
    transfer.MACHINE.require(transfer.state, TransferEvent.REFUSE)
    said = require_reason(reason)
    _stay(transfer, actor, decision, said)
    told = _told(notices.REFUSED, transfer, transfer.responsible)
    return _apply(transfer, TransferEvent.REFUSE, actor, decision, said, {"answer_reason": said}, notices=told)


@transaction.atomic()
def raise_transfer(*, public_id: str, actor: Actor) -> Transfer:
    """The responsible union was silent: the one above it answers instead. Called by the clock.

    Raises NotFound, NotAllowed, InvalidMove, RuleBroken NOTHING_ABOVE at the top of the tree.
    """
    transfer = _locked(actor, public_id)
    decision = policies.may_decide(actor, transfer).require()
    above = tree.parent_of(transfer.responsible_id)
    if above is None:
        raise RuleBroken("NOTHING_ABOVE", _("上面没有工会了，请现在的工会答复。"))
    told = _told(notices.RAISED, transfer, above)
    return _apply(
        transfer, TransferEvent.RAISE, actor, decision, changes={"responsible": above}, notices=told,
        data={"from": transfer.responsible_id, "to": above.pk},
    )  # fmt: skip


@transaction.atomic()
def lapse_transfer(*, public_id: str, actor: Actor) -> Transfer:
    """The member did not answer in time. Called by the clock. Raises NotFound, NotAllowed, InvalidMove."""
    transfer = _locked(actor, public_id)
    return _apply(transfer, TransferEvent.LAPSE, actor, policies.may_decide(actor, transfer).require())


@transaction.atomic()
def close_transfer(*, public_id: str, actor: Actor) -> Transfer:
    """The membership ended, or went elsewhere, while the transfer was open. Called by the clock."""
    transfer = _locked(actor, public_id)
    return _apply(transfer, TransferEvent.CLOSE, actor, policies.may_decide(actor, transfer).require())


def act_on_many(act: Callable[..., Transfer], *, public_ids: Sequence[str], actor: Actor) -> Done:
    """Release or accept each. Raises RuleBroken TOO_MANY_AT_ONCE."""
    return many.each(act, policies.visible_transfers(actor), public_ids=public_ids, actor=actor)


def _opened(
    membership: Membership, union: Union, asked: Asked, actor: Actor, decision: Decision, source: str = ""
) -> Transfer:
    rules.require_two_unions(membership.union_id, union.pk)
    transfer = Transfer(
        person=membership.person,
        membership=membership,
        old=membership.union,
        new=union,
        responsible=membership.union,
        asked=asked.value,
        source=source,
    )
    data = {"asked": asked.value, "old": membership.union_id, "new": union.pk}
    try:
        with transaction.atomic():
            return lifecycle.open(transfer, actor=actor, decision=decision, data=data)
    except IntegrityError as error:
        if Transfer.objects.open().filter(person=membership.person_id).exists():
            raise rules.open_already() from error
        raise


def _current(**wanted: Any) -> Membership | None:
    rows = Membership.objects.current().filter(**wanted).select_related("person", "union")
    return rows.first()


def _taking(code: str) -> Union:
    union = Union.objects.open_on(clock.today()).filter(code=code.strip()).first()
    if union is None:
        raise rules.broken("UNION_UNKNOWN", _("没有找到这个工会，请核对代码。"))
    if not union.accepts_members:
        text = _("“{union}”不直接接收会员，请选基层工会或街道、乡镇工会。", union=union.name)
        raise rules.broken("UNION_TAKES_NO_MEMBERS", text)
    return union


def _require_still_there(transfer: Transfer) -> None:
    """Raises Conflict STALE when the membership went elsewhere meanwhile, by a way that is no transfer."""
    if transfer.membership.union_id != transfer.old_id:
        raise people.stale()


def _stay(transfer: Transfer, actor: Actor, decision: Decision, reason: str) -> None:
    """Take the mark off the membership, unless the membership has ended."""
    if transfer.membership.is_current:
        people.call_off_transfer(transfer.membership, actor=actor, decision=decision, reason=reason)


def _locked(actor: Actor, public_id: str) -> Transfer:
    rows = policies.visible_transfers(actor).select_for_update(of=("self",)).with_unions()
    found = rows.select_related("membership__person").filter(public_id=public_id).first()
    if found is None:
        raise policies.not_found()
    return found  # type: ignore[no-any-return]


def _apply(
    transfer: Transfer,
    event: TransferEvent,
    actor: Actor,
    decision: Decision,
    reason: str = "",
    changes: dict[str, Any] | None = None,
    *,
    ledger: Sequence[Any] = (),
    notices: Sequence[Notice] = (),
    data: dict[str, Any] | None = None,
) -> Transfer:
    return lifecycle.apply(
        transfer,
        event,
        actor=actor,
        decision=decision,
        reason=reason,
        changes=changes,
        records=ledger,
        notices=notices,
        data=data,
    )


def _told(kind: NoticeKind, transfer: Transfer, union: Union, *, due: str = "") -> list[Notice]:
    """A notice to the member, if they have an account."""
    user_id = transfer.person.user_id
    if user_id is None:
        return []
    values = {"number": transfer.number, "union": union.name, "due": due}
    return [Notice(kind, user_id, values, link=f"/joining/transfers/{transfer.public_id}/")]
