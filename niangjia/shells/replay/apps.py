"""Registers the replay with Django, for its command."""

from django.apps import AppConfig


class ReplayConfig(AppConfig):
    name = "niangjia.shells.replay"
    label = "replay"
    verbose_name = "重演"
