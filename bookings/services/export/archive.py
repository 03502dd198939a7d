"""Writes one person's ZIP. Nothing is held in memory but a few hundred rows."""

import csv
import io
import json
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from tempfile import TemporaryFile
from typing import BinaryIO, TextIO
from zipfile import ZIP_DEFLATED, ZIP_STORED, ZipFile, ZipInfo

from django.conf import settings
from django.core.exceptions import SuspiciousFileOperation
from django.core.files.storage import default_storage
from django.template.loader import render_to_string

from accounts.models import User
from accounts.sheets import cell
from bookings.services.export.calendar import calendar_text
from bookings.services.export.kinds import Kind, Mine, Row, plain
from bookings.services.export.registry import KINDS
from bookings.services.export.schema import VERSION, schema
from pawsitters import clock

# `report(done, of)` is called between the steps; it may raise to stop.
Report = Callable[[int, int], None]


def write_archive(user: User, file: BinaryIO, report: Report) -> None:
    """Fill an empty seekable file with everything of this person."""
    mine = Mine(user)
    photos: list[str] = []
    counts: dict[str, int] = {}
    with ZipFile(file, "w", ZIP_DEFLATED) as archive, TemporaryFile("w+", encoding="utf-8") as data:
        data.write(_head())
        for number, kind in enumerate(KINDS):
            report(number, len(KINDS) + 1)
            counts[kind.name] = _write_kind(kind, mine, archive, data, photos)
        data.write("\n}\n")
        data.seek(0)
        with _text_in(archive, "data.json") as target:
            shutil.copyfileobj(data, target)
        missing = [name for name in dict.fromkeys(photos) if not _copy_photo(archive, name)]
        archive.writestr("calendar.ics", calendar_text(mine))
        with _text_in(archive, "schema.json") as target:
            json.dump(schema(), target, indent=1)
        with _text_in(archive, "README.txt") as target:
            target.write(_read_me(user, counts, len(photos), missing))
        report(len(KINDS), len(KINDS) + 1)


def _head() -> str:
    values = {
        "format": "pawsitters-export",
        "version": VERSION,
        "made_at": plain(clock.now()),
        "site": settings.SITE_URL,
    }
    return json.dumps(values, indent=1).removesuffix("\n}")


def _write_kind(kind: Kind, mine: Mine, archive: ZipFile, data: TextIO, photos: list[str]) -> int:
    """One list of data.json and one CSV file, in one pass over the rows."""
    count = 0
    data.write(f',\n "{kind.name}": [')
    with _text_in(archive, f"csv/{kind.name}.csv", newline="") as sheet:
        sheet.write("\ufeff")  # without it Excel reads UTF-8 as something else
        writer = csv.writer(sheet)
        writer.writerow(kind.header)
        for row in kind.rows(mine):
            photos += _name_photos(kind, row)
            data.write(",\n  " if count else "\n  ")
            json.dump(row, data, ensure_ascii=False)
            writer.writerow([_cell(value) for value in row.values()])
            count += 1
    data.write("\n ]" if count else "]")
    return count


def _name_photos(kind: Kind, row: Row) -> list[str]:
    """Write into the row where its pictures will lie; return their names in storage."""
    names = [(column, row[column]) for column in kind.photos]
    row.update({column: f"photos/{name}" if name else None for column, name in names})
    return [name for _column, name in names if name]


def _cell(value: object) -> str:
    if isinstance(value, list | dict):
        return cell(json.dumps(value, ensure_ascii=False))
    if isinstance(value, bool):
        return "yes" if value else "no"
    return cell(value)


def _copy_photo(archive: ZipFile, name: str) -> bool:
    """Whether it could be read; a lost picture must not cost somebody all the rest."""
    try:
        with default_storage.open(name) as picture:
            entry = ZipInfo(f"photos/{name}", date_time=clock.now().timetuple()[:6])
            entry.compress_type = ZIP_STORED  # pictures do not get smaller
            with archive.open(entry, "w") as target:
                shutil.copyfileobj(picture, target)
    except (OSError, SuspiciousFileOperation):
        return False
    return True


def _read_me(user: User, counts: dict[str, int], photos: int, missing: list[str]) -> str:
    lists = [(kind, counts[kind.name]) for kind in KINDS]
    context = {"user": user, "made_at": clock.now(), "lists": lists, "site": settings.SITE_URL}
    context |= {"photos": photos - len(missing), "missing": missing}
    return render_to_string("bookings/export_readme.txt", context)


@contextmanager
def _text_in(archive: ZipFile, name: str, newline: str | None = None) -> Iterator[TextIO]:
    with archive.open(name, "w") as entry:
        text = io.TextIOWrapper(entry, encoding="utf-8", newline=newline)
        yield text
        text.flush()
        text.detach()
