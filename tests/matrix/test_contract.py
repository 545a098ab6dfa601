"""Every installed room keeps the contract, and the contract notices each way of breaking it."""

from __future__ import annotations

import ast
import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from niangjia.commons.desk import subjects
from niangjia.commons.unions import testing as unions
from niangjia.kernel.machine import Machine, Move, State
from niangjia.kernel.text import Text
from niangjia.platform.notices.kinds import NoticeKind
from niangjia.platform.testing import contract
from niangjia.platform.testing.contract import breaches, breaches_at, navigation_statements, site_of
from niangjia.platform.web.rooms import MenuEntry, Room, Tile, rooms
from niangjia.services.joining import notices
from niangjia.services.joining import testing as joining
from niangjia.services.joining.room import ROOM

DOCS = Path(__file__).resolve().parents[2] / "docs/domains"
WORD = Text("x")


@pytest.mark.parametrize("room", rooms(), ids=lambda room: room.code)
def test_every_room_keeps_the_contract(room):
    assert [str(breach) for breach in breaches(room, docs=DOCS)] == []


def test_joining_is_among_them():
    assert ROOM in rooms()
    assert ROOM.machines


@pytest.mark.django_db
@pytest.mark.parametrize("waiting", [0, 3])
def test_the_menu_counts_what_waits_in_all_rooms_by_one_query(clock, waiting):
    tree = unions.small_tree()
    officer = unions.an_officer([(tree["EAST-1"], "union_officer")], "street")
    for serial in range(waiting):
        joining.application(serial, tree["EAST-1"])
    assert len(navigation_statements(officer)) == 1


@pytest.fixture
def copied(tmp_path):
    """Joining's source in a folder where a test may break it."""
    site = site_of(ROOM)
    shutil.copytree(site.folder, tmp_path / "joining", ignore=shutil.ignore_patterns("__pycache__"))
    return replace(site, folder=tmp_path / "joining")


def told(site, rule, docs=DOCS):
    return [breach.detail for breach in breaches_at(site, docs=docs) if breach.rule == rule]


def with_room(**changes):
    return replace(site_of(ROOM), room=replace(ROOM, **changes))


@pytest.mark.parametrize("name", ["policies.py", "records.py", "migrations/__init__.py"])
def test_a_missing_file_is_named(copied, name):
    (copied.folder / name).unlink()
    assert told(copied, "anatomy") == [f"{name} is missing"]


def test_a_room_without_tests_or_pages_is_named(copied):
    shutil.rmtree(copied.folder / "templates")
    for path in (copied.folder / "tests").glob("test_*.py"):
        path.unlink()
    assert told(copied, "anatomy") == ["tests/ holds no test", "templates/joining/ holds no page"]


def test_a_room_under_a_strange_name_is_named():
    assert told(with_room(code="other"), "names") == [
        "its code is other, its app's label joining",
        "the machine joining.application is not called other.…",
        "the machine joining.exit is not called other.…",
        "the machine joining.fit is not called other.…",
        "the machine joining.roster is not called other.…",
        "the machine joining.stall is not called other.…",
        "the machine joining.transfer is not called other.…",
    ]


def test_a_machine_that_no_page_prints_is_named(tmp_path):
    assert told(site_of(ROOM), "docs", docs=tmp_path) == [
        "no page prints the machine joining.application (<!-- printed: joining.application -->)",
        "no page prints the machine joining.exit (<!-- printed: joining.exit -->)",
        "no page prints the machine joining.fit (<!-- printed: joining.fit -->)",
        "no page prints the machine joining.roster (<!-- printed: joining.roster -->)",
        "no page prints the machine joining.stall (<!-- printed: joining.stall -->)",
        "no page prints the machine joining.transfer (<!-- printed: joining.transfer -->)",
    ]


def test_a_page_that_lacks_a_state_is_named(tmp_path):
    text = (DOCS / "joining.md").read_text(encoding="utf-8").replace("`lapsed`", "lapsed")
    (tmp_path / "joining.md").write_text(text, encoding="utf-8")
    assert told(site_of(ROOM), "docs", docs=tmp_path) == [
        "the page of joining.application does not know lapsed",
        "the page of joining.fit does not know lapsed",
        "the page of joining.transfer does not know lapsed",
    ]


