"""Rules of the house that no linter knows, read off the source code."""

import ast

import pytest

from tests.architecture import sources
from tests.architecture.sources import PACKAGE, called, calls, modules, name, tree

LONGEST_FILE, LONGEST_TEST_FILE, LONGEST_FUNCTION = 500, 800, 40
CLOCK = PACKAGE / "kernel/clock.py"
NOW = {
    "timezone.now",
    "timezone.localdate",
    "timezone.localtime",
    "datetime.now",
    "datetime.utcnow",
    "datetime.today",
    "date.today",
    "time.time",
}


def test_there_is_something_to_look_at():
    assert len(modules()) > 100


@pytest.mark.parametrize("path", modules(tests=True), ids=name)
def test_a_file_stays_readable(path):
    limit = LONGEST_TEST_FILE if "tests" in path.relative_to(PACKAGE).parts else LONGEST_FILE
    assert len(path.read_text(encoding="utf-8").splitlines()) <= limit


@pytest.mark.parametrize("path", modules(), ids=name)
def test_a_function_stays_readable(path):
    long = [
        f"{node.name}: {node.end_lineno - node.lineno + 1} lines"
        for node in ast.walk(tree(path))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and node.end_lineno - node.lineno + 1 > LONGEST_FUNCTION
    ]
    assert not long


def written_states(path):
    for node in ast.walk(tree(path)):
        targets = node.targets if isinstance(node, ast.Assign) else [getattr(node, "target", None)]
        yield from (
            f"{name(path)}:{node.lineno}"
            for target in targets
            if isinstance(node, ast.Assign | ast.AugAssign)
            and isinstance(target, ast.Attribute)
            and target.attr == "state"
            and not (isinstance(target.value, ast.Name) and target.value.id == "self")
        )


STATES_OF_ITS_OWN = {"lifecycle", "jobs", "notices"}
"""Apps with a state that is no machine's: lifecycle writes them all; queues have their own conditional updates."""


def test_only_lifecycle_writes_a_state():
    found = [place for path in modules() if not STATES_OF_ITS_OWN & set(path.parts) for place in written_states(path)]
    assert not found


def test_now_comes_from_the_kernels_clock_alone():
    found = [
        f"{name(path)}:{call.lineno} {called(call)}"
        for path in modules()
        if path != CLOCK
        for call in calls(path)
        if called(call) in NOW
    ]
    assert not found


def test_nobody_prints_or_leaves_notes():
    notes = [
        f"{name(path)}:{number}"
        for path in modules(tests=True)
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        if any(word in line for word in ("TO" + "DO", "FIX" + "ME", "XX" + "X:"))
    ]
    assert not notes


def test_nothing_is_skipped():
    """A test that cannot run somewhere carries a marker and is deselected there."""
    words = ("pytest." + "skip", "mark." + "skip", "mark." + "xfail", "importor" + "skip", "unittest." + "skip")
    found = [
        f"{name(path)}:{number}"
        for path in [*modules(tests=True), *sorted((sources.ROOT / "tests").rglob("*.py"))]
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        if any(word in line for word in words)
    ]
    assert not found


def test_every_module_says_what_it_is_for():
    silent = [
        name(path) for path in modules() if not path.name.startswith("__") and ast.get_docstring(tree(path)) is None
    ]
    silent = [path for path in silent if "/management/commands/" not in path and not path.endswith("/apps.py")]
    assert not silent


def test_migrations_are_named_for_their_effect():
    files = list(PACKAGE.rglob("migrations/0*.py"))
    assert files
    assert not [name(path) for path in files if "_auto_" in path.name or path.stem.endswith("_initial")]


def test_one_source_of_addresses_and_no_foreign_ones():
    assert "://" not in (sources.ROOT / "requirements/run.txt").read_text()
    assert "://" not in (sources.ROOT / "requirements/development.txt").read_text()
    assert '"resolved"' not in (sources.ROOT / "tools/package-lock.json").read_text()
    assert not (sources.ROOT / "uv.lock").exists() or "uv.lock" in (sources.ROOT / ".gitignore").read_text()
