"""The surroundings of a test run, set before Django reads its settings (`-p` in pytest.ini).

With this plugin `python -m pytest` works without any variable, and neither a developer's `.env`
nor data under `var/` can reach a test.
"""

import atexit
import os
import shutil
import signal
import tempfile

_parent = os.environ.get("VAR_DIR")
if _parent:
    os.makedirs(_parent, exist_ok=True)
VAR_DIR = tempfile.mkdtemp(prefix="pawsitters-test-", dir=_parent)
atexit.register(shutil.rmtree, VAR_DIR, ignore_errors=True)

os.environ.update(
    VAR_DIR=VAR_DIR,
    SECRET_KEY="only-for-tests",
    FIELD_KEYS="b25seS1mb3ItdGVzdHMtb25seS1mb3ItdGVzdHMtMDE=",
    DEBUG="0",
    DEMO="0",
    STAFF_SECOND_FACTOR="0",
    SITE_URL="http://127.0.0.1:8000",
    ALLOWED_HOSTS="testserver",
    EMAIL_URL="",
    CACHE_URL="locmemcache://tests",
    BEHIND_PROXY="0",
    # Playwright's synchronous interface keeps an event loop in the thread that runs the test.
    DJANGO_ALLOW_ASYNC_UNSAFE="true",
)
os.environ.setdefault("DATABASE_URL", f"sqlite:///{VAR_DIR}/db.sqlite3")
os.environ.pop("MEDIA_ROOT", None)
os.environ.pop("STATIC_ROOT", None)

# script/test sends TERM when it is interrupted: end like Ctrl-C, so that fixtures clean up.
for _signal in (signal.SIGINT, signal.SIGTERM):
    signal.signal(_signal, signal.default_int_handler)
