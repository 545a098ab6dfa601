"""Numbers for Prometheus: requests by route and status, and what waits in the queues. No personal data, no ids."""

from __future__ import annotations

import os
import secrets
import time
from collections.abc import Callable, Iterator

import structlog
from django.apps import apps
from django.conf import settings
from django.db import DatabaseError
from django.db.models import Model
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Counter, Histogram, generate_latest, multiprocess
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import REGISTRY, Collector

from niangjia.shells.host.health import healthz, readyz

LOOPBACK = frozenset({"127.0.0.1", "::1"})

_requests = Counter("niangjia_requests", "Requests answered.", ["method", "route", "status"])
_seconds = Histogram(
    "niangjia_request_seconds", "Time to answer.", ["route"], buckets=(0.005, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)
)
_QUEUES = (("jobs", "Job", "jobs by state"), ("notices", "Outgoing", "outgoing messages by state"))


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
    """How many rows of each queue are in each state."""

    def collect(self) -> Iterator[GaugeMetricFamily]:
        for app, name, title in _QUEUES:
            gauge = GaugeMetricFamily(f"niangjia_{app}", f"Number of {title}.", labels=["state"])
            for state, count in _by_state(apps.get_model(app, name)).items():
                gauge.add_metric([state], count)
            yield gauge


def _by_state(model: type[Model]) -> dict[str, int]:
    from django.db.models import Count

    try:
        rows = model._default_manager.order_by().values_list("state").annotate(number=Count("pk"))
        return {str(state): number for state, number in rows}
    except DatabaseError:
        return {}
