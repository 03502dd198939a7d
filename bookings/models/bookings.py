import secrets
from functools import lru_cache
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import models
from django.urls import get_script_prefix, reverse
from django.utils.translation import gettext_lazy as _

from bookings.outages import MayRunOut
from bookings.querysets import BookingQuerySet, UnitQuerySet
from profiles.kinds import Kind, Species, Tier

# No vowels and no look-alikes, so that a reference can be read out and never spells a word.
REFERENCE_ALPHABET = "23456789BCDFGHJKMNPQRSTVWXZ"


def new_public_id() -> str:
    """Twelve random characters (about 57 bits): an address nobody can guess."""
    return "".join(secrets.choice(REFERENCE_ALPHABET) for _ in range(12))


@lru_cache(maxsize=8)
def _address(script_prefix: str) -> tuple[str, str]:
    """What stands around the id in a page's address, asked once: a list has twenty of them."""
    before, after = reverse("bookings:detail", args=["-"]).split("/-/")
    return before, after


class Booking(MayRunOut, models.Model):
    """The agreement between an owner and a sitter, from request to completion.

    `starts_on`/`ends_on` are dates at the place of care, half-open [starts_on, ends_on): for nights
    `ends_on` is the day of collection, otherwise the day after the last. `starts_at`/`ends_at` are
    the first and last planned moment in UTC. Money is in cents of `currency`. Prices, policy and
    addresses are copies: from submission on the booking's own rows rule.
    Source of the half-open dates: RFC 5545, section 3.6.1 (DTEND is not part of the event).
    """

    class Status(models.TextChoices):
        REQUESTED = "requested", _("Requested")
        CONFIRMED = "confirmed", _("Confirmed")
        IN_PROGRESS = "in_progress", _("In progress")
        COMPLETED = "completed", _("Completed")
        DECLINED = "declined", _("Declined")
        WITHDRAWN = "withdrawn", _("Withdrawn")
        EXPIRED = "expired", _("Expired")
        CANCELLED_BY_OWNER = "cancelled_by_owner", _("Cancelled by the owner")
        CANCELLED_BY_SITTER = "cancelled_by_sitter", _("Cancelled by the sitter")
        CANCELLED_BY_STAFF = "cancelled_by_staff", _("Cancelled by our staff")
        NO_SHOW_OWNER = "no_show_owner", _("Owner was not there")
        NO_SHOW_SITTER = "no_show_sitter", _("Sitter was not there")

    OPEN = (Status.REQUESTED, Status.CONFIRMED, Status.IN_PROGRESS)
    HOLDS_SEATS = (Status.CONFIRMED, Status.IN_PROGRESS)

    public_id = models.CharField(max_length=12, unique=True, default=new_public_id, editable=False)
    idempotency_key = models.CharField(
        max_length=64, unique=True, help_text=_("One form makes one booking.")
    )
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="bookings")
    sitter = models.ForeignKey("profiles.SitterProfile", models.PROTECT, related_name="bookings")
    service = models.ForeignKey("profiles.Service", models.PROTECT, related_name="bookings")
    kind = models.CharField(max_length=14, choices=Kind)
    status = models.CharField(max_length=20, choices=Status, default=Status.REQUESTED)

    starts_on = models.DateField()
    ends_on = models.DateField()
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    time_zone = models.CharField(max_length=40)

    currency = models.CharField(max_length=3)
    subtotal_cents = models.PositiveIntegerField()
    owner_fee_cents = models.PositiveIntegerField(default=0)
    sitter_fee_cents = models.PositiveIntegerField(default=0)
    total_cents = models.PositiveIntegerField()
    cancellation_tier = models.CharField(max_length=12, choices=Tier)
    buffer_minutes = models.PositiveSmallIntegerField(default=0)
    payment_note = models.CharField(max_length=200, blank=True)
    # The sitter's service and holidays as they were priced, in the snapshot's shape; NULL in
    # bookings from before changes were possible.
    terms = models.JSONField(null=True, blank=True, editable=False)
    message = models.TextField(max_length=2000, blank=True)
    care_address = models.CharField(max_length=300, blank=True)

    requested_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    answered_at = models.DateTimeField(null=True, blank=True)
    confirmed_at = models.DateTimeField(null=True, blank=True)
    checked_in_at = models.DateTimeField(null=True, blank=True)
    checked_out_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)
    is_completed_automatically = models.BooleanField(default=False)
    flagged_at = models.DateTimeField(null=True, blank=True, help_text=_("Never checked in."))
    refund_cents = models.PositiveIntegerField(null=True, blank=True)
    end_reason = models.CharField(max_length=40, blank=True)
    end_text = models.TextField(max_length=2000, blank=True)
    public_reply = models.CharField(
        max_length=300, blank=True, help_text=_("What a sitter says about a late cancellation.")
    )
    review_reminders = models.PositiveSmallIntegerField(
        default=0, help_text=_("How often the clock has reminded of reviews: 0, 1 or 2.")
    )

    objects = BookingQuerySet.as_manager()

    class Meta:
        ordering = ["starts_at", "id"]
        indexes = [
            models.Index(fields=["owner", "status", "starts_at"], name="booking_of_owner"),
            models.Index(fields=["sitter", "status", "starts_at"], name="booking_of_sitter"),
            models.Index(fields=["status", "expires_at"], name="booking_expiry"),
            models.Index(fields=["status", "ends_at"], name="booking_end"),
            models.Index(fields=["review_reminders", "ended_at"], name="booking_to_review"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(ends_on__gt=models.F("starts_on")),
                name="booking_ends_after_it_starts",
                violation_error_message=_("The end must be after the start."),
            ),
            models.CheckConstraint(
                condition=models.Q(ends_at__gt=models.F("starts_at")), name="booking_lasts"
            ),
            models.CheckConstraint(
                condition=models.Q(
                    total_cents=models.F("subtotal_cents") + models.F("owner_fee_cents")
                ),
                name="booking_total_adds_up",
            ),
            models.CheckConstraint(
                condition=models.Q(refund_cents=None)
                | models.Q(refund_cents__lte=models.F("total_cents")),
                name="refund_at_most_total",
            ),
        ]

    def __str__(self):
        return self.reference

    def get_absolute_url(self) -> str:
        before, after = _address(get_script_prefix())
        return f"{before}/{self.public_id}/{after}"

    @property
    def reference(self) -> str:
        """The public id as people read it: "4K7H-20PW-XC3D"."""
        return "-".join(self.public_id[i : i + 4] for i in (0, 4, 8))

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.time_zone)

    @property
    def kind_enum(self) -> Kind:
        return Kind(self.kind)

    @property
    def is_open(self) -> bool:
        return self.status in self.OPEN

    @property
    def is_flagged(self) -> bool:
        """Nobody checked in, and nobody has said yet what happened."""
        return self.status == self.Status.CONFIRMED and self.flagged_at is not None

    @property
    def sitter_net_cents(self) -> int:
        """What the sitter keeps when everything takes place."""
        return self.subtotal_cents - self.sitter_fee_cents


