"""Handing out without network: the list that is taken along, what is sent in later, and what was handed out twice."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import timedelta
from uuid import uuid4

import pytest
from django.core import signing

from niangjia.commons.ledger.models import LedgerRow
from niangjia.commons.people.cards import actions as card_actions
from niangjia.commons.people.cards import queries as cards
from niangjia.commons.people.models import Kinship
from niangjia.commons.unions import testing as unions
from niangjia.commons.unions.roles import Role
from niangjia.kernel import clock
from niangjia.kernel.errors import DomainError
from niangjia.platform.accounts.models import User
from niangjia.platform.personal_data.models import Look
from niangjia.platform.testing.clients import staff_client
from niangjia.platform.testing.races import at_once
from niangjia.services.offers import actions, testing
from niangjia.services.offers.counter import double_pickups, offline
from niangjia.services.offers.counter.offline import Flag, OfflineScan, Outcome
from niangjia.services.offers.models import Reservation, Scan

pytestmark = pytest.mark.django_db


@pytest.fixture
def shift(world, offer):
    """Two members with something to collect today, and the keeper with a list half an hour ago."""
    world.offer, world.site = offer, offer.sites[0].public_id
    world.made = [testing.reserve(offer, member) for member in (world.member, world.second)]
    world.list = offline.site_list(site=world.site, actor=world.keeper)
    world.clock.forward(minutes=30)
    return world


def scan(world, of=0, *, ago=10, key=None, **more):
    """A piece handed out so many minutes ago."""
    row = world.made[of] if isinstance(of, int) else of
    at = clock.now() - timedelta(minutes=ago)
    return OfflineScan(getattr(row, "public_id", row), key or uuid4().hex, at, **more)


def send(world, *scans, actor=None, device="一号手机", skew=timedelta(0), stamp=None, site=None):
    return offline.upload(
        site=site or world.site,
        stamp=stamp or world.list.stamp,
        device=device,
        device_now=clock.now() + skew,
        scans=[replace(one, at=one.at + skew) for one in scans],
        actor=actor or world.keeper,
    )


def sending(world, one, device):
    return lambda: send(world, one, device=device)


def answer(world, one, **more):
    return send(world, one, **more).answers[0]


def refused(world, one, **more):
    told = answer(world, one, **more)
    return told.code if told.outcome is Outcome.REFUSED else told.outcome


def collected():
    return LedgerRow.objects.live().filter(measure="offers.collected").count()


# The list


def test_the_list_names_what_is_due_here_today_and_hides_names_and_numbers(shift):
    row = next(row for row in shift.list.rows if row.public_id == shift.made[0].public_id)
    number = cards.card_of(shift.member.person_id).number
    assert (row.name, row.item, row.number) == ("张*", "鸡蛋", shift.made[0].number)
    assert row.card == offline.card_hash(bytes.fromhex(shift.list.key), number)
    assert number not in str(shift.list)
    assert len(shift.list.rows) == 2


def test_what_is_collected_is_not_listed_and_a_lost_card_is_not_known(shift):
    actions.collect(public_id=shift.made[0].public_id, site=shift.site, nonce=uuid4().hex, actor=shift.keeper)
    card_actions.report_lost(public_id=cards.card_of(shift.second.person_id).public_id, actor=shift.second)
    [row] = offline.site_list(site=shift.site, actor=shift.keeper).rows
    assert (row.public_id, row.card) == (shift.made[1].public_id, "")


def test_each_person_on_a_list_can_see_who_took_it_along_once_a_day(shift):
    offline.site_list(site=shift.site, actor=shift.keeper)
    assert Look.objects.filter(kind="exported", actor_user_id=shift.keeper.user_id).count() == 2


def test_nobody_takes_along_a_list_of_a_site_that_they_do_not_keep(shift):
    for actor in (shift.member, shift.agent, shift.other_officer):
        with pytest.raises(DomainError, match="SITE_NOT_FOUND"):
            offline.site_list(site=shift.site, actor=actor)


# What was scanned


def test_a_scan_is_written_down_at_its_own_moment_by_who_stood_there(shift):
    assert answer(shift, scan(shift)).outcome is Outcome.OK
    row = Reservation.objects.get(pk=shift.made[0].pk)
    assert (row.state, row.collected_by_id) == ("collected", shift.keeper.user_id)
    assert row.collected_at == clock.now() - timedelta(minutes=10)
    kept = Scan.objects.get(outcome="ok")
    assert (kept.device, kept.uploaded_by_id, kept.offline_at) == ("一号手机", shift.keeper.user_id, row.collected_at)


@pytest.mark.parametrize(("hours", "told"), [(23, Outcome.OK), (25, "LIST_OLD")])
def test_a_list_of_yesterday_is_refused_f52(shift, hours, told):
    """The clock is forward by hours, the scan of a piece that is due on the day of the scan."""
    shift.clock.forward(hours=hours)
    Reservation.objects.filter(pk=shift.made[0].pk).update(day=clock.today())
    assert refused(shift, scan(shift, ago=0)) == told


def test_five_hundred_scans_and_one_nonce_twice_f53(shift):
    key = uuid4().hex
    many = [scan(shift, "nosuchreservation0000000", ago=number % 20) for number in range(498)]
    told = send(shift, scan(shift, key=key), *many, scan(shift, key=key)).answers
    assert [told[0].outcome, told[-1].outcome] in ([Outcome.OK, Outcome.REPEATED], [Outcome.REPEATED, Outcome.OK])
    assert {one.code for one in told[1:-1]} == {"RESERVATION_NOT_FOUND"}
    assert (len(told), collected()) == (500, 1)


def test_the_second_of_two_devices_is_a_conflict_with_both_f54(shift):
    colleague = unions.an_officer([(shift.street, Role.SITE_KEEPER)], "colleague")
    theirs = offline.site_list(site=shift.site, actor=colleague)
    assert answer(shift, scan(shift, ago=10)).outcome is Outcome.OK
    told = answer(shift, scan(shift, ago=20), actor=colleague, stamp=theirs.stamp, device="二号手机")
    assert (told.outcome, told.code, told.first.device) == (Outcome.CONFLICT, "ALREADY_COLLECTED", "一号手机")
    assert told.first.at == clock.now() - timedelta(minutes=10)
    assert collected() == 1


def test_handed_out_with_network_and_again_without_is_a_conflict_too(shift):
    actions.collect(public_id=shift.made[0].public_id, site=shift.site, nonce=uuid4().hex, actor=shift.keeper)
    told = answer(shift, scan(shift, ago=20))
    assert (told.outcome, told.first.device) == (Outcome.CONFLICT, "")
    [double] = double_pickups.report(shift.offer.sites[0]).doubles
    assert [row.device for row in double.hand_outs] == ["一号手机", ""]


def outcome_of(world, order):
    """Everything that stands after the scans were sent in, in this order, some more than once."""
    stamp = world.list.stamp
    for device, one in order:
        send(world, one, device=device, stamp=stamp)
    states = sorted(Reservation.objects.values_list("pk", "state"))
    doubles = double_pickups.report(world.offer.sites[0]).doubles
    return states, collected(), [(one.name, [(row.at, row.device) for row in one.hand_outs]) for one in doubles]


ORDERS = [random.Random(seed).sample(range(9), 9) for seed in range(6)]
"""Three scans, each sent in three times, shuffled."""


@pytest.fixture(scope="module")
def told():
    """What the first order left, by which the others are judged."""
    return []


@pytest.mark.parametrize("order", ORDERS)
def test_the_order_does_not_matter_f55(shift, told, order):
    keys = [f"nonce-of-scan-{number}" for number in range(3)]
    scans = [
        ("一号手机", scan(shift, 0, ago=10, key=keys[0])),
        ("二号手机", scan(shift, 0, ago=20, key=keys[1])),
        ("一号手机", scan(shift, 1, ago=5, key=keys[2])),
    ]
    states, pieces, doubles = outcome_of(shift, [scans[number % 3] for number in order])
    told.append(([state for _pk, state in states], pieces, doubles))
    assert told[0] == told[-1]
    assert pieces == 2
    assert [device for _at, device in doubles[0][1]] == ["二号手机", "一号手机"]


@pytest.mark.parametrize(
    ("ago", "skew", "flags", "minutes"),
    [
        pytest.param(10, timedelta(0), (), 10, id="right"),
        pytest.param(10, timedelta(days=1), (Flag.CLOCK,), 10, id="f48-a-day-ahead"),
        pytest.param(10, timedelta(days=-1), (Flag.CLOCK,), 10, id="f49-a-day-behind"),
        pytest.param(-600, timedelta(0), (Flag.FUTURE,), 0, id="f56-future"),
        pytest.param(600, timedelta(0), (Flag.BEFORE_LIST,), 30, id="before-its-list"),
        pytest.param(10, timedelta(days=365 * 2000), (Flag.CLOCK,), 10, id="two-thousand-years-ahead"),
    ],
)
def test_moments_are_set_right_by_the_devices_own_clock_and_flagged(shift, ago, skew, flags, minutes):
    told = answer(shift, scan(shift, ago=ago), skew=skew)
    assert (told.outcome, told.flags) == (Outcome.OK, flags)
    assert Reservation.objects.get(pk=shift.made[0].pk).collected_at == clock.now() - timedelta(minutes=minutes)


def test_another_clerk_may_send_them_in_and_it_says_whose_f57(shift):
    colleague = unions.an_officer([(shift.street, Role.SITE_KEEPER)], "colleague")
    told = send(shift, scan(shift), actor=colleague)
    assert told.whose == str(User.objects.get(pk=shift.keeper.user_id))
    kept = Scan.objects.get(outcome="ok")
    assert (kept.user_id, kept.uploaded_by_id) == (shift.keeper.user_id, colleague.user_id)
    assert answer(shift, scan(shift, key=kept.nonce)).outcome is Outcome.REPEATED


def test_a_clerk_without_the_site_sends_nothing_in(shift, unchanged):
    with unchanged(), pytest.raises(DomainError, match="SITE_NOT_FOUND"):
        send(shift, scan(shift), actor=shift.other_officer)


def tomorrow(world):
    Reservation.objects.filter(pk=world.made[0].pk).update(day=clock.today() + timedelta(days=1))


def test_force_asks_for_who_runs_the_campaign_f58(shift):
    tomorrow(shift)
    assert refused(shift, scan(shift)) == "WRONG_DAY"
    assert refused(shift, scan(shift, force=True)) == "NO_OFFICE_HERE"
    assert refused(shift, scan(shift, force=True), actor=shift.officer) == Outcome.OK


def test_what_was_refused_may_be_sent_in_again_with_force(shift):
    tomorrow(shift)
    key = uuid4().hex
    assert refused(shift, scan(shift, key=key)) == "WRONG_DAY"
    assert refused(shift, scan(shift, key=key, force=True), actor=shift.officer) == Outcome.OK
    assert Scan.objects.get().outcome == "ok"


def test_force_does_not_bring_back_what_is_over(shift):
    actions.cancel(public_id=shift.made[0].public_id, actor=shift.member)
    assert refused(shift, scan(shift, force=True), actor=shift.officer) == "CANCELLED"


def test_a_relative_of_who_stood_at_the_counter_is_refused_whoever_sends_it_in_f51(shift):
    own = testing.a_member(shift.street, 9, name="赵六")
    User.objects.filter(pk=own.user_id).update(display_name="赵六")
    person, relative = testing.person_of(own), testing.person_of(shift.member)
    person.user_id = shift.keeper.user_id
    person.save(update_fields=["user"])
    Kinship.objects.create(person=person, relative=relative, relation="spouse")
    Kinship.objects.create(person=relative, relative=person, relation="spouse")
    colleague = unions.an_officer([(shift.street, Role.SITE_KEEPER)], "colleague")
    assert refused(shift, scan(shift), actor=colleague) == "OWN_CASE"


def test_a_nonce_that_handed_out_something_else_is_refused(shift):
    key = uuid4().hex
    assert answer(shift, scan(shift, 0, key=key)).outcome is Outcome.OK
    assert refused(shift, scan(shift, 1, key=key)) == "NONCE_USED"


@pytest.mark.parametrize("key", ["", "kurz", "x" * 65, "; drop table", "二维码二维码二维码"])
def test_a_scan_without_a_proper_nonce_is_refused_alone(shift, key):
    told = send(shift, replace(scan(shift), nonce=key), scan(shift, 1)).answers
    assert [(one.outcome, one.code) for one in told] == [(Outcome.REFUSED, "NONCE"), (Outcome.OK, "")]


def forged(world):
    return signing.Signer(salt="another").sign_object([world.site, "2026-03-04", 0, world.keeper.user_id])


def foreign(world):
    site = testing.a_site(world.street, "别的站点")
    return offline.site_list(site=site.public_id, actor=world.keeper).stamp


@pytest.mark.parametrize("stamp", [lambda _world: "x", lambda world: world.list.stamp[:-1], forged, foreign])
def test_a_list_that_is_not_ours_or_of_another_site_is_refused_whole(shift, stamp):
    with pytest.raises(DomainError, match="LIST_UNKNOWN"):
        send(shift, scan(shift), stamp=stamp(shift))
    assert not Scan.objects.exists()


@pytest.mark.parametrize(
    ("count", "device", "code"),
    [(0, "一号", "SCANS"), (501, "一号", "SCANS"), (1, " ", "DEVICE"), (1, "长" * 41, "DEVICE")],
)
def test_a_batch_has_limits_and_a_device_a_name(shift, count, device, code):
    with pytest.raises(DomainError, match=code):
        send(shift, *[scan(shift) for _number in range(count)], device=device)


@pytest.mark.postgresql
@pytest.mark.django_db(transaction=True)
def test_a_batch_sent_in_twice_at_once_is_one_hand_out_and_no_conflict(shift):
    one = scan(shift)
    outcomes = at_once([lambda: send(shift, one)] * 4)
    assert {outcome.value.answers[0].outcome for outcome in outcomes} <= {Outcome.OK, Outcome.REPEATED}
    assert collected() == 1
    assert double_pickups.report(shift.offer.sites[0]).doubles == []


@pytest.mark.postgresql
@pytest.mark.django_db(transaction=True)
def test_two_devices_that_send_in_at_once_hand_out_once_and_conflict(shift):
    sent = [(f"{number}号手机", scan(shift)) for number in range(4)]
    outcomes = at_once([sending(shift, one, device) for device, one in sent])
    assert sorted(outcome.value.answers[0].outcome for outcome in outcomes) == ["CONFLICT"] * 3 + ["ok"]
    assert collected() == 1
    [double] = double_pickups.report(shift.offer.sites[0]).doubles
    assert len(double.hand_outs) == 4


# Over HTTP


def test_the_report_page_lists_both_devices_and_who(shift):
    answer(shift, scan(shift, ago=10))
    answer(shift, scan(shift, ago=20), device="二号手机")
    page = staff_client(shift.keeper).get(f"/console/offers/counter/{shift.site}/offline/").content.decode()
    for text in ("一号手机", "二号手机", shift.made[0].number, "张*"):
        assert text in page
    assert "张三" not in page


def test_list_and_scans_over_the_api(shift):
    client = staff_client(shift.keeper)
    told = client.get("/api/v1/offers/counter/list", {"site": shift.site}).json()
    row = next(one for one in told["items"] if one["id"] == shift.made[0].public_id)
    one = {"reservation": row["id"], "nonce": uuid4().hex, "at": told["as_of"]}
    body = {"site": shift.site, "stamp": told["stamp"], "device": "一号", "device_now": told["as_of"], "scans": [one]}
    path = "/api/v1/offers/counter/offline-scans"
    first, again = (client.post(path, body, content_type="application/json").json() for _time in range(2))
    assert first["answers"][0]["outcome"] == "ok"
    assert again["answers"][0]["outcome"] == "repeated"
