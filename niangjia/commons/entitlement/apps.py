from django.apps import AppConfig


class EntitlementConfig(AppConfig):
    name = "niangjia.commons.entitlement"
    label = "entitlement"
    verbose_name = "资格"

    def ready(self) -> None:
        """A use names persons by their row alone, and means nobody once the person has gone."""
        from niangjia.commons.entitlement import merging
        from niangjia.commons.entitlement import portability as collected
        from niangjia.platform.personal_data import portability, retention

        merging.declare()
        retention.go_with("people.person", "entitlement.Use")
        portability.register("entitlement", collected.collect)
