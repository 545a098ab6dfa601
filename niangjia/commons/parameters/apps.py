from django.apps import AppConfig


class ParametersConfig(AppConfig):
    name = "niangjia.commons.parameters"
    label = "parameters"
    verbose_name = "参数"

    def ready(self) -> None:
        """Collect what the rooms declare in their ``parameters`` modules; a request looks each value up once."""
        from django.core.signals import request_finished, request_started
        from django.utils.module_loading import autodiscover_modules

        from niangjia.commons.parameters import queries

        autodiscover_modules("parameters")
        request_started.connect(queries.remember, dispatch_uid="parameters.remember")
        request_finished.connect(queries.forget, dispatch_uid="parameters.forget")
