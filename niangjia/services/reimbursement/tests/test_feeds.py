"""From the insurer's file to a round of cases: matched, tried out, applied whole, once."""

from __future__ import annotations

from datetime import date

import pytest

from niangjia.commons.people import testing as people
from niangjia.commons.people.models import Membership
from niangjia.kernel.errors import DomainError
from niangjia.platform.jobs import worker
from niangjia.services.reimbursement import actions, testing
from niangjia.services.reimbursement.models import Case, Feed, FeedRow, Lost, Round


def outcomes(feed):
    return dict(FeedRow.objects.filter(roster=feed).order_by("number").values_list("number", "outcome"))


def test_rows_are_matched_and_tried_out_in_their_order(world):
    rows = [world.row(1, "A0001", "500.00"), world.row(1, "A0002", "300.00"), world.row(2, "A0003", "100.00")]
    feed = testing.checked(rows, world.east, world.clerk)
    assert feed.state == "ready"
    assert outcomes(feed) == {2: "nothing", 3: "due", 4: "nothing"}
    assert list(FeedRow.objects.order_by("number").values_list("fen", flat=True)) == [0, 100_00, 0]
    assert (feed.counts["self_paid_fen"], feed.counts["fen"]) == (900_00, 100_00)
    assert not Case.objects.exists()


def test_what_matches_nobody_says_why(world):
    rows = [
        world.row(1, "A0001", id_number=people.an_id_number(77)),
        world.row(1, "A0002", name="赵另"),
        world.row(1, "A0003", from_day="2024-12-31"),
        world.row(3, "A0004"),
    ]
    feed = testing.checked(rows, world.east, world.clerk)
    found = FeedRow.objects.filter(roster=feed, outcome="unmatched").order_by("number")
    causes = ["unknown_number", "name_differs", "not_a_member", "out_of_reach"]
    assert list(found.values_list("code", flat=True)) == causes


def test_only_workers_of_the_new_kind_are_of_the_free_programme(world):
    person = world.members[0]
    person.category = "enterprise_employee"
    person.save(update_fields=["category"])
    feed = testing.checked([world.row(1, "A0001"), world.row(2, "A0002")], world.east, world.clerk, "free")
    assert list(FeedRow.objects.filter(roster=feed).order_by("number").values_list("outcome", "code")) == [
        ("unmatched", "other_programme"),
        ("due", ""),
    ]


BAD_CELLS = (
    ({"self_paid": "0"}, "SELF_PAID"),
    ({"self_paid": "-5"}, "AMOUNT"),
    ({"self_paid": "12.345"}, "AMOUNT"),
    ({"self_paid": "1e3"}, "AMOUNT"),
    ({"self_paid": "99999999"}, "SELF_PAID"),
    ({"self_paid": "=1+1"}, "AMOUNT"),
    ({"id_number": "110101199001011234"}, "ID_INVALID"),
    ({"transaction": "有空 格"}, "TRANSACTION"),
    ({"kind": "体检"}, "VISIT_KIND"),
    ({"from_day": "2026-13-01"}, "CELL_NOT_A_DAY"),
    ({"from_day": "2027-01-01"}, "DAY_IN_FUTURE"),
    ({"from_day": "2026-01-05", "to_day": "2026-01-04"}, "DAYS_IN_ORDER"),
)


def test_a_bad_cell_is_told_beside_its_row(world):
    rows = [world.row(1, f"A{number:04d}", **change) for number, (change, _code) in enumerate(BAD_CELLS)]
    feed = testing.checked([*rows, world.row(2, "B0001")], world.east, world.clerk)
    bad = FeedRow.objects.filter(roster=feed, outcome="error").order_by("number")
    told = list(bad.values_list("code", flat=True))
    assert told == [code for _change, code in BAD_CELLS]
    assert feed.count_of("due") == 1


def test_one_number_counts_once_in_a_file_and_ever(world):
    rows = [world.row(1, "A0001"), world.row(1, "A0001")]
    testing.applied(rows, world.east, world.clerk)
    assert Case.objects.count() == 1
    again = testing.checked([world.row(1, "A0001"), world.row(2, "A0009")], world.east, world.clerk)
    assert outcomes(again) == {2: "known", 3: "due"}


def test_the_same_file_twice_is_one_feed(world):
    rows = [world.row(1, "A0001")]
    first = testing.checked(rows, world.east, world.clerk)
    file = testing.a_file(rows)
    again = actions.upload_roster(upload=file, union_code=world.east.code, programme="general", actor=world.clerk)
    assert again.pk == first.pk
    assert Feed.objects.count() == 1


def test_applying_makes_a_round_and_sets_aside_what_matched_nobody(world):
    rows = [
        world.row(1, "A0001"),
        world.row(2, "A0002", "100.00"),
        world.row(1, "A0003", id_number=people.an_id_number(88)),
    ]
    round_ = testing.applied(rows, world.east, world.clerk)
    assert round_.state == "reviewing"
    assert dict(Case.objects.values_list("transaction", "state")) == {"A0001": "computed", "A0002": "nothing"}
    assert Case.objects.get(transaction="A0001").fen == 250_00
    lost = Lost.objects.get()
    assert (lost.transaction, lost.cause, lost.state) == ("A0003", "unknown_number", "waiting")


def test_what_was_tried_out_must_still_hold(world):
    first = testing.checked([world.row(1, "A0001")], world.east, world.clerk)
    testing.applied([world.row(1, "B0001", "700.00")], world.east, world.clerk)
    actions.apply_roster(public_id=first.public_id, actor=world.clerk)
    worker.drain()
    first.refresh_from_db()
    assert first.state == "ready"
    assert FeedRow.objects.get(roster=first).fen == 550_00
    assert Round.objects.count() == 1


def test_a_year_adds_up_over_feeds_and_begins_anew_in_january(world):
    testing.applied([world.row(1, "A0001", "700.00", day=date(2025, 12, 20))], world.east, world.clerk)
    feed = testing.checked(
        [world.row(1, "A0002", "100.00", day=date(2025, 12, 28)), world.row(1, "A0003", "100.00")],
        world.east,
        world.clerk,
    )
    assert list(FeedRow.objects.filter(roster=feed).order_by("number").values_list("fen", flat=True)) == [50_00, 0]


def test_who_left_counts_until_their_last_day(world):
    membership = Membership.objects.get(person=world.members[0])
    Membership.objects.filter(pk=membership.pk).update(until=date(2026, 1, 5))
    rows = [world.row(1, "A0001", day=date(2026, 1, 4)), world.row(1, "A0002", day=date(2026, 1, 5))]
    feed = testing.checked(rows, world.east, world.clerk)
    assert outcomes(feed) == {2: "due", 3: "unmatched"}


def test_an_employers_agent_is_told_of_nothing(world):
    with pytest.raises(DomainError) as refused:
        actions.upload_roster(
            upload=testing.a_file([]), union_code=world.tree["FIRM"].code, programme="general", actor=world.agent
        )
    assert refused.value.status in (403, 404)
