"""Registers the files with Django."""

from django.apps import AppConfig


class FilesConfig(AppConfig):
    name = "niangjia.platform.files"
    label = "files"
    verbose_name = "文件"

    def ready(self) -> None:
        """Let the content of an erased person's files go with them."""
        from niangjia.platform.files.actions import forget_person
        from niangjia.platform.personal_data.events import erasing

        erasing.connect(forget_person, dispatch_uid="files.forget_person")
