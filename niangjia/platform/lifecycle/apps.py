from django.apps import AppConfig


class LifecycleConfig(AppConfig):
    name = "niangjia.platform.lifecycle"
    label = "lifecycle"
    verbose_name = "流程"

    def ready(self) -> None:
        from niangjia.platform.lifecycle import checks  # noqa: F401 - registers the start-up check
