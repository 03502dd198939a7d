"""The end: what is personal is erased, what others rely on stays without a name.

One transaction for a person; their pictures are removed after it. Doing it again changes nothing.
"""

import logging
import re
from datetime import timedelta

from django.apps import apps
from django.contrib.admin.models import LogEntry
from django.core.files.storage import default_storage
from django.db import DatabaseError, models, transaction
from django.db.models import Q

from accounts.images import delete_photo
from accounts.models import CLOSED_HOST, Closing, User
from bookings.models import Booking, BookingPet, Export, Notice, Series, Thread
from bookings.services.capacity import lock_capacity
from bookings.services.closing.asking import end_requests, end_weekly_care, obstacles
from bookings.services.closing.registry import ERASED
from bookings.services.export.jobs import remove_file
from bookings.services.retry import in_transaction
from pawsitters import clock
from pawsitters.operations import outbox
from profiles.kinds import Kind
from profiles.models import SitterProfile
from profiles.services import publishing

log = logging.getLogger(__name__)
BATCH = 50
# A no-break space keeps both words where only a first name is shown.
FORMER = "Former\u00a0member"
AT_SITTERS = [kind for kind in Kind if kind.is_at_sitters]


def close_due() -> int:
    """Close what is due; return how many. Each is a transaction of its own."""
    done = 0
    due = Closing.objects.filter(closed_at=None, closes_at__lte=clock.now())
    for user in User.objects.filter(closing__in=due).order_by("pk")[:BATCH]:
        try:
            done += close_account(user=user)
        except DatabaseError:
            raise  # the worker waits until the database is back
        except Exception:  # one odd account must not keep all others
            log.exception("account %s was not closed", user.pk)
    for closing in Closing.objects.filter(closed_at__isnull=False, files_removed_at=None)[:BATCH]:
        _remove_files(closing)
    return done


@in_transaction
def close_account(*, user: User) -> bool:
    """Erase what is personal; False if it is not due, done already, or postponed.

    Somebody who has agreed on a booking within the 14 days keeps the account until it is over.
    """
    sitter = SitterProfile.objects.filter(user=user).first()
    if sitter:
        lock_capacity(sitter.pk)
    now = clock.now()
    due = Closing.objects.select_for_update().filter(user=user, closed_at=None, closes_at__lte=now)
    closing = due.first()
    if closing is None:
        return False
    end_requests(user)
    end_weekly_care(user)
    if obstacles(user).exists():
        closing.closes_at = now + timedelta(days=1)
        closing.save(update_fields=["closes_at"])
        return False
    words = _names_of(user)
    mine = Booking.objects.visible_to(user).order_by()
    _rename_in_notices(user, words)
    files = _erase_rows(user)
    _blank_bookings(user, mine)
    if sitter:
        publishing.erase(sitter=sitter)
    files += _blank_person(user)
    closing.closed_at, closing.files = now, files
    closing.save(update_fields=["closed_at", "files"])
    transaction.on_commit(lambda: _remove_files(closing))
    transaction.on_commit(lambda: outbox.forget_person(user.pk))
    return True


def _erase_rows(user: User) -> list[str]:
    """Delete what nobody else needs; return the names of its files."""
    files = [f"export:{name}" for name in _exports_of(user)]
    for label, lookups in ERASED.items():
        model = apps.get_model(label)
        mine = Q()
        for lookup in lookups:
            mine |= Q(**{lookup: user})
        rows = model._base_manager.filter(mine)
        for field in model._meta.concrete_fields:
            if isinstance(field, models.FileField):
                files += [name for name in rows.values_list(field.name, flat=True) if name]
        rows.delete()
    return files


def _exports_of(user: User) -> list[str]:
    return list(Export.objects.filter(user=user).exclude(file="").values_list("file", flat=True))


def _blank_bookings(user: User, mine) -> None:
    """The agreement stays; addresses, notes on payment and care sheets go."""
    as_owner = Booking.objects.filter(owner=user)
    as_sitter = Booking.objects.filter(sitter__user=user)
    as_owner.exclude(kind__in=AT_SITTERS).update(care_address="")
    as_sitter.filter(kind__in=AT_SITTERS).update(care_address="")
    as_sitter.update(payment_note="")
    pets = BookingPet.objects.filter(booking__in=as_owner.values("pk"))
    pets.update(care_sheet={}, newer_care_sheet={})


def _blank_person(user: User) -> list[str]:
    """Nobody can log in any more, on any browser: sessions hang on the password."""
    row = User.objects.select_for_update().get(pk=user.pk)
    photo = row.photo.name
    row.name, row.email = FORMER, f"closed-{row.pk}{CLOSED_HOST}"
    row.phone = row.photo = row.face = ""
    row.unwanted_mails = []
    row.is_active = row.is_staff = row.is_superuser = False
    row.last_login = None
    row.time_zone = User._meta.get_field("time_zone").default
    row.set_unusable_password()
    row.save()
    row.groups.clear()
    row.user_permissions.clear()
    LogEntry.objects.filter(
        content_type__app_label="accounts", content_type__model="user", object_id=str(row.pk)
    ).update(object_repr=FORMER)
    return [photo] if photo else []


def _names_of(user: User) -> re.Pattern | None:
    """The full and the first name as whole words, the longer first."""
    names = sorted({user.name, user.get_short_name()} if user.name else (), key=len, reverse=True)
    return (
        re.compile("|".join(rf"(?<!\w){re.escape(name)}(?!\w)" for name in names))
        if names
        else None
    )


def _rename_in_notices(user: User, words: re.Pattern | None) -> None:
    """What others were told names this person too."""
    if words is None:
        return
    bookings = list(Booking.objects.visible_to(user).order_by().values_list("pk", flat=True))
    # Notices that belong to no booking lead to a thread or a series of the two.
    mine = Q(owner=user) | Q(sitter__user=user)
    rows = [
        row
        for model in (Thread, Series)
        for row in model.objects.filter(mine)
        .order_by()
        .values_list("public_id", "owner", "sitter__user")
    ]
    ids = [public_id for public_id, *_two in rows]
    others = {person for _id, *two in rows for person in two}
    told = Notice.objects.filter(
        Q(booking__in=bookings) | Q(booking=None, recipient__in=others)
    ).exclude(recipient=user)
    changed = []
    for notice in told.only("booking", "path", "subject", "text").order_by("pk"):
        if not notice.booking_id and not any(public_id in notice.path for public_id in ids):
            continue  # about somebody else of that name
        subject, text = words.sub(FORMER, notice.subject)[:160], words.sub(FORMER, notice.text)
        if (subject, text) != (notice.subject, notice.text):
            notice.subject, notice.text = subject, text
            changed.append(notice)
    Notice.objects.bulk_update(changed, ["subject", "text"], batch_size=200)


def _remove_files(closing: Closing) -> None:
    """Remove the pictures; what is gone already is no mistake."""
    for name in closing.files:
        kind, _is, export = name.partition("export:")
        if export and not kind:
            remove_file(export)
        elif name.endswith(".webp"):
            delete_photo(name)
        else:
            default_storage.delete(name)
    Closing.objects.filter(pk=closing.pk).update(files=[], files_removed_at=clock.now())
