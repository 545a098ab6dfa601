"""The contract that every room keeps, whoever wrote it: one call gives every breach with its place.

A room's own tests say ``assert not breaches(ROOM)``; the house asks it of every installed room.
"""

from __future__ import annotations

import ast
import inspect
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from types import ModuleType

from django.apps import AppConfig, apps
from django.core import checks
from django.test import RequestFactory
from django.urls import NoReverseMatch, URLPattern, reverse
from django.utils.module_loading import import_string
from ninja import Router

from niangjia.kernel.actor import Actor
from niangjia.kernel.machine import Machine
from niangjia.platform.notices import kinds
from niangjia.platform.notices.kinds import NoticeKind
from niangjia.platform.personal_data import register
from niangjia.platform.testing.sql_counts import statements
from niangjia.platform.web import context, icons
from niangjia.platform.web.rooms import Room, rooms

LONGEST_FILE = 500
ALWAYS = ("__init__.py", "apps.py", "room.py")
WITH_A_MACHINE = (
    "states.py", "rules.py", "models.py", "policies.py", "actions.py", "queries.py", "notices.py", "records.py",
    "migrations/__init__.py", "tests/__init__.py",
)  # fmt: skip
ABOVE_THE_ROOMS = ("niangjia.reports", "niangjia.shells.")
BELOW_THE_ROOMS = ("niangjia.commons.",)
DOCS = Path("docs/domains")


@dataclass(frozen=True)
class Breach:
    """One point in which a room does not keep the contract; ``rule`` is short and stable."""

    room: str
    rule: str
    detail: str

    def __str__(self) -> str:
        return f"{self.room}: {self.rule}: {self.detail}"


@dataclass(frozen=True)
class Site:
    """A room and where its source lies."""

    room: Room
    package: str
    label: str
    folder: Path

    def module(self, name: str) -> ModuleType | None:
        """The room's module ``name``, None when there is none."""
        dotted = f"{self.package}.{name}"
        return import_module(dotted) if (self.folder / f"{name}.py").is_file() and find_spec(dotted) else None

    def sources(self) -> Iterator[Path]:
        """The room's Python files; migrations are made by a program."""
        return (path for path in sorted(self.folder.rglob("*.py")) if "migrations" not in path.parts)


def site_of(room: Room) -> Site:
    """Where an installed room stands. Raises LookupError for a room of no installed app."""
    for config in apps.get_app_configs():
        if _room_of(config) is room:
            return Site(room, config.name, config.label, Path(config.path))
    raise LookupError(f"no installed app holds the room {room.code}")


def breaches(room: Room, *, docs: Path = DOCS) -> list[Breach]:
    """Everything in which ``room`` breaks the contract. ``docs`` is the folder with the pages of the house's rooms; a
    room from elsewhere keeps its page in its own folder ``docs``."""
    return breaches_at(site_of(room), docs=docs)


def breaches_at(site: Site, *, docs: Path = DOCS) -> list[Breach]:
    """Like :func:`breaches` for a room that stands at ``site``."""
    found = [Breach(site.room.code, "docs", detail) for detail in _undocumented(site, docs)]
    for rule, check in _RULES.items():
        found += [Breach(site.room.code, rule, detail) for detail in check(site)]
    return found


def navigation_statements(actor: Actor) -> list[str]:
    """The SQL by which the console's menu finds what waits in all rooms: one statement, however many rooms."""
    request = RequestFactory().get("/console/")
    with statements() as made:
        context.console_nav(request, actor)
    return made


def _room_of(config: AppConfig) -> Room | None:
    if find_spec(f"{config.name}.room") is None:
        return None
    found: Room = import_module(f"{config.name}.room").ROOM
    return found


def _missing_files(site: Site) -> Iterator[str]:
    wanted = (*ALWAYS, *WITH_A_MACHINE) if site.room.machines else ALWAYS
    yield from (f"{name} is missing" for name in wanted if not (site.folder / name).is_file())
    if site.room.machines and not list((site.folder / "tests").glob("test_*.py")):
        yield "tests/ holds no test"
    pages = site.room.portal_urls or (site.room.console_urls and site.room.machines)
    if pages and not list((site.folder / "templates" / site.label).rglob("*.html")):
        yield f"templates/{site.label}/ holds no page"


def _names(site: Site) -> Iterator[str]:
    if site.room.code != site.label and not _stands_above(site):
        yield f"its code is {site.room.code}, its app's label {site.label}"
    for machine in site.room.machines:
        if not machine.name.startswith(f"{site.room.code}."):
            yield f"the machine {machine.name} is not called {site.room.code}.…"


def _stands_above(site: Site) -> bool:
    """Shells and reports are built on the rooms; they carry entries of the menu, but are no service themselves."""
    return site.package.startswith(ABOVE_THE_ROOMS)


