"""One settings file. Nothing to set for a laptop; a few variables for a server."""

import os
from datetime import timedelta
from ipaddress import ip_network
from pathlib import Path

from csp.constants import NONE, SELF
from django.core.exceptions import ImproperlyConfigured
from django.core.management.utils import get_random_secret_key
from django.utils.translation import gettext_lazy as _

from .packs import COMMONS, LINKS, PACKS, PLAN, ROOMS

SOURCE = Path(__file__).resolve().parents[1]
HOME = Path(os.environ.get("HANFENG_HOME", "var")).resolve()
HOME.mkdir(parents=True, exist_ok=True)


def _counties() -> Path:
    """The county folders: beside the source in a checkout, inside the package in a wheel."""
    beside = SOURCE.parents[1] / "county"
    return beside if beside.is_dir() else SOURCE / "county"


COUNTY = Path(os.environ.get("HANFENG_COUNTY") or _counties() / "kaizhou").resolve()


def _secret() -> str:
    """The signing key: made once, kept in HOME, readable by its owner only."""
    path = HOME / "secret.key"
    if not path.exists():
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(handle, "w") as file:
            file.write(get_random_secret_key())
    return path.read_text()


DEBUG = False
SECRET_KEY = _secret()
ALLOWED_HOSTS = [h for h in os.environ.get("HANFENG_HOSTS", "127.0.0.1,localhost,[::1]").split(",") if h]
CSRF_TRUSTED_ORIGINS = [o for o in os.environ.get("HANFENG_ORIGINS", "").split(",") if o]


def _database() -> dict[str, object]:
    """SQLite in HOME, or the PostgreSQL server that HANFENG_DATABASE names (postgresql://user:pass@host:port/name)."""
    address = os.environ.get("HANFENG_DATABASE", "")
    if not address:
        return {
            "ENGINE": "django.db.backends.sqlite3",
            "NAME": HOME / "hanfeng.sqlite3",
            "OPTIONS": {
                "transaction_mode": "IMMEDIATE",
                "timeout": 30,
                "init_command": "PRAGMA journal_mode=wal; PRAGMA synchronous=FULL; PRAGMA cache_size=-65536",
            },
            # tests run on a file with the same settings: locks of an in-memory database are not the real ones
            "TEST": {"NAME": HOME / "test.sqlite3"},
        }
    from urllib.parse import unquote, urlsplit

    url = urlsplit(address)
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": url.path.lstrip("/"),
        "USER": unquote(url.username or ""),
        "PASSWORD": unquote(url.password or ""),
        "HOST": url.hostname or "",
        "PORT": str(url.port or ""),
        "CONN_MAX_AGE": 60,
        "CONN_HEALTH_CHECKS": True,
        "OPTIONS": {
            "options": "-c jit=off -c max_parallel_workers_per_gather=0"
        },  # no statement here is so long that it would pay
    }


def _apart(name: str) -> dict[str, object]:
    """A second file in HOME for what is written while pages are read (see site/databases.py)."""
    return {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": HOME / f"{name}.sqlite3",
        "OPTIONS": {
            "transaction_mode": "IMMEDIATE",
            "timeout": 30,
            "init_command": "PRAGMA journal_mode=wal; PRAGMA synchronous=FULL; PRAGMA cache_size=-2048",
        },
        "TEST": {"NAME": HOME / f"test-{name}.sqlite3"},
    }


DATABASES = {"default": _database()}
if "sqlite3" in str(DATABASES["default"]["ENGINE"]):
    DATABASES |= {name: _apart(name) for name in ("sessions", "watch")}
