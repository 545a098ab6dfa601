"""Whatever is done in whatever order, and wherever it breaks off: nothing is oversold and the books agree."""

from __future__ import annotations

import contextlib
from collections import Counter
from datetime import date, timedelta
from uuid import uuid4

import pytest
from django.db import connection, transaction
from django.db.models import F, Q
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from niangjia.commons.ledger.books import check_books
from niangjia.commons.ledger.models import LedgerRow
from niangjia.commons.unions import testing as unions
from niangjia.commons.unions.roles import Role
from niangjia.kernel import clock
from niangjia.kernel.errors import DomainError
from niangjia.kernel.policy import allow
from niangjia.platform.testing.races import two_connections
from niangjia.services.offers import actions, jobs, notices, testing
from niangjia.services.offers.campaign import extra
from niangjia.services.offers.campaign.campaigns import Stock
from niangjia.services.offers.models import Cell, Reservation, Source, StockAfter, Waiting, WaveStock
from niangjia.services.offers.rush import catalogue, reserving
from niangjia.services.offers.rush.standing import ByUser, read
from niangjia.services.offers.testing import SYSTEM

START = clock.moment(date(2026, 3, 4))
MEMBERS = st.integers(0, 4)
CHOICES = st.integers(0, 3)
REASON = "会员已经离会"


class Crash(Exception):
    """The power goes out."""


@contextlib.contextmanager
def crashing_before_write(number: int):
    """Raise Crash instead of the ``number``-th statement that writes."""
    left = [number]

    def watch(execute, sql, params, many, context):
        if sql.lstrip().startswith(("INSERT", "UPDATE", "DELETE", "WITH")):
            left[0] -= 1
            if left[0] == 0:
                raise Crash
        return execute(sql, params, many, context)

    with connection.execute_wrapper(watch):
        yield


def problems() -> list[str]:
    """What is wrong with stock, reservations and records, counted here anew and by nobody's counters."""
    return [*_stock(), *_people(), *_records(), *map(repr, check_books("ledger", "offers"))]


def _stock():
    kept = Q(state__in=("reserved", "collected")) | Q(state="given_up", campaign__stock_after="close")
    held = Counter(Reservation.objects.filter(kept).values_list("cell_id", flat=True))
    held.update(Waiting.objects.filter(state="offered").values_list("cell_id", flat=True))
    for cell in Cell.objects.all():
        if held[cell.pk] != cell.taken:
            yield f"cell {cell}: {held[cell.pk]} are held"
        if held[cell.pk] > cell.size + cell.extra:
            yield f"cell {cell}: oversold"


def _people():
    counting = Reservation.objects.filter(state__in=("reserved", "collected", "given_up"))
    for (_campaign, person), count in Counter(counting.values_list("campaign_id", "person_id")).items():
        if count > 1:
            yield f"person {person} has {count} items"
    queued = Waiting.objects.filter(state__in=("waiting", "offered")).values_list("campaign_id", "person_id")
    yield from (f"{who} waits {count} times" for who, count in Counter(queued).items() if count > 1)


def _records():
    states = Counter(Reservation.objects.values_list("state", flat=True))
    expected = {
        "offers.reserved": states["reserved"] + states["collected"] + states["given_up"],
        "offers.collected": states["collected"],
        "offers.given_up": states["given_up"],
    }
    live = Counter(LedgerRow.objects.live().filter(programme="offers").values_list("measure", flat=True))
    yield from (
        f"{name}: {live[name]} records, {count} states" for name, count in expected.items() if live[name] != count
    )
    gone = set(Reservation.objects.filter(state__in=("cancelled", "revoked")).values_list("pk", flat=True))
    reversing = LedgerRow.objects.filter(measure="offers.reserved", reverses__isnull=False)
    if Counter(reversing.values_list("source_id", flat=True)) != Counter(gone):
        yield "not one reversal for each that was given back"


