"""A published version cannot be changed, whoever tries: the database refuses it.

The rows of its terms are append-only (platform/audit/triggers.py). The version itself still moves through its states,
and an open end may be given a day once, so it has a trigger of its own.
"""

from __future__ import annotations

from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.operations import RunPython

TABLE = "protection_planversion"
FROZEN = (
    "public_id", "plan_id", "number", "valid_from", "months", "age_from", "age_to", "categories", "sex", "price_fen",
    "share_percent", "everyone_under", "cap_fen", "self_enrolment", "four_eyes", "exclusions", "draft", "published_at",
    "published_by_id", "drawn_up_by_id", "created_at",
)  # fmt: skip
"""Columns that no longer change once a version is published."""

_SENTENCE = "a published version of a plan is never changed"


def freeze_published() -> RunPython:
    """A migration operation: a version that is no draft refuses UPDATE of its terms."""
    return RunPython(_forwards, _backwards)


def _forwards(_apps: object, schema_editor: BaseDatabaseSchemaEditor) -> None:
    for statement in _create(schema_editor.connection.vendor):
        schema_editor.execute(statement, params=None)


def _backwards(_apps: object, schema_editor: BaseDatabaseSchemaEditor) -> None:
    on = f" ON {TABLE}" if schema_editor.connection.vendor == "postgresql" else ""
    schema_editor.execute(f"DROP TRIGGER IF EXISTS protection_version_frozen{on}", params=None)


def _create(vendor: str) -> list[str]:
    differs = "IS DISTINCT FROM" if vendor == "postgresql" else "IS NOT"
    changed = " OR ".join(f'OLD."{name}" {differs} NEW."{name}"' for name in FROZEN)
    ends = f'(OLD."valid_to" IS NOT NULL AND OLD."valid_to" {differs} NEW."valid_to")'
    condition = f"OLD.\"state\" <> 'draft' AND ({changed} OR {ends})"
    if vendor == "postgresql":
        function = (
            "CREATE OR REPLACE FUNCTION protection_version_frozen() RETURNS trigger LANGUAGE plpgsql AS $$"
            f" BEGIN RAISE EXCEPTION '{_SENTENCE}' USING ERRCODE = 'restrict_violation'; END $$"
        )
        return [
            function,
            f"CREATE TRIGGER protection_version_frozen BEFORE UPDATE ON {TABLE} FOR EACH ROW WHEN ({condition})"
            " EXECUTE FUNCTION protection_version_frozen()",
        ]
    return [
        f"CREATE TRIGGER protection_version_frozen BEFORE UPDATE ON {TABLE} WHEN {condition}"
        f" BEGIN SELECT RAISE(ABORT, '{_SENTENCE}'); END"
    ]
