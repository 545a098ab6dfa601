from django.apps import AppConfig


class PeopleConfig(AppConfig):
    name = "niangjia.commons.people"
    label = "people"
    verbose_name = "人员"

    def ready(self) -> None:
        from django.db.models.signals import post_migrate

        from niangjia.commons.people import child_consent, deaths, events, hearing, queries
        from niangjia.commons.people.cards import wiring as cards
        from niangjia.commons.people.corrections import wiring as _corrections  # noqa: F401 - they declare by import
        from niangjia.commons.people.disputes import wiring as disputes
        from niangjia.commons.people.guardians import wiring as guardians
        from niangjia.commons.people.merging import hearing as merging
        from niangjia.commons.people.merging import late as merge_jobs  # noqa: F401 - it declares by import
        from niangjia.commons.people.merging import notices as merge_notices  # noqa: F401 - they declare by import
        from niangjia.commons.people.merging import own
        from niangjia.commons.people.merging import parameters as merge_parameters  # noqa: F401 - declared by import
        from niangjia.commons.people.merging.states import MERGE
        from niangjia.commons.people.own_data import closing, holdings, retiring
        from niangjia.commons.people.own_data import jobs as own_data_jobs  # noqa: F401 - it declares by import
        from niangjia.commons.people.own_data import notices as own_data_notices  # noqa: F401 - it declares by import
        from niangjia.commons.people.wrong_deaths import wiring as wrong_deaths
        from niangjia.commons.unions import events as unions
        from niangjia.platform.accounts import actors
        from niangjia.platform.accounts import events as accounts
        from niangjia.platform.personal_data import events as personal_data
        from niangjia.platform.web import tones

        post_migrate.connect(child_consent.publish, sender=self)
        actors.register_person(queries.of_user)
        unions.union_closing.connect(hearing.refuse_closing, dispatch_uid="people.refuse_closing")
        personal_data.erasing.connect(hearing.empty_person, dispatch_uid="people.empty_person")
        events.membership_ended.connect(deaths.follow, dispatch_uid="people.death")
        cards.connect()
        tones.register(MERGE, {"applied": "good", "undone": "off", "refused": "off"})
        own.declare()
        personal_data.erasing.connect(merging.erase_merged, dispatch_uid="people.erase_merged")
        disputes.connect()
        wrong_deaths.connect()
        guardians.connect()
        holdings.register()
        retiring.register()
        accounts.signed_in.connect(closing.call_off, dispatch_uid="people.closing.call_off")
