"""One settings file; whatever differs between machines is read from the environment or `.env`.

README.md lists every variable with its default and meaning.
"""

from pathlib import Path
from urllib.parse import urlsplit

import environ
from csp.constants import NONE, SELF
from django.core.exceptions import ImproperlyConfigured

from pawsitters.field_keys import field_keys

BASE_DIR = Path(__file__).resolve().parent.parent
VAR_DIR = BASE_DIR / "var"

env = environ.FileAwareEnv()  # NAME_FILE=/path reads NAME from that file (container secrets)
environ.Env.read_env(BASE_DIR / ".env")
VAR_DIR = Path(env.str("VAR_DIR", default=str(VAR_DIR)))
VAR_DIR.mkdir(parents=True, exist_ok=True)

# --- Who may see what of the machine -------------------------------------------------------
DEBUG = env.bool("DEBUG", default=False)
DEMO = env.bool("DEMO", default=False)  # allows `seed_demo` and shows the demo accounts at sign-in
SECRET_KEY = env.str("SECRET_KEY", default="only-for-debug" if DEBUG else "")
if not SECRET_KEY:
    raise ImproperlyConfigured(
        "SECRET_KEY is missing. Put a long random text into the environment or .env, for instance "
        'the output of: python3 -c "import secrets; print(secrets.token_urlsafe(50))"'
    )

FIELD_KEYS = field_keys(env.str("FIELD_KEYS", default=""), VAR_DIR, may_create=DEBUG)

SITE_URL = env.str("SITE_URL", default="http://127.0.0.1:8000").rstrip("/")
_site = urlsplit(SITE_URL)
IS_HTTPS = _site.scheme == "https"
ALLOWED_HOSTS = [_site.hostname or "", *env.list("ALLOWED_HOSTS", default=[])]
if not IS_HTTPS:
    ALLOWED_HOSTS += ["localhost", "127.0.0.1", "[::1]"]
CSRF_TRUSTED_ORIGINS = [SITE_URL]
SECURE_SSL_REDIRECT = IS_HTTPS
# Health checks come from inside, over plain HTTP, and must not be sent elsewhere.
SECURE_REDIRECT_EXEMPT = [r"^livez$", r"^readyz$", r"^healthz$"]
SECURE_HSTS_SECONDS = 31_536_000 if IS_HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = IS_HTTPS
SECURE_REFERRER_POLICY = "same-origin"
if env.bool("BEHIND_PROXY", default=False):  # only where a proxy always sets or removes the headers
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    ALLAUTH_TRUSTED_PROXY_COUNT = 1  # limits count by X-Forwarded-For's last address
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = IS_HTTPS
SESSION_COOKIE_HTTPONLY = CSRF_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
X_FRAME_OPTIONS = "DENY"

# Without this dict django-csp sends no header at all.
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF],
        "font-src": [SELF],
        "connect-src": [SELF],
        "manifest-src": [SELF],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
        "base-uri": [NONE],
    }
}

# --- Parts ---------------------------------------------------------------------------------
INSTALLED_APPS = [
    "accounts",
    "profiles",
    "bookings",
    "pawsitters.operations",
    "bookings.staff.apps.StaffAdminConfig",  # django.contrib.admin with our first page
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "crispy_forms",
    "crispy_bootstrap5",
    "csp",
]
MIDDLEWARE = [
    "pawsitters.operations.middleware.health_checks",
    "pawsitters.page_cache.PageCache",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "pawsitters.middleware.CompressText",
    "csp.middleware.CSPMiddleware",
    "pawsitters.operations.outage.Outage",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "pawsitters.operations.passport.Passports",
    "accounts.middleware.AccountMiddleware",  # Django's LoginRequiredMiddleware, extended
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
]
ROOT_URLCONF = "pawsitters.urls"
WSGI_APPLICATION = "pawsitters.wsgi.application"
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
            ],
        },
    },
]
# Admin's and our own form templates both come from TEMPLATES.
FORM_RENDERER = "django.forms.renderers.TemplatesSetting"
INSTALLED_APPS += ["django.forms"]
CRISPY_ALLOWED_TEMPLATE_PACKS = CRISPY_TEMPLATE_PACK = "bootstrap5"
CRISPY_FAIL_SILENTLY = False

