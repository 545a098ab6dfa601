from django.apps import AppConfig


class SheetsConfig(AppConfig):
    name = "niangjia.platform.sheets"
    label = "sheets"
    verbose_name = "表格"
