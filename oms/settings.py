"""One settings file; whatever differs between machines comes from the environment (oms/env.py)."""

from __future__ import annotations

from pathlib import Path

from csp.constants import SELF
from django.utils.translation import gettext_lazy as _

from oms.env import database, env

BASE_DIR = Path(__file__).resolve().parent.parent

# ---- Machine -------------------------------------------------------------------------------------
DEBUG = env.bool("DEBUG", False)
EMBEDDED = env.bool("OMS_EMBEDDED", False)  # set by oms.embedded: a checkout on one machine
SECRET_KEY = env.str("SECRET_KEY")
SECRET_KEY_FALLBACKS: list[str] = env.list("SECRET_KEY_FALLBACKS", [])
OMS_DATA_KEYS = env.list("OMS_DATA_KEYS", []) or [SECRET_KEY]  # seal personal numbers; newest first
OMS_POINTS_PER_YUAN = env.int("OMS_POINTS_PER_YUAN", 100)  # what a member pays a yuan with
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", ["localhost", "127.0.0.1", "[::1]", "testserver"])
CSRF_TRUSTED_ORIGINS: list[str] = env.list("CSRF_TRUSTED_ORIGINS", [])
HTTPS = env.bool("OMS_HTTPS", False)  # behind a proxy that ends TLS
COMPANY = env.str("OMS_COMPANY", "")  # written before the branch at the side; empty: the branch alone
LIVE_URL = env.str("OMS_LIVE_URL", "")  # where pages listen, ending in /live/; empty: they ask every 20 s

DATABASES = {
    "default": {
        **database(env.str("DATABASE_URL")),
        "CONN_MAX_AGE": 600,
        "CONN_HEALTH_CHECKS": True,
        "DISABLE_SERVER_SIDE_CURSORS": env.bool("OMS_PGBOUNCER", False),
    }
}
REDIS_URL = env.str("REDIS_URL")
REDIS_NAMES = "oms"  # what the names of our channels and keys there begin with

# ---- Django --------------------------------------------------------------------------------------
INSTALLED_APPS = [
    "oms.staff.apps.OmsAdminConfig",  # the plain Django admin behind our sign-in
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "django.forms",  # the form templates that templates/django/forms overrides in part
    "django.contrib.postgres",
    "django_filters",
    "django_htmx",
    "template_partials",
    "csp",
    "axes",
    "django_otp",
    "django_otp.plugins.otp_totp",
    "django_otp.plugins.otp_static",
    "pgtrigger",
    "pghistory",
    "ninja",
    "oms",
    "inventory",
    "orders",
    "interception",
    "hotel",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "oms.staff.middleware.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "oms.web.middleware.TypedTextMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django_otp.middleware.OTPMiddleware",
    "oms.staff.middleware.StaffMiddleware",
    "oms.trace.middleware.TraceMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "csp.middleware.CSPMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "axes.middleware.AxesMiddleware",
]
ROOT_URLCONF = "oms.urls"
WSGI_APPLICATION = "oms.wsgi.application"
ASGI_APPLICATION = "oms.asgi.application"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
AUTH_USER_MODEL = "oms.Staff"
AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",
    "django.contrib.auth.backends.ModelBackend",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in (
        "UserAttributeSimilarityValidator",
        "MinimumLengthValidator",
        "CommonPasswordValidator",
        "NumericPasswordValidator",
    )
]
LOGIN_URL = "sign-in"
LOGIN_REDIRECT_URL = "workbench"
LOGOUT_REDIRECT_URL = "sign-in"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "oms.web.context.page",
            ],
            "builtins": ["django.templatetags.i18n", "django.templatetags.static", "oms.web.templatetags.ui"],
            "libraries": {"ui": "oms.web.templatetags.ui"},
        },
    }
]
FORM_RENDERER = "django.forms.renderers.TemplatesSetting"
DATA_UPLOAD_MAX_MEMORY_SIZE = 8 * 1024 * 1024  # a batch of 1,000 orders; above it: 413
DATA_UPLOAD_MAX_NUMBER_FIELDS = 20_000  # "choose all on this page" posts an id per row
FILE_UPLOAD_MAX_MEMORY_SIZE = 1024 * 1024
FILE_UPLOAD_TEMP_DIR = None
MEDIA_ROOT = Path(env.str("OMS_MEDIA_ROOT", str(BASE_DIR / ".data" / "media")))

# ---- Language, time ------------------------------------------------------------------------------
LANGUAGE_CODE = "zh-hans"
LANGUAGES = [("zh-hans", _("Simplified Chinese")), ("en", _("English"))]
LOCALE_PATHS = [BASE_DIR / "locale"]
LANGUAGE_COOKIE_NAME = "oms_language"
USE_I18N = True
USE_TZ = True
TIME_ZONE = "Asia/Shanghai"

# ---- Static files --------------------------------------------------------------------------------
STATIC_URL = "static/"
STATIC_ROOT = None if DEBUG or EMBEDDED else BASE_DIR / ".data" / "static"  # collected for production only
STATICFILES_DIRS = [BASE_DIR / "static"]
WHITENOISE_USE_FINDERS = DEBUG or EMBEDDED
WHITENOISE_AUTOREFRESH = DEBUG
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if DEBUG or EMBEDDED
        else "whitenoise.storage.CompressedManifestStaticFilesStorage"
    },
}

