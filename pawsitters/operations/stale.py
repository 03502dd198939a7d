"""Public pages on this machine's disk, for the time when the database is away.

Only what any stranger would have been shown is ever kept: answers to requests without cookies
that say `Cache-Control: public` and set no cookie. One compressed file for each address, written
under another name and then renamed, so that no reader sees half of one. No pickles: a file that
somebody else has written can at worst show a wrong page.
"""

import gzip
import hashlib
import json
import os
import re
import tempfile
import zlib
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from urllib.parse import parse_qsl, urlencode, urlsplit

from django.conf import settings
from django.http import HttpRequest, HttpResponse

from pawsitters import clock

MAX_AGE = timedelta(hours=24)
MOST_PAGES = 20_000
MOST_BYTES = 300_000_000
LONGEST_PAGE = 1_000_000
HEADERS = (
    "Content-Type",
    "Content-Language",
    "Content-Security-Policy",
    "Referrer-Policy",
    "X-Content-Type-Options",
    "X-Frame-Options",
    "X-Robots-Tag",
)
# Less and less exact: without its dates a search still shows who is there.
WITHOUT = (
    ("month", "page", "reviews"),
    ("from", "to", "at", "until", "times", "minutes", "weekdays", "addons"),
    ("town",),
    ("dogs", "puppies", "cats", "other", "others", "kg", "sort", "km"),
)
SITTER = re.compile(rb'"/sitters/([a-z0-9-]{1,60})/')


@dataclass(frozen=True)
class Page:
    body: bytes
    headers: dict[str, str]
    kept_at: datetime
    is_exact: bool = True  # the very address that was asked for


def may_be_kept(request: HttpRequest, response: HttpResponse) -> bool:
    return (
        request.method == "GET"
        and not request.META.get("HTTP_COOKIE")
        and "HTTP_AUTHORIZATION" not in request.META
        and response.status_code == 200
        and not response.streaming
        and not response.cookies
        and "public" in response.get("Cache-Control", "")
        and response.get("Content-Type", "").startswith("text/html")
        and len(response.content) <= LONGEST_PAGE
    )


def _folder() -> Path:
    return Path(settings.VAR_DIR) / "stale"


def _file(address: str) -> Path:
    name = hashlib.sha256(address.encode()).hexdigest()
    return _folder() / name[:2] / f"{name}.gz"


def _canonical(address: str) -> str:
    """The same for `?a=1&b=2` and `?b=2&a=1`; not for `?a=` and none, where the page may complain."""
    parts = urlsplit(address)
    pairs = sorted(parse_qsl(parts.query, keep_blank_values=True))
    return f"{parts.path}?{urlencode(pairs)}" if pairs else parts.path


def keep(address: str, response: HttpResponse) -> None:
    """Write one page; `address` is path and query. Compressed answers are not taken."""
    if response.has_header("Content-Encoding"):
        return
    address = _canonical(address)
    named = SITTER.findall(b'"' + address.encode() + b'"' + response.content)
    head = {
        "address": address,
        "kept_at": clock.now().isoformat(),
        "headers": {name: response[name] for name in HEADERS if name in response},
        "sitters": sorted({slug.decode() for slug in named}),
    }
    text = json.dumps(head).encode() + b"\n" + response.content
    _write(_file(address), gzip.compress(text, 4, mtime=0))


def _write(file: Path, content: bytes) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile(dir=file.parent, prefix=".", delete=False) as part:
        part.write(content)
    os.replace(part.name, file)


def find(address: str) -> Page | None:
    """The page of this address, or of a less exact one; None if there is none young enough."""
    for wider in _wider(address):
        if page := _read(wider):
            return replace(page, is_exact=_filled_in(wider) == _filled_in(address))
    return None


def _filled_in(address: str) -> list[tuple[str, str]]:
    return sorted(parse_qsl(urlsplit(address).query))


def _wider(address: str) -> Iterator[str]:
    parts = urlsplit(address)
    pairs = parse_qsl(parts.query)
    yield _canonical(address)
    for names in ((), *WITHOUT):  # first without the fields that were left empty
        pairs = [(name, value) for name, value in pairs if name not in names]
        yield _canonical(f"{parts.path}?{urlencode(pairs)}")
    yield parts.path


def _read(address: str) -> Page | None:
    try:
        head, _, body = gzip.decompress(_file(address).read_bytes()).partition(b"\n")
        facts = json.loads(head)
        kept_at = datetime.fromisoformat(facts["kept_at"])
    except (OSError, EOFError, ValueError, KeyError, zlib.error):
        return None
    is_usable = facts["address"] == address and kept_at > clock.now() - MAX_AGE
    if not is_usable or any(_stone(slug).exists() for slug in facts["sitters"]):
        return None
    return Page(body, facts["headers"], kept_at)


# --- What must not be shown any more ---------------------------------------------------------
def _stone(slug: str) -> Path:
    return _folder() / "gone" / slug


def bury(slug: str) -> None:
    """From now on no kept page that names this sitter is shown, their own page included."""
    _write(_stone(slug), b"")


def unbury(slug: str) -> None:
    with suppress(FileNotFoundError):
        _stone(slug).unlink()


# --- Bounds ----------------------------------------------------------------------------------
def trim() -> int:
    """Remove what is too old or too much, the oldest first; return how many pages are left."""
    oldest = clock.now().timestamp() - MAX_AGE.total_seconds()
    pages, size = 0, 0
    for file, facts in sorted(_files(), key=lambda item: item[1].st_mtime, reverse=True):
        size += facts.st_size
        if facts.st_mtime < oldest or pages >= MOST_PAGES or size > MOST_BYTES:
            with suppress(FileNotFoundError):
                file.unlink()
        else:
            pages += 1
    return pages


def _files() -> Iterable[tuple[Path, os.stat_result]]:
    for file in _folder().glob("??/*"):
        with suppress(FileNotFoundError):
            yield file, file.stat()
