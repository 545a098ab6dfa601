from django.apps import AppConfig


class ParametersConfig(AppConfig):
    name = "niangjia.commons.parameters"
    label = "parameters"
    verbose_name = "参数"
