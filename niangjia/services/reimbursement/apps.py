from django.apps import AppConfig


class ReimbursementConfig(AppConfig):
    name = "niangjia.services.reimbursement"
    label = "reimbursement"
    verbose_name = "二次报销"

    def ready(self) -> None:
        from niangjia.commons.desk import subjects
        from niangjia.commons.rosters.preview import TONES
        from niangjia.platform.personal_data import portability, retention
        from niangjia.platform.web import tones
        from niangjia.services.reimbursement import books, hearing, indicators, merging, notices, parameters, queries  # noqa: F401 - two declare by import
        from niangjia.services.reimbursement import portability as collected
        from niangjia.services.reimbursement import retention as kept
        from niangjia.services.reimbursement.feeds import queries as feeds
        from niangjia.services.reimbursement.states import CASE, FEED, LOST, ROUND

        subjects.register(subjects.Subject(queries.FEED_TYPE, FEED.subject, feeds.desk_lines))
        subjects.register(subjects.Subject(queries.ROUND_TYPE, ROUND.subject, queries.round_lines))
        books.declare()
        hearing.register()
        merging.declare()
        indicators.declare_all()
        portability.register("reimbursement", collected.collect)
        for rule in kept.RULES:
            retention.register(rule)
        tones.register(FEED, TONES)
        tones.register(
            CASE, {"paid": "good", "payment_failed": "bad", "nothing": "off", "dropped": "off", "withheld": "warn"}
        )
        tones.register(ROUND, {"approved": "good", "called_off": "off"})
        tones.register(LOST, {"matched": "good", "given_up": "off"})
