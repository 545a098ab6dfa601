from django.apps import AppConfig


class UnionsConfig(AppConfig):
    name = "niangjia.commons.unions"
    label = "unions"
    verbose_name = "工会组织"

    def ready(self) -> None:
        from niangjia.commons.unions import grants
        from niangjia.platform.accounts import actors

        actors.register_grants(grants.of_user)
