"""Fixtures of every test: no test sees another's files, mail, cache or the developer's data."""

import os
import shutil
from pathlib import Path

import hypothesis
import pytest
from django.conf import settings as project_settings
from django.core.cache import caches
from django.db import connection
from django.test import Client

# Two busy cores are no reason for a property test to fail.
hypothesis.settings.register_profile("pawsitters", deadline=None)
hypothesis.settings.load_profile("pawsitters")


def is_mysql() -> bool:
    return project_settings.DATABASES["default"]["ENGINE"].rsplit(".", 1)[-1] == "mysql"


def pytest_configure():
    # Argon2 takes 0.2 s on purpose; tests sign in hundreds of times.
    project_settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    # A page asked for twice in a test is to show what has changed in between.
    project_settings.PAGE_CACHE_SECONDS = 0
    # No collectstatic before the tests: names stay as they are, the live server uses the finders.
    project_settings.STORAGES = {
        **project_settings.STORAGES,
        "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
    }


def pytest_report_header(config):
    return f"database: {database_name()}"


def database_name() -> str:
    return "MySQL or MariaDB" if is_mysql() else "SQLite"


def needs_database(item) -> bool:
    fixtures = {"db", "transactional_db", "django_db_setup", "live_server"}
    markers = ("django_db", "mysql", "browser")
    return any(map(item.get_closest_marker, markers)) or bool(fixtures & set(item.fixturenames))


def pytest_collection_modifyitems(config, items):
    if is_mysql():
        # What asks no database has been tested on SQLite, unless it was asked for by name.
        if not any("::" in argument for argument in config.args):
            alike = [item for item in items if not needs_database(item)]
            config.hook.pytest_deselected(items=alike)
            items[:] = [item for item in items if needs_database(item)]
        return
    reason = "needs MySQL or MariaDB: sh script/test mysql"
    for item in items:
        if item.get_closest_marker("mysql"):
            item.add_marker(pytest.mark.skip(reason=reason))


def pytest_terminal_summary(terminalreporter):
    """Leave pytest's closing words where script/test picks them up for its last lines."""
    if target := os.environ.get("TEST_SUMMARY"):
        parts, _ = terminalreporter.build_summary_stats_line()
        Path(target).write_text(", ".join(text for text, _ in parts))


@pytest.fixture(scope="session")
def django_db_modify_db_settings(django_db_modify_db_settings):
    # A file instead of Django's database in memory: threads of a live server and of races then
    # wait for each other's locks as they do in production.
    if not is_mysql():
        test = project_settings.DATABASES["default"].setdefault("TEST", {})
        test["NAME"] = test.get("NAME") or str(project_settings.VAR_DIR / "test.sqlite3")
        connection.settings_dict.setdefault("TEST", {})["NAME"] = test["NAME"]


@pytest.fixture(autouse=True)
def _own_files_and_cache(settings, tmp_path):
    settings.VAR_DIR = tmp_path
    settings.MEDIA_ROOT = tmp_path / "media"
    settings.EMAIL_FILE_PATH = tmp_path / "mail"
    for cache in caches.all(initialized_only=True):
        cache.clear()


@pytest.fixture
def client_b():
    """A second person's browser."""
    return Client()


# --- Browser (pytest-playwright with Debian's Chromium) --------------------------------------
@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args):
    chromium = os.environ.get("CHROMIUM") or next(
        filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None
    )
    if chromium is None:
        pytest.skip("needs Chromium: sh script/test browser installs it")
    # Chromium's sandbox does not start as root, and small machines have a tiny /dev/shm.
    arguments = ["--disable-dev-shm-usage", *(["--no-sandbox"] if os.geteuid() == 0 else [])]
    return {**browser_type_launch_args, "executable_path": chromium, "args": arguments}


@pytest.fixture(scope="session")
def browser_context_args(browser_context_args):
    return {**browser_context_args, "locale": "en-GB", "timezone_id": "Europe/Berlin"}


@pytest.fixture
def open_page(live_server, new_context):
    """open_page("/help/", width=390, theme="dark", user=owner): a page of the live server.

    The policy is bypassed so that axe can be put in; keep_policy=True leaves it in force.
    """

    # Models are not there yet when pytest reads this file.
    from accounts.tests.factories import log_in

    def open_page(path="/", *, width=1280, theme="light", user=None, keep_policy=False, **options):
        context = new_context(
            viewport={"width": width, "height": 844 if width < 768 else 900},
            color_scheme=theme,
            bypass_csp=not keep_policy,
            base_url=live_server.url,
            **options,
        )
        if user:
            client = Client()
            log_in(client, user)
            context.add_cookies(
                [
                    {"name": name, "value": morsel.value, "url": live_server.url}
                    for name, morsel in client.cookies.items()
                ]
            )
        page = context.new_page()
        page.goto(path)
        return page

    return open_page
