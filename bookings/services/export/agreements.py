"""What two people have in common. The other side is a first name, as the booking's page shows it.

Left out are the other side's address, phone, animals' care sheets and notes on payment, although
the site shows them for a time: they are the other person's to give. What was written to somebody
belongs to both: it is that person's correspondence.
"""

from bookings.models import (
    AccessView,
    Booking,
    BookingEvent,
    BookingLine,
    BookingPet,
    BookingUnit,
    Message,
    MessagePhoto,
    Thread,
)
from bookings.services.export.kinds import TEXT, TRUE_OR_FALSE, Kind, Mine, Row, first_name
from profiles.kinds import Kind as Care

OWNER, SITTER = "owner", "sitter"
PARTIES = "booking__owner"


def role_in(row: Row, mine: Mine, owner: str = "owner") -> str:
    return OWNER if row[owner] == mine.user.pk else SITTER


def _booking(row: Row, mine: Mine) -> None:
    row["role"] = role_in(row, mine)
    is_mine = row["role"] == OWNER
    row["other"] = first_name(row["sitter__user__name"] if is_mine else row["owner__name"])
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
        # Keys of other rows and of one form; a sitter's travel time is theirs.
        omit="id idempotency_key owner sitter service buffer_minutes",
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
        " checked_in_at checked_out_at",
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
        "access_views",
        AccessView,
        "booking",
        "bookings",
        "booking=booking__public_id at",
        omit="id viewer",  # the booking says who that was
        about="When the access notes of a booking's home were opened.",
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


def _thread(row: Row, mine: Mine) -> None:
    row["role"] = role_in(row, mine)
    is_mine = row["role"] == OWNER
    row["other"] = first_name(row["sitter__user__name"] if is_mine else row["owner__name"])


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
        shape=_thread,
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
