import json

import pytest
from django.db import OperationalError

from niangjia.platform.jobs import worker
from niangjia.shells.host import health

pytestmark = pytest.mark.django_db


def readiness(client):
    answer = client.get("/readyz")
    return answer.status_code, json.loads(answer.content)["checks"]


def test_a_living_process_says_so_without_asking_the_database(client, django_assert_num_queries):
    with django_assert_num_queries(0):
        assert client.get("/healthz").status_code == 200


def test_ready_when_database_migrations_worker_and_disk_are(client, clock):
    worker.beat("test", [])
    assert readiness(client) == (200, {"database": "ok", "migrations": "ok", "worker": "ok", "disk": "ok"})


def test_not_ready_before_a_worker_was_seen(client):
    status, checks = readiness(client)
    assert (status, checks["worker"]) == (503, "none alive")


def test_not_ready_when_the_worker_has_been_silent_for_a_minute(client, clock):
    worker.beat("test", [])
    clock.forward(seconds=60)
    assert readiness(client)[0] == 200
    clock.forward(seconds=1)
    status, checks = readiness(client)
    assert (status, checks["worker"]) == (503, "none alive")


def test_not_ready_while_a_migration_is_missing(client, monkeypatch, clock):
    from django.db import connection
    from django.db.migrations.recorder import MigrationRecorder

    worker.beat("test", [])
    monkeypatch.setattr(health, "_migrated", False)
    MigrationRecorder(connection).record_unapplied("demo", "0001_demonstration_city")
    assert readiness(client) == (503, {"database": "ok", "migrations": "1 missing", "worker": "ok", "disk": "ok"})
    MigrationRecorder(connection).record_applied("demo", "0001_demonstration_city")
    assert readiness(client)[0] == 200


def test_not_ready_when_the_disk_is_nearly_full(client, settings, clock):
    worker.beat("test", [])
    settings.DISK_FLOOR_MB = 10**12
    status, checks = readiness(client)
    assert status == 503
    assert checks["disk"].endswith("MB left")


def test_not_ready_when_the_database_does_not_answer(client, monkeypatch):
    class Broken:
        def cursor(self):
            raise OperationalError("gone")

    monkeypatch.setattr(health, "connection", Broken())
    assert readiness(client)[1]["database"] == "does not answer"


def test_the_operators_addresses_ask_for_no_host_and_no_sign_in(client, settings):
    settings.ALLOWED_HOSTS = ["union.example"]
    assert client.get("/healthz", headers={"host": "10.0.0.7"}).status_code == 200


def test_numbers_are_for_this_machine_or_for_the_token(client, settings):
    assert client.get("/metrics").status_code == 200
    assert client.get("/metrics", REMOTE_ADDR="203.0.113.5").status_code == 404
    assert client.get("/metrics", headers={"x-forwarded-for": "203.0.113.5"}).status_code == 404
    settings.METRICS_TOKEN = "long-token"
    assert client.get("/metrics").status_code == 404
    assert client.get("/metrics", headers={"authorization": "Bearer wrong"}).status_code == 404
    assert client.get("/metrics", headers={"authorization": "Bearer long-token"}).status_code == 200


def test_requests_are_counted_by_route_not_by_address(client):
    client.get("/api/v1/openapi.json")
    client.get("/no/such/15412345678/")
    numbers = client.get("/metrics").content.decode()
    assert 'niangjia_requests_total{method="GET",route="api/v1/openapi.json",status="200"}' in numbers
    assert 'route="(none)",status="404"' in numbers
    assert "15412345678" not in numbers
    assert "niangjia_workers 0.0" in numbers
    assert 'niangjia_jobs{state="dead"} 0.0' in numbers
