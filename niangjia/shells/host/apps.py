"""Registers the checks at start."""

from django.apps import AppConfig


class HostConfig(AppConfig):
    name = "niangjia.shells.host"
    label = "host"
    verbose_name = "运行"

    def ready(self) -> None:
        """Let ``check`` know our checks."""
        from niangjia.shells.host import checks  # noqa: F401
