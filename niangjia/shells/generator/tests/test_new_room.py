"""A generated room is complete: it lints, migrates, keeps the contract, and its own tests pass."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from django.conf import settings
from django.core.management import call_command
from django.core.management.base import CommandError

from niangjia.platform.testing import cities, plugged
from niangjia.shells.generator.files import HOUSE, Plan, Unusable, written

ROOT = settings.PACKAGE.parent
CODES = ("legal_aid", "zz", "abcdefghij_klmnopqrs")


def generate(folder: Path, code: str = "legal_aid", label: str = "法律援助") -> None:
    call_command("new_room", code, label, into=folder, verbosity=0)


def ruff(*arguments: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    command = [str(Path(sys.executable).with_name("ruff")), *arguments, "--no-cache"]
    return subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=False)


@pytest.mark.parametrize("code", CODES)
def test_whatever_its_name_it_lints(tmp_path, code):
    generate(tmp_path, code)
    for task in (("check",), ("format", "--check")):
        done = ruff(*task, ".", cwd=tmp_path)
        assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("code", CODES)
def test_in_the_house_it_lints_by_the_rules_of_the_house(tmp_path, code):
    plan = Plan(code, "法律援助", HOUSE)
    for path, text in written(plan).items():
        place = tmp_path / path.relative_to(ROOT)
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(text, encoding="utf-8")
    (tmp_path / "pyproject.toml").write_text((ROOT / "pyproject.toml").read_text(encoding="utf-8"), encoding="utf-8")
    done = ruff("check", ".", "--config", 'lint.isort.known-first-party=["niangjia"]', cwd=tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    assert (tmp_path / "docs/domains" / f"{code}.md").exists()
    assert f"niangjia.services.{code}.states" in (tmp_path / f"niangjia/services/{code}/room.py").read_text()


def test_it_migrates_keeps_the_contract_and_passes_its_own_tests(tmp_path):
    generate(tmp_path)
    plugged.install(tmp_path, "legal_aid")
    on_sqlite = {"DATABASE_URL": f"sqlite:///{tmp_path / 'room.sqlite3'}"}
    cities.lay_migrated(tmp_path / "room.sqlite3")
    for command in (("makemigrations", "legal_aid", "-n", "requests"), ("migrate", "-v", "0"), ("check",)):
        done = plugged.run(tmp_path, "-m", "django", *command, extra=on_sqlite)
        assert done.returncode == 0, done.stdout + done.stderr
    assert (tmp_path / "legal_aid/migrations/0001_requests.py").exists()
    done = plugged.run(tmp_path, "-m", "pytest", "legal_aid", "-q", "-p", "no:cacheprovider", extra=on_sqlite)
    assert done.returncode == 0, done.stdout[-6000:] + done.stderr[-2000:]
    assert "passed" in done.stdout
    assert "test_contract" in " ".join(path.name for path in (tmp_path / "legal_aid/tests").iterdir())


def test_its_page_prints_its_machine(tmp_path):
    generate(tmp_path)
    page = (tmp_path / "legal_aid/docs/legal_aid.md").read_text(encoding="utf-8")
    assert "<!-- printed: legal_aid.request -->" in page
    assert "| `refuse` | 不通过 | `submitted` | `refused` | needed |" in page


def test_nothing_of_the_template_is_left_over(tmp_path):
    generate(tmp_path)
    files = [path for path in tmp_path.rglob("*") if path.is_file()]
    words = ("code", "CODE", "Name", "label", "package", "docs", "machine")
    assert len(files) > 25
    assert not [path.name for path in files if any(f"@{word}@" in path.read_text("utf-8") for word in words)]


@pytest.mark.parametrize(
    ("code", "label"),
    [("Legal", "法律"), ("1st", "法律"), ("class", "法律"), ("x" * 21, "法律"), ("joining", "入会"), ("api", "接口"),
     ("../up", "法律"), ("legal", 'a"b'), ("legal", "x" * 21), ("legal", ""), ("legal", "a\nb"), ("legal", "{% x %}")],
)  # fmt: skip
def test_a_name_that_cannot_be_used_is_refused_before_anything_is_written(tmp_path, code, label):
    with pytest.raises(CommandError):
        generate(tmp_path, code, label)
    assert list(tmp_path.iterdir()) == []


def test_what_is_there_is_never_overwritten(tmp_path):
    generate(tmp_path)
    (tmp_path / "legal_aid/rules.py").write_text("mine = 1\n")
    with pytest.raises(CommandError, match="there already"):
        generate(tmp_path)
    with pytest.raises(Unusable):
        Plan("legal_aid", "法律", tmp_path).require_usable({})
    assert (tmp_path / "legal_aid/rules.py").read_text() == "mine = 1\n"


def test_it_says_what_to_do_next(tmp_path, capsys):
    call_command("new_room", "legal_aid", "法律援助", into=tmp_path)
    assert "makemigrations legal_aid" in capsys.readouterr().out
