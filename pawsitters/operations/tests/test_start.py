"""How the site starts, refuses to start, and stops."""

import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from urllib.request import urlopen

import pytest
from django.conf import settings
from django.core.management import call_command

MANAGE = [sys.executable, str(settings.BASE_DIR / "manage.py")]
SERVER = ["sh", str(settings.BASE_DIR / "script" / "server")]


KEY_FILES = {"SECRET_KEY": "key", "FIELD_KEYS": "keys"}
FIELD_KEY = "b25seS1mb3ItdGVzdHMtb25seS1mb3ItdGVzdHMtMDE="


def environment(tmp_path, **values) -> dict[str, str]:
    plain = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
    return {**plain, "VAR_DIR": str(tmp_path), "DATABASE_URL": "sqlite://:memory:", **values}


def manage(tmp_path, *arguments, **values):
    return subprocess.run(
        [*MANAGE, *arguments],
        env=environment(tmp_path, **values), cwd=tmp_path, capture_output=True, text=True,
    )  # fmt: skip


def test_without_a_secret_key_it_refuses_with_a_sentence(tmp_path):
    result = manage(tmp_path, "check", SECRET_KEY="")

    assert result.returncode != 0
    assert result.stderr.startswith("SECRET_KEY is missing. Put a long random text")


def test_without_keys_for_door_codes_it_refuses_with_a_sentence(tmp_path):
    result = manage(tmp_path, "check", SECRET_KEY="k" * 60)

    assert result.returncode != 0
    assert result.stderr.startswith("FIELD_KEYS is missing: it encrypts door codes")


@pytest.mark.parametrize("url", ["", "localhost"])
def test_a_database_address_that_is_none_is_refused_with_a_sentence(tmp_path, url):
    result = manage(tmp_path, "check", SECRET_KEY="k" * 60, FIELD_KEYS=FIELD_KEY, DATABASE_URL=url)

    assert result.returncode != 0
    assert "DATABASE_URL is empty or not of the form mysql://" in result.stderr
    assert "Traceback" not in result.stderr


def test_both_keys_may_be_in_files(tmp_path):
    (tmp_path / "key").write_text("k" * 60)
    (tmp_path / "keys").write_text(FIELD_KEY)
    files = {f"{name}_FILE": str(tmp_path / path) for name, path in KEY_FILES.items()}

    assert manage(tmp_path, "check", **files).returncode == 0


def test_settings_of_a_real_site_pass_djangos_deployment_check(tmp_path):
    result = manage(
        tmp_path, "check", "--deploy", "--fail-level", "WARNING",
        SECRET_KEY="x7Jq-" * 12, FIELD_KEYS=FIELD_KEY, SITE_URL="https://pawsitters.example",
    )  # fmt: skip

    assert result.returncode == 0, result.stderr


@pytest.mark.django_db
def test_no_migration_is_missing():
    call_command("makemigrations", "--check", "--dry-run", verbosity=0)


def test_a_taken_port_is_one_sentence(tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        result = subprocess.run(
            SERVER, env=environment(tmp_path, PORT=port), capture_output=True, text=True
        )

    assert result.returncode != 0
    assert result.stderr.startswith(f"Port {port} on 127.0.0.1 is taken")
    assert len(result.stderr.splitlines()) == 1


def processes_of(var_dir: Path) -> list[str]:
    """Command lines of the processes that were started with this VAR_DIR."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            if f"VAR_DIR={var_dir}\0".encode() in (process / "environ").read_bytes():
                found.append((process / "cmdline").read_text().replace("\0", " "))
        except OSError:
            continue  # it ended meanwhile, or is somebody else's
    return [line for line in found if line]


@pytest.mark.skipif(
    settings.DATABASES["default"]["ENGINE"].endswith("mysql"), reason="once is enough"
)
@pytest.mark.parametrize("ending", [signal.SIGTERM, signal.SIGINT])
def test_the_server_says_when_it_is_ready_and_leaves_nothing_behind(tmp_path_factory, ending):
    var = tmp_path_factory.getbasetemp() / "server"  # the second start is a warm one
    var.mkdir(exist_ok=True)
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = str(free.getsockname()[1])
    values = environment(var, PORT=port, DEMO="0", STATIC_ROOT=str(var / "static"))
    del values["DATABASE_URL"]
    server = subprocess.Popen(
        SERVER, env=values, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
    )  # fmt: skip
    try:
        lines = iter(server.stdout.readline, "")
        assert f"ready on http://127.0.0.1:{port}\n" in lines
        assert urlopen(f"http://127.0.0.1:{port}/healthz", timeout=5).status == 200
        started = time.monotonic()
        server.send_signal(ending)
        assert server.wait(timeout=20) == 128 + ending
    finally:
        server.kill()
        server.stdout.close()

    # gunicorn gives a request that is under way 10 s; nothing may have to be killed after 12.
    assert time.monotonic() - started < 14
    assert processes_of(var) == []
