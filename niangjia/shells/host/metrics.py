"""Numbers for Prometheus: requests by route and status, and what waits in the queues. No personal data, no ids."""

from __future__ import annotations

import os
import secrets
import time
from collections.abc import Callable, Iterator, Mapping

import structlog
from django.conf import settings
from django.db import DatabaseError
from django.db.models import Count
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Counter, Histogram, generate_latest, multiprocess
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import REGISTRY, Collector

from niangjia.platform.jobs import queries
from niangjia.platform.notices.models import Outgoing
from niangjia.shells.host.health import healthz, readyz

LOOPBACK = frozenset({"127.0.0.1", "::1"})

_requests = Counter("niangjia_requests", "Requests answered.", ["method", "route", "status"])
_seconds = Histogram(
    "niangjia_request_seconds", "Time to answer.", ["route"], buckets=(0.005, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)
)


class OperatorMiddleware:
    """Answers the operator's addresses before anything else looks at the request, and times all others."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response
        self.own = {"/healthz": healthz, "/readyz": readyz, "/metrics": metrics}

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        view = self.own.get(request.path)
        if view is not None and request.method in {"GET", "HEAD"}:
            structlog.contextvars.clear_contextvars()
            return view(request)
        began = time.perf_counter()
        response = self.get_response(request)
        route = request.resolver_match.route if request.resolver_match else "(none)"
        _requests.labels(request.method or "", route, str(response.status_code)).inc()
        _seconds.labels(route).observe(time.perf_counter() - began)
        return response


def metrics(request: HttpRequest) -> HttpResponse:
    """All numbers; only for who knows NIANGJIA_METRICS_TOKEN, or from this machine when none is set."""
    if not _may_read(request):
        return HttpResponse("not found\n", status=404, content_type="text/plain")
    registry: CollectorRegistry = REGISTRY
    if os.environ.get("PROMETHEUS_MULTIPROC_DIR"):
        registry = CollectorRegistry()
        multiprocess.MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
    waiting = CollectorRegistry()
    waiting.register(Queues())
    return HttpResponse(generate_latest(registry) + generate_latest(waiting), content_type=CONTENT_TYPE_LATEST)


def _may_read(request: HttpRequest) -> bool:
    if settings.METRICS_TOKEN:
        return secrets.compare_digest(request.headers.get("Authorization", ""), f"Bearer {settings.METRICS_TOKEN}")
    forwarded = "X-Forwarded-For" in request.headers or "Forwarded" in request.headers
    return not forwarded and request.META.get("REMOTE_ADDR", "") in LOOPBACK


class Queues(Collector):
    """What waits for a worker, read from the database at the moment of asking."""

    def collect(self) -> Iterator[GaugeMetricFamily]:
        try:
            waiting, late, outgoing = queries.counts(), queries.longest_wait(), _outgoing()
        except DatabaseError:
            return
        yield _gauge("niangjia_jobs", "Jobs by state.", waiting)
        yield _gauge("niangjia_outgoing", "Messages to be sent, by state.", outgoing)
        yield GaugeMetricFamily(
            "niangjia_jobs_wait_seconds", "How long the oldest due job has waited.", value=late.total_seconds()
        )
        yield GaugeMetricFamily("niangjia_workers", "Workers alive.", value=queries.workers_alive())


def _outgoing() -> dict[str, int]:
    rows = Outgoing.objects.order_by().values_list("state").annotate(number=Count("pk"))
    return {str(state): number for state, number in rows}


def _gauge(name: str, title: str, by_state: Mapping[str, int]) -> GaugeMetricFamily:
    gauge = GaugeMetricFamily(name, title, labels=["state"])
    for state, number in by_state.items():
        gauge.add_metric([state], number)
    return gauge
