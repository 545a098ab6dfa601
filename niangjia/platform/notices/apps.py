from django.apps import AppConfig


class NoticesConfig(AppConfig):
    name = "niangjia.platform.notices"
    label = "notices"
    verbose_name = "通知"
