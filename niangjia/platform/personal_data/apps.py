from django.apps import AppConfig


class PersonalDataConfig(AppConfig):
    name = "niangjia.platform.personal_data"
    label = "personal_data"
    verbose_name = "个人信息"

    def ready(self) -> None:
        from niangjia.platform.personal_data import checks  # noqa: F401 - registers the start-up checks
