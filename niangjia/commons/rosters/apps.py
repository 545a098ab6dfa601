from django.apps import AppConfig


class RostersConfig(AppConfig):
    name = "niangjia.commons.rosters"
    label = "rosters"
    verbose_name = "名单"
