"""The one short step that turns a whole feed into a round of cases, or leaves everything as it is."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.db import connection, transaction

from niangjia.commons.rosters.moves import stale
from niangjia.commons.rosters.states import RosterState
from niangjia.kernel.actor import Actor
from niangjia.services.reimbursement import cases, lost, rounds
from niangjia.services.reimbursement.feeds import actions, hot, known
from niangjia.services.reimbursement.models import Case, Feed, FeedRow, Round
from niangjia.services.reimbursement.rules import Before
from niangjia.services.reimbursement.states import Outcome

ROWS = 8000
_COUNTING = (Outcome.DUE.value, Outcome.NOTHING.value)


def step(*, public_id: str, actor: Actor) -> dict[str, Any]:
    """Make the round with its cases, set aside what matched nobody, and end the feed; one that is not being applied
    stays as it is. Raises Conflict ROSTER_STALE when somebody's year has changed since the check."""
    with transaction.atomic():
        feed, _decision = actions.MOVES.held(public_id, actor)
        if feed.state != RosterState.APPLYING:
            return {"cases": feed.cases}
        rounds.take_turn(feed.programme)
        _require_as_checked(feed)
        made = _cases(feed, actor)
        lost.set_aside(feed=feed, actor=actor)
        actions.finish_roster(roster=feed, changes={"cases": made}, actor=actor)
        return {"cases": made}


def _require_as_checked(feed: Feed) -> None:
    """Raises Conflict ROSTER_STALE: what the rows were tried out against must still hold."""
    if connection.vendor == "postgresql":
        if hot.has_changed(feed):
            raise stale()
        return
    rows = FeedRow.objects.filter(roster=feed, outcome__in=_COUNTING).order_by("number")
    first: dict[tuple[int, int], Before] = {}
    for person, day, document in rows.values_list("person_id", "to_day", "document").iterator(chunk_size=ROWS):
        assert person is not None and day is not None  # noqa: S101, PT018 - a row that counts has them
        first.setdefault((person, day.year), Before(**document["before"]))
    people = sorted({person for person, _year in first})
    now: dict[tuple[int, int], Before] = {}
    for start in range(0, len(people), ROWS):
        now |= known.used(feed.programme, people[start : start + ROWS])
    if any(now.get(year, Before()) != before for year, before in first.items()):
        raise stale()


def _cases(feed: Feed, actor: Actor) -> int:
    rows = FeedRow.objects.filter(roster=feed, outcome__in=_COUNTING).order_by("number")
    if not rows.exists():
        return 0
    round_ = rounds.open_round(union_id=feed.union_id, programme=feed.programme, feed=feed, actor=actor)
    sample = cases.Sample.of(round_)
    if connection.vendor == "postgresql":
        return hot.compute(feed, round_, sample, actor=actor)
    return portable(rows, round_, sample, actor)


def portable(rows: Any, round_: Round, sample: cases.Sample, actor: Actor) -> int:
    """The same on any database, some thousand cases at a time; how many."""
    made = 0
    for some in _batches(rows):
        made += len(cases.compute(made=[_case(row, round_, sample) for row in some], actor=actor))
    return made


def _batches(rows: Any) -> Iterator[list[FeedRow]]:
    some: list[FeedRow] = []
    for row in rows.defer("content").iterator(chunk_size=ROWS):
        some.append(row)
        if len(some) == ROWS:
            yield some
            some = []
    if some:
        yield some


def _case(row: FeedRow, round_: Round, sample: cases.Sample) -> Case:
    assert row.from_day is not None and row.to_day is not None  # noqa: S101, PT018 - a row that counts has them
    assert row.person_id is not None and row.union_id is not None  # noqa: S101, PT018 - as well
    return Case(
        public_id=row.public_id,
        programme=round_.programme,
        round=round_,
        transaction=row.transaction,
        kind=row.kind,
        from_day=row.from_day,
        to_day=row.to_day,
        year=row.to_day.year,
        person_id=row.person_id,
        owner_key=row.owner_key,
        union_id=row.union_id,
        self_paid_fen=row.self_paid_fen,
        fen=row.fen,
        document=row.document,
        sampled=sample.why(row.transaction, row.fen),
    )