class BookingPet(models.Model):
    """A pet in a booking. The care sheet is copied when the booking is confirmed.

    Copies, so that a pet that is edited or erased later does not change what was agreed.
    """

    booking = models.ForeignKey(Booking, models.CASCADE, related_name="booking_pets")
    pet = models.ForeignKey("profiles.Pet", models.SET_NULL, null=True, related_name="+")
    name = models.CharField(max_length=40)
    species = models.CharField(max_length=12, choices=Species)
    is_young = models.BooleanField(default=False)
    must_follow = models.JSONField(
        default=list, help_text=_("Lines the sitter ticked when accepting.")
    )
    care_sheet = models.JSONField(default=dict)
    ticked_at = models.DateTimeField(
        null=True, blank=True, help_text=_("When the sitter ticked the lines.")
    )
    # What the owner changed since; takes the place of the copy once the sitter has ticked it.
    changed_at = models.DateTimeField(
        null=True, blank=True, help_text=_("Empty: nothing waits to be ticked.")
    )
    newer_must_follow = models.JSONField(default=list, blank=True)
    newer_care_sheet = models.JSONField(default=dict, blank=True)

    class Meta:
        ordering = ["id"]
        constraints = [models.UniqueConstraint(fields=["booking", "pet"], name="booking_pet_once")]

    def __str__(self):
        return self.name


class BookingUnit(models.Model):
    """One night, day or visit, with its share of the price after the long-stay discount.

    `starts_at` and `ends_at` are UTC; for a night they are the same wall clock on two days.
    A visit or day is checked in and out for itself; of nights the first one keeps the check-in of
    the stay and the last one its check-out. Rules: services/visits.py.
    """

    booking = models.ForeignKey(Booking, models.CASCADE, related_name="units")
    number = models.PositiveSmallIntegerField()
    on = models.DateField()
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    amount_cents = models.PositiveIntegerField()
    kept_cents = models.PositiveIntegerField(
        null=True, blank=True, help_text=_("After a cancellation.")
    )
    checked_in_at = models.DateTimeField(null=True, blank=True)
    checked_out_at = models.DateTimeField(null=True, blank=True)
    owner_told_late_at = models.DateTimeField(
        null=True, blank=True, help_text=_("Not begun 20 minutes after its start.")
    )
    staff_told_late_at = models.DateTimeField(
        null=True, blank=True, help_text=_("Not begun 40 minutes after its start.")
    )

    objects = UnitQuerySet.as_manager()

    class Meta:
        ordering = ["number"]
        indexes = [models.Index(fields=["starts_at"], name="unit_start")]
        constraints = [
            models.UniqueConstraint(fields=["booking", "number"], name="unit_once"),
            models.CheckConstraint(
                condition=models.Q(kept_cents=None)
                | models.Q(kept_cents__lte=models.F("amount_cents")),
                name="unit_keeps_at_most_its_price",
            ),
        ]

    def __str__(self):
        return f"{self.number}: {self.on}"


class BookingLine(models.Model):
    """One line of the price as it was agreed: rule, quantity, unit amount, amount, sentence."""

    booking = models.ForeignKey(Booking, models.CASCADE, related_name="lines")
    number = models.PositiveSmallIntegerField()
    rule = models.CharField(max_length=12)
    quantity = models.PositiveSmallIntegerField()
    unit_cents = models.IntegerField()
    amount_cents = models.IntegerField()
    dates = models.JSONField(default=list)
    pets = models.JSONField(default=list)
    sentence = models.CharField(max_length=200)
    detail = models.CharField(max_length=200, blank=True)

    class Meta:
        ordering = ["number"]
        constraints = [models.UniqueConstraint(fields=["booking", "number"], name="line_once")]

    def __str__(self):
        return self.sentence
