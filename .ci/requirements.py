"""Pin every package with its hashes: pyproject.toml → requirements/run.txt and requirements/development.txt.

Works in a throw-away folder with a throw-away uv, so that no lock file with addresses stays behind. Present pins are
kept unless ``--upgrade`` is given.
"""

from __future__ import annotations

import re
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
EXPORT = ("export", "--frozen", "--no-emit-project", "--no-annotate", "--no-header", "--quiet")
FILES = {"run.txt": ("--no-dev", "--group", "build"), "development.txt": ("--group", "dev", "--group", "build")}


def present_pins() -> list[str]:
    """Every ``name==version ; marker`` that the requirement files hold now."""
    pins: set[str] = set()
    for name in FILES:
        for line in (ROOT / "requirements" / name).read_text().splitlines():
            if re.match(r"[A-Za-z0-9]", line):
                pins.add(line.removesuffix("\\").strip())
    return sorted(pins)


def project(upgrade: bool) -> str:
    """pyproject.toml, with the present pins as constraints unless they are to move."""
    text = (ROOT / "pyproject.toml").read_text()
    if upgrade:
        return text
    pins = "".join(f"  {pin!r},\n" for pin in present_pins())
    return f"{text}\n[tool.uv]\nconstraint-dependencies = [\n{pins}]\n"


def main() -> None:
    upgrade = "--upgrade" in sys.argv[1:]
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        subprocess.run([sys.executable, "-m", "venv", folder / "uv"], check=True)
        subprocess.run([folder / "uv/bin/pip", "install", "--quiet", "--disable-pip-version-check", "uv"], check=True)
        (folder / "pyproject.toml").write_text(project(upgrade))
        (folder / "README.md").touch()
        uv = [folder / "uv/bin/uv", "--project", folder, "--no-python-downloads", "--quiet"]
        subprocess.run([*uv, "lock", "--python", sys.executable], check=True)
        for file, groups in FILES.items():
            target = ROOT / "requirements" / file
            subprocess.run([*uv, *EXPORT, *groups, "--output-file", target], check=True, stdout=subprocess.DEVNULL)
            if "://" in target.read_text():
                raise SystemExit(f"{target} holds an address")


if __name__ == "__main__":
    main()