class Rush(RuleBasedStateMachine):
    """Five members, two kinds on two days with a piece or two of each, a waiting list, a clock that goes forward."""

    def __init__(self) -> None:
        super().__init__()
        self.held = transaction.atomic()
        self.held.__enter__()

    @initialize(stock_after=st.sampled_from(list(StockAfter)), pieces=st.integers(1, 2))
    def set_up(self, stock_after, pieces):
        catalogue.forget()
        self.now, self.waves = START + timedelta(hours=10), 0
        with clock.travelling(self.now):
            tree = unions.small_tree()
            self.members = [testing.a_member(tree["EAST-1"], serial) for serial in range(5)]
            self.officer = unions.an_officer([(tree["EAST"], Role.UNION_OFFICER)], "officer")
            self.keeper = unions.an_officer([(tree["EAST-1"], Role.SITE_KEEPER)], "keeper")
            self.offer = testing.an_offer(
                tree["EAST"],
                pieces=pieces,
                sites=[testing.a_site(tree["EAST-1"])],
                days=[clock.today(), clock.today() + timedelta(days=1)],
                has_waiting_list=True,
                stock_after=stock_after,
                offer_hours=2,
            )
        self.size = sum(Cell.objects.values_list("size", flat=True))

    def act(self, do) -> None:
        """Do it as a request would: whatever refuses it or breaks it off leaves nothing."""
        with clock.travelling(self.now), contextlib.suppress(DomainError, Crash), transaction.atomic():
            do()

    def mine(self, who, **states):
        rows = Reservation.objects.filter(person=self.members[who].person_id, **states)
        return rows.order_by("-pk").select_related("site").first()

    def does(self, what, who, choice):
        """One of the things that can be done, as a call; None when there is nothing to do it to."""
        actor, wanted = self.members[who], self.offer.choices[choice]
        row = self.mine(who)
        place = Waiting.objects.filter(person=actor.person_id).order_by("-pk").first()
        by_campaign = {
            "reserve": lambda: testing.reserve(self.offer, actor, wanted),
            "queue": lambda: actions.queue(campaign=self.offer.key, choice=wanted, actor=actor),
            "extra": lambda: extra.give_extra(
                campaign=self.offer.key,
                choice=wanted,
                person=testing.person_of(actor).public_id,
                reason=REASON,
                actor=self.officer,
            ),
        }
        by_row = {
            "cancel": lambda: actions.cancel(public_id=row.public_id, actor=actor),
            "revoke": lambda: actions.revoke(public_id=row.public_id, reason=REASON, actor=self.officer),
            "collect": lambda: actions.collect(
                public_id=row.public_id, site=row.site.public_id, nonce=uuid4().hex, actor=self.keeper
            ),
            "undo": lambda: actions.undo_collect(public_id=row.public_id, reason=REASON, actor=self.keeper),
            "give up": lambda: actions.give_up(public_id=row.public_id, actor=self.officer),
        }
        by_place = {
            "take": lambda: actions.take(public_id=place.public_id, actor=actor),
            "leave": lambda: actions.leave(public_id=place.public_id, actor=actor),
            "pass on": lambda: actions.pass_on(public_id=place.public_id, actor=SYSTEM),
            "offer": lambda: actions.offer(public_id=place.public_id, actor=self.officer),
        }
        return {**by_campaign, **(by_row if row else {}), **(by_place if place else {})}.get(what)

    @rule(who=MEMBERS, choice=CHOICES, what=st.sampled_from(["reserve", "reserve", "queue", "queue", "extra"]))
    def ask(self, who, choice, what):
        self.act(self.does(what, who, choice))

    @rule(who=MEMBERS, what=st.sampled_from(["cancel", "cancel", "revoke", "collect", "undo", "give up"]))
    def move(self, who, what):
        if do := self.does(what, who, 0):
            self.act(do)

    @rule(who=MEMBERS, what=st.sampled_from(["take", "take", "leave", "pass on", "offer"]))
    def wait_in_line(self, who, what):
        if do := self.does(what, who, 0):
            self.act(do)

    @rule(
        who=MEMBERS,
        choice=CHOICES,
        number=st.integers(1, 12),
        what=st.sampled_from(["reserve", "queue", "extra", "cancel", "revoke", "collect", "undo", "take", "leave"]),
    )
    def crash(self, who, choice, number, what):
        if do := self.does(what, who, choice):
            with crashing_before_write(number):
                self.act(do)

    @rule(choice=CHOICES, quantity=st.integers(1, 2))
    def add_wave(self, choice, quantity):
        wanted = self.offer.choices[choice]
        code = self.offer.campaign.items.get(public_id=wanted.item).code
        stock = Stock(code, self.offer.sites[0].pk, wanted.day, quantity)
        moment = self.now + timedelta(minutes=30)
        self.act(
            lambda: actions.add_wave(public_id=self.offer.key, opens_at=moment, stocks=[stock], actor=self.officer)
        )

    @rule(hours=st.sampled_from([1, 3, 24]))
    def wait(self, hours):
        self.now += timedelta(hours=hours)
        self.act(lambda: jobs.follow_the_clock(None))
        self.act(lambda: actions.give_up_overdue(campaign=self.offer.key, actor=SYSTEM))

    @rule(dice=st.integers(0, 9))
    def call_off(self, dice):
        if dice == 0:
            self.act(lambda: actions.call_off(public_id=self.offer.key, reason=REASON, actor=self.officer))

    @invariant()
    def nothing_is_wrong(self):
        assert problems() == []

    @invariant()
    def pieces_move_but_never_multiply(self):
        free = WaveStock.objects.filter(wave__released_at__isnull=False).values_list("quantity", flat=True)
        assert sum(Cell.objects.values_list("size", flat=True)) == self.size + sum(free)

    def teardown(self) -> None:
        transaction.set_rollback(True)
        self.held.__exit__(None, None, None)


