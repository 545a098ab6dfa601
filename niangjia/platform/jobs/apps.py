"""Registers the jobs with Django."""

from django.apps import AppConfig
from django.utils.module_loading import autodiscover_modules


class JobsConfig(AppConfig):
    name = "niangjia.platform.jobs"
    label = "jobs"
    verbose_name = "任务"

    def ready(self) -> None:
        """Learn every app's work: its module ``jobs``, and the house's own housekeeping."""
        from niangjia.platform.jobs import housekeeping  # noqa: F401 - registers its work

        autodiscover_modules("jobs")
