from django.apps import AppConfig


class ConsoleConfig(AppConfig):
    name = "niangjia.shells.console"
    label = "console"
    verbose_name = "工作台"
