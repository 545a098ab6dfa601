from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from django.db import DatabaseError, transaction

from niangjia.commons.ledger.models import LedgerRow
from niangjia.commons.unions import testing as unions
from niangjia.commons.unions.roles import Role
from niangjia.kernel.errors import Conflict, DomainError, NotAllowed, NotFound, RuleBroken
from niangjia.platform.testing.clients import member_client
from niangjia.services.protection import actions, dryrun, leaflets, six, termbooks, testing
from niangjia.services.protection.models import Cover, Limit, PlanVersion
from niangjia.services.protection.states import ClaimState, VersionState
from niangjia.services.protection.terms import Tier, document_of, read


def test_five_covers_in_2021_and_six_from_2022_are_two_versions(world):
    by_day = {day: termbooks.version_on(world.plan.pk, day) for day in (date(2021, 12, 31), date(2022, 1, 1))}

    assert [len(termbooks.terms_of(version).covers) for version in by_day.values()] == [5, 6]
    assert all(termbooks.terms_of(version).cap_fen == 115_000_00 for version in by_day.values())
    assert termbooks.version_on(world.plan.pk, date(2020, 12, 31)) is None


@pytest.mark.parametrize(
    ("day", "fen"), [(date(2020, 12, 31), 0), (date(2021, 1, 1), 115_000_00), (date(2022, 1, 1), 115_000_00)]
)
def test_the_highest_protection_of_a_day_is_that_of_the_version_in_force(world, day, fen):
    rows = LedgerRow.objects.filter(measure="protection.highest", day__lte=day)

    assert sum(row.qty for row in rows) == fen


def test_a_next_version_takes_the_place_of_one_with_an_open_end(world):
    richer = replace(six.six_gifts(6), cap_fen=120_000_00)
    testing.a_version(world.plan, richer, valid_from=date(2027, 1, 1))
    rows = LedgerRow.objects.filter(measure="protection.highest")

    assert sum(row.qty for row in rows.filter(day__lt=date(2027, 1, 1))) == 115_000_00
    assert sum(row.qty for row in rows) == 120_000_00


def test_rows_and_draft_say_the_same(world):
    terms = six.six_gifts(6)

    assert termbooks.terms_of(world.second) == terms == read(document_of(terms))


@pytest.mark.parametrize(
    "change",
    [
        lambda version: PlanVersion.objects.filter(pk=version.pk).update(cap_fen=1),
        lambda version: PlanVersion.objects.filter(pk=version.pk).update(valid_from=date(2023, 1, 1)),
        lambda version: PlanVersion.objects.filter(pk=version.pk, valid_to=None).update(age_to=99),
        lambda version: Cover.objects.filter(version=version).update(sum_fen=1),
        lambda version: Limit.objects.filter(version=version).delete(),
    ],
)
def test_the_database_refuses_to_change_a_published_version(world, change):
    with pytest.raises(DatabaseError), transaction.atomic():
        change(world.second)


def test_a_next_version_ends_the_one_with_an_open_end(world):
    third = testing.a_version(world.plan, six.six_gifts(6), valid_from=date(2024, 1, 1))

    world.second.refresh_from_db()
    assert (world.second.state, world.second.valid_to) == (VersionState.SUPERSEDED, date(2023, 12, 31))
    assert termbooks.version_on(world.plan.pk, date(2024, 6, 1)) == third


def test_two_versions_never_judge_the_same_day(world):
    with pytest.raises(Conflict) as refused:
        testing.a_version(world.plan, valid_from=date(2021, 6, 1), valid_to=date(2021, 7, 1))

    assert refused.value.code == "VERSION_OVERLAPS"


def test_whoever_drew_up_a_version_does_not_publish_it(world):
    terms, day = six.six_gifts(6), date(2025, 1, 1)
    drawn = actions.draw_up(plan_id=world.plan.pk, terms=terms, valid_from=day, actor=world.office)

    with pytest.raises(NotAllowed) as refused:
        actions.publish(public_id=drawn.public_id, actor=world.office)
    assert refused.value.code == "FOUR_EYES"
    assert actions.publish(public_id=drawn.public_id, actor=world.other_office).state == VersionState.PUBLISHED


