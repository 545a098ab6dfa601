"""The four forms, their refusals, and the guard."""

from __future__ import annotations

import pytest
from django.db import connection, models, transaction
from django.test.utils import isolate_apps

from niangjia.kernel.actor import Actor
from niangjia.kernel.errors import Conflict, InvalidMove, NotAllowed, RuleBroken
from niangjia.kernel.machine import Machine, Move, State
from niangjia.kernel.policy import allow, refuse
from niangjia.kernel.text import Text
from niangjia.platform.audit.models import AuditEntry
from niangjia.platform.lifecycle import effects, lifecycle
from niangjia.platform.lifecycle.lifecycle import Effects, Statement
from niangjia.platform.lifecycle.models import StateGuard, Tracked

LAMP = Machine(
    name="sample.lamp",
    version=3,
    subject=Text("灯"),
    opening="hang",
    opening_label=Text("挂上"),
    initial="dark",
    states=(State("dark", Text("暗")), State("lit", Text("亮")), State("broken", Text("坏"))),
    moves=(
        Move("light", ("dark",), "lit", Text("点亮")),
        Move("douse", ("lit",), "dark", Text("熄灭")),
        Move("break", ("dark", "lit"), "broken", Text("打碎"), needs_reason=True),
    ),
)


with isolate_apps("niangjia.platform.lifecycle"):

    class Lamp(Tracked):
        """A model of this test alone: no app knows it, so nothing that asks for all models meets it."""

        MACHINE = LAMP
        colour = models.CharField(max_length=10, default="red")

        class Meta:
            app_label = "lifecycle"


@pytest.fixture(scope="module", autouse=True)
def lamp_table(django_db_setup, django_db_blocker):
    with django_db_blocker.unblock(), connection.schema_editor() as editor:
        editor.create_model(Lamp)
    yield
    with django_db_blocker.unblock(), connection.schema_editor() as editor:
        editor.delete_model(Lamp)


SYSTEM = Actor.system("test")
YES = allow("test")
pytestmark = pytest.mark.django_db


def hung(**columns) -> Lamp:
    return lifecycle.open(Lamp(**columns), actor=SYSTEM, decision=YES)


def test_opening_puts_an_object_into_the_initial_state_and_leaves_an_entry():
    lamp = hung()
    assert (lamp.state, lamp.machine_version) == ("dark", 3)
    entry = AuditEntry.objects.get(subject_id=lamp.public_id)
    assert (entry.action, entry.before, entry.after, entry.ground) == ("sample.lamp.hang", "", "dark", "test")


@pytest.mark.parametrize(("state", "event", "move"), list(LAMP.cells()))
def test_every_cell_moves_or_refuses(state, event, move):
    lamp = hung()
    if state == "lit":
        lifecycle.apply(lamp, "light", actor=SYSTEM, decision=YES)
    if state == "broken":
        lifecycle.apply(lamp, "break", actor=SYSTEM, decision=YES, reason="fell")
    if move is None:
        with pytest.raises(InvalidMove):
            lifecycle.apply(lamp, event, actor=SYSTEM, decision=YES, reason="because")
        assert Lamp.objects.get().state == state
    else:
        lifecycle.apply(lamp, event, actor=SYSTEM, decision=YES, reason="because")
        assert Lamp.objects.get().state == lamp.state == move.target


def test_a_refused_decision_changes_nothing():
    lamp = hung()
    with pytest.raises(NotAllowed):
        lifecycle.apply(lamp, "light", actor=SYSTEM, decision=refuse("NO", Text("不行")))
    assert Lamp.objects.get().state == "dark"


def test_a_move_that_needs_a_reason_refuses_blanks():
    lamp = hung()
    with pytest.raises(RuleBroken) as caught:
        lifecycle.apply(lamp, "break", actor=SYSTEM, decision=YES, reason="  ")
    assert "reason" in caught.value.fields


def test_the_second_of_two_hands_is_told_that_it_is_stale():
    mine = hung()
    theirs = Lamp.objects.get()
    lifecycle.apply(mine, "light", actor=SYSTEM, decision=YES)
    with pytest.raises(Conflict) as caught:
        lifecycle.apply(theirs, "light", actor=SYSTEM, decision=YES)
    assert caught.value.code == "STALE"


def test_changes_are_written_with_the_move():
    lamp = hung()
    lifecycle.apply(lamp, "light", actor=SYSTEM, decision=YES, changes={"colour": "gold"})
    assert Lamp.objects.get().colour == "gold"


def test_many_move_together_or_not_at_all():
    lamps = [hung() for _number in range(3)]
    lifecycle.apply(lamps[2], "break", actor=SYSTEM, decision=YES, reason="fell")
    with pytest.raises(InvalidMove):
        lifecycle.apply_many(lamps, "light", actor=SYSTEM, decision=YES)
    assert sorted(Lamp.objects.values_list("state", flat=True)) == ["broken", "dark", "dark"]


def test_many_objects_cost_as_many_statements_as_a_few(django_assert_max_num_queries):
    lamps = lifecycle.open_many([Lamp() for _number in range(300)], actor=SYSTEM, decision=YES)
    with django_assert_max_num_queries(12):
        lifecycle.apply_many(
            lamps, "light", actor=SYSTEM, decision=YES, effects_for=lambda lamp: Effects(changes={"colour": "gold"})
        )
    assert set(Lamp.objects.values_list("state", "colour")) == {("lit", "gold")}
    assert AuditEntry.objects.filter(action="sample.lamp.light").count() == 300


@pytest.mark.parametrize(
    "write",
    [
        lambda lamp: Lamp.objects.filter(pk=lamp.pk).update(state="lit"),
        lambda lamp: Lamp.objects.create(state="lit"),
        lambda lamp: Lamp.objects.bulk_create([Lamp(state="lit")]),
        lambda lamp: Lamp.objects.bulk_update([lamp], ["state"]),
    ],
)
def test_querysets_refuse_to_write_a_state(write):
    with pytest.raises(StateGuard):
        write(hung())


def test_saving_refuses_a_changed_state_but_not_other_columns():
    lamp = hung()
    lamp.colour = "blue"
    lamp.save()
    again = Lamp.objects.get()
    again.refresh_from_db()
    again.save()
    again.state = "lit"
    with pytest.raises(StateGuard):
        again.save()


@pytest.mark.django_db(transaction=True)
def test_a_move_outside_a_transaction_is_a_programmers_error():
    with pytest.raises(transaction.TransactionManagementError):
        lifecycle.open(Lamp(), actor=SYSTEM, decision=YES)


def test_effects_run_in_the_order_of_the_slots(monkeypatch):
    seen = []
    monkeypatch.setattr(
        effects, "_handlers", {slot: [lambda batch, slot=slot: seen.append(slot)] for slot in reversed(effects.SLOTS)}
    )
    hung()
    assert seen == ["audit", "desk", "ledger", "outbox"]


def test_a_failing_effect_undoes_the_move(monkeypatch):
    lamp = hung()

    def fail(_batch):
        raise RuntimeError("the ledger is closed")

    monkeypatch.setattr(effects, "_handlers", effects._handlers | {"ledger": [fail]})
    with pytest.raises(RuntimeError), transaction.atomic():
        lifecycle.apply(lamp, "light", actor=SYSTEM, decision=YES)
    assert Lamp.objects.get().state == "dark"


def test_a_statement_must_name_an_event_of_its_machine():
    with pytest.raises(ValueError):
        Statement(LAMP, "explode", "SELECT 1")
    assert Statement(LAMP, "light", "SELECT 42").run([]) == [(42,)]
