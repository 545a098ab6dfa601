"""docs/ says what the code does: printed parts are fresh, and nothing an operator meets is left out."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command, get_commands

from niangjia.shells.documents import codes, printed

ROOT = Path(__file__).resolve().parents[4]
DOCS = ROOT / "docs"


def test_printed_parts_are_as_the_code_says():
    call_command("print_docs", "--check", docs=DOCS)


def test_a_stale_page_is_found_and_printed_anew(tmp_path):
    page = tmp_path / "machine.md"
    page.write_text("before\n<!-- printed: people.membership -->\nold\n<!-- end -->\nafter\n")
    with pytest.raises(CommandError):
        call_command("print_docs", "--check", docs=tmp_path)
    call_command("print_docs", docs=tmp_path)
    assert "stateDiagram-v2" in page.read_text()
    assert page.read_text().startswith("before\n")
    assert page.read_text().endswith("after\n")
    call_command("print_docs", "--check", docs=tmp_path)


def test_every_machine_has_a_page():
    texts = "".join(page.read_text() for page in (DOCS / "domains").glob("*.md"))
    missing = [name for name in printed.machines() if f"<!-- printed: {name} -->" not in texts]
    assert [name for name in missing if not name.startswith(("sample.", "desk_test."))] == []


def test_codes_are_read_with_status_and_sentence():
    found = {code: (status, sentences) for code, status, sentences in codes.all_codes()}
    assert found["REASON_NEEDED"][0] == "422"
    assert found["STALE"][0] == "409"
    assert any("证件号码" in sentence for sentence in found["ID_INVALID"][1])


def test_every_setting_from_the_environment_is_documented():
    text = (DOCS / "settings.md").read_text()
    sources = [path for path in (ROOT / "niangjia").rglob("*.py") if "tests" not in path.relative_to(ROOT).parts]
    named = {name for path in sources for name in re.findall(r"\bNIANGJIA_[A-Z][A-Z_]*[A-Z]\b", path.read_text())}
    assert sorted(name for name in named | {"DATABASE_URL"} if f"`{name}`" not in text) == []


def test_every_command_of_ours_is_documented():
    text = (DOCS / "commands.md").read_text()
    ours = [name for name, app in get_commands().items() if app.startswith("niangjia.")]
    assert sorted(name for name in ours if f"`{name}`" not in text) == []
