from django.apps import AppConfig


class ApiConfig(AppConfig):
    name = "niangjia.shells.api"
    label = "api"
    verbose_name = "接口"
