"""The statements over the whole set leave the same rows as the form that any database runs."""

from __future__ import annotations

import pytest
from django.db import transaction

from niangjia.platform.audit.models import AuditEntry
from niangjia.services.reimbursement import cases, rounds, testing
from niangjia.services.reimbursement.feeds import applying, hot
from niangjia.services.reimbursement.models import Case, FeedRow

pytestmark = [pytest.mark.postgresql, pytest.mark.django_db]

OWN = {"id", "state_since", "created_at", "round_id", "at"}


def _made(feed, form, actor):
    """What ``form`` leaves of the feed: cases and audit entries without their keys and moments; nothing stays."""
    with transaction.atomic():
        round_ = rounds.open_round(union_id=feed.union_id, programme=feed.programme, feed=feed, actor=actor)
        count = form(round_, cases.Sample("seed", 400, 600_00))
        left = list(Case.objects.order_by("transaction").values())
        told = list(
            AuditEntry.objects.filter(subject_type="reimbursement.case").order_by("subject_id", "action").values()
        )
        transaction.set_rollback(True)
    return count, [_without(row) for row in left], [_without(row) for row in told]


def _without(row):
    return {name: value for name, value in row.items() if name not in OWN}


def test_both_forms_leave_the_same(world):
    rows = [world.row(1 + n % 2, f"A{n:04d}", f"{40 + 137 * n}.00") for n in range(30)]
    feed = testing.checked(rows, world.east, world.clerk)
    taken = FeedRow.objects.filter(roster=feed, outcome__in=["due", "nothing"]).order_by("number")
    many = _made(feed, lambda round_, sample: hot.compute(feed, round_, sample, actor=world.clerk), world.clerk)
    each = _made(feed, lambda round_, sample: applying.portable(taken, round_, sample, world.clerk), world.clerk)
    assert many == each
    count, left, told = many
    assert count == 30
    assert {row["state"] for row in left} == {"computed", "nothing"}
    assert {row["sampled"] for row in left} == {"", "chance", "amount"}
    assert len(told) > 30


def test_a_changed_year_is_noticed(world):
    feed = testing.checked([world.row(1, "A0001"), world.row(2, "A0002")], world.east, world.clerk)
    assert not hot.has_changed(feed)
    testing.applied([world.row(1, "B0001", "10.00")], world.east, world.clerk)
    assert hot.has_changed(feed)