def a_machine(*events: str, name: str = "joining.application") -> Machine:
    moves = tuple(Move(event, ("a",), "a", WORD) for event in events)
    return Machine(name, 1, WORD, "submit", WORD, "a", (State("a", WORD),), moves)


def test_an_event_without_its_function_is_named():
    assert told(with_room(machines=(a_machine("vanish"),)), "actions") == [
        "joining.application has the event vanish, but actions.py no function of that name"
    ]


def test_an_action_that_could_run_without_an_actor_is_named(monkeypatch):
    from niangjia.services.joining import actions

    monkeypatch.setattr(actions, "withdraw", lambda public_id, actor=None: None)
    assert told(site_of(ROOM), "actions") == [
        "actions.withdraw takes more than keyword-only arguments",
        "actions.withdraw does not require its actor",
    ]


def test_what_waits_without_a_line_on_the_desk_is_named(monkeypatch):
    monkeypatch.setattr(subjects, "_subjects", {})
    assert any("joining.application" in detail for detail in told(site_of(ROOM), "desk"))


def test_a_notice_that_is_not_registered_is_named(monkeypatch):
    kind = NoticeKind(code="elsewhere.hello", title=WORD, body=WORD, channels=("in_app",))
    monkeypatch.setattr(notices, "HELLO", kind, raising=False)
    assert told(site_of(ROOM), "notices") == [
        "notices.HELLO is not registered",
        "the notice elsewhere.hello is not called joining.…",
    ]


def test_a_tile_and_a_menu_that_lead_nowhere_are_named():
    tile, entry = Tile(WORD, WORD, "user-plus", "joining:nowhere"), MenuEntry(WORD, "user-plus", "joining:start")
    assert told(with_room(tiles=(tile,), menu=(entry,)), "addresses") == [
        "joining:nowhere leads nowhere",
        "joining:start leads to /joining/, outside /console/",
    ]


def test_pages_without_a_name_of_their_own_are_named(monkeypatch):
    from niangjia.services.joining import portal

    monkeypatch.delattr(portal, "app_name")
    assert told(site_of(ROOM), "addresses") == ["niangjia.services.joining.portal names no app_name"]


def test_an_api_that_is_no_router_is_named():
    dotted = "niangjia.services.joining.room.ROOM"
    assert told(with_room(api=dotted), "addresses") == [f"{dotted} is no ninja Router"]


def test_an_icon_that_the_sprite_lacks_is_named():
    tile = Tile(WORD, WORD, "no-such-icon", "joining:start")
    assert told(with_room(tiles=(tile,)), "icons") == ["there is no icon no-such-icon"]


def test_a_long_file_is_named(copied):
    (copied.folder / "rules.py").write_text("A = 1\n" * 501)
    assert told(copied, "length") == ["rules.py has 501 lines"]


@pytest.mark.parametrize("line", ["import niangjia.services.joining.models", "from niangjia.services import joining"])
def test_an_import_of_another_room_is_named(tmp_path, line):
    (tmp_path / "room.py").write_text(f"def f():\n    {line}\n")
    site = contract.Site(Room("stranger", WORD), "stranger", "stranger", tmp_path)
    imported = ast.unparse(ast.parse(line)).split()[1] if line.startswith("import") else "niangjia.services.joining"
    assert told(site, "imports") == [f"room.py imports {imported}"]


def test_a_field_that_nobody_accounts_for_is_named(monkeypatch):
    from niangjia.platform.personal_data import register

    monkeypatch.setattr(register, "entry_for", lambda label: None if label == "joining.Application.name" else label)
    assert told(site_of(ROOM), "register") == ["joining.Application.name has no entry in the register of fields"]


def test_a_room_of_no_app_is_not_found():
    with pytest.raises(LookupError):
        site_of(Room("nowhere", WORD))
