"""Registers the pages' platform with Django."""

from django.apps import AppConfig
from django.utils.translation import gettext

from niangjia.kernel import text


class WebConfig(AppConfig):
    name = "niangjia.platform.web"
    label = "web"
    verbose_name = "网页"

    def ready(self) -> None:
        """Let the messages of pure modules speak the reader's language, and closed gates answer with our pages."""
        from niangjia.platform.accounts import answers
        from niangjia.platform.web import errors

        text.set_translator(gettext)
        answers.register_renderer(errors.draw)
