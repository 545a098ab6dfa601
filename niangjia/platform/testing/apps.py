from django.apps import AppConfig


class TestingConfig(AppConfig):
    name = "niangjia.platform.testing"
    label = "testing"
    verbose_name = "测试"
