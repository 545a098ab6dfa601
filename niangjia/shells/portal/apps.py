from django.apps import AppConfig


class PortalConfig(AppConfig):
    name = "niangjia.shells.portal"
    label = "portal"
    verbose_name = "会员门户"
