from django.apps import AppConfig


class GeneratorConfig(AppConfig):
    name = "niangjia.shells.generator"
    label = "generator"
    verbose_name = "服务生成"
