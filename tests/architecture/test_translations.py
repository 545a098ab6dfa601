"""Chinese in the source has its English, and what is installed is what was written."""

import ast
import re
import shutil
from pathlib import Path

import polib

from niangjia.kernel.text import Text
from tests.architecture.sources import PACKAGE, calls, modules, name

CATALOGUE = PACKAGE / "locale/en/LC_MESSAGES/django.po"
CHINESE = re.compile("[\u4e00-\u9fff]")
PLACEHOLDER = re.compile(r"{(\w*)}|%\((\w+)\)s")
MARKS = {"_", "text", "gettext", "gettext_lazy", "Text"}


def entries():
    return [entry for entry in polib.pofile(str(CATALOGUE)) if not entry.obsolete]


def marked():
    """Every message marked in Python, with its place."""
    for path in modules():
        for call in calls(path):
            called = call.func.id if isinstance(call.func, ast.Name) else getattr(call.func, "attr", "")
            if called in MARKS and call.args and isinstance(call.args[0], ast.Constant):
                message = call.args[0].value
                if isinstance(message, str) and CHINESE.search(message):
                    yield message, f"{name(path)}:{call.lineno}"


def test_every_message_in_python_has_its_english():
    known = {entry.msgid for entry in entries() if entry.msgstr and not entry.fuzzy}
    missing = {message: place for message, place in marked() if message not in known}
    assert not missing


def test_every_message_in_the_catalogue_is_translated_with_its_placeholders():
    bad = []
    for entry in entries():
        texts = [entry.msgstr] if not entry.msgid_plural else list(entry.msgstr_plural.values())
        wanted = set(PLACEHOLDER.findall(entry.msgid))
        if entry.fuzzy or not all(texts) or any(set(PLACEHOLDER.findall(text)) - wanted for text in texts):
            bad.append(entry.msgid)
        if any(CHINESE.search(text) for text in texts):
            bad.append(entry.msgid)
    assert not bad


def test_the_compiled_catalogue_is_the_written_one(tmp_path: Path):
    compiled = CATALOGUE.with_suffix(".mo")
    fresh = tmp_path / "django.mo"
    polib.pofile(str(shutil.copy(CATALOGUE, tmp_path))).save_as_mofile(str(fresh))
    as_pairs = [
        {(entry.msgid, entry.msgstr, str(entry.msgstr_plural)) for entry in polib.mofile(str(path))}
        for path in (compiled, fresh)
    ]
    assert as_pairs[0] == as_pairs[1]


def test_a_text_shows_its_values():
    assert str(Text("{n} 个", {"n": 2})) == "2 个"