DATABASE_ROUTERS = ["hanfeng.site.databases.Router"]
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "allauth",
    "allauth.account",
    "allauth.socialaccount",
    "allauth.socialaccount.providers.openid_connect",
    "allauth.mfa",
    "csp",
    "django_htmx",
    "leaflet",
    *ROOMS,
    *COMMONS,
    *PACKS,
    *LINKS,
    *PLAN,
    "hanfeng.site",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "hanfeng.kernel.sense.sta.views.ahead",
    "csp.middleware.CSPMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "hanfeng.site.nul.WithoutNul",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "hanfeng.site.identity.sessions.seen",
    "hanfeng.site.identity.factor.demand",
    "allauth.account.middleware.AccountMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
]
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "django.template.context_processors.i18n",
                "hanfeng.site.frame.frame",
            ],
        },
    }
]


ROOT_URLCONF = "hanfeng.site.urls"
WSGI_APPLICATION = "hanfeng.site.wsgi.application"

LANGUAGE_CODE = "zh-hans"
LANGUAGES = [("zh-hans", _("Chinese (Simplified)")), ("en", _("English"))]
LOCALE_PATHS = [SOURCE / room / "locale" for room in ("kernel", "commons", "plan", "site", "links")]
TIME_ZONE = os.environ.get("HANFENG_TIME_ZONE", "Asia/Shanghai")
USE_TZ = True
USE_I18N = True

STATIC_URL = "static/"
STATIC_ROOT = HOME / "static"
# what set-up writes for the browser (the chart library out of its wheel), and the county's own logo
(HOME / "assets").mkdir(exist_ok=True)
STATICFILES_DIRS: list[object] = [HOME / "assets"]
if (COUNTY / "static").is_dir():
    STATICFILES_DIRS.append(("county", COUNTY / "static"))
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}
MEDIA_ROOT = HOME / "files"

LOGIN_URL = "/sign-in/"
LOGIN_REDIRECT_URL = "/"
LOGOUT_REDIRECT_URL = "/portal/"
AUTH_PASSWORD_VALIDATORS: list[dict[str, object]] = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in (
        "UserAttributeSimilarityValidator",
        "MinimumLengthValidator",
        "CommonPasswordValidator",
        "NumericPasswordValidator",
    )
]
AUTH_PASSWORD_VALIDATORS[1]["OPTIONS"] = {"min_length": 10}
AUTH_PASSWORD_VALIDATORS.append({"NAME": "hanfeng.site.identity.passwords.Mixed"})
AUTHENTICATION_BACKENDS = ["hanfeng.site.identity.adapters.Backend"]
ACCOUNT_ADAPTER = "hanfeng.site.identity.adapters.AccountAdapter"
ACCOUNT_LOGIN_METHODS = {"username"}
ACCOUNT_SIGNUP_FIELDS = ["username*", "password1*", "password2*"]
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_SESSION_REMEMBER = False
ACCOUNT_REAUTHENTICATION_REQUIRED = True
ACCOUNT_RATE_LIMITS = False  # the lock-out of the house counts from the log, the same for all processes
SOCIALACCOUNT_ADAPTER = "hanfeng.site.identity.adapters.SocialAdapter"
SOCIALACCOUNT_LOGIN_ON_GET = True  # a form that leads to another house would be stopped by form-action of the policy
SOCIALACCOUNT_EMAIL_VERIFICATION = "none"
SOCIALACCOUNT_STORE_TOKENS = False
SOCIALACCOUNT_PROVIDERS = {"openid_connect": {"OAUTH_PKCE_ENABLED": True}}
MFA_ADAPTER = "hanfeng.site.identity.adapters.FactorAdapter"
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes"]
MFA_TOTP_TOLERANCE = 1  # a telephone may be half a minute off
MFA_RECOVERY_CODES_SHOW_ONCE = True
MFA_ALLOW_UNVERIFIED_EMAIL = True
# the second factor: "off", empty (who wants it), or the roles that must have it, such as people.security,people.audit
SECOND_FACTOR = os.environ.get("HANFENG_SECOND_FACTOR", "").replace(" ", "")


