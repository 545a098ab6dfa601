"""Settlements that matched nobody: set aside with their cause, matched by hand, or given up."""

from __future__ import annotations

from typing import Any

from django.db import IntegrityError, transaction

from niangjia.commons.people.models import ID_NUMBER
from niangjia.commons.rosters import content
from niangjia.commons.unions import tree
from niangjia.kernel import clock, identifiers
from niangjia.kernel.actor import Actor
from niangjia.kernel.errors import Conflict, RuleBroken
from niangjia.kernel.ids import new_public_id
from niangjia.kernel.policy import allow
from niangjia.kernel.reasons import require_reason
from niangjia.kernel.text import Text, _
from niangjia.platform.lifecycle import lifecycle
from niangjia.platform.personal_data.blind_index import indexer
from niangjia.platform.personal_data.bulk import Placed
from niangjia.services.reimbursement import cases, parameters, policies, rounds, rules
from niangjia.services.reimbursement.feeds import known, sheets
from niangjia.services.reimbursement.feeds.known import Known
from niangjia.services.reimbursement.models import Case, Feed, FeedRow, Lost
from niangjia.services.reimbursement.rules import Before
from niangjia.services.reimbursement.states import LostEvent, LostState, Outcome

AT_ONCE = 5000


def set_aside(*, feed: Feed, actor: Actor) -> int:
    """Keep the rows of a feed that matched nobody, in the caller's transaction; those that wait already stay; how
    many are new."""
    rows = FeedRow.objects.filter(roster=feed, outcome=Outcome.UNMATCHED).order_by("number")
    waiting = Lost.objects.filter(programme=feed.programme, state=LostState.WAITING)
    known_ones = set(waiting.values_list("transaction", flat=True))
    sealed, index = Placed(FeedRow._meta.get_field("content")), indexer(ID_NUMBER)
    made = [_lost(row, feed, sealed, index) for row in rows if row.transaction not in known_ones]
    for start in range(0, len(made), AT_ONCE):
        lifecycle.open_many(made[start : start + AT_ONCE], actor=actor, decision=allow("computed"))
    return len(made)


def _lost(row: FeedRow, feed: Feed, sealed: Placed, index: Any) -> Lost:
    text = sealed.open(row.public_id, row.__dict__["content"])
    number = content.read(text).cells.get(sheets.ID_NUMBER, "")
    assert row.from_day is not None and row.to_day is not None  # noqa: S101, PT018 - a row that could be read has them
    found = Lost(
        public_id=new_public_id(), programme=feed.programme, union_id=feed.union_id, feed=feed,
        transaction=row.transaction, kind=row.kind, from_day=row.from_day, to_day=row.to_day,
        self_paid_fen=row.self_paid_fen, cause=row.code, id_index=index(number) if number else "",
    )  # fmt: skip
    found.content = text
    return found


@transaction.atomic()
def match(*, public_id: str, id_number: str, actor: Actor) -> Case:
    """Say whose it is, by the right ID number; the case is computed and waits in a round for the second look.

    Raises NotFound, NotAllowed, InvalidMove, RuleBroken (ID_NUMBER …, PERSON_UNKNOWN, NOT_A_MEMBER, OUT_OF_REACH),
    Conflict CASE_THERE.
    """
    lost = locked(actor, public_id)
    decision = policies.may_match(actor, lost).require()
    lost.MACHINE.require(lost.state, LostEvent.MATCH)
    number = identifiers.resident_id(id_number, today=clock.today()).number
    person = known.people([indexer(ID_NUMBER)(number)])
    found = next(iter(person.values()), None)
    union_id = _union_of(lost, found)
    assert found is not None  # noqa: S101 - the line above refuses
    rounds.take_turn(lost.programme)
    case = _computed(lost, found, union_id, actor)
    try:
        with transaction.atomic():
            made = cases.compute(made=[case], actor=actor)[0]
    except IntegrityError as error:
        raise Conflict("CASE_THERE", _("这个流水号已经有一笔报销了。")) from error
    lifecycle.apply(lost, LostEvent.MATCH, actor=actor, decision=decision, data={"case": made.public_id})
    return made


@transaction.atomic()
def give_up_on(*, public_id: str, reason: str, actor: Actor) -> Lost:
    """Look no further. Raises NotFound, NotAllowed, InvalidMove, RuleBroken REASON_NEEDED."""
    lost = locked(actor, public_id)
    decision = policies.may_match(actor, lost).require()
    return lifecycle.apply(lost, LostEvent.GIVE_UP_ON, actor=actor, decision=decision, reason=require_reason(reason))


def locked(actor: Actor, public_id: str) -> Lost:
    """Under its lock. Raises NotFound."""
    found = policies.visible_lost(actor).select_for_update(of=("self",)).filter(public_id=public_id).first()
    if found is None:
        raise policies.not_found()
    return found


def _union_of(lost: Lost, person: Known | None) -> int:
    if person is None:
        raise _at_number("PERSON_UNKNOWN", _("没有登记过这个证件号码，请核对；还没有入会的不能报销。"))
    union = person.union_on(lost.from_day)
    if union is None:
        raise _at_number("NOT_A_MEMBER", _("这个人就诊时不是会员，不能报销。"))
    if union not in set(tree.below(lost.union_id)):
        raise _at_number("OUT_OF_REACH", _("这个人的会籍不在本工会下面，请转给所在的工会。"))
    return union


def _at_number(code: str, sentence: Text) -> RuleBroken:
    return RuleBroken(code, sentence, fields={"id_number": [sentence]})


def _computed(lost: Lost, person: Known, union_id: int, actor: Actor) -> Case:
    year = lost.to_day.year
    before = known.used(lost.programme, [person.pk]).get((person.pk, year), Before())
    rates = parameters.rates(lost.programme, lost.union_id, lost.to_day)
    result = rules.compute(rates, before, lost.self_paid_fen)
    round_ = rounds.by_hand(union_id=lost.union_id, programme=lost.programme, actor=actor)
    return Case(
        programme=lost.programme, round=round_, transaction=lost.transaction, kind=lost.kind, from_day=lost.from_day,
        to_day=lost.to_day, year=year, person_id=person.pk, owner_key=person.public_id, union_id=union_id,
        self_paid_fen=lost.self_paid_fen, fen=result.fen, document=rules.document_of(rates, before, result),
        sampled="hand" if result.fen else "", brought_by_id=actor.user_id,
    )  # fmt: skip
