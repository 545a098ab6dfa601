"""Wishes, the draw over them in the database, what is published when, and an outsider's check of it."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import replace
from datetime import timedelta
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from niangjia.commons.ledger.models import LedgerRow
from niangjia.kernel.errors import DomainError, InvalidMove, NotAllowed, NotFound
from niangjia.platform.audit.models import AuditEntry
from niangjia.platform.notices.models import Message
from niangjia.services.offers import actions, testing
from niangjia.services.offers.campaign import extra
from niangjia.services.offers.chances import drawing
from niangjia.services.offers.models import Campaign, HeldDraw, Mode, Reservation, Wish
from niangjia.services.offers.testing import SYSTEM

PAGE = Path(__file__).parents[4] / "docs" / "how-to" / "recheck-a-draw.md"


@pytest.fixture
def offer(world):
    """One piece of eggs and one of honey; wishes for an hour, then the draw, then what is left."""
    return testing.an_offer(
        world.district,
        pieces=1,
        sites=[testing.a_site(world.street)],
        mode=Mode.DRAW,
        wishes_until=world.clock.now + timedelta(hours=1),
    )


@pytest.fixture
def four(world):
    return [world.member, world.second, world.stranger, testing.a_member(world.street, 9, name="孙七")]


def enter(offer, actor, *choices) -> Wish:
    return actions.enter(campaign=offer.key, choices=choices or offer.choices, actor=actor)


def code_of(act) -> str:
    with pytest.raises(DomainError) as caught:
        act()
    return caught.value.code


def close_and_draw(world, offer, actor=SYSTEM):
    world.clock.set(offer.campaign.wishes_until)
    return actions.draw(campaign=offer.key, actor=actor)


def file_of(offer) -> dict:
    return json.loads(json.dumps(drawing.published(Campaign.objects.get(pk=offer.campaign.pk))))


# Wishes


def test_entering_again_replaces_the_wishes_and_keeps_the_pseudonym(world, offer):
    first = enter(offer, world.member, offer.choices[0])
    again = enter(offer, world.member, offer.choices[1], offer.choices[0])
    assert (again.pk, again.pseudonym) == (first.pk, first.pseudonym)
    assert Wish.objects.get().choices == [offer.cell(offer.choices[1]).pk, offer.cell(offer.choices[0]).pk]
    entry = AuditEntry.objects.get(action="offers.wish.changed")
    assert entry.data == {"cells": again.choices}


def test_a_wish_that_was_taken_back_is_not_drawn_and_may_be_entered_anew(world, offer):
    wish = enter(offer, world.member)
    for _twice in range(2):
        assert actions.take_back(public_id=wish.public_id, actor=world.member).state == "taken_back"
    anew = enter(offer, world.member)
    assert anew.pk != wish.pk
    assert close_and_draw(world, offer) == drawing.Drawn(won=1, lost=0)
    wish.refresh_from_db()
    assert wish.state == "taken_back"


def test_wishes_end_with_their_moment(world, offer):
    wish = enter(offer, world.member)
    world.clock.set(offer.campaign.wishes_until)
    assert code_of(lambda: enter(offer, world.second)) == "CLOSED"
    assert code_of(lambda: enter(offer, world.member, offer.choice)) == "CLOSED"
    assert code_of(lambda: actions.take_back(public_id=wish.public_id, actor=world.member)) == "WISHES_CLOSED"


def test_who_may_not_wish_is_told_why(world, offer):
    assert code_of(lambda: enter(offer, world.member, *(offer.choice,) * 2)) == "WISHES"
    assert code_of(lambda: actions.enter(campaign=offer.key, choices=[], actor=world.member)) == "WISHES"
    assert code_of(lambda: enter(offer, world.member, replace(offer.choice, site="no"))) == "NOT_AT_THIS_PLACE"
    assert code_of(lambda: enter(offer, world.officer)) == "MEMBER_SESSION_REQUIRED"
    plain = testing.an_offer(world.district)
    assert code_of(lambda: enter(plain, world.member)) == "NOT_A_DRAW"
    narrow = testing.an_offer(
        world.district,
        mode=Mode.DRAW,
        wishes_until=world.clock.now + timedelta(hours=1),
        rule=[{"is": "union", "any_of": ["EAST"]}],
    )
    assert code_of(lambda: enter(narrow, world.stranger)) == "NOT_ELIGIBLE"


def test_somebody_elses_wish_is_not_found(world, offer):
    wish = enter(offer, world.member)
    with pytest.raises(NotFound):
        actions.take_back(public_id=wish.public_id, actor=world.second)


# The draw


def test_a_draw_leaves_reservations_records_messages_and_the_stock(world, offer, four):
    for actor in four:
        enter(offer, actor)
    assert close_and_draw(world, offer, world.officer) == drawing.Drawn(won=2, lost=2)
    made = Reservation.objects.all()
    assert {(row.state, row.source) for row in made} == {("reserved", "draw")}
    assert [offer.cell(choice).taken for choice in offer.choices] == [1, 1]
    assert LedgerRow.objects.live().filter(measure="offers.reserved").count() == 2
    assert Message.objects.filter(kind="offers.won").count() == Message.objects.filter(kind="offers.lost").count() == 2
    assert {wish.reservation_id for wish in Wish.objects.filter(state="won")} == {row.pk for row in made}
    assert AuditEntry.objects.get(action="offers.campaign.drawn").data["won"] == 2


def test_a_draw_is_held_once_at_its_moment_by_who_may(world, offer):
    enter(offer, world.member)
    assert code_of(lambda: actions.draw(campaign=offer.key, actor=SYSTEM)) == "TOO_EARLY"
    world.clock.set(offer.campaign.wishes_until)
    with pytest.raises(NotAllowed):
        actions.draw(campaign=offer.key, actor=world.member)
    with pytest.raises(NotFound):
        actions.draw(campaign=offer.key, actor=world.other_officer)
    actions.draw(campaign=offer.key, actor=SYSTEM)
    with pytest.raises(InvalidMove) as caught:
        actions.draw(campaign=offer.key, actor=SYSTEM)
    assert caught.value.code == "ALREADY_DRAWN"
    assert (Reservation.objects.count(), HeldDraw.objects.count()) == (1, 1)
    plain = testing.an_offer(world.district)
    assert code_of(lambda: actions.draw(campaign=plain.key, actor=SYSTEM)) == "NOT_A_DRAW"


def test_nothing_is_first_come_before_the_draw_was_held(world, offer):
    world.clock.set(offer.campaign.wishes_until)
    assert code_of(lambda: testing.reserve(offer, world.member)) == "NOT_OPEN"
    actions.draw(campaign=offer.key, actor=SYSTEM)
    assert testing.reserve(offer, world.member).source == "first_come"


def test_what_is_left_is_first_come_for_who_lost(world, offer):
    for actor in (world.member, world.second):
        enter(offer, actor, offer.choices[0])
    close_and_draw(world, offer)
    lost = Wish.objects.get(state="lost")
    actor = world.member if lost.person_id == world.member.person_id else world.second
    assert testing.reserve(offer, actor, offer.choices[1]).state == "reserved"


def test_who_has_a_piece_by_then_takes_no_part(world, offer):
    enter(offer, world.member)
    person = testing.person_of(world.member).public_id
    extra.give_extra(campaign=offer.key, choice=offer.choice, person=person, reason="困难职工慰问", actor=world.officer)
    assert close_and_draw(world, offer) == drawing.Drawn(won=0, lost=0)
    assert Wish.objects.get().state == "taken_back"
    assert file_of(offer)["entrants"] == []


def test_a_fault_in_the_middle_leaves_nothing(world, offer, monkeypatch):
    enter(offer, world.member)
    world.clock.set(offer.campaign.wishes_until)

    def fails(*_anything):
        raise RuntimeError("power cut")

    monkeypatch.setattr(drawing, "_record", fails)
    with pytest.raises(RuntimeError):
        actions.draw(campaign=offer.key, actor=SYSTEM)
    assert (Reservation.objects.count(), HeldDraw.objects.count(), offer.cell().taken) == (0, 0, 0)
    assert Wish.objects.get().state == "entered"
    assert not Message.objects.filter(kind="offers.won").exists()


def test_once_a_year_is_held_by_the_wish_and_handed_to_the_reservation(world):
    rule = {"who": [], "once": {"per": "person", "period": "year"}}
    offer = testing.an_offer(
        world.district, pieces=1, mode=Mode.DRAW, wishes_until=world.clock.now + timedelta(hours=1), rule=rule
    )
    other = testing.an_offer(world.district, rule=rule)
    enter(offer, world.member, offer.choice)
    enter(offer, world.second, offer.choice)
    assert code_of(lambda: testing.reserve(other, world.member)) == "ALREADY_USED"
    close_and_draw(world, offer)
    won, lost = Wish.objects.get(state="won"), Wish.objects.get(state="lost")
    actor = {world.member.person_id: world.member, world.second.person_id: world.second}
    assert testing.reserve(other, actor[lost.person_id]).state == "reserved"
    assert code_of(lambda: testing.reserve(other, actor[won.person_id])) == "ALREADY_USED"
    actions.cancel(public_id=won.reservation.public_id, actor=actor[won.person_id])
    assert testing.reserve(other, actor[won.person_id]).state == "reserved"


# What is published


def test_what_is_public_grows_with_time_and_the_secret_comes_last(world, offer, four):
    for actor in four:
        enter(offer, actor)
    early = file_of(offer)
    assert early["entrants_number"] == 4
    assert not {"entrants", "stock", "secret", "result"} & early.keys()
    world.clock.set(offer.campaign.wishes_until)
    closed = file_of(offer)
    assert {one["pseudonym"] for one in closed["entrants"]} == set(Wish.objects.values_list("pseudonym", flat=True))
    assert not {"secret", "result"} & closed.keys()
    actions.draw(campaign=offer.key, actor=SYSTEM)
    after = file_of(offer)
    assert {part: after[part] for part in ("commitment", "entrants", "stock", "entrants_number")} == {
        part: closed[part] for part in ("commitment", "entrants", "stock", "entrants_number")
    }
    assert early["commitment"] == after["commitment"]
    assert sorted(filter(None, after["result"].values())) == sorted(after["stock"])


def test_what_is_published_stays_when_the_stock_moves_on(world, offer):
    enter(offer, world.member)
    close_and_draw(world, offer)
    before = file_of(offer)
    actions.cancel(public_id=Reservation.objects.get().public_id, actor=world.member)
    testing.reserve(offer, world.second)
    assert file_of(offer) == before


def test_nothing_personal_is_published(world, offer):
    wish = enter(offer, world.member)
    close_and_draw(world, offer)
    text = json.dumps(file_of(offer), ensure_ascii=False)
    person = testing.person_of(world.member)
    assert wish.pseudonym in text
    assert not any(known in text for known in (person.name, person.public_id, wish.public_id))


@pytest.fixture
def real_file(world, offer, four, tmp_path) -> Path:
    for actor in four:
        enter(offer, actor)
    world.clock.set(offer.campaign.wishes_until)
    (tmp_path / "before.json").write_text(json.dumps(file_of(offer)))
    actions.draw(campaign=offer.key, actor=SYSTEM)
    (tmp_path / "draw.json").write_text(json.dumps(file_of(offer)))
    return tmp_path / "draw.json"


def changed(path: Path, change) -> Path:
    file = json.loads(path.read_text())
    change(file)
    path.write_text(json.dumps(file))
    return path


def swap(file) -> None:
    winner = next(name for name, got in file["result"].items() if got)
    file["result"][winner] = None


def test_the_command_recomputes_a_real_draw_from_the_file_alone(real_file, django_assert_num_queries):
    output = StringIO()
    with django_assert_num_queries(0):
        call_command("check_draw", str(real_file), stdout=output)
    assert output.getvalue().startswith("OK 4 entrants, 2 won")
    with pytest.raises(CommandError, match="DIFFERENT"):
        call_command("check_draw", str(changed(real_file, swap)))


def test_the_command_says_what_is_no_file_of_a_draw(real_file, tmp_path):
    for path in (real_file.with_name("before.json"), tmp_path / "missing.json"):
        with pytest.raises(CommandError):
            call_command("check_draw", str(path))


def outsider(*files: Path, folder: Path) -> subprocess.CompletedProcess:
    """Run the script of the page as it stands there, with nothing of ours in reach."""
    script = PAGE.read_text(encoding="utf-8").split("```python\n")[1].split("```")[0]
    assert len(script.splitlines()) <= 40
    (folder / "recheck.py").write_text(script)
    command = [sys.executable, "-I", "recheck.py", *(file.name for file in files)]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)


def test_the_script_of_an_outsider_agrees_and_sees_a_change(real_file, tmp_path):
    before = real_file.with_name("before.json")
    done = outsider(real_file, before, folder=tmp_path)
    assert (done.returncode, done.stdout) == (0, "OK: 4 entrants, every one as the rule says\n")
    assert outsider(changed(real_file, swap), before, folder=tmp_path).returncode == 1


def test_the_script_of_an_outsider_sees_an_entrant_added_afterwards(real_file, tmp_path):
    changed(real_file.with_name("before.json"), lambda file: file["entrants"].pop())
    done = outsider(real_file, real_file.with_name("before.json"), folder=tmp_path)
    assert done.returncode == 1
    assert "entrants was changed" in done.stdout
