"""What a new room consists of: its files, filled from the templates of this app."""

from __future__ import annotations

import keyword
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

from niangjia.kernel.machine import Machine
from niangjia.shells.documents import printed

TEMPLATES = Path(__file__).parent / "templates" / "generator"
PACKAGE = Path(__file__).resolve().parents[2]
HOUSE = PACKAGE / "services"
LONGEST_CODE = 20
_CODE = re.compile(r"[a-z][a-z0-9_]{1,19}")
_LABEL = re.compile(r"[^\s\"'\\{}<>@%](?:[^\n\"'\\{}<>@%]{0,18}[^\s\"'\\{}<>@%])?")


class Unusable(ValueError):
    """A name that cannot be a room's, or a place where none can be written; the text says why."""


@dataclass(frozen=True)
class Plan:
    """A room to be written. ``into`` is the folder in which its package will lie."""

    code: str
    label: str
    into: Path

    @property
    def is_of_the_house(self) -> bool:
        return self.into.resolve() == HOUSE

    @property
    def package(self) -> str:
        """The dotted path by which it is imported."""
        return f"niangjia.services.{self.code}" if self.is_of_the_house else self.code

    @property
    def folder(self) -> Path:
        return self.into / self.code

    @property
    def page(self) -> Path:
        """Where its page of the docs lies: beside the others in the house, else in its own folder."""
        docs = PACKAGE.parent / "docs" / "domains" if self.is_of_the_house else self.folder / "docs"
        return docs / f"{self.code}.md"

    def require_usable(self, taken: Mapping[str, str]) -> None:
        """``taken`` maps the labels of installed apps to their names. Raises Unusable."""
        if not _CODE.fullmatch(self.code) or keyword.iskeyword(self.code):
            raise Unusable(f"CODE is a short noun of a-z, 0-9 and _, at most {LONGEST_CODE} characters: {self.code}")
        if not _LABEL.fullmatch(self.label):
            raise Unusable(f"LABEL is a name of at most 20 characters without quotes and brackets: {self.label}")
        if self.code in taken or self.code in ("api", "console", "static", "niangjia"):
            raise Unusable(f"{self.code} is taken by {taken.get(self.code, 'the addresses of the house')}")
        if self.folder.exists() or self.page.exists():
            raise Unusable(f"{self.folder} or {self.page} is there already; nothing was written")


def written(plan: Plan) -> Mapping[Path, str]:
    """Every file of the room with its content."""
    found = dict(_sources(plan))
    page = _filled(_template("docs/page.md"), plan)
    found[plan.page] = page.replace("@machine@", printed.drawn(_machine_of(found[plan.folder / "states.py"])))
    if not plan.is_of_the_house and not (plan.into / "pyproject.toml").exists():
        found[plan.into / "pyproject.toml"] = _filled(_template("pyproject.toml"), plan)
    return found


def _sources(plan: Plan) -> Iterator[tuple[Path, str]]:
    for template in sorted(TEMPLATES.rglob("*.tpl")):
        name = template.relative_to(TEMPLATES).with_suffix("")
        if name.parts[0] == "docs" or name.name == "pyproject.toml":
            continue
        if name.parts[0] == "templates":
            name = Path("templates", plan.code, *name.parts[1:])
        text = _filled(template.read_text(encoding="utf-8"), plan)
        yield plan.folder / name, _with_sorted_imports(text) if name.suffix == ".py" else text


def _template(name: str) -> str:
    return (TEMPLATES / f"{name}.tpl").read_text(encoding="utf-8")


def _filled(text: str, plan: Plan) -> str:
    words = {
        "code": plan.code,
        "CODE": plan.code.upper(),
        "Name": "".join(part.capitalize() for part in plan.code.split("_")),
        "label": plan.label,
        "package": plan.package,
        "docs": f"docs/domains/{plan.code}.md" if plan.is_of_the_house else f"docs/{plan.code}.md",
    }
    return re.sub(r"@(code|CODE|Name|label|package|docs)@", lambda found: words[found[1]], text)


def _with_sorted_imports(text: str) -> str:
    """Where the room's own package stands among the imports depends on its name."""
    lines: list[str] = []
    for is_import, grouped in groupby(text.splitlines(), key=lambda line: line.lstrip().startswith("from ")):
        block = list(grouped)
        lines += sorted(block, key=_module_of) if is_import else block
    return "".join(f"{line}\n" for line in lines)


def _module_of(line: str) -> str:
    return line.split(" import ")[0]


def _machine_of(source: str) -> Machine:
    """The machine of a ``states.py`` that is not installed yet; it imports nothing but the kernel."""
    names: dict[str, object] = {"__name__": "niangjia_new_room_states"}
    exec(compile(source, "states.py", "exec"), names)  # noqa: S102 - our own template
    machine = names["REQUEST"]
    assert isinstance(machine, Machine)  # noqa: S101
    return machine
