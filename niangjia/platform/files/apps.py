from django.apps import AppConfig


class FilesConfig(AppConfig):
    name = "niangjia.platform.files"
    label = "files"
    verbose_name = "文件"
