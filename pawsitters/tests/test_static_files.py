import re
from pathlib import Path

import pytest
from django.core.management import call_command
from django.http import HttpResponse
from django.test import RequestFactory

from pawsitters.middleware import CompressText
from pawsitters.storage import IMPORT


@pytest.fixture
def collected(settings, tmp_path) -> Path:
    settings.STATIC_ROOT = tmp_path / "static"
    settings.STORAGES = {
        **settings.STORAGES,
        "staticfiles": {"BACKEND": "pawsitters.storage.StaticFiles"},
    }
    call_command("collectstatic", interactive=False, verbosity=0)
    return settings.STATIC_ROOT


def test_browsers_get_one_stylesheet_with_every_sheet_in_order(collected, settings):
    hashed = next(path for path in collected.glob("css/site.*.css") if path.name != "site.css")
    text = hashed.read_text()
    source = Path(settings.BASE_DIR, "static/css")

    assert "@import" not in text
    names = IMPORT.findall((source / "site.css").read_text())
    own = [name for name in names if not name.startswith("..")]
    places = [text.index((source / name).read_text()[:60]) for name in own if name != "fonts.css"]
    assert places == sorted(places)
    for file in re.findall(r'url\("\.\./([^"]+)"\)', text):
        assert (collected / file).exists(), file


def test_pages_are_compressed(client):
    help_page = client.get("/help/", headers={"accept-encoding": "gzip"})

    assert help_page.headers["Content-Encoding"] == "gzip"


def test_pictures_are_not_compressed_again():
    request = RequestFactory().get("/media/x.webp", headers={"accept-encoding": "gzip"})
    answer = HttpResponse(b"x" * 5_000, content_type="image/webp")

    assert "Content-Encoding" not in CompressText(lambda _: answer)(request)
