#!/usr/bin/env python3
"""Copies what the pages take from npm into the static files, with licences and a SHA-256 list, and draws the sprite.

    cd tools && npm ci && python3 vendor.py          copy and draw
    python3 tools/vendor.py --check                  compare the committed files with their SHA-256 lists

A fresh machine needs neither Node nor this script: the result is committed.
"""

from __future__ import annotations

import hashlib
import json
import re
import shutil
import sys
from pathlib import Path

TOOLS = Path(__file__).resolve().parent
STATIC = TOOLS.parent / "niangjia" / "platform" / "web" / "static"
VENDOR = STATIC / "vendor"
MODULES = TOOLS / "node_modules"
SUMS = "SHA256SUMS"

FILES = {
    "htmx.org": ("htmx", ["dist/htmx.min.js", "LICENSE"]),
    "jsqr": ("jsqr", ["dist/jsQR.js", "LICENSE"]),
    "echarts": ("echarts", ["dist/echarts.min.js", "LICENSE", "NOTICE"]),
}
ICONS = (TOOLS / "icons.txt").read_text(encoding="utf-8").split()
SOURCE_MAP = re.compile(rb"\n?//[#@] sourceMappingURL=.*\s*$")
CANVAS = re.compile(r'<path stroke="none" d="M0 0h24v24H0z" fill="none"\s*/>')
INNER = re.compile(r"<svg[^>]*>(.*)</svg>", re.DOTALL)


def version(package: str) -> str:
    """The exact version that package.json names."""
    manifest = json.loads((TOOLS / "package.json").read_text(encoding="utf-8"))
    return str(manifest["dependencies"][package])


def fresh(name: str) -> Path:
    """An empty folder ``name`` under vendor, without older versions beside it."""
    for old in VENDOR.glob(f"{name.rsplit('-', 1)[0]}-*"):
        shutil.rmtree(old)
    folder = VENDOR / name
    folder.mkdir(parents=True)
    return folder


def write_sums(folder: Path) -> None:
    """List the SHA-256 of every file of ``folder`` in it."""
    lines = [
        f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {path.relative_to(folder)}\n"
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.name != SUMS
    ]
    (folder / SUMS).write_text("".join(lines), encoding="utf-8")


def copy_scripts() -> None:
    """Copy the named files of each package, without links to source maps."""
    for package, (name, paths) in FILES.items():
        folder = fresh(f"{name}-{version(package)}")
        for path in paths:
            source = MODULES / package / path
            (folder / source.name).write_bytes(SOURCE_MAP.sub(b"\n", source.read_bytes()))
        write_sums(folder)


def copy_icons() -> None:
    """Copy the single icons named in icons.txt and join them into one sprite."""
    package = MODULES / "@tabler" / "icons"
    folder = fresh(f"tabler-icons-{version('@tabler/icons')}")
    shutil.copy(package / "LICENSE", folder / "LICENSE")
    for name in ICONS:
        shutil.copy(package / "icons" / "outline" / f"{name}.svg", folder / f"{name}.svg")
    write_sums(folder)
    (STATIC / "web" / "icons.svg").write_text(sprite(folder), encoding="utf-8")


def sprite(folder: Path) -> str:
    """One SVG with a symbol for each icon of ``folder``."""
    symbols = []
    for path in sorted(folder.glob("*.svg")):
        found = INNER.search(path.read_text(encoding="utf-8"))
        if found is None:
            raise SystemExit(f"{path.name} is not an SVG")
        inner = " ".join(CANVAS.sub("", found.group(1)).split())
        symbols.append(
            f'<symbol id="{path.stem}" viewBox="0 0 24 24" fill="none" stroke="currentColor" stroke-width="1.75" '
            f'stroke-linecap="round" stroke-linejoin="round">{inner}</symbol>'
        )
    return '<svg xmlns="http://www.w3.org/2000/svg">\n' + "\n".join(symbols) + "\n</svg>\n"


def check() -> list[str]:
    """Every vendored file that is missing, altered or in no list."""
    wrong = []
    for folder in sorted(path for path in VENDOR.iterdir() if path.is_dir()):
        listed = {}
        for line in (folder / SUMS).read_text(encoding="utf-8").splitlines():
            digest, name = line.split("  ", 1)
            listed[name] = digest
        present = {str(p.relative_to(folder)): p for p in folder.rglob("*") if p.is_file() and p.name != SUMS}
        wrong += [f"{folder.name}/{name}: not listed" for name in sorted(present.keys() - listed.keys())]
        for name, digest in listed.items():
            if name not in present or hashlib.sha256(present[name].read_bytes()).hexdigest() != digest:
                wrong.append(f"{folder.name}/{name}: missing or altered")
    return wrong


def main() -> int:
    """Copy and draw, or with ``--check`` only compare."""
    if "--check" not in sys.argv:
        copy_scripts()
        copy_icons()
    wrong = check()
    sys.stdout.write("".join(f"{line}\n" for line in wrong) or f"{VENDOR}: all files as listed\n")
    return 1 if wrong else 0


if __name__ == "__main__":
    raise SystemExit(main())