# --- Data ----------------------------------------------------------------------------------
DATABASES = {"default": env.db_url("DATABASE_URL", default=f"sqlite:///{VAR_DIR}/db.sqlite3")}
_database = DATABASES["default"]
if not _database.get("ENGINE"):
    raise ImproperlyConfigured(
        "DATABASE_URL is empty or not of the form mysql://user:password@host:3306/name. "
        "Leave it out for SQLite in VAR_DIR."
    )
if _database["ENGINE"] == "django.db.backends.mysql":
    _database["ENGINE"] = "pawsitters.operations.mysql"  # the same, with a gate: operations/gate.py
    _database["OPTIONS"] = {
        "charset": "utf8mb4",
        "isolation_level": "read committed",
        # A lock that takes longer than this is an error that services retry; it stays below
        # read_timeout so that the server, not a cut connection, ends the wait.
        "init_command": "SET sql_mode='STRICT_TRANS_TABLES,ONLY_FULL_GROUP_BY', innodb_lock_wait_timeout=4, "
        f"wait_timeout={env.int('DATABASE_IDLE', default=300)}",
        "connect_timeout": 1,
        "read_timeout": env.int("DATABASE_TIMEOUT", default=5),
        "write_timeout": env.int("DATABASE_TIMEOUT", default=5),
        **_database.get("OPTIONS", {}),
    }
    # A kept connection hides a blocked network until it is renewed; a fresh one costs about 1 ms.
    _database["CONN_MAX_AGE"] = 0
    _database["TEST"] = {"CHARSET": "utf8mb4", "COLLATION": "utf8mb4_unicode_ci"}
else:
    # Opening the file costs about 1 ms, and a file cannot be cut off by the network.
    _database["CONN_MAX_AGE"] = None
    _database["OPTIONS"] = {
        "timeout": 20,
        # Readers never wait for the writer, and a writer queues at BEGIN instead of failing later.
        "transaction_mode": "IMMEDIATE",
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;",
    }
# allauth's conditional unique keys do not exist on MySQL; what holds instead stands in docs/adr/0001.
SILENCED_SYSTEM_CHECKS = ["models.W036"]
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
# Shared by all worker processes, because the limits on attempts are counted in it.
CACHES = {"default": env.cache_url("CACHE_URL", default=f"filecache://{VAR_DIR}/cache")}
CACHES["default"].setdefault("OPTIONS", {}).setdefault("MAX_ENTRIES", 20_000)
if "filebased" not in CACHES["default"]["BACKEND"]:
    CACHES["default"]["OPTIONS"].pop("MAX_ENTRIES")
# How old a public page from the memory of a process may be; 0 makes every page anew.
PAGE_CACHE_SECONDS = env.float("PAGE_CACHE_SECONDS", default=0 if DEBUG else 5)
# Fragments of pages: every process keeps its own, so a look-up costs no system call.
CACHES["fragments"] = {
    "BACKEND": "django.core.cache.backends.locmem.LocMemCache",
    "LOCATION": "fragments",
    "OPTIONS": {"MAX_ENTRIES": 4_000},
}

# --- Operations ----------------------------------------------------------------------------
WITNESS = env.str("WITNESS", default="")  # host:port beside the database server
WITNESS_KEY = env.str("WITNESS_KEY", default="")  # signs the heartbeats that confirm rule changes
ALERT_EMAILS = env.list("ALERT_EMAILS", default=[])
ALERT_WEBHOOK = env.str("ALERT_WEBHOOK", default="")
DEAD_MANS_URL = env.str("DEAD_MANS_URL", default="")  # asked each minute while the sentinel works
METRICS_TOKEN = env.str("METRICS_TOKEN", default="")  # without one there is no /metrics
RUNBOOK_URL = env.str("RUNBOOK_URL", default="docs/operations.md")  # alerts add "#alert-CAUSE"
# A copy of the records of firewall changes, for staff to look at.
CHANGES_DIR = env.str("CHANGES_DIR", default="")

