from django.apps import AppConfig


class JoiningConfig(AppConfig):
    name = "niangjia.services.joining"
    label = "joining"
    verbose_name = "入会"

    def ready(self) -> None:
        from django.db.models.signals import post_migrate

        from niangjia.platform.personal_data import portability, retention
        from niangjia.services.joining import books, consent, indicators, merging, notices, parameters  # noqa: F401 - two declare by import
        from niangjia.services.joining import identity as _identity  # noqa: F401 - it declares by import
        from niangjia.services.joining import portability as collected
        from niangjia.services.joining.exits import notices as exit_notices  # noqa: F401 - declared by import
        from niangjia.services.joining.exits import parameters as exit_parameters  # noqa: F401 - declared by import
        from niangjia.services.joining.fits import notices as fit_notices  # noqa: F401 - declared by import
        from niangjia.services.joining.fits import parameters as fit_parameters  # noqa: F401 - declared by import
        from niangjia.services.joining.retention import RULE
        from niangjia.services.joining.rosters import parameters as roster_parameters  # noqa: F401 - declared by import
        from niangjia.services.joining.stalls import indicators as stall_indicators
        from niangjia.services.joining.stalls import parameters as stall_parameters  # noqa: F401 - declared by import
        from niangjia.services.joining.transfers import indicators as transfer_indicators
        from niangjia.services.joining.transfers import notices as transfer_notices  # noqa: F401 - declared by import
        from niangjia.services.joining.transfers import parameters as transfer_parameters  # noqa: F401 - by import
        from niangjia.services.joining.transfers import telling

        post_migrate.connect(consent.publish, sender=self)
        self._listen()
        indicators.declare_all()
        stall_indicators.declare_all()
        transfer_indicators.declare_all()
        telling.register()
        books.declare()
        merging.declare()
        portability.register("joining", collected.collect)
        retention.register(RULE)
        retention.go_with("people.person", "joining.Transfer")
        retention.go_with("people.person", "joining.Fit")
        retention.go_with("people.person", "joining.Exit")
        self._put_on_the_desk()
        self._paint()

    @staticmethod
    def _listen() -> None:
        """What happens to people and to their data below."""
        from niangjia.commons.people import events as people
        from niangjia.platform.personal_data import events as personal_data
        from niangjia.services.joining import hearing

        personal_data.erasing.connect(hearing.empty_applications, dispatch_uid="joining.empty_applications")
        people.account_linked.connect(hearing.withdraw_of_linked, dispatch_uid="joining.withdraw_of_linked")
        people.account_closing.connect(hearing.withdraw_of_closed, dispatch_uid="joining.withdraw_of_closed")
        people.consent_withdrawn.connect(
            hearing.withdraw_without_consent, dispatch_uid="joining.withdraw_without_consent"
        )
        people.entries_joining.connect(hearing.close_fit_of_one, dispatch_uid="joining.close_fit_of_one")
        people.membership_restoring.connect(hearing.close_transfer, dispatch_uid="joining.close_transfer")

    @staticmethod
    def _put_on_the_desk() -> None:
        """How what waits reads on a desk."""
        from niangjia.commons.desk import subjects
        from niangjia.services.joining import queries
        from niangjia.services.joining.fits import queries as fits
        from niangjia.services.joining.fits.states import FIT
        from niangjia.services.joining.rosters import queries as rosters
        from niangjia.services.joining.rosters.states import ROSTER
        from niangjia.services.joining.states import APPLICATION
        from niangjia.services.joining.transfers import queries as transfers
        from niangjia.services.joining.transfers.states import TRANSFER

        subjects.register(subjects.Subject(queries.SUBJECT_TYPE, APPLICATION.subject, queries.desk_lines))
        subjects.register(subjects.Subject(rosters.SUBJECT_TYPE, ROSTER.subject, rosters.desk_lines))
        subjects.register(subjects.Subject(transfers.SUBJECT_TYPE, TRANSFER.subject, transfers.desk_lines))
        subjects.register(subjects.Subject(fits.SUBJECT_TYPE, FIT.subject, fits.desk_lines))

    @staticmethod
    def _paint() -> None:
        """The tones of the machines' states."""
        from niangjia.commons.rosters.preview import TONES
        from niangjia.platform.web import tones
        from niangjia.services.joining.exits.states import EXIT
        from niangjia.services.joining.fits.states import FIT
        from niangjia.services.joining.rosters.states import ROSTER
        from niangjia.services.joining.stalls.states import STALL
        from niangjia.services.joining.states import APPLICATION
        from niangjia.services.joining.transfers.states import TRANSFER

        tones.register(APPLICATION, {"lapsed": "off"})
        tones.register(STALL, {"running": "good", "ended": "off", "called_off": "off"})
        tones.register(ROSTER, TONES)
        tones.register(FIT, {"accepted": "good", "later": "off", "declined": "off", "lapsed": "off", "closed": "off"})
        tones.register(
            EXIT, {"warned": "warn", "stayed": "good", "kept": "good", "left": "off", "undone": "good", "closed": "off"}
        )
        tones.register(
            TRANSFER, {"accepted": "good", "refused": "bad", "declined": "off", "closed": "off", "lapsed": "off"}
        )
