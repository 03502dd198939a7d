"""What two people have in common. The other side is a first name, as the booking's page shows it.

Left out are the other side's address, phone, animals' care sheets and notes on payment, although
the site shows them for a time: they are the other person's to give. What was written to somebody
belongs to both: it is that person's correspondence.
"""

from django.db.models import Q

from bookings.models import (
    AccessView,
    Booking,
    BookingEvent,
    BookingLine,
    BookingPet,
    BookingUnit,
    Message,
    MessagePhoto,
    Proposal,
    ReportCard,
    ReportPhoto,
    Review,
    Series,
    SeriesDate,
    Thread,
)
from bookings.services.export.kinds import TEXT, TRUE_OR_FALSE, Kind, Mine, Row, first_name, named
from profiles.kinds import Kind as Care

OWNER, SITTER = "owner", "sitter"
PARTIES = "booking__owner"


def role_in(row: Row, mine: Mine, owner: str = "owner") -> str:
    return OWNER if row[owner] == mine.user.pk else SITTER


def _sides(row: Row, mine: Mine) -> None:
    row["role"] = role_in(row, mine)
    is_mine = row["role"] == OWNER
    row["other"] = first_name(row["sitter__user__name"] if is_mine else row["owner__name"])


def _booking(row: Row, mine: Mine) -> None:
    _sides(row, mine)
    is_mine = row["role"] == OWNER
    if is_mine:
        row["sitter_fee_cents"], row["payment_note"] = None, ""
    else:
        row["owner_fee_cents"] = None
    if Care(row["kind"]).is_at_sitters == is_mine:
        row["care_address"] = ""


def _pet(row: Row, mine: Mine) -> None:
    if role_in(row, mine, PARTIES) == SITTER:
        row["care_sheet"] = row["newer_care_sheet"] = None


BOOKINGS = (
    Kind(
        "bookings",
        Booking,
        "pk",
        "bookings",
        "reference=public_id kind status starts_on ends_on starts_at ends_at time_zone currency"
        " subtotal_cents total_cents cancellation_tier message requested_at expires_at answered_at"
        " confirmed_at checked_in_at checked_out_at ended_at is_completed_automatically flagged_at"
        " refund_cents end_reason end_text public_reply",
        # Keys of other rows and of one form; a sitter's whole price list and travel time are theirs.
        omit="id idempotency_key owner sitter service buffer_minutes review_reminders terms",
        needs="owner owner__name sitter__user__name owner_fee_cents sitter_fee_cents payment_note"
        " care_address",
        made={
            "role": TEXT,
            "other": TEXT,
            "owner_fee_cents": {"type": ["integer", "null"]},
            "sitter_fee_cents": {"type": ["integer", "null"]},
            "payment_note": TEXT,
            "care_address": TEXT,
        },
        shape=_booking,
        about="Your bookings as owner and as sitter (`role`). `other` is the other side's first"
        " name; the address stands there where care is at your own home, a fee and the note on"
        " payment where they are yours.",
    ),
    Kind(
        "booking_pets",
        BookingPet,
        "booking",
        "bookings",
        "booking=booking__public_id name species is_young must_follow newer_must_follow changed_at"
        " ticked_at",
        omit="id pet",
        needs=f"{PARTIES} care_sheet newer_care_sheet",
        made=dict.fromkeys(("care_sheet", "newer_care_sheet"), {"type": ["object", "null"]}),
        shape=_pet,
        about="The animals in a booking with the lines that were agreed. The care sheet is there"
        " for your own animals only.",
    ),
    Kind(
        "booking_units",
        BookingUnit,
        "booking",
        "bookings",
        "booking=booking__public_id number on starts_at ends_at amount_cents kept_cents"
        " checked_in_at checked_out_at owner_told_late_at staff_told_late_at",
        omit="id",
        about="Each night, day or visit of a booking.",
    ),
    Kind(
        "booking_lines",
        BookingLine,
        "booking",
        "bookings",
        "booking=booking__public_id number rule quantity unit_cents amount_cents dates pets"
        " sentence detail",
        omit="id",
        about="The price as it was agreed, line by line.",
    ),
    Kind(
        "series",
        Series,
        "pk",
        "series",
        "series=public_id kind state weekdays visit_times minutes start_time end_time starts_on"
        " last_on add_ons message date_cents offered_cents must_follow requested_at expires_at"
        " accepted_at ended_at made_until paused_by",
        # A sitter's whole price list stays theirs; what one date costs is there.
        omit="id idempotency_key owner sitter terms offered_terms",
        needs="owner owner__name sitter__user__name",
        made={"role": TEXT, "other": TEXT},
        shape=_sides,
        about="Weekly care that you agreed on; 0 is Monday.",
    ),
    Kind(
        "series_dates",
        SeriesDate,
        "series",
        "series",
        "series=series__public_id on booking=booking__public_id reason",
        omit="id",
        about="Its dates: the booking of each, or why there is none.",
    ),
    Kind(
        "access_views",
        AccessView,
        "booking",
        "bookings",
        "booking=booking__public_id at",
        omit="id viewer",  # the booking says who that was
        about="When the access notes of a booking's home were opened.",
    ),
    Kind(
        "proposals",
        Proposal,
        "booking",
        "bookings",
        "booking=booking__public_id number side state was wanted lines old_total_cents"
        " new_total_cents message created_at expires_at answered_at",
        omit="id idempotency_key open_for by base",
        about="Changes that one of you proposed (`side`), and what became of them.",
    ),
    Kind(
        "report_cards",
        ReportCard,
        "booking",
        "bookings",
        "id booking=booking__public_id on visit food water toilet medicine mood note tasks"
        " written_at edited_at",
        omit="idempotency_key",
        about="What the sitter told the owner of a day or a visit.",
    ),
    Kind(
        "report_photos",
        ReportPhoto,
        "card__booking__sitter",
        "sitter",
        "card image",
        omit="id digest",
        about="Pictures that you took as a sitter; `card` is the `id` in report_cards.",
    ),
    Kind(
        "booking_events",
        BookingEvent,
        "booking",
        "bookings",
        "booking=booking__public_id number at role verb data previous_hash hash",
        omit="id actor",  # the role says who it was
        about="The record of a booking; `hash` seals each entry with the one before.",
    ),
)


