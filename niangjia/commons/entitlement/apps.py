from django.apps import AppConfig


class EntitlementConfig(AppConfig):
    name = "niangjia.commons.entitlement"
    label = "entitlement"
    verbose_name = "资格"
