from django.apps import AppConfig


class OffersConfig(AppConfig):
    name = "niangjia.services.offers"
    label = "offers"
    verbose_name = "普惠活动"

    def ready(self) -> None:
        from django.db.models.signals import post_migrate

        from niangjia.commons.desk import subjects
        from niangjia.platform.personal_data import portability, retention
        from niangjia.platform.web import tones
        from niangjia.services.offers import books, indicators, merging, queries
        from niangjia.services.offers import portability as collected
        from niangjia.services.offers import retention as kept
        from niangjia.services.offers.desk import live
        from niangjia.services.offers.rush import catalogue
        from niangjia.services.offers.states import APPEAL, CAMPAIGN, RESERVATION, SHEET

        subjects.register(subjects.Subject(queries.SUBJECT_TYPE, APPEAL.subject, queries.desk_lines))
        tones.register(CAMPAIGN, {"settled": "off", "called_off": "off"})
        tones.register(RESERVATION, {"cancelled": "off", "given_up": "off", "revoked": "bad"})
        tones.register(SHEET, {"open": "info", "signed": "warn", "countersigned": "good"})
        indicators.declare_all()
        books.declare()
        merging.declare()
        portability.register("offers", collected.collect)
        retention.register(kept.RULE)
        retention.go_with("people.person", *kept.WITH_THE_PERSON)
        post_migrate.connect(catalogue.forget, dispatch_uid="offers.catalogue.forget")
        post_migrate.connect(live.forget, dispatch_uid="offers.live.forget")
