"""All settings in one place. What an installation may change comes from the environment (docs/settings.md)."""

from __future__ import annotations

from importlib.metadata import entry_points
from pathlib import Path

import environ

from niangjia.shells.host import logs

env = environ.Env()

PACKAGE = Path(__file__).resolve().parent
VAR = Path(env.str("NIANGJIA_VAR", default=str(Path.cwd() / "var")))

PRODUCTION = env.bool("NIANGJIA_PRODUCTION", default=False)
DEMO = env.bool("NIANGJIA_DEMO", default=False)
DEBUG = False
SECRET_KEY = env.str("NIANGJIA_SECRET_KEY", default="" if PRODUCTION else "not-secret-outside-production")
MASTER_KEY = env.str("NIANGJIA_MASTER_KEY", default="" if PRODUCTION else "0" * 64)
CIPHER = env.str("NIANGJIA_CIPHER", default="aes-gcm")
CARD_KEY_ID = env.int("NIANGJIA_CARD_KEY_ID", default=1)
CARD_KEYS_ACCEPTED = env.list("NIANGJIA_CARD_KEYS_ACCEPTED", cast=int, default=[])
ALLOWED_HOSTS = env.list("NIANGJIA_HOSTS", default=[] if PRODUCTION else ["*"])
CSRF_TRUSTED_ORIGINS = env.list("NIANGJIA_ORIGINS", default=[])
TRUSTED_PROXIES = env.int("NIANGJIA_TRUSTED_PROXIES", default=0)
BODY_SECONDS = env.float("NIANGJIA_BODY_SECONDS", default=60.0)

ROOMS = [
    "niangjia.services.joining",
    "niangjia.services.offers",
    "niangjia.services.protection",
    "niangjia.services.reimbursement",
    *(entry.value for entry in entry_points(group="niangjia.rooms")),
]

INSTALLED_APPS = [
    "django.contrib.contenttypes",
    "django.contrib.auth",
    "django.contrib.messages",
    "niangjia.shells.host.static.ServedFiles",
    "django_htmx",
    "niangjia.platform.accounts",
    "niangjia.platform.lifecycle",
    "niangjia.platform.audit",
    "niangjia.platform.personal_data",
    "niangjia.platform.requests",
    "niangjia.platform.notices",
    "niangjia.platform.files",
    "niangjia.platform.jobs",
    "niangjia.platform.sheets",
    "niangjia.platform.web",
    "niangjia.platform.testing",
    "niangjia.commons.unions",
    "niangjia.commons.people",
    "niangjia.commons.desk",
    "niangjia.commons.ledger",
    "niangjia.commons.entitlement",
    "niangjia.commons.parameters",
    "niangjia.commons.places",
    "niangjia.commons.rosters",
    "niangjia.commons.payments",
    *ROOMS,
    "niangjia.reports",
    "niangjia.shells.host",
    "niangjia.shells.portal",
    "niangjia.shells.console",
    "niangjia.shells.api",
    "niangjia.shells.demo",
    "niangjia.shells.documents",
    "niangjia.shells.generator",
    "niangjia.shells.bench",
    "niangjia.shells.replay",
]

DATABASES = {"default": env.db_url("DATABASE_URL", default=f"sqlite:///{VAR / 'niangjia.sqlite3'}")}
if DATABASES["default"]["ENGINE"] == "django.db.backends.sqlite3":
    DATABASES["default"]["OPTIONS"] = {
        "transaction_mode": "IMMEDIATE",
        "timeout": 20,
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA foreign_keys=ON;",
    }
else:
    DATABASES["default"]["CONN_MAX_AGE"] = None
    DATABASES["default"]["CONN_HEALTH_CHECKS"] = True
    DATABASES["default"]["DISABLE_SERVER_SIDE_CURSORS"] = True
    DATABASES["default"].setdefault("OPTIONS", {})["options"] = "-c lock_timeout=3000 -c timezone=UTC -c jit=off"
    DATABASES["default"]["OPTIONS"]["prepare_threshold"] = 5
