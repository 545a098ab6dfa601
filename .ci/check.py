"""All checks in one order, on any machine: ``check.py all | lint | format``.

Every step runs even when an earlier one failed, so that one run shows everything; the exit status says whether all
were good. A suite that runs nothing, or skips anything, has failed.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
BIN = Path(sys.executable).parent
PACKAGES = {
    "postgresql": lambda: any(Path("/usr/lib/postgresql").glob("*/bin/initdb")),
    "chromium": lambda: shutil.which("chromium") is not None,
    "fonts-noto-cjk": lambda: Path("/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc").exists(),
    "gettext": lambda: shutil.which("msgfmt") is not None,
}
PYTEST = (str(BIN / "python"), "-m", "pytest", "-q", "--no-header", "-p", "no:cacheprovider", "--durations=8")
THROWAWAY = (str(BIN / "python"), "-m", "niangjia.platform.testing.postgres")
SUMMARY = re.compile(r"^=* ?(?P<text>(?:\d+ [a-z]+(?:, )?)+ in [\d.]+s.*?) ?=*$")


@dataclass
class Report:
    """What each step came to."""

    failed: list[str] = field(default_factory=list)
    summaries: list[str] = field(default_factory=list)
    passed: int = 0
    broken: int = 0

    def note(self, name: str, good: bool) -> None:
        if not good:
            self.failed.append(name)


def say(text: str) -> None:
    print(text, flush=True)


def environment() -> dict[str, str]:
    """The environment without anything that would change what is checked."""
    kept = {
        key: value for key, value in os.environ.items() if not key.startswith("NIANGJIA_") and key != "DATABASE_URL"
    }
    return {**kept, "PATH": f"{BIN}{os.pathsep}{kept.get('PATH', '')}", "DJANGO_SETTINGS_MODULE": "niangjia.settings"}


def step(report: Report, name: str, command: Sequence[str]) -> None:
    """Run one check."""
    say(f"── {name}")
    began = time.monotonic()
    good = subprocess.run(command, cwd=ROOT, env=environment(), check=False).returncode == 0
    report.note(name, good)
    say(f"   {'good' if good else 'FAILED'}, {time.monotonic() - began:.0f} s")


@dataclass(frozen=True)
class Suite:
    """One run of pytest, or another long check when ``is_tests`` is not set; what it says is kept until it ends,
    because suites run side by side."""

    name: str
    command: Sequence[str]
    is_tests: bool = True

    def run(self, output: Path) -> tuple[int, float]:
        """Run it to its end with everything it says in ``output``; the exit status, and how long it took."""
        began = time.monotonic()
        with output.open("wb") as stream:
            done = subprocess.run(
                self.command, cwd=ROOT, env=environment(), stdout=stream, stderr=subprocess.STDOUT, check=False
            )
        return done.returncode, time.monotonic() - began


AT_ONCE = 2
"""One for each core of a small machine; three made every suite slower than they saved."""


def run_side_by_side(report: Report, suites: Sequence[Suite], folder: Path) -> None:
    """Run the suites, each taking the place of one that has ended; say what each said when it has ended."""
    with ThreadPoolExecutor(AT_ONCE) as pool:
        running = {pool.submit(one.run, folder / str(number)): number for number, one in enumerate(suites)}
        for ended in as_completed(running):
            number = running[ended]
            tell(report, suites[number], folder / str(number), *ended.result())


def tell(report: Report, one: Suite, output: Path, status: int, seconds: float) -> None:
    """Print what a suite said and note how it ended; of tests by pytest's closing line."""
    said = output.read_text(encoding="utf-8", errors="replace")
    say(f"── {one.name}\n{said}   {seconds:.0f} s")
    if not one.is_tests:
        report.note(one.name, status == 0)
        return
    closing = next(
        (found["text"] for line in reversed(said.splitlines()) if (found := SUMMARY.match(line.strip()))), ""
    )
    passed, broken, silent = counts(closing)
    report.passed += passed
    report.broken += broken
    report.summaries.append(f"{one.name}: {closing or 'no summary'}")
    report.note(one.name, status == 0 and passed > 0 and not broken and not silent)


def counts(closing: str) -> tuple[int, int, int]:
    """Passed; failed and errors; what was not really tested (skipped, expected to fail) of pytest's closing line."""
    found = {word.rstrip("s"): int(number) for number, word in re.findall(r"(\d+) ([a-z]+)", closing)}
    silent = found.get("skipped", 0) + found.get("xfailed", 0) + found.get("xpassed", 0)
    return found.get("passed", 0), found.get("failed", 0) + found.get("error", 0), silent


