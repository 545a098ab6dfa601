from __future__ import annotations

from types import SimpleNamespace

import pytest

from niangjia.commons.people.corrections.testing import a_known_member
from niangjia.commons.people.disputes import due
from niangjia.commons.unions import testing as unions


@pytest.fixture(autouse=True)
def _folder(settings, tmp_path):
    """Photos lie in a folder that goes with the test."""
    settings.STORAGES = {
        **settings.STORAGES,
        "default": {"BACKEND": "django.core.files.storage.FileSystemStorage", "OPTIONS": {"location": tmp_path}},
    }


@pytest.fixture
def scene(db, clock, monkeypatch):
    """Two members of two streets of one district, two officers of the district, one of a street."""
    monkeypatch.setattr(due, "_asked", [])
    return a_scene()


def a_scene():
    tree = unions.small_tree()
    district = [(tree["EAST"], "union_officer")]
    one, two = (unions.an_officer(district, f"district{n}") for n in (1, 2))
    street = unions.an_officer([(tree["EAST-1"], "union_officer")], "street")
    asker = a_known_member(tree["EAST-1"], 4401, "吴新机")
    holder = a_known_member(tree["EAST-2"], 4402, "卫旧机")
    return SimpleNamespace(tree=tree, one=one, two=two, street=street, asker=asker, holder=holder)
