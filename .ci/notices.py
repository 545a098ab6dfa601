"""Write THIRD_PARTY_NOTICES.md: what is installed to run Niangjia, and what is copied into its static files.

``notices.py --check`` only compares, so that a new package cannot come in unnoticed.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
TARGET = ROOT / "THIRD_PARTY_NOTICES.md"
VENDOR = ROOT / "niangjia/platform/web/static/vendor"
TOOLS = {"setuptools"}
KNOWN: dict[str, str] = {}
HEAD = """# Third-party notices

Written by `make notices`; do not edit. Licences are as the packages state them; the full texts come with the packages
(in `.venv/lib/python3*/site-packages/*.dist-info`) and lie beside the vendored files.

## Installed to run Niangjia

| package | licence | what it is |
|---|---|---|
"""
MIDDLE = """
Packages for other versions of Python or other systems that `requirements/run.txt` names too are left out.

## Copied into the static files

| folder | licence |
|---|---|
"""


def run_packages() -> Iterator[Distribution]:
    """The installed packages of requirements/run.txt."""
    text = (ROOT / "requirements/run.txt").read_text()
    for name in re.findall(r"^([A-Za-z0-9._-]+)==", text, re.MULTILINE):
        if name in TOOLS:
            continue
        try:
            yield distribution(name)
        except PackageNotFoundError:
            continue


def licence(found: Distribution) -> str:
    """The licence by the package's own word: the expression, a short field, or the classifiers."""
    meta = found.metadata
    if expression := meta.get("License-Expression"):
        return expression
    classifiers = [
        text.rsplit(" :: ", 1)[-1] for text in meta.get_all("Classifier") or [] if text.startswith("License :: OSI")
    ]
    field = (meta.get("License") or "").strip()
    if field and "\n" not in field and len(field) < 60:
        return field
    if classifiers:
        return ", ".join(classifiers)
    if meta["Name"].lower() in KNOWN:
        return KNOWN[meta["Name"].lower()]
    raise SystemExit(f"{meta['Name']} does not say its licence; look it up and add it to KNOWN in .ci/notices.py")


def vendored_licence(folder: Path) -> str:
    """The first line of the licence beside the files that names it."""
    text = (folder / "LICENSE").read_text()
    for name, mark in (("Apache-2.0", "Apache License"), ("MIT", "MIT License"), ("0BSD", "Zero-Clause BSD")):
        if mark.lower() in text.lower():
            return name
    raise SystemExit(f"{folder.name}: unknown licence")


def notices() -> str:
    """The whole text."""
    rows = sorted(
        (found.metadata["Name"].lower(), licence(found), (found.metadata["Summary"] or "").strip().replace("|", "/"))
        for found in run_packages()
    )
    packages = "".join(f"| {name} | {terms} | {summary} |\n" for name, terms, summary in rows)
    folders = "".join(f"| {folder.name} | {vendored_licence(folder)} |\n" for folder in sorted(VENDOR.iterdir()))
    return HEAD + packages + MIDDLE + folders


def main() -> None:
    text = notices()
    if "--check" not in sys.argv[1:]:
        TARGET.write_text(text)
    elif not TARGET.exists() or TARGET.read_text() != text:
        raise SystemExit("THIRD_PARTY_NOTICES.md is out of date; run make notices.")


if __name__ == "__main__":
    main()