def install_packages() -> bool:
    """Install what the suites need from Debian when we may; else say in one sentence what is missing."""
    missing = [name for name, is_there in PACKAGES.items() if not is_there()]
    if not missing:
        return True
    if os.geteuid() != 0 or shutil.which("apt-get") is None:
        say(f"The tests need {', '.join(missing)}; install them (on Debian: apt-get install {' '.join(missing)}).")
        return False
    say(f"Installing {', '.join(missing)} …")
    quiet = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    for command in (
        ["apt-get", "update", "-qq"],
        ["apt-get", "install", "-y", "-qq", "--no-install-recommends", *missing],
    ):
        done = subprocess.run(command, env=quiet, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
        if done.returncode:
            say(f"{' '.join(command)} failed: {done.stderr.strip()[-500:]}")
            return False
    return True


def templates() -> list[str]:
    return [str(path.relative_to(ROOT)) for path in sorted((ROOT / "niangjia").rglob("templates/**/*.html"))]


def lint(report: Report) -> None:
    """Everything that reads the code without running it, but for the types."""
    tool = {name: str(BIN / name) for name in ("ruff", "mypy", "lint-imports", "djade")}
    manage = (str(BIN / "python"), "-m", "django")
    step(report, "lint", (tool["ruff"], "check", "--quiet", "."))
    step(report, "format", (tool["ruff"], "format", "--check", "--quiet", "."))
    step(report, "import contracts", (tool["lint-imports"],))
    if templates():
        step(report, "templates", (tool["djade"], "--check", "--target-version", "5.2", *templates()))
    step(report, "vendored files", (str(BIN / "python"), "tools/vendor.py", "--check"))
    step(report, "third-party notices", (str(BIN / "python"), ".ci/notices.py", "--check"))
    step(report, "settings and models", (*manage, "check", "--fail-level", "WARNING"))
    step(report, "missing migrations", (*manage, "makemigrations", "--check", "--dry-run"))


def types() -> Suite:
    return Suite("types", (str(BIN / "mypy"), "niangjia"), is_tests=False)


def all_suites() -> list[Suite]:
    """The longest first, so that all end about together. Whatever no part names is in the part that ignores."""
    shells, services, house = "niangjia/shells", "niangjia/services", "tests"
    return [
        Suite("PostgreSQL: everything else", (*THROWAWAY, *PYTEST, "--database-only", f"--ignore={services}")),
        Suite("browser", (*PYTEST, "-m", "browser")),
        Suite("SQLite: the house as a whole", (*PYTEST, house)),
        Suite("SQLite: shells", (*PYTEST, shells)),
        Suite("SQLite: the floors", (*PYTEST, "niangjia", f"--ignore={shells}")),
        Suite("PostgreSQL: services", (*THROWAWAY, *PYTEST, "--database-only", services)),
        types(),
    ]


def everything(report: Report) -> None:
    """Every suite as soon as its packages are there, on SQLite, on PostgreSQL and in the browser; lint meanwhile."""
    with ThreadPoolExecutor(1) as beside, tempfile.TemporaryDirectory(prefix="niangjia-checks-") as folder:
        linted = beside.submit(lint, report)
        if install_packages():
            run_side_by_side(report, all_suites(), Path(folder))
        else:
            report.note("Debian packages", False)
        linted.result()


def format_all() -> int:
    """Write the house's format."""
    subprocess.run([str(BIN / "ruff"), "check", "--fix", "--quiet", "."], cwd=ROOT, check=False)
    subprocess.run([str(BIN / "ruff"), "format", "--quiet", "."], cwd=ROOT, check=True)
    if templates():
        subprocess.run([str(BIN / "djade"), "--target-version", "5.2", *templates()], cwd=ROOT, check=False)
    return 0


def main() -> int:
    what = sys.argv[1] if len(sys.argv) > 1 else "all"
    if what == "format":
        return format_all()
    report, began = Report(), time.monotonic()
    if what == "lint":
        lint(report)
        step(report, "types", types().command)
    else:
        everything(report)
    say(f"── {time.monotonic() - began:.0f} s")
    for name in report.failed:
        say(f"FAILED  {name}")
    for line in report.summaries:
        say(line)
    if what == "all":
        say(f"total: {report.passed} passed, {report.broken + (not report.broken and bool(report.failed))} failed")
    return 1 if report.failed else 0


if __name__ == "__main__":
    sys.exit(main())
