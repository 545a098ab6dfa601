from django.apps import AppConfig


class PlacesConfig(AppConfig):
    name = "niangjia.commons.places"
    label = "places"
    verbose_name = "场所"
