"""One world for a whole file of tests: built once, never changed, since every call is undone."""

from __future__ import annotations

import logging

import pytest
from django.db import connection, transaction
from django.template import Template
from django.test.utils import _TestState

from niangjia.kernel import clock
from niangjia.platform.testing.plugin import A_WEDNESDAY_MORNING
from tests.matrix import world as worlds
from tests.matrix.crawl import Crawler

CALLERS = (
    "anonymous", "pending", "former", "newcomer", "waiting@EAST-1", "waiting@WEST-1", "asked@EAST-1", "joined@EAST-1",
    "officer", "deputy", "sibling", "foreigner", "district", "reviewer", "firm", "agent", "stall", "preparer",
    "mediator", "hotline", "system_admin", "security_admin", "audit_admin",
)  # fmt: skip
"""Everybody whose powers differ; who keeps a site, clerks or releases stands with those who hold a like office."""


@pytest.fixture(scope="module")
def crawler(django_db_setup, django_db_blocker):
    """The matrix over its world, inside a transaction that is rolled back after the file: whole on SQLite, on another
    database what that database could change."""
    logging.disable(logging.CRITICAL)  # thousands of refusals are expected
    try:
        drawn = _TestState.saved_data.template_render  # as in production: nobody asks here which template drew a page
        with (
            pytest.MonkeyPatch.context() as patch,
            django_db_blocker.unblock(),
            clock.travelling(A_WEDNESDAY_MORNING),
            transaction.atomic(),
        ):
            patch.setattr(Template, "_render", drawn)
            yield Crawler(worlds.build(), by_rights=connection.vendor != "sqlite")
            transaction.set_rollback(True)
    finally:
        logging.disable(logging.NOTSET)


@pytest.fixture(scope="module")
def callers(crawler):
    return {name: crawler.world.actors[name] for name in CALLERS}
