"""Registers the demonstration."""

from django.apps import AppConfig


class DemoConfig(AppConfig):
    name = "niangjia.shells.demo"
    label = "demo"
    verbose_name = "演示城市"
