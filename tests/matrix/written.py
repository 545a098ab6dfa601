"""What stands on pages because people, unions or plans are called so: every Chinese text that the database keeps."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

from django.apps import apps

from niangjia.platform.personal_data import cipher

CHINESE = re.compile("[\u3400-\u9fff]+")
UNSEEN = re.compile(r"<!--.*?-->|<(script|style)\b.*?</\1>", re.DOTALL)
MASKED = re.compile("[\u3400-\u9fff]\\*+")
"""A masked name keeps its first character."""
OWN_NAME = "中文"
"""The switch names the other language in itself."""


def written() -> list[str]:
    """The texts, the longest first, so that none is found in the middle of another."""
    found = {OWN_NAME}
    for model in apps.get_models():
        names = [field.attname for field in model._meta.concrete_fields]
        for row in model._default_manager.all():
            for name in names:
                with suppress(cipher.Tampered):  # the world plants a secret that nobody sealed
                    found.update(_texts(getattr(row, name)))
    return sorted(found, key=len, reverse=True)


def leftovers(page: str, known: list[str]) -> set[str]:
    """Chinese on a page that nobody wrote."""
    text = MASKED.sub("", html.unescape(UNSEEN.sub("", page)))
    if not CHINESE.search(text):
        return set()
    for one in known:
        text = text.replace(one, "")
    return set(CHINESE.findall(text))


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str) and value.startswith(("{", "[")):
        with suppress(ValueError):
            value = json.loads(value)
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, list):
        for one in value:
            yield from _texts(one)
    elif isinstance(value, str) and CHINESE.search(value):
        yield value
        yield from value.splitlines()
