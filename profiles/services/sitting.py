"""Everything a sitter changes about their own page, places and services.

Each change locks the sitter's capacity row first, as acceptances do, so that the two never
deadlock, reads the sitter again, and ends by renewing the copies that pages read.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date, time

from django.db import IntegrityError, transaction

from accounts.models import User
from profiles.folding import fold
from profiles.geo import snap
from profiles.images import delete_photo
from profiles.kinds import Kind
from profiles.models import (
    AddOn,
    LongStayTier,
    Rate,
    Service,
    SitterCapacity,
    SitterHoliday,
    SitterPhoto,
    SitterProfile,
    Town,
    WeekdayHours,
)
from profiles.services.snapshot import sitter_changed

SLUG_LENGTH = 60


@contextmanager
def editing(sitter: SitterProfile) -> Iterator[SitterProfile]:
    """One transaction of changes: `with editing(sitter) as sitter: …` gives the present row.

    The row that a view holds may be older than a decision of our staff, so only fields that the
    block changes are saved, and the search row is made from the fresh one.
    """
    with transaction.atomic():
        SitterCapacity.objects.select_for_update().get(pk=sitter.pk)
        fresh = SitterProfile.objects.select_related("user", "town").get(pk=sitter.pk)
        yield fresh
        sitter_changed(fresh)


def start_sitting(user: User) -> SitterProfile:
    """Give this person a page of their own as a draft; the one they have if there is one."""
    while True:
        try:
            with transaction.atomic():
                sitter, is_new = SitterProfile.objects.get_or_create(
                    user=user,
                    defaults={"slug": _free_slug(user), "time_zone": user.time_zone},
                )
                if is_new:
                    _usual_week(sitter)
                    sitter_changed(sitter)
                return sitter
        except IntegrityError:
            continue  # somebody of the same name was faster; the next number is free


def _free_slug(user: User) -> str:
    """ "mara-lindqvist", or the same with the next number."""
    stem = fold(user.name).replace(" ", "-")[: SLUG_LENGTH - 6].strip("-") or "sitter"
    taken = set(SitterProfile.objects.filter(slug__startswith=stem).values_list("slug", flat=True))
    slug, number = stem, 1
    while slug in taken:
        number += 1
        slug = f"{stem}-{number}"
    return slug


def _usual_week(sitter: SitterProfile) -> None:
    SitterCapacity.objects.create(sitter=sitter)
    WeekdayHours.objects.bulk_create(
        WeekdayHours(sitter=sitter, weekday=day, visits_from=time(8), visits_until=time(20))
        for day in range(7)
    )


def save_page(*, sitter: SitterProfile, values: Mapping) -> None:
    """Write fields of the page itself (texts, home, payment); `values` are cleaned."""
    with editing(sitter) as fresh:
        _write(fresh, values)


def save_place(
    *,
    sitter: SitterProfile,
    street: str,
    postcode: str,
    town: Town,
    point: tuple[int, int] | None,
) -> None:
    """Move the sitter. `point` is (lat, lng) in micro-degrees; without it the town's middle counts."""
    lat, lng = point or (town.lat_e6, town.lng_e6)
    grid_lat, grid_lng = snap(lat, lng)
    with editing(sitter) as fresh:
        _write(
            fresh,
            {
                "street": street,
                "postcode": postcode,
                "town": town,
                "time_zone": town.time_zone,
                "lat_e6": lat,
                "lng_e6": lng,
                "grid_lat_e6": grid_lat,
                "grid_lng_e6": grid_lng,
            },
        )


def _write(row, values: Mapping) -> None:
    for name, value in values.items():
        setattr(row, name, value)
    row.save(update_fields=[*values])


# --- Photos --------------------------------------------------------------------------------
def add_photo(*, sitter: SitterProfile, form) -> None:
    """Store the picture of a valid PhotoForm behind the others; once, if it is sent twice."""
    with editing(sitter) as fresh:
        if _is_sent_again(form, fresh.photos.last()):
            return
        form.instance.sitter = fresh
        form.instance.position = fresh.photos.count()
        form.save()


