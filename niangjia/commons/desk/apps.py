from django.apps import AppConfig


class DeskConfig(AppConfig):
    name = "niangjia.commons.desk"
    label = "desk"
    verbose_name = "待办"
