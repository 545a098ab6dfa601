"""``niangjia bench`` gives each benchmark its own options and ends ``--json`` with the flat summary."""

import json
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from niangjia.shells.bench import registry
from niangjia.shells.bench.registry import Line, Outcome, benchmark, registered


@pytest.fixture
def counting(monkeypatch):
    monkeypatch.setattr(registry, "_registered", dict(registered()))

    def arguments(parser):
        parser.add_argument("--rows", type=int, default=3)

    @benchmark("counting", "counts rows", arguments=arguments)
    def counting(options):
        return Outcome([Line("rows", options["rows"], "")], {"joined": options["rows"], "seconds": 0.5})


def _run(*words):
    out = StringIO()
    call_command("bench", *words, stdout=out)
    return out.getvalue().splitlines()


def test_every_benchmark_says_what_it_measures():
    assert {"http", "tree"} <= set(registered())
    assert all(entry.about for entry in registered().values())


def test_a_benchmark_reads_its_own_options_and_ends_with_its_summary(counting):
    figures, summary = map(json.loads, _run("counting", "--rows", "7", "--json"))
    assert figures["figures"] == [{"name": "rows", "value": 7, "unit": ""}]
    assert summary == {"joined": 7, "seconds": 0.5}


def test_without_json_the_summary_is_printed_as_lines(counting):
    assert _run("counting")[-2:] == [f"{'joined':<40} {'3':>12}", f"{'seconds':<40} {'0.5':>12}"]


def test_an_option_of_another_benchmark_is_refused(counting):
    with pytest.raises(CommandError):
        _run("counting", "--seconds", "1")
