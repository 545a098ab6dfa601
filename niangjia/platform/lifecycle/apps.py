from django.apps import AppConfig


class LifecycleConfig(AppConfig):
    name = "niangjia.platform.lifecycle"
    label = "lifecycle"
    verbose_name = "流程"