def test_a_draft_is_seen_by_the_office_alone_and_changed_only_while_it_is_one(world):
    terms, day = six.six_gifts(6), date(2025, 1, 1)
    drawn = actions.draw_up(plan_id=world.plan.pk, terms=terms, valid_from=day, actor=world.office)

    for stranger in (world.unit, world.agent, unions.an_officer([(world.tree["WEST"], Role.REVIEWER)], "west")):
        with pytest.raises(DomainError) as refused:
            actions.publish(public_id=drawn.public_id, actor=stranger)
        assert isinstance(refused.value, NotFound)
    changed = replace(terms, cap_fen=100_000_00)
    actions.revise(public_id=drawn.public_id, terms=changed, valid_from=day, actor=world.office)
    actions.publish(public_id=drawn.public_id, actor=world.other_office)
    with pytest.raises(Conflict):
        actions.revise(public_id=drawn.public_id, terms=terms, valid_from=day, actor=world.office)


@pytest.mark.parametrize(
    "wrong",
    [
        {"cap_fen": 0},
        {"age_from": 61},
        {"share_percent": 101},
        {"categories": ("astronaut",)},
        {"covers": (six.ILLNESS, six.ILLNESS)},
        {"covers": (replace(six.ILLNESS, tiers=(Tier(0, 30, "full"), Tier(32, None, "full"))),)},
        {"covers": (replace(six.ILLNESS, tiers=(Tier(0, None, "consolation"),)),)},
        {"covers": (replace(six.CHILD, data={"per_cent": 50}),)},
        {"covers": (replace(six.ILLNESS, papers=(("poem", True),)),)},
        {"limits": (replace(six.six_gifts(5).limits[0], cover="unknown"),)},
    ],
)
def test_terms_that_make_no_sense_are_refused_with_a_sentence(world, wrong):
    with pytest.raises(RuleBroken) as refused:
        actions.draw_up(
            plan_id=world.plan.pk,
            terms=replace(six.six_gifts(6), **wrong),
            valid_from=date(2025, 1, 1),
            actor=world.office,
        )

    assert refused.value.code == "PLAN_TERMS"
    assert refused.value.fields["terms"]


def test_a_dry_run_says_what_a_change_would_have_done_and_changes_nothing(world, unchanged):
    hands = {"unit": world.unit, "agency": world.agency, "office": world.office, "second": world.other_office}
    member = testing.an_insured(world.second, world.firm, 1)
    claim = testing.through_to(ClaimState.APPROVED, testing.a_claim(world.plan, member, "accident"), **hands)
    lower = replace(six.ACCIDENT, data={"grades": {**six.ACCIDENT.data["grades"], "7": 6_000_00}})
    terms = replace(six.six_gifts(6), covers=(six.ILLNESS, lower, *six.six_gifts(6).covers[2:]))
    drawn = actions.draw_up(plan_id=world.plan.pk, terms=terms, valid_from=date(2027, 1, 1), actor=world.office)
    with unchanged():
        same, run = dryrun.dry_run(world.second), dryrun.dry_run(drawn)
    assert (same.compared, same.changed) == (1, [])
    assert [(line.number, line.before, line.after) for line in run.changed] == [(claim.number, 10_000_00, 6_000_00)]


def test_leaflet_and_paper_are_made_of_the_rows(world):
    words = leaflets.leaflet_of(world.second)
    assert [cover.name for cover in words.covers][-1] == "女职工特殊疾病"
    assert "¥\N{NO-BREAK SPACE}115,000.00" in str(words.cap)
    paper = member_client(testing.a_member(world.firm, 3)).get(
        f"/protection/versions/{world.second.public_id}/leaflet.pdf"
    )
    assert (paper["Content-Type"], paper.content[:5]) == ("application/pdf", b"%PDF-")
