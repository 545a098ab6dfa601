"""Is this process alive (``/healthz``), and should it be sent requests (``/readyz``)?"""

from __future__ import annotations

import shutil
from collections.abc import Callable

from django.conf import settings
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, HttpResponse, JsonResponse

from niangjia.platform.jobs import queries

OK = "ok"

_migrated = False


def healthz(request: HttpRequest) -> HttpResponse:
    """The process answers; nothing else is looked at."""
    return HttpResponse("ok\n", content_type="text/plain")


def readyz(request: HttpRequest) -> HttpResponse:
    """Database, migrations, worker and disk, each with a word; 503 when one of them is not right."""
    answers = {name: check() for name, check in CHECKS.items()}
    ready = all(answer == OK for answer in answers.values())
    return JsonResponse({"ready": ready, "checks": answers}, status=200 if ready else 503)


def database() -> str:
    """The database answers a question."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError:
        return "does not answer"
    return OK


def migrations() -> str:
    """Every migration has run; looked up until it is true, then remembered."""
    global _migrated
    if _migrated:
        return OK
    try:
        executor = MigrationExecutor(connection)
        missing = executor.migration_plan(executor.loader.graph.leaf_nodes())
    except DatabaseError:
        return "unknown"
    _migrated = not missing
    return OK if _migrated else f"{len(missing)} missing"


def worker() -> str:
    """A worker has given a sign of life within the last minute."""
    try:
        return OK if queries.workers_alive() else "none alive"
    except DatabaseError:
        return "unknown"


def disk() -> str:
    """There is room to write."""
    settings.VAR.mkdir(parents=True, exist_ok=True)
    free = shutil.disk_usage(settings.VAR).free // 1_000_000
    return OK if free >= settings.DISK_FLOOR_MB else f"{free} MB left"


CHECKS: dict[str, Callable[[], str]] = {"database": database, "migrations": migrations, "worker": worker, "disk": disk}