def _undocumented(site: Site, docs: Path) -> Iterator[str]:
    pages = [*docs.glob("*.md"), *(site.folder / "docs").glob("*.md")]
    texts = [page.read_text(encoding="utf-8") for page in pages]
    for machine in site.room.machines:
        mark = f"<!-- printed: {machine.name} -->"
        text = next((text for text in texts if mark in text), None)
        if text is None:
            yield f"no page prints the machine {machine.name} ({mark})"
        else:
            codes = [machine.opening, *machine.events, *(state.code for state in machine.states)]
            yield from (f"the page of {machine.name} does not know {code}" for code in codes if f"`{code}`" not in text)


def _actions(site: Site) -> Iterator[str]:
    module = site.module("actions")
    for machine in site.room.machines:
        for event in dict.fromkeys((machine.opening, *machine.events)):
            act = getattr(module, event, None)
            if not inspect.isroutine(act):
                yield f"{machine.name} has the event {event}, but actions.py no function of that name"
            else:
                yield from (f"actions.{event} {what}" for what in _signature(act))


def _signature(act: Callable[..., object]) -> Iterator[str]:
    parameters = inspect.signature(act).parameters
    if any(parameter.kind is not parameter.KEYWORD_ONLY for parameter in parameters.values()):
        yield "takes more than keyword-only arguments"
    if "actor" not in parameters or parameters["actor"].default is not inspect.Parameter.empty:
        yield "does not require its actor"


def _desk(site: Site) -> Iterator[str]:
    for message in checks.run_checks():
        about = [machine for machine in site.room.machines if _is_about(message, machine, site)]
        if message.level >= checks.ERROR and (about or message.obj == site.label):
            yield message.msg


def _is_about(message: checks.CheckMessage, machine: Machine, site: Site) -> bool:
    return machine.name in message.msg or f" {site.label}." in message.msg


def _notices(site: Site) -> Iterator[str]:
    module = site.module("notices")
    for name, kind in vars(module).items() if module else ():
        if isinstance(kind, NoticeKind) and kind not in kinds.registered():
            yield f"notices.{name} is not registered"
        if isinstance(kind, NoticeKind) and not kind.code.startswith(f"{site.room.code}."):
            yield f"the notice {kind.code} is not called {site.room.code}.…"


def _addresses(site: Site) -> Iterator[str]:
    for tile in site.room.tiles:
        yield from _unreachable(tile.url_name, "/")
    for entry in site.room.menu:
        yield from _unreachable(entry.url_name, "/console/")
    for dotted in filter(None, (site.room.portal_urls, site.room.console_urls)):
        module = import_module(dotted)
        if not getattr(module, "app_name", ""):
            yield f"{dotted} names no app_name"
            continue
        for pattern in module.urlpatterns:
            if isinstance(pattern, URLPattern) and not pattern.pattern.converters:
                yield from _unreachable(f"{module.app_name}:{pattern.name}", f"/{site.room.code}/", inside=True)
    if site.room.api and not isinstance(import_string(site.room.api), Router):
        yield f"{site.room.api} is no ninja Router"


def _unreachable(name: str, prefix: str, *, inside: bool = False) -> Iterator[str]:
    try:
        address = reverse(name)
    except NoReverseMatch:
        yield f"{name} leads nowhere"
        return
    if not (address.startswith(prefix) or (inside and address.startswith(f"/console{prefix}"))):
        yield f"{name} leads to {address}, outside {prefix}"


def _icons(site: Site) -> Iterator[str]:
    known = icons.names()
    named = [*(tile.icon for tile in site.room.tiles), *(entry.icon for entry in site.room.menu)]
    yield from (f"there is no icon {icon}" for icon in named if icon not in known)


def _length(site: Site) -> Iterator[str]:
    for path in site.sources():
        lines = len(path.read_text(encoding="utf-8").splitlines())
        if lines > LONGEST_FILE:
            yield f"{path.relative_to(site.folder)} has {lines} lines"


def _imports(site: Site) -> Iterator[str]:
    if _stands_above(site):
        return
    others = [_package_of(room) for room in rooms() if room.machines]
    foreign = tuple(
        package for package in others if package not in ("", site.package) and not package.startswith(BELOW_THE_ROOMS)
    )
    for path in site.sources():
        for dotted in _imported(path):
            if any(dotted == package or dotted.startswith(f"{package}.") for package in foreign):
                yield f"{path.relative_to(site.folder)} imports {dotted}"


def _package_of(room: Room) -> str:
    try:
        return site_of(room).package
    except LookupError:
        return ""


def _imported(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (name.name for name in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield from (f"{node.module}.{name.name}" for name in node.names)


def _unregistered(site: Site) -> Iterator[str]:
    labels = (label for label in register.unregistered() if label.startswith(f"{site.label}."))
    yield from (f"{label} has no entry in the register of fields" for label in labels)


_RULES: dict[str, Callable[[Site], Iterator[str]]] = {
    "anatomy": _missing_files,
    "names": _names,
    "actions": _actions,
    "desk": _desk,
    "notices": _notices,
    "addresses": _addresses,
    "icons": _icons,
    "length": _length,
    "imports": _imports,
    "register": _unregistered,
}
