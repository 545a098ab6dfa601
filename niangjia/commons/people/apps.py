from django.apps import AppConfig


class PeopleConfig(AppConfig):
    name = "niangjia.commons.people"
    label = "people"
    verbose_name = "人员"
