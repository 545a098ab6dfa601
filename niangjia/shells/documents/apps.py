from django.apps import AppConfig


class DocumentsConfig(AppConfig):
    name = "niangjia.shells.documents"
    label = "documents"
    verbose_name = "文档"
