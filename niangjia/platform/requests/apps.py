from django.apps import AppConfig


class RequestsConfig(AppConfig):
    name = "niangjia.platform.requests"
    label = "requests"
    verbose_name = "请求"
