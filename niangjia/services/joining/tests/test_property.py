"""Whatever happens to applications in whatever order, the books agree and nobody is a member twice."""

from __future__ import annotations

import contextlib
from datetime import date, timedelta

import pytest
from django.db import transaction
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from niangjia.commons.desk.models import DeskItem
from niangjia.commons.ledger.books import check_books
from niangjia.commons.people.models import Membership
from niangjia.commons.unions import testing as unions
from niangjia.commons.unions.roles import Role
from niangjia.kernel import clock
from niangjia.kernel.actor import Actor
from niangjia.kernel.errors import DomainError
from niangjia.services.joining import actions, jobs, testing
from niangjia.services.joining.models import Application
from niangjia.services.joining.states import APPLICATION

START = clock.moment(date(2026, 3, 4))
APPLICANTS = st.integers(0, 3)
STREETS = st.sampled_from(["EAST-1", "EAST-2"])


class Joining(RuleBasedStateMachine):
    """Four applicants (two of whom give the same number), two streets, and a clock that only goes forward."""

    def __init__(self) -> None:
        super().__init__()
        self.held = transaction.atomic()
        self.held.__enter__()

    @initialize()
    def set_up(self) -> None:
        self.now = START
        self.tree = unions.small_tree()
        self.applicants = [testing.applicant(serial) for serial in range(4)]
        self.officers = {
            code: unions.an_officer([(self.tree[code], Role.UNION_OFFICER)], code) for code in ("EAST-1", "EAST-2")
        }

    def act(self, do) -> None:
        with clock.travelling(self.now), contextlib.suppress(DomainError):
            do()

    def mine(self, who):
        return Application.objects.filter(applicant_id=self.applicants[who].user_id).order_by("-pk").first()

    def officer_of(self, application) -> Actor:
        return self.officers.get(application.responsible.code, self.officers["EAST-1"])

    @rule(who=APPLICANTS, street=STREETS)
    def submit(self, who, street):
        answers = testing.answers(min(who, 2), self.tree[street])
        self.act(lambda: actions.submit(answers=answers, actor=self.applicants[who]))

    @rule(who=APPLICANTS, street=STREETS)
    def supply(self, who, street):
        if application := self.mine(who):
            answers = testing.answers(min(who, 2), self.tree[street])
            self.act(
                lambda: actions.supply(
                    public_id=application.public_id, answers=answers, note="", actor=self.applicants[who]
                )
            )

    @rule(who=APPLICANTS)
    def withdraw(self, who):
        if application := self.mine(who):
            self.act(lambda: actions.withdraw(public_id=application.public_id, actor=self.applicants[who]))

    @rule(who=APPLICANTS, event=st.sampled_from(["approve", "refuse", "ask_more", "send_on"]), street=STREETS)
    def decide(self, who, event, street):
        application = self.mine(who)
        if application is None:
            return
        key, actor = application.public_id, self.officer_of(application)
        acts = {
            "approve": lambda: actions.approve(public_id=key, actor=actor),
            "refuse": lambda: actions.refuse(public_id=key, reason="不符合条件", actor=actor),
            "ask_more": lambda: actions.ask_more(public_id=key, reason="请补充单位", actor=actor),
            "send_on": lambda: actions.send_on(public_id=key, union_code=street, reason="换街道办理", actor=actor),
        }
        self.act(acts[event])

    @rule(days=st.integers(1, 40))
    def wait(self, days):
        self.now += timedelta(days=days)
        with clock.travelling(self.now):
            jobs.lapse_unsupplied(None)

    @invariant()
    def the_books_agree(self):
        assert check_books("joining", "ledger", "members") == []

    @invariant()
    def one_number_is_one_member(self):
        people = list(Membership.objects.current().values_list("person__id_index", flat=True))
        assert len(people) == len(set(people))

    @invariant()
    def whoever_waits_has_exactly_one_item(self):
        waiting = {a.pk for a in Application.objects.all() if APPLICATION.state(a.state).waits_for}
        items = list(DeskItem.objects.open().values_list("subject_id", flat=True))
        assert sorted(items) == sorted(waiting)

    def teardown(self) -> None:
        transaction.set_rollback(True)
        self.held.__exit__(None, None, None)


@pytest.mark.django_db
def test_any_order_of_events():
    run_state_machine_as_test(
        Joining,
        settings=settings(
            max_examples=15, stateful_step_count=15, deadline=None, suppress_health_check=list(HealthCheck)
        ),
    )