# --- People --------------------------------------------------------------------------------
AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 10},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/overview/"
SESSION_ENGINE = "accounts.sessions"
SESSION_COOKIE_AGE = 30 * 24 * 3600  # "Stay logged in"; otherwise until the browser closes
ACCOUNT_ADAPTER = "accounts.adapter.AccountAdapter"
ACCOUNT_FORMS = {
    "signup": "accounts.forms.SignUpForm",
    "login": "accounts.forms.LoginForm",
    "add_email": "accounts.forms.ChangeEmailForm",
    "change_password": "accounts.forms.ChangePasswordForm",
    "set_password": "accounts.forms.SetPasswordForm",
    "reset_password": "accounts.forms.ResetPasswordForm",
    "reset_password_from_key": "accounts.forms.NewPasswordForm",
    "reauthenticate": "accounts.forms.ReauthenticateForm",
}
# How long after signing up the link in the mail still logs this browser in.
ACCOUNT_LOGIN_TIMEOUT = 24 * 3600
# Money, secrets and the ways in ask for a proof that is younger than this (accounts/decorators.py).
ACCOUNT_REAUTHENTICATION_REQUIRED = True
ACCOUNT_REAUTHENTICATION_TIMEOUT = 15 * 60
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_EMAIL_VERIFICATION = "mandatory"
ACCOUNT_UNIQUE_EMAIL = True
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_CONFIRM_EMAIL_ON_GET = False
ACCOUNT_LOGIN_ON_EMAIL_CONFIRMATION = True
ACCOUNT_LOGOUT_ON_GET = False
ACCOUNT_EMAIL_SUBJECT_PREFIX = ""
ACCOUNT_EMAIL_NOTIFICATIONS = True
ACCOUNT_CHANGE_EMAIL = True
ACCOUNT_RATE_LIMITS = {
    "login": "30/m/ip",
    "login_failed": "10/m/ip,5/5m/key",
    "signup": "20/m/ip",
    "hold_form": "20/m/ip",  # ours: accounts/held.py
    "report_card": "30/10m/user",  # ours: pictures are costly (bookings/views/report_cards.py)
    "propose": "20/m/user,100/d/user",  # ours: each change mails the other side
    "series": "20/m/user,60/d/user",  # ours: pausing and going on, each time with a mail
    "ask": "20/m/user,200/d/user",  # ours: each request mails a sitter (bookings/views/requests.py)
    "calendar_feed": "60/h/key",  # ours: programs look a few times a day
    "calendar_guess": "30/m/ip",  # ours: addresses that are none
    "read_calendar": "20/h/user",  # ours: each has us ask another site
    "save_search": "20/m/user",  # ours: each reads the search table
    "export": "5/d/user",  # ours: bookings/views/data.py
    "message": "10/m/user,200/d/user",  # ours: bookings/views/messages.py
    "open_thread": "15/d/user",  # ours: a first message to somebody one has no booking with
    "report": "10/h/user,30/d/user",  # ours: each wants a look by staff (bookings/views/reports.py)
    "look_at_access": "20/m/user",  # ours: each look is a row that the owner reads
    "reset_password": "20/m/ip,5/m/key",
    "confirm_email": "1/1m/key",
    "change_password": "5/m/user",
    "manage_email": "10/m/user",
}

