"""The benchmark of the rush at a small size: everything it compares is really there, and nothing is lost."""

from __future__ import annotations

import json
from io import StringIO

import pytest
from django.core.management import call_command

FIGURES = {
    "requests_per_s", "p50_ms", "p99_ms", "bare_requests_per_s", "ratio", "cpu_ms", "cpu_ratio", "sql_per_reservation",
    "generator_cpu_share", "oversold", "double", "lost",
}  # fmt: skip


@pytest.mark.postgresql
def test_a_small_rush_loses_nothing_and_says_every_figure():
    out = StringIO()
    options = ("--clients", "8", "--members", "900", "--stock", "260", "--seconds", "0.3", "--json")
    call_command("bench", "reserve", *options, stdout=out)
    summary = json.loads(out.getvalue().splitlines()[-1])
    assert set(summary) >= FIGURES
    assert [summary[name] for name in ("oversold", "double", "drift", "lost")] == [0, 0, 0, 0]
    assert summary["sql_per_reservation"] <= 3
    assert summary["requests_per_s"] > 0 < summary["bare_requests_per_s"]
