from django.apps import AppConfig


class PeopleConfig(AppConfig):
    name = "niangjia.commons.people"
    label = "people"
    verbose_name = "人员"

    def ready(self) -> None:
        from django.db.models.signals import post_migrate

        from niangjia.commons.people import child_consent, deaths, events, hearing, queries
        from niangjia.commons.people.cards import hearing as cards
        from niangjia.commons.people.cards import jobs, notices  # noqa: F401 - they declare by import
        from niangjia.commons.people.cards.states import CARD
        from niangjia.commons.people.corrections import jobs as correction_jobs  # noqa: F401 - it declares by import
        from niangjia.commons.people.corrections import notices as correction_notices  # noqa: F401 - they declare by import
        from niangjia.commons.people.corrections import parameters  # noqa: F401 - they declare by import
        from niangjia.commons.people.disputes import hearing as disputes
        from niangjia.commons.people.disputes import jobs as dispute_jobs  # noqa: F401 - it declares by import
        from niangjia.commons.people.disputes import notices as dispute_notices  # noqa: F401 - they declare by import
        from niangjia.commons.people.disputes import parameters as dispute_parameters  # noqa: F401 - declared by import
        from niangjia.commons.people.disputes.states import DISPUTE
        from niangjia.commons.people.merging import hearing as merging
        from niangjia.commons.people.merging import notices as merge_notices  # noqa: F401 - they declare by import
        from niangjia.commons.people.merging import own
        from niangjia.commons.people.merging import parameters as merge_parameters  # noqa: F401 - declared by import
        from niangjia.commons.people.merging.states import MERGE
        from niangjia.commons.people.own_data import closing, holdings, retiring
        from niangjia.commons.people.own_data import jobs as own_data_jobs  # noqa: F401 - it declares by import
        from niangjia.commons.people.own_data import notices as own_data_notices  # noqa: F401 - it declares by import
        from niangjia.commons.unions import events as unions
        from niangjia.platform.accounts import actors
        from niangjia.platform.accounts import events as accounts
        from niangjia.platform.personal_data import events as personal_data
        from niangjia.platform.web import tones

        post_migrate.connect(child_consent.publish, sender=self)
        actors.register_person(queries.of_user)
        unions.union_closing.connect(hearing.refuse_closing, dispatch_uid="people.refuse_closing")
        personal_data.erasing.connect(hearing.empty_person, dispatch_uid="people.empty_person")
        events.member_joined.connect(cards.issue, dispatch_uid="people.card.issue")
        events.membership_restored.connect(cards.issue, dispatch_uid="people.card.issue_again")
        events.membership_ended.connect(deaths.follow, dispatch_uid="people.death")
        events.membership_ended.connect(cards.close, dispatch_uid="people.card.close")
        personal_data.erasing.connect(cards.forget_bank, dispatch_uid="people.card.forget_bank")
        tones.register(CARD, {"blocked": "bad", "replaced": "off", "set_aside": "off"})
        tones.register(MERGE, {"applied": "good", "undone": "off", "refused": "off"})
        tones.register(DISPUTE, {"moved": "good", "corrected": "good", "joined": "good"})
        own.declare()
        personal_data.erasing.connect(merging.erase_merged, dispatch_uid="people.erase_merged")
        personal_data.erasing.connect(disputes.forget_side, dispatch_uid="people.dispute.forget_side")
        events.entries_joined.connect(disputes.follow_merge, dispatch_uid="people.dispute.follow_merge")
        events.merge_dropped.connect(disputes.follow_dropped_merge, dispatch_uid="people.dispute.follow_dropped_merge")
        holdings.register()
        retiring.register()
        accounts.signed_in.connect(closing.call_off, dispatch_uid="people.closing.call_off")
