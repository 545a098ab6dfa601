from django.apps import AppConfig


class ProtectionConfig(AppConfig):
    name = "niangjia.services.protection"
    label = "protection"
    verbose_name = "互助保障"

    def ready(self) -> None:
        from django.db.models.signals import post_migrate

        from niangjia.commons.desk import subjects
        from niangjia.commons.rosters.preview import TONES
        from niangjia.platform.personal_data import portability, retention
        from niangjia.platform.web import tones
        from niangjia.services.protection import books, consent, hearing, indicators, notices, parameters, queries  # noqa: F401 - two declare by import
        from niangjia.services.protection import portability as collected
        from niangjia.services.protection import retention as kept
        from niangjia.services.protection.enrolment import parameters as list_parameters  # noqa: F401 - declared by import
        from niangjia.services.protection.enrolment import queries as lists
        from niangjia.services.protection.enrolment.states import ROSTER
        from niangjia.services.protection.purchases import parameters as purchase_parameters  # noqa: F401 - declared by import
        from niangjia.services.protection.purchases import wiring as purchases
        from niangjia.services.protection.states import APPEAL, CLAIM, CONDOLENCE, ENROLMENT, PLAN_VERSION

        subjects.register(subjects.Subject(queries.CLAIM_TYPE, CLAIM.subject, queries.desk_lines))
        subjects.register(subjects.Subject(queries.APPEAL_TYPE, APPEAL.subject, queries.appeal_lines))
        subjects.register(subjects.Subject(queries.CONDOLENCE_TYPE, CONDOLENCE.subject, queries.condolence_lines))
        indicators.declare_all()
        books.declare()
        hearing.register()
        purchases.declare()
        portability.register("protection", collected.collect)
        for rule in kept.RULES:
            retention.register(rule)
        post_migrate.connect(consent.publish, sender=self)
        tones.register(PLAN_VERSION, {"published": "good", "superseded": "off", "closed": "off"})
        tones.register(ENROLMENT, {"in_force": "good", "ended": "off", "cancelled": "off"})
        tones.register(CLAIM, {"lapsed": "off", "closed": "off", "paid": "good", "payment_failed": "bad"})
        tones.register(APPEAL, {"taken_back": "off"})
        tones.register(CONDOLENCE, {"paid": "good", "payment_failed": "bad"})
        tones.register(ROSTER, TONES)
        subjects.register(subjects.Subject(lists.SUBJECT_TYPE, ROSTER.subject, lists.desk_lines))
