"""Registers the benchmarks."""

from django.apps import AppConfig


class BenchConfig(AppConfig):
    name = "niangjia.shells.bench"
    label = "bench"
    verbose_name = "基准"