PREPARED_STATEMENTS = env.bool("NIANGJIA_PREPARED_STATEMENTS", default=True)

DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
AUTH_USER_MODEL = "accounts.User"
PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]

MIDDLEWARE = [
    "niangjia.shells.host.metrics.OperatorMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "niangjia.platform.web.middleware.TraceMiddleware",
    "niangjia.platform.web.middleware.LanguageMiddleware",
    "niangjia.shells.host.bodies.SlowBodyMiddleware",
    "niangjia.platform.web.rush.RushMiddleware",
    "niangjia.shells.api.refusals.MethodMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "niangjia.platform.accounts.middleware.ActorMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "niangjia.platform.web.middleware.ErrorMiddleware",
    "niangjia.platform.web.middleware.ContentPolicyMiddleware",
]
ROOT_URLCONF = "niangjia.urls"
WSGI_APPLICATION = "niangjia.wsgi.application"
MESSAGE_STORAGE = "django.contrib.messages.storage.cookie.CookieStorage"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.messages.context_processors.messages",
                "niangjia.platform.web.context.page",
            ],
            "builtins": [
                "niangjia.platform.web.templatetags.web",
                "django.templatetags.i18n",
                "django.templatetags.static",
            ],
        },
    }
]
FORM_RENDERER = "niangjia.platform.web.forms.Renderer"

LANGUAGE_CODE = "zh-hans"
LANGUAGES = [("zh-hans", "中文"), ("en", "English")]
LANGUAGE_COOKIE_NAME = "niangjia_language"
LOCALE_PATHS = [PACKAGE / "locale"]
USE_I18N = True
USE_TZ = True
TIME_ZONE = "Asia/Shanghai"

STATIC_URL = "/static/"
STATIC_ROOT = VAR / "static"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage", "OPTIONS": {"location": str(VAR / "files")}},
    "staticfiles": {
        "BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"
        if PRODUCTION or DEMO
        else "django.contrib.staticfiles.storage.StaticFilesStorage"
    },
}
WHITENOISE_KEEP_ONLY_HASHED_FILES = True
WHITENOISE_USE_FINDERS = not (PRODUCTION or DEMO)

SESSION_COOKIE_SECURE = PRODUCTION
CSRF_COOKIE_SECURE = PRODUCTION
CSRF_COOKIE_NAME = "__Host-niangjia_csrf" if PRODUCTION else "niangjia_csrf"
CSRF_COOKIE_SAMESITE = "Lax"
CSRF_FAILURE_VIEW = "niangjia.platform.web.errors.csrf_failure"
SECURE_SSL_REDIRECT = PRODUCTION
SECURE_HSTS_SECONDS = 31_536_000 if PRODUCTION else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = PRODUCTION
SECURE_HSTS_PRELOAD = PRODUCTION
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if TRUSTED_PROXIES else None
X_FRAME_OPTIONS = "DENY"
DATA_UPLOAD_MAX_MEMORY_SIZE = 2_621_440
DATA_UPLOAD_MAX_NUMBER_FIELDS = 1000

SMS_ADAPTER = env.str("NIANGJIA_SMS", default="niangjia.platform.notices.adapters.ConsoleSms")
SMS_URL = env.str("NIANGJIA_SMS_URL", default="")
SMS_KEY = env.str("NIANGJIA_SMS_KEY", default="")
BANK_URL = env.str("NIANGJIA_BANK_URL", default="")
EMAIL_CONFIG = env.email_url("NIANGJIA_EMAIL_URL", default="consolemail://")
vars().update(EMAIL_CONFIG)
AUDIT_HEAD_URL = env.str("NIANGJIA_AUDIT_HEAD_URL", default="")
LOG_LEVEL = env.str("NIANGJIA_LOG_LEVEL", default="INFO")
LOGGING = logs.configure(LOG_LEVEL)
METRICS_TOKEN = env.str("NIANGJIA_METRICS_TOKEN", default="")
DISK_FLOOR_MB = env.int("NIANGJIA_DISK_FLOOR_MB", default=200)
SILENCED_SYSTEM_CHECKS: list[str] = []