MFA_ADAPTER = "accounts.second_factor.SecondFactor"
MFA_FORMS = {
    "activate_totp": "accounts.second_factor_forms.ActivateAppForm",
    "authenticate": "accounts.second_factor_forms.CodeForm",
    "reauthenticate": "accounts.second_factor_forms.ProofByCodeForm",
    "add_webauthn": "accounts.second_factor_forms.AddPasskeyForm",
    "edit_webauthn": "accounts.second_factor_forms.RenamePasskeyForm",
    "authenticate_webauthn": "accounts.second_factor_forms.PasskeyForm",
    "reauthenticate_webauthn": "accounts.second_factor_forms.ProofByPasskeyForm",
    "login_webauthn": "accounts.second_factor_forms.LoginByPasskeyForm",
}
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes", "webauthn"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_TOTP_ISSUER = "PawSitters"
MFA_TOTP_TOLERANCE = 1  # a phone's clock may be half a minute off; each code still counts once
MFA_RECOVERY_CODES_SHOW_ONCE = True
# Nobody logs in before the first address is confirmed; a second one must not be in the way.
MFA_ALLOW_UNVERIFIED_EMAIL = True
MFA_RATE_LIMITS = {"webauthn_login": "40/m/ip"}  # each log-in asks twice
# Whether staff need a second factor before they see the admin.
STAFF_SECOND_FACTOR = env.bool("STAFF_SECOND_FACTOR", default=not (DEBUG or DEMO))

# --- Mail ----------------------------------------------------------------------------------
# EMAIL_URL=smtp+tls://user:password@host:587 sends; unset, each mail is a file under var/mail/.
if env.str("EMAIL_URL", default=""):
    vars().update(env.email_url("EMAIL_URL"))
    EMAIL_TIMEOUT = 10
else:
    EMAIL_BACKEND = "django.core.mail.backends.filebased.EmailBackend"
    EMAIL_FILE_PATH = VAR_DIR / "mail"
DEFAULT_FROM_EMAIL = SERVER_EMAIL = env.str("FROM_EMAIL", default="PawSitters <hello@localhost>")

# --- Place, language, money ----------------------------------------------------------------
LANGUAGE_CODE = "en-gb"
LANGUAGES = [("en-gb", "English")]
LOCALE_PATHS = [BASE_DIR / "locale"]
USE_I18N = True
USE_TZ = True
TIME_ZONE = "UTC"
CURRENCY = env.str("CURRENCY", default="EUR")
OWNER_FEE_BPS = env.int("OWNER_FEE_BPS", default=0)
OWNER_FEE_CAP_CENTS = env.int("OWNER_FEE_CAP_CENTS", default=2500)
SITTER_FEE_BPS = env.int("SITTER_FEE_BPS", default=0)

# --- Files ---------------------------------------------------------------------------------
STATIC_URL = "/static/"
STATIC_ROOT = Path(env.str("STATIC_ROOT", default=str(BASE_DIR / "staticfiles")))
STATICFILES_DIRS = [BASE_DIR / "static"]
MEDIA_URL = "/media/"
MEDIA_ROOT = Path(env.str("MEDIA_ROOT", default=str(VAR_DIR / "media")))
EXPORT_ROOT = VAR_DIR / "exports"  # people's own data for a week; never served by a web server
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if DEBUG
        else "pawsitters.storage.StaticFiles",
        "OPTIONS": {"file_permissions_mode": 0o644},
    },
}
DATA_UPLOAD_MAX_MEMORY_SIZE = 1_000_000  # forms without their files
DATA_UPLOAD_MAX_NUMBER_FILES = 12  # of 10 MB, kept on disk before a view is asked; we need six
FILE_UPLOAD_HANDLERS = [
    "accounts.images.BoundedUploadHandler",
    "django.core.files.uploadhandler.MemoryFileUploadHandler",
    "django.core.files.uploadhandler.TemporaryFileUploadHandler",
]
FILE_UPLOAD_MAX_MEMORY_SIZE = 2_500_000
FILE_UPLOAD_PERMISSIONS = 0o640

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "%(asctime)s %(levelname)s %(name)s: %(message)s"}},
    # An outage of the database is one line of the gate, not a stack trace for each visitor.
    "filters": {"outage": {"()": "pawsitters.operations.outage.IsNoOutage"}},
    "handlers": {
        "console": {"class": "logging.StreamHandler", "formatter": "line", "filters": ["outage"]}
    },
    "root": {"handlers": ["console"], "level": env.str("LOG_LEVEL", default="INFO")},
    "loggers": {
        "django.request": {"handlers": ["console"], "propagate": False},
        # Scanners ask for hosts of all kinds; each would write a stack trace.
        "django.security.DisallowedHost": {"level": "CRITICAL"},
    },
}
