from django.apps import AppConfig


class UnionsConfig(AppConfig):
    name = "niangjia.commons.unions"
    label = "unions"
    verbose_name = "工会组织"
