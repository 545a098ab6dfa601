"""Everything that changes a merge: propose, approve, refuse, withdraw, undo.

Order of locks: the merge, then both persons in order of id, then memberships and cards. What somebody writes for one
of them without taking that lock, and commits later, follows by :mod:`late`.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from django.db import IntegrityError, transaction

from niangjia.commons.parameters import parameters
from niangjia.commons.people import actions as people
from niangjia.commons.people import events
from niangjia.commons.people.merging import doubles, notices, places, policies, values, ways
from niangjia.commons.people.merging.models import Merge
from niangjia.commons.people.merging.parameters import UNDO_DAYS
from niangjia.commons.people.merging.plan import Plan, plan_for
from niangjia.commons.people.merging.states import Entry, MergeEvent
from niangjia.commons.people.models import Person
from niangjia.commons.people.rules import broken
from niangjia.kernel import clock
from niangjia.kernel.actor import Actor
from niangjia.kernel.errors import Conflict, Gone, RuleBroken
from niangjia.kernel.reasons import require_reason
from niangjia.kernel.text import Text, _
from niangjia.platform.lifecycle import lifecycle
from niangjia.platform.notices.kinds import Notice, NoticeKind, looks_personal


@transaction.atomic()
def propose(*, kept: str, merged: str, choices: Mapping[str, str], reason: str, actor: Actor) -> Merge:
    """Say that two entries, by their public ids, are one human being; another officer decides.

    Raises NotFound, NotAllowed, RuleBroken (MERGE_SAME, MERGE_CHOICE, REASON_NEEDED, REASON_PERSONAL), Conflict
    (MERGE_BLOCKED with what forbids it, MERGE_OPEN).
    """
    remains, goes = policies.entry_for(actor, kept), policies.entry_for(actor, merged)
    decision = policies.may_propose(actor, remains, goes).require()
    if remains.pk == goes.pk:
        raise broken("MERGE_SAME", _("这是同一条登记，不用合并。"), "merged")
    said, wanted = _reason(reason), values.chosen(choices)
    remains, goes = _both(remains, goes)
    plan = _possible(remains, goes, wanted)
    merge = Merge(
        kept=remains,
        merged=goes,
        union_id=places.above_both(remains, goes, actor),
        choices=wanted,
        reason=said,
        plan_digest=plan.digest,
        owner_key=remains.public_id,
        proposed_by_id=actor.user_id,
    )
    try:
        with transaction.atomic():
            return lifecycle.open(merge, actor=actor, decision=decision, reason=said, data={"choices": wanted})
    except IntegrityError as error:
        raise Conflict("MERGE_OPEN", _("这条登记已经有一件合并在办，请先办完那一件。")) from error


@transaction.atomic()
def approve(*, public_id: str, digest: str, actor: Actor) -> Merge:
    """Merge, by the plan of which the approver saw ``digest``, all of it or nothing.

    Raises NotFound, NotAllowed (OWN_PROPOSAL, OWN_CASE), InvalidMove, Conflict (MERGE_BLOCKED, MERGE_PLAN_CHANGED).
    """
    merge = _locked(actor, public_id)
    decision = policies.may_decide(actor, merge).require()
    merge.MACHINE.require(merge.state, MergeEvent.APPROVE)
    _let_cases_close(merge, actor)
    kept, merged = _both(merge.kept, merge.merged)
    plan = _possible(kept, merged, merge.choices)
    if plan.digest != digest:
        raise Conflict("MERGE_PLAN_CHANGED", _("您看方案以后，情况变了。请看一遍新的方案，再决定。"))
    moved, before = _join(merge, kept, merged, plan, actor)
    last = clock.today() + timedelta(days=int(parameters.at(UNDO_DAYS, merge.union_id, clock.today()).value))
    events.entries_joined.send(sender=Merge, kept=kept, merged=merged, actor=actor)
    changes = {"moved": moved, "before": before, "decided_by_id": actor.user_id}
    return lifecycle.apply(
        merge,
        MergeEvent.APPROVE,
        actor=actor,
        decision=decision,
        changes={**changes, "applied_at": clock.now(), "undo_until": last},
        notices=_told(notices.MERGED, merge, kept),
        data={"rows": {column: len(ids) for column, ids in plan.moves.items()}, "merged": merged.public_id},
    )


@transaction.atomic()
def refuse(*, public_id: str, reason: str, actor: Actor) -> Merge:
    """Leave both entries as they are. Raises NotFound, NotAllowed, InvalidMove, RuleBroken of the reason."""
    merge = _locked(actor, public_id)
    decision = policies.may_decide(actor, merge).require()
    said = _reason(reason)
    changes = {"answer_reason": said, "decided_by_id": actor.user_id}
    lifecycle.apply(merge, MergeEvent.REFUSE, actor=actor, decision=decision, reason=said, changes=changes)
    return _dropped(merge, actor)


@transaction.atomic()
def withdraw(*, public_id: str, actor: Actor) -> Merge:
    """Take a proposal back. Raises NotFound, NotAllowed, InvalidMove."""
    merge = _locked(actor, public_id)
    decision = policies.may_withdraw(actor, merge).require()
    lifecycle.apply(merge, MergeEvent.WITHDRAW, actor=actor, decision=decision)
    return _dropped(merge, actor)


@transaction.atomic()
def undo(*, public_id: str, reason: str, actor: Actor) -> Merge:
    """Take the two apart again: what went over goes back; what came later stays with the entry it was made for.

    Raises NotFound, NotAllowed, InvalidMove, RuleBroken of the reason, Gone UNDO_OVER, Conflict UNDO_BLOCKED with what
    forbids it.
    """
    merge = _locked(actor, public_id)
    decision = policies.may_keep(actor, merge).require()
    merge.MACHINE.require(merge.state, MergeEvent.UNDO)
    said = _reason(reason)
    if merge.undo_until is None or clock.today() > merge.undo_until:
        raise Gone("UNDO_OVER", _("已过可以撤销的期限，不能再撤销。"))
    kept, merged = _held_apart(merge)
    _part(merge, kept, merged, said, actor)
    events.entries_parted.send(sender=Merge, kept=kept, merged=merged, actor=actor)
    return lifecycle.apply(
        merge,
        MergeEvent.UNDO,
        actor=actor,
        decision=decision,
        reason=said,
        changes={"answer_reason": said},
        notices=_told(notices.PARTED, merge, kept),
        data={"merged": merged.public_id},
    )


def _let_cases_close(merge: Merge, actor: Actor) -> None:
    remains = merge.kept if merge.choices["membership"] == Entry.KEPT else merge.merged
    events.entries_joining.send(sender=Merge, kept=merge.kept, merged=merge.merged, remains=remains, actor=actor)


def _dropped(merge: Merge, actor: Actor) -> Merge:
    events.merge_dropped.send(sender=Merge, kept=merge.kept, merged=merge.merged, actor=actor)
    return merge


def _join(merge: Merge, kept: Person, merged: Person, plan: Plan, actor: Actor) -> tuple[dict[str, Any], str]:
    """Do it; what is needed to undo it, and the values that were overwritten."""
    remains = merge.choices["membership"]
    aside = doubles.set_aside(kept, merged, remains=remains, reason=merge.reason, actor=actor)
    accounts = values.accounts_of(kept, merged, merge.choices)
    merged.canonical, merged.user_id = kept, None
    merged.save(update_fields=["canonical", "user"])
    before = values.write(kept, merged, merge.choices, accounts, actor=actor)
    for way in ways.declared():
        way.give(plan.moves.get(way.column, ()), source=merged, target=kept)
    people.count_anew(kept, actor)
    rows = {column: list(ids) for column, ids in plan.moves.items()}
    return {"rows": rows, "aside": aside, "accounts": accounts}, before


def _part(merge: Merge, kept: Person, merged: Person, reason: str, actor: Actor) -> None:
    rows, accounts = merge.moved["rows"], merge.moved["accounts"]
    try:
        with transaction.atomic():
            values.put_back(kept, merged, str(merge.before), accounts, actor=actor)
            merged.canonical = None
            merged.save(update_fields=["canonical", "user"])
            for way in ways.declared():
                way.give(rows.get(way.column, ()), source=kept, target=merged)
            doubles.bring_back(merge.moved["aside"], reason=reason, actor=actor)
    except IntegrityError as error:
        raise _blocked(
            _("合并以后，分出去的证件号、手机号或办过的事项又有了别的登记，不能自动分开。请先逐项更正。")
        ) from error
    for each in (kept, merged):
        people.count_anew(each, actor)


def _held_apart(merge: Merge) -> tuple[Person, Person]:
    """Both entries, held, when nothing forbids to take them apart. Raises Conflict UNDO_BLOCKED."""
    held = {one.pk: one for one in _rows(merge.kept_id, merge.merged_id)}
    kept, merged = held[merge.kept_id], held[merge.merged_id]
    if kept.erased_at or merged.erased_at:
        raise _blocked(_("个人信息已经按本人要求删除，不能撤销合并。"))
    if kept.canonical_id is not None or merged.canonical_id != kept.pk:
        raise _blocked(_("保留的登记后来又并入了另一条登记，请先撤销那一次合并。"))
    if kept.user_id != values.expected_account(merge.moved["accounts"]):
        raise _blocked(_("合并以后登录账号变过，不能自动分开。请先核对账号。"))
    applied_at = merge.applied_at or clock.now()  # an applied one always has its moment
    for way in ways.declared():
        said = way.parts(merge.moved["rows"].get(way.column, ()), applied_at) if way.parts else None
        if said is not None:
            raise _blocked(said)
    return kept, merged


def _possible(kept: Person, merged: Person, choices: Mapping[str, str]) -> Plan:
    plan = plan_for(kept, merged, choices)
    if plan.refusals:
        raise Conflict("MERGE_BLOCKED", plan.refusals[0], fields={"merged": list(plan.refusals)})
    return plan


def _both(kept: Person, merged: Person) -> tuple[Person, Person]:
    """Both as they stand now, locked in order of id. Raises NotFound when one was merged or erased meanwhile."""
    held = {one.pk: people.lock(one) for one in sorted((kept, merged), key=lambda one: one.pk)}
    return held[kept.pk], held[merged.pk]


def _rows(*ids: int) -> list[Person]:
    rows = Person.objects.select_for_update(of=("self",), no_key=True).filter(pk__in=ids)
    return list(rows.order_by("pk"))


def _locked(actor: Actor, public_id: str) -> Merge:
    rows = policies.visible_merges(actor).filter(public_id=public_id).values("pk")
    held = Merge.objects.select_for_update(of=("self",)).select_related("kept", "merged", "union")
    found = held.filter(pk__in=rows).first()
    if found is None:
        raise policies.no_such_merge()
    return found  # type: ignore[no-any-return]


def _reason(reason: str) -> str:
    said = require_reason(reason)
    if looks_personal(said):
        sentence = _("理由里不要写证件号和手机号。")
        raise RuleBroken("REASON_PERSONAL", sentence, fields={"reason": [sentence]})
    return said


def _blocked(sentence: Text) -> Conflict:
    return Conflict("UNDO_BLOCKED", sentence, fields={"reason": [sentence]})


def _told(kind: NoticeKind, merge: Merge, kept: Person) -> list[Notice]:
    return [Notice(kind, kept.user_id, {"number": merge.number}, link="/mine/data/")] if kept.user_id else []