def run(**more):
    options = {"deadline": None, "suppress_health_check": list(HealthCheck), "database": None, **more}
    run_state_machine_as_test(Rush, settings=settings(**options))


@pytest.mark.django_db
def test_any_order_of_events_and_faults():
    run(max_examples=8, stateful_step_count=20)


@pytest.mark.django_db
def test_the_harness_finds_a_piece_that_is_not_given_back(monkeypatch):
    monkeypatch.setattr(reserving, "give_back_piece", lambda cell_id: None)
    with pytest.raises(BaseException, match=r"are held|pieces taken"):
        run(max_examples=30, stateful_step_count=15, phases=[Phase.generate], derandomize=True)


# Without the guards


def count_then_insert(offer, actor):
    """What one would write first: count, and if something is left, insert."""

    def call(meet):
        cell = Cell.objects.select_related("item", "site", "campaign").get(pk=offer.cell().pk)
        reserved = Reservation.objects.filter(cell=cell, state="reserved").count()
        standing = read(ByUser(actor.user_id), catalogue.remembered(offer.key))
        meet()
        if reserved < cell.size:
            row = reserving.unsaved(offer.campaign.pk, catalogue._place(cell), standing, Source.FIRST_COME)
            with transaction.atomic():
                reserving.open_reservation(row, actor=actor, decision=allow("own"), notice=notices.RESERVED)
                Cell.objects.filter(pk=cell.pk).update(taken=F("taken") + 1)

    return call


GUARDS = (
    "ALTER TABLE offers_cell DROP CONSTRAINT offers_cell_never_oversold",
    "DROP INDEX offers_one_item_for_each_person",
)
RESTORED = (
    "ALTER TABLE offers_cell ADD CONSTRAINT offers_cell_never_oversold CHECK (taken <= size + extra)",
    "CREATE UNIQUE INDEX offers_one_item_for_each_person ON offers_reservation (campaign_id, person_id)"
    " WHERE state IN ('reserved', 'collected', 'given_up')",
)


def execute(statements) -> None:
    with connection.cursor() as cursor:
        for sql in statements:
            cursor.execute(sql)


@pytest.fixture
def unguarded(world):
    execute(GUARDS)
    yield
    Reservation.objects.all().delete()
    Cell.objects.all().delete()
    execute(RESTORED)


@pytest.fixture
def one_piece(world):
    return testing.an_offer(world.district, pieces=1)


@pytest.mark.postgresql
@pytest.mark.django_db(transaction=True)
def test_with_the_guards_off_counting_first_oversells_and_the_harness_says_so(world, unguarded, one_piece):
    two_connections(count_then_insert(one_piece, world.member), count_then_insert(one_piece, world.second))
    assert [line for line in problems() if "oversold" in line]
    Reservation.objects.all().update(person_id=world.member.person_id)
    assert [line for line in problems() if "has 2 items" in line]


@pytest.mark.postgresql
@pytest.mark.django_db(transaction=True)
def test_with_the_guards_on_even_counting_first_does_not_oversell(world, one_piece):
    outcomes = two_connections(count_then_insert(one_piece, world.member), count_then_insert(one_piece, world.second))
    assert sorted(outcome.ok for outcome in outcomes) == [False, True]
    assert problems() == []
