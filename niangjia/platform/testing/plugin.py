"""Pytest fixtures and markers that every test of the house may use.

Markers name what a test needs; a run that cannot offer it deselects the test, it never skips one:
``postgresql`` and ``sqlite`` need that database, ``browser`` needs a Chromium and is run by ``-m browser``.
"""

from __future__ import annotations

import atexit
import gc
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from datetime import date, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from niangjia.kernel import clock as kernel_clock
from niangjia.kernel.actor import Actor

if TYPE_CHECKING:
    from niangjia.platform.testing.sql_counts import Baselines

pytest_plugins = ["niangjia.platform.testing.browser"]

# Before the settings are read: tests never touch the data of a demonstration in the working folder.
_VAR = tempfile.mkdtemp(prefix="niangjia-tests-")
os.environ["NIANGJIA_VAR"] = _VAR
atexit.register(shutil.rmtree, _VAR, ignore_errors=True)


@pytest.fixture(autouse=True, scope="session")
def what_was_committed_is_taken_back() -> Iterator[None]:
    """Tests with real transactions end with the rows that were there before the first of them, instead of emptying
    all tables, which append-only tables refuse, and filling them anew."""
    from django.test import TransactionTestCase

    from niangjia.platform.testing.contents import Contents, contents, restore

    began: list[Contents] = []

    def note(_case: type[TransactionTestCase]) -> None:
        began.extend([] if began else [contents()])

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(TransactionTestCase, "_fixture_setup", classmethod(note))
        patch.setattr(TransactionTestCase, "_fixture_teardown", lambda _case: restore(began[0]))
        yield


@pytest.fixture(autouse=True, scope="session")
def static_files_are_found_once() -> Iterator[None]:
    """Every test client has the middleware anew; the files that it serves, and their addresses, are the same."""
    from django.contrib.staticfiles.storage import StaticFilesStorage
    from whitenoise.middleware import WhiteNoiseMiddleware  # type: ignore[import-untyped]

    find, found = WhiteNoiseMiddleware.add_files_from_finders, dict[str, Any]()

    def find_once(middleware: Any) -> None:
        if not found:
            find(middleware)
            found.update(middleware.files)
        middleware.files.update(found)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(WhiteNoiseMiddleware, "add_files_from_finders", find_once)
        patch.setattr(StaticFilesStorage, "url", cache(StaticFilesStorage.url))
        yield


A_WEDNESDAY_MORNING = kernel_clock.moment(date(2026, 3, 4)) + timedelta(hours=10)


class Clock:
    """The kernel's clock, held by a test."""

    def __init__(self) -> None:
        self._travel: AbstractContextManager[None] | None = None

    def set(self, to: datetime | date) -> None:
        """Hold the clock at ``to``; a day means its noon in Shanghai."""
        self.release()
        self._travel = kernel_clock.travelling(to)
        self._travel.__enter__()

    def forward(self, **duration: float) -> None:
        """Move on by a timedelta, as in ``clock.forward(days=1, seconds=1)``."""
        self.set(kernel_clock.now() + timedelta(**duration))

    @property
    def now(self) -> datetime:
        return kernel_clock.now()

    @property
    def today(self) -> date:
        return kernel_clock.today()

    def release(self) -> None:
        """Let the clock run with the machine's again."""
        if self._travel is not None:
            self._travel.__exit__(None, None, None)
            self._travel = None


@pytest.fixture
def clock() -> Iterator[Clock]:
    """The clock, standing at ten in the morning of Wednesday, 4 March 2026 (an ordinary working day)."""
    held = Clock()
    held.set(A_WEDNESDAY_MORNING)
    yield held
    held.release()


@pytest.fixture
def system_actor() -> Actor:
    """The system at work."""
    return Actor.system("test", trace="test-trace")


@pytest.fixture
def sql_counts(request: pytest.FixtureRequest) -> Baselines:
    """The SQL-count baselines beside the test: ``with sql_counts.expect("desk, 50 items"): …``."""
    from niangjia.platform.testing.sql_counts import Baselines

    return Baselines(Path(request.path).parent)


@pytest.fixture
def unchanged() -> Callable[..., AbstractContextManager[None]]:
    """A context manager that fails when its block changes any table: ``with unchanged(ignore={"…"}): …``."""
    from contextlib import contextmanager

    from niangjia.platform.testing.fingerprint import changed, fingerprint

    @contextmanager
    def watch(*, ignore: set[str] | frozenset[str] = frozenset()) -> Iterator[None]:
        before = fingerprint(ignore=ignore)
        yield
        assert not (tables := changed(before, fingerprint(ignore=ignore))), f"changed: {', '.join(tables)}"

    return watch


@pytest.fixture(scope="session")
def django_db_modify_db_settings(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Give SQLite a file: threads of a race and the live server need more than one connection to the same data."""
    from django.conf import settings

    from niangjia.platform.testing import migrated

    database: dict[str, Any] = settings.DATABASES["default"]
    if "sqlite3" in database["ENGINE"]:
        database.setdefault("TEST", {})["NAME"] = str(tmp_path_factory.mktemp("database") / "test.sqlite3")
    migrated.copies_are_used()


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: Any) -> None:
    """As pytest-django does it; what is migrated is kept for the next run of the same code."""
    from niangjia.platform.testing import migrated

    with django_db_blocker.unblock():
        migrated.copy_is_kept()


def pytest_configure() -> None:
    """How slow a machine is just now says nothing about the program: properties are judged by what they find."""
    from hypothesis import HealthCheck, settings

    settings.register_profile("niangjia", deadline=None, suppress_health_check=[HealthCheck.too_slow])
    settings.load_profile("niangjia")


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """A run of the browser's tests alone reads only the modules that name the marker."""
    is_test = collection_path.name.startswith("test_") and collection_path.suffix == ".py"
    if config.option.markexpr == "browser" and is_test:
        return "browser" not in collection_path.read_text(encoding="utf-8") or None
    return None


def pytest_collection_finish() -> None:
    """What was imported stays to the end of the run: the collector of cycles need not look through it again and again,
    which is a fifteenth of a run's time."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 20)


def pytest_addoption(parser: pytest.Parser) -> None:
    """A second run on another database repeats only what that database could change."""
    parser.addoption("--database-only", action="store_true", help="leave out tests that use no database")


def _uses_a_database(item: pytest.Item) -> bool:
    from django.test import TransactionTestCase

    fixtures = {"db", "transactional_db", "django_db_setup", "live_server"} & set(getattr(item, "fixturenames", ()))
    case = getattr(item, "cls", None)
    is_case = isinstance(case, type) and issubclass(case, TransactionTestCase)
    return bool(fixtures) or is_case or item.get_closest_marker("django_db") is not None


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Deselect what this run cannot offer, and with ``--database-only`` what no database can change."""
    from django.conf import settings

    vendor = "sqlite" if "sqlite3" in settings.DATABASES["default"]["ENGINE"] else "postgresql"
    unwanted = {"sqlite", "postgresql"} - {vendor}
    if "browser" not in (config.option.markexpr or ""):
        unwanted.add("browser")
    kept = [item for item in items if not any(item.get_closest_marker(name) for name in unwanted)]
    if config.getoption("database_only"):
        kept = [item for item in kept if _uses_a_database(item)]
    dropped = [item for item in items if item not in set(kept)]
    if dropped:
        config.hook.pytest_deselected(items=dropped)
        items[:] = kept