def _message(row: Row, mine: Mine) -> None:
    row["is_mine"] = row["sender"] == mine.user.pk


LETTERS = (
    Kind(
        "threads",
        Thread,
        "pk",
        "threads",
        "thread=public_id created_at last_at",
        # Who has read how far shows when the other side looked.
        omit="id owner sitter last_from_owner_id last_from_sitter_id owner_read_id sitter_read_id",
        needs="owner owner__name sitter__user__name",
        made={"role": TEXT, "other": TEXT},
        shape=_sides,
        about="With whom you exchange messages.",
    ),
    Kind(
        "messages",
        Message,
        "thread",
        "threads",
        "id thread=thread__public_id created_at text",
        omit="idempotency_key sender",
        needs="sender",
        made={"is_mine": TRUE_OR_FALSE},
        shape=_message,
        about="What you wrote, and what was written to you: both are your correspondence.",
    ),
    Kind(
        "message_photos",
        MessagePhoto,
        "message__sender",
        "person",
        "message image position",
        omit="id",
        about="Pictures that you sent; `message` is the `id` in messages.",
    ),
)

REVIEW = (
    "booking=booking__public_id side stars on_time instructions updates as_described text"
    " written_at visible_at reply replied_at"
)

REVIEWS = (
    Kind(
        "reviews_written",
        Review,
        "author",
        "person",
        f"{REVIEW} removed_at removed_reason",
        omit="id author about opens_at removed_by",
        about="What you wrote about others, with their replies.",
    ),
    Kind(
        "reviews_received",
        Review,
        "about",
        "person",
        REVIEW,
        # A review that is closed still, or was removed, is for nobody to read.
        where=lambda: Q(visible_at__isnull=False, removed_at=None),
        needs="author__name",
        made={"author": TEXT},
        shape=named("author", "author__name"),
        about="What others wrote about you, once it can be read.",
    ),
)
