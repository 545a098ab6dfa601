"""The trigger by which the database itself keeps excluded roles apart."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.operations import RunPython

_NAME = "unions_roles_exclude_each_other"
_MESSAGE = "one user never holds these two roles at the same time"
_CLASH = """SELECT 1 FROM unions_appointment other
 WHERE other.user_id = NEW.user_id AND other.id <> NEW.id AND ({pairs})
   AND other.valid_from < COALESCE(NEW.valid_to, '9999-12-31')
   AND NEW.valid_from < COALESCE(other.valid_to, '9999-12-31')
   AND NEW.valid_from < COALESCE(NEW.valid_to, '9999-12-31')
   AND other.valid_from < COALESCE(other.valid_to, '9999-12-31')"""


def exclude_roles(pairs: Sequence[tuple[str, str]]) -> RunPython:
    """A migration operation: no two appointments of one user may overlap in time when their roles form one of
    ``pairs``. On PostgreSQL the user's row is locked first, so two transactions cannot slip past each other."""

    def forwards(apps: Any, schema_editor: BaseDatabaseSchemaEditor) -> None:
        for statement in _create(schema_editor.connection.vendor, pairs, _user_table(apps)):
            schema_editor.execute(statement, params=None)

    def backwards(_apps: Any, schema_editor: BaseDatabaseSchemaEditor) -> None:
        for statement in _drop(schema_editor.connection.vendor):
            schema_editor.execute(statement, params=None)

    return RunPython(forwards, backwards)


def _user_table(apps: Any) -> str:
    user = apps.get_model("unions", "Appointment")._meta.get_field("user").related_model
    return str(user._meta.db_table)


def _create(vendor: str, pairs: Sequence[tuple[str, str]], user_table: str) -> list[str]:
    both_ways = [*pairs, *((second, first) for first, second in pairs)]
    clash = _CLASH.format(
        pairs=" OR ".join(f"(NEW.role = '{mine}' AND other.role = '{theirs}')" for mine, theirs in both_ways)
    )
    if vendor == "postgresql":
        return [_function(clash, user_table), _trigger("INSERT OR UPDATE", f"FOR EACH ROW EXECUTE FUNCTION {_NAME}()")]
    body = f"BEGIN SELECT RAISE(ABORT, '{_MESSAGE}') WHERE EXISTS ({clash}); END"
    return [_trigger("INSERT", body, suffix="_i"), _trigger("UPDATE", body, suffix="_u")]


def _trigger(events: str, body: str, suffix: str = "") -> str:
    return f"CREATE TRIGGER {_NAME}{suffix} AFTER {events} ON unions_appointment {body}"


def _function(clash: str, user_table: str) -> str:
    return f"""CREATE OR REPLACE FUNCTION {_NAME}() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM 1 FROM {user_table} WHERE id = NEW.user_id FOR NO KEY UPDATE;
  IF EXISTS ({clash}) THEN
    RAISE EXCEPTION '{_MESSAGE}' USING ERRCODE = 'restrict_violation';
  END IF;
  RETURN NULL;
END $$"""


def _drop(vendor: str) -> list[str]:
    if vendor == "postgresql":
        return [f"DROP TRIGGER IF EXISTS {_NAME} ON unions_appointment", f"DROP FUNCTION IF EXISTS {_NAME}()"]
    return [f"DROP TRIGGER IF EXISTS {_NAME}{suffix}" for suffix in ("_i", "_u")]