def _networks(name: str) -> tuple[str, ...]:
    """The addresses and networks that a variable names. Raises ImproperlyConfigured in words."""
    named = tuple(os.environ.get(name, "").replace(",", " ").split())
    for text in named:
        try:
            ip_network(text, strict=False)
        except ValueError as why:
            told = f"{name} names the proxies before the site, such as 127.0.0.1,10.20.0.0/16; “{text}” is no address."
            raise ImproperlyConfigured(told) from why
    return named


# proxies of our own before the site: what they write into X-Forwarded-For is believed, what anybody else writes is not
PROXIES = _networks("HANFENG_PROXIES")
SESSION_ENGINE = "hanfeng.site.identity.sessions"
SESSION_IDLE = timedelta(minutes=int(os.environ.get("HANFENG_IDLE_MINUTES", "120")))
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_AGE = 8 * 3600
CSRF_COOKIE_SAMESITE = "Lax"
# HTTPS: "1" behind a proxy that speaks it, "own" when the site speaks it itself (hanfeng up --cert --key)
_TLS = os.environ.get("HANFENG_TLS", "")
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = _TLS in {"1", "own"}
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if _TLS == "1" else None
SECURE_HSTS_SECONDS = int(os.environ.get("HANFENG_HSTS", "0"))  # once sent, browsers refuse plain HTTP for so long
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "img-src": [SELF, "data:"],
        "object-src": [NONE],
        "base-uri": [SELF],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
    }
}
LEAFLET_CONFIG: dict[str, object] = {"TILES": []}

# who keeps observations: the writer process behind its socket; "here" keeps them in the process that sends them (tests)
SENSE_WRITER = "socket"

# the last so many backups of each kind that the site makes by itself are kept in HOME/backups
BACKUPS_KEPT = int(os.environ.get("HANFENG_BACKUPS_KEPT", "7"))
BACKUP_NIGHTLY = os.environ.get(
    "HANFENG_BACKUP_NIGHTLY", ""
)  # the time of a backup each night, such as 03:30; none when empty


# the mail server: smtp://user:password@host:587?tls=1, or smtps:// for one that speaks TLS from the first byte
def _mail(address: str) -> dict[str, object]:
    """The settings of Django's e-mail from one address; from= names the sender."""
    from urllib.parse import parse_qs, unquote, urlsplit

    url = urlsplit(address)
    asked = {name: values[-1] for name, values in parse_qs(url.query).items()}
    direct = url.scheme == "smtps"
    return {
        "EMAIL_HOST": url.hostname or "",
        "EMAIL_PORT": url.port or (465 if direct else 25),
        "EMAIL_HOST_USER": unquote(url.username or ""),
        "EMAIL_HOST_PASSWORD": unquote(url.password or ""),
        "EMAIL_USE_SSL": direct,
        "EMAIL_USE_TLS": not direct and asked.get("tls") == "1",
        "DEFAULT_FROM_EMAIL": asked.get("from") or unquote(url.username or "") or "hanfeng@localhost",
    }


globals().update(_mail(os.environ.get("HANFENG_SMTP", "")))
EMAIL_TIMEOUT = 10
# the gateway of text messages: an address to which a form is posted, the form with {phone}, {text} and {id} in it, what its
# answer holds when it accepts, and where the answer names the message (a group of a regular expression)
SMS = {
    "url": os.environ.get("HANFENG_SMS", ""),
    "form": os.environ.get("HANFENG_SMS_FORM", "phone={phone}&text={text}"),
    "accepted": os.environ.get("HANFENG_SMS_ACCEPTED", "."),
    "reference": os.environ.get("HANFENG_SMS_REFERENCE", ""),
    "most": int(os.environ.get("HANFENG_SMS_MOST", "300")),
}
# how the site is reached from outside, for links in messages; and whether webhooks may lead into its own network
SITE_ADDRESS = os.environ.get("HANFENG_ADDRESS", "")
PRIVATE_HOOKS = os.environ.get("HANFENG_PRIVATE_WEBHOOKS") == "1"

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "{asctime} {levelname} {name} {message}", "style": "{"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["console"], "level": "WARNING"},
}