# ---- Security ------------------------------------------------------------------------------------
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "img-src": [SELF, "data:"],
        "connect-src": [SELF, *([LIVE_URL] if LIVE_URL.startswith("http") else [])],
        "frame-ancestors": ["'none'"],
        "form-action": [SELF],
        "base-uri": ["'none'"],
        "object-src": ["'none'"],
    }
}
SESSION_COOKIE_AGE = 12 * 3600  # a long shift
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = LANGUAGE_COOKIE_SECURE = HTTPS
SESSION_ENGINE = "django.contrib.sessions.backends.cached_db"
SECURE_SSL_REDIRECT = HTTPS
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if HTTPS else None
SECURE_HSTS_SECONDS = 31_536_000 if HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = HTTPS
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
AXES_FAILURE_LIMIT = 5
AXES_COOLOFF_TIME = 0.25  # hours
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_RESET_ON_SUCCESS = True
AXES_VERBOSE = False
AXES_DISABLE_ACCESS_LOG = True
AXES_LOCKOUT_CALLABLE = "oms.staff.views.locked_out"
OTP_TOTP_ISSUER = "OMS"
OMS_REQUIRE_OTP = env.bool("OMS_REQUIRE_OTP", not (DEBUG or EMBEDDED))  # for the roles that need it (oms.staff.roles)
CSRF_FAILURE_VIEW = "oms.web.errors.csrf_failure"

# ---- Redis, Celery -------------------------------------------------------------------------------
CACHES = {"default": {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": REDIS_URL}}
CELERY_BROKER_URL = REDIS_URL.replace("unix://", "redis+socket://").replace("?db=", "?virtual_host=")
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_TASK_DEFAULT_QUEUE = "fast"
CELERY_TASK_ROUTES = {"jobs.*": {"queue": "slow"}}
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_DISABLE_RATE_LIMITS = True
CELERY_BROKER_TRANSPORT_OPTIONS = {"visibility_timeout": 4 * 3600, "socket_connect_timeout": 1, "socket_timeout": 30}
CELERY_TASK_PUBLISH_RETRY = False  # a page never waits for a broker that is down: the sweeps find the work
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_TIMEZONE = "UTC"
CELERY_BEAT_SCHEDULE = {
    # Messages are only wake-ups: these sweeps find whatever a lost one left behind.
    "relay-outbox": {"task": "outbox.relay", "schedule": 5.0},
    "run-conveyor": {"task": "conveyor.run", "schedule": 10.0},
    "send-documents": {"task": "dispatch.send_documents", "schedule": 10.0},
    "recheck-interceptions": {"task": "interception.recheck", "schedule": 300.0},
    "resume-jobs": {"task": "jobs.resume", "schedule": 30.0},
    "remind-desks": {"task": "stays.remind", "schedule": 15.0},
    "keep-audit-plans": {"task": "audit.keep_plans", "schedule": 60.0},
    "upgrade-members": {"task": "members.upgrade", "schedule": 6 * 3600.0},
    "forget-nonces": {"task": "intake.forget_nonces", "schedule": 600.0},
}

# ---- The product ---------------------------------------------------------------------------------
OMS_STAGES = [
    "orders.conveyor.stages.mapping.Map",
    "interception.stages.Audit",
    "orders.conveyor.stages.routing.Route",
    "interception.stages.Confirm",
    "orders.conveyor.stages.dispatching.Dispatch",
]
OMS_CHECKS = [
    "interception.checks.amount_mismatch.AmountMismatch",
    "interception.checks.sku_unmapped.SkuUnmapped",
    "interception.checks.stock_short.StockShort",
    "interception.checks.blacklist.Blacklist",
    "interception.checks.no_warehouse.NoWarehouse",
]
OMS_JOBS = [
    "orders.intake.jobs.ImportOrders",
    "orders.order.jobs.CancelOrders",
    "orders.order.jobs.ExportOrders",
    "orders.order.jobs.RemarkOrders",
    "orders.dispatch.jobs.ShipDocuments",
    "orders.dispatch.jobs.ResendDocuments",
    "interception.jobs.Recheck",
    "inventory.counting.jobs.ReceiveFile",
    "hotel.audit.jobs.CloseDate",
]
OMS_WAREHOUSE_GATEWAYS = {"builtin": "orders.dispatch.gateways.builtin.BuiltinWarehouse"}
OMS_INVARIANTS = [  # what `manage.py check_books` proves; each is a module with INVARIANTS
    "inventory.stock.invariants",
    "orders.order.invariants",
    "orders.dispatch.invariants",
    "interception.invariants",
    "hotel.rooms.invariants",
    "hotel.members.invariants",
    "hotel.folios.invariants",
    "hotel.stays.invariants",
    "hotel.audit.invariants",
]
OMS_BENCHES = [  # `manage.py bench`: modules with a BENCHES mapping of name to callable
    "oms.embedded.bench",
    "oms.web.bench",
    "orders.intake.bench",
    "orders.intake.files.bench",
    "orders.conveyor.bench",
    "orders.order.bench",
    "hotel.rooms.bench",
    "hotel.chart.bench",
    "hotel.stays.bench",
    "hotel.folios.bench",
    "hotel.audit.bench",
]
OMS_SEARCHES = [  # what the search box looks through, in this order
    "orders.order.search.OrderSearch",
    "orders.dispatch.search.DocumentSearch",
    "inventory.catalog.search.SkuSearch",
    "hotel.stays.search.StaySearch",
    "hotel.stays.search.GuestSearch",
    "hotel.stays.search.RoomSearch",
]

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "{asctime} {levelname} {name} {message}", "style": "{"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["stderr"], "level": env.str("LOG_LEVEL", "WARNING")},
}
SILENCED_SYSTEM_CHECKS = [] if HTTPS or not DEBUG else ["security.W004"]