def _is_sent_again(form, last: SitterPhoto | None) -> bool:
    """Whether the form has the picture and the words of the newest photo."""
    if not (last and last.image and last.caption == form.cleaned_data["caption"]):
        return False
    if not last.image.storage.exists(last.image.name):
        return False
    new = form.cleaned_data["image"]
    is_same = new.size == last.image.size and new.read() == last.image.read()
    new.seek(0)
    return is_same


def describe_photo(*, photo: SitterPhoto, caption: str) -> None:
    with editing(photo.sitter):
        _write(photo, {"caption": caption})


def move_photo(*, photo: SitterPhoto, places: int) -> None:
    """Move a photo by so many places: −1 is one to the front."""
    with editing(photo.sitter) as fresh:
        photos = list(fresh.photos.all())
        at = photos.index(photo)
        target = max(0, min(len(photos) - 1, at + places))
        photos.insert(target, photos.pop(at))
        for position, each in enumerate(photos):
            each.position = position
        SitterPhoto.objects.bulk_update(photos, ["position"])


def remove_photo(*, photo: SitterPhoto) -> None:
    name = photo.image.name
    with editing(photo.sitter):
        photo.delete()
        if name:
            transaction.on_commit(lambda: delete_photo(name))


# --- Services ------------------------------------------------------------------------------
def save_service(*, sitter: SitterProfile, kind: Kind, values: Mapping) -> Service:
    """Write the rules of one kind of care. A new one is offered once it has a price."""
    with editing(sitter) as fresh:
        service, is_new = Service.objects.get_or_create(
            sitter=fresh, kind=kind, defaults={**values, "is_active": False}
        )
        if not is_new:
            _write(service, values)
        # Prices of animals that are no longer taken must not come back unseen.
        service.rates.exclude(species__in=service.species).delete()
        if not service.rates.exists() and service.is_active:
            _write(service, {"is_active": False})
    return service


def save_prices(
    *,
    service: Service,
    rates: Sequence[Mapping],
    tiers: Sequence[tuple[int, int]],
    add_ons: Sequence[tuple[int | None, Mapping]],
) -> bool:
    """Replace a service's prices. Return whether it is offered for the first time by that.

    `tiers` are (units, basis points); `add_ons` are (id of a row of this service or None, fields),
    and rows that are not named go.
    """
    with editing(service.sitter):
        is_first = not service.rates.exists()
        service.rates.all().delete()
        Rate.objects.bulk_create(Rate(service=service, **rate) for rate in rates)
        service.long_stay_tiers.all().delete()
        LongStayTier.objects.bulk_create(
            LongStayTier(service=service, min_units=units, discount_bps=bps) for units, bps in tiers
        )
        _replace_add_ons(service, add_ons)
        if is_first and rates:
            _write(service, {"is_active": True})
    return is_first


def _replace_add_ons(service: Service, add_ons: Sequence[tuple[int | None, Mapping]]) -> None:
    service.add_ons.exclude(pk__in=[pk for pk, _ in add_ons if pk]).delete()
    for pk, values in add_ons:
        if pk:
            service.add_ons.filter(pk=pk).update(**values)
        else:
            AddOn.objects.create(service=service, **values)


def set_offered(*, service: Service, is_offered: bool) -> None:
    with editing(service.sitter):
        _write(service, {"is_active": is_offered})


def add_holidays(*, sitter: SitterProfile, days: Sequence[tuple[date, str]]) -> None:
    """Dates and names on which the holiday prices count; those already there stay."""
    with editing(sitter) as fresh:
        for on, name in days:
            SitterHoliday.objects.get_or_create(sitter=fresh, on=on, defaults={"name": name})


def remove_holiday(*, holiday: SitterHoliday) -> None:
    with editing(holiday.sitter):
        holiday.delete()


def confirm_calendar(*, sitter: SitterProfile, on: date) -> None:
    """The sitter says that the calendar is right; search shows the date."""
    with editing(sitter) as fresh:
        _write(fresh, {"calendar_confirmed_on": on})
