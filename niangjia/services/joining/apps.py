from django.apps import AppConfig


class JoiningConfig(AppConfig):
    name = "niangjia.services.joining"
    label = "joining"
    verbose_name = "入会"
