"""What an owner changes about a pet after the booking was agreed, until the sitter has ticked it.

The copied sheet stays what was agreed; the newer one stands beside it in the same row, is shown to
both sides as old and new, and takes its place with the sitter's ticks.
"""

import hashlib
import json
from collections.abc import Collection
from dataclasses import dataclass

from django.utils.translation import gettext as _

from accounts.models import User
from bookings.emails import care as emails
from bookings.exceptions import NotAllowedNow, RequestRefused
from bookings.models import Booking, BookingPet
from bookings.services.care import CARE_COLUMNS, care_sheet, tick_key
from bookings.services.retry import in_transaction
from bookings.services.rules import OWNER, SITTER, role_of
from bookings.services.transitions.moves import locked, note
from pawsitters import clock
from profiles.models import Pet


@dataclass(frozen=True)
class Changes:
    """What differs from what was agreed: lines as (key, text), answers as (label, old, new).

    `read_key` is the tick for everything that is no new line; empty where there is nothing else.
    """

    new_lines: list[tuple[str, str]]
    gone_lines: list[str]
    answers: list[tuple[str, str, str]]
    read_key: str

    @property
    def keys(self) -> list[str]:
        return [
            *(key for key, _line in self.new_lines),
            *([self.read_key] if self.read_key else []),
        ]


def changes_of(row: BookingPet) -> Changes:
    """What the sitter has not ticked yet; for rows with `changed_at`."""
    new = [(tick_key(row, line), line) for line in row.newer_must_follow]
    new = [(key, line) for key, line in new if line not in row.must_follow]
    gone = [line for line in row.must_follow if line not in row.newer_must_follow]
    answers = _answers(row.care_sheet, row.newer_care_sheet)
    return Changes(new, gone, answers, _read_key(row) if gone or answers else "")


def _answers(old: dict, new: dict) -> list[tuple[str, str, str]]:
    """In the order of the sheet; an answer that is missing on one side is empty there."""
    found = []
    for section in dict.fromkeys([*new, *old]):
        before, after = _by_label(old.get(section, [])), _by_label(new.get(section, []))
        found += [
            (label, before.get(label, ""), after.get(label, ""))
            for label in dict.fromkeys([*after, *before])
            if before.get(label) != after.get(label)
        ]
    return found


def _by_label(pairs: list[list[str]]) -> dict[str, str]:
    """Answers by label; two vaccinations of one kind are one answer of two parts."""
    found: dict[str, str] = {}
    for label, answer in pairs:
        found[label] = f"{found[label]}, {answer}" if label in found else answer
    return found


def _read_key(row: BookingPet) -> str:
    """Names all that is new, so that a tick never counts for what was written since."""
    text = json.dumps([row.newer_must_follow, row.newer_care_sheet], sort_keys=True)
    return f"{row.pk}:read:{hashlib.sha256(text.encode()).hexdigest()[:16]}"


# --- the owner edits ------------------------------------------------------------------------


def pet_edited(pet: Pet) -> list[str]:
    """Put an edit before the sitters of agreed bookings; called in its transaction, the pet locked.

    Returns a sentence for the owner for each sitter who has to tick again.
    """
    agreed = Booking.objects.holding_seats().filter(booking_pets__pet=pet).order_by("pk")
    lines, sheet = pet.must_follow_lines, care_sheet(pet) if agreed else {}
    asked = [name for booking in agreed if (name := _offer(booking, pet, lines, sheet))]
    return [
        _("%(sitter)s is asked to tick what changed.") % {"sitter": name}
        for name in dict.fromkeys(asked)
    ]


def _offer(booking: Booking, pet: Pet, lines: list[str], sheet: dict) -> str:
    """The sitter's name if the booking's sheet waits for their tick now."""
    booking = locked(booking)
    row = next((row for row in booking.booking_pets.all() if row.pet_id == pet.pk), None)
    if row is None or booking.status not in Booking.HOLDS_SEATS:
        return ""
    agreed, newer = (row.must_follow, row.care_sheet), (row.newer_must_follow, row.newer_care_sheet)
    was_waiting, before = row.changed_at is not None, newer if row.changed_at else agreed
    if (lines, sheet) == before:
        return ""
    if (lines, sheet) == agreed:
        _set_newer(row, [], {}, None)
        _note(booking, row, "care_restored")
        return ""
    _set_newer(row, lines, sheet, clock.now())
    # One mail for a run of small edits; a line to follow is worth another.
    _note(booking, row, "care_changed", is_told=not was_waiting or lines != before[0])
    return booking.sitter.user.get_short_name()


def _set_newer(row: BookingPet, lines: list[str], sheet: dict, at) -> None:
    row.newer_must_follow, row.newer_care_sheet, row.changed_at = lines, sheet, at
    row.save(update_fields=["newer_must_follow", "newer_care_sheet", "changed_at"])


def _note(booking: Booking, row: BookingPet, verb: str, *, is_told: bool = False) -> None:
    # Only the name: the record stays, and what is medical is hidden after 90 days.
    note(
        booking,
        verb=verb,
        role=OWNER,
        by=booking.owner,
        data={"pet": row.name},
        messages=emails.care_changed if is_told else lambda booking: {},
    )


# --- the sitter ticks -----------------------------------------------------------------------


@in_transaction
def tick_changes(*, booking: Booking, by: User, ticked: Collection[str]) -> Booking:
    """The newer sheets take the place of the agreed ones.

    Raise RequestRefused if a tick is missing, also because the owner wrote again meanwhile, and
    NotAllowedNow where nothing waits.
    """
    booking = locked(booking)
    if role_of(booking, by) != SITTER:
        raise NotAllowedNow(_("Only the sitter can do this."))
    rows = [row for row in booking.booking_pets.all() if row.changed_at]
    if not rows or booking.status not in Booking.HOLDS_SEATS:
        raise NotAllowedNow(_("There is nothing left to tick."))
    keys = [key for row in rows for key in changes_of(row).keys]
    if missing := [key for key in keys if key not in ticked]:
        raise RequestRefused(dict.fromkeys(missing, _("Please tick every line that changed.")))
    for row in rows:
        row.must_follow, row.care_sheet = row.newer_must_follow, row.newer_care_sheet
        row.newer_must_follow, row.newer_care_sheet, row.changed_at = [], {}, None
        row.ticked_at = clock.now()
        row.save(update_fields=CARE_COLUMNS)
    return note(
        booking,
        verb="care_ticked",
        role=SITTER,
        by=by,
        data={"ticked": keys},
        messages=emails.care_ticked,
    )
