from django.apps import AppConfig


class ProtectionConfig(AppConfig):
    name = "niangjia.services.protection"
    label = "protection"
    verbose_name = "互助保障"
