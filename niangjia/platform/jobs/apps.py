from django.apps import AppConfig


class JobsConfig(AppConfig):
    name = "niangjia.platform.jobs"
    label = "jobs"
    verbose_name = "任务"
