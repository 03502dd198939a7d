from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from bookings.outages import MayRunOut


class Proposal(MayRunOut, models.Model):
    """A change of a confirmed booking that one side proposes: other dates, animals or extras.

    `was` and `wanted` are the booking as it was and as it would be ("from", "to", "pets" …, see
    services/wanted.py) and `lines` the price that was shown, as [sentence, detail, cents]; totals are in cents of the booking's
    currency. `base` names what the booking was when this was proposed; once it is something else
    the proposal is overtaken. `open_for` is the booking's id while the proposal is open, so that
    the unique key allows one at a time (MySQL has no conditional ones).
    """

    class State(models.TextChoices):
        OPEN = "open", _("Open")
        ACCEPTED = "accepted", _("Accepted")
        DECLINED = "declined", _("Declined")
        WITHDRAWN = "withdrawn", _("Withdrawn")
        EXPIRED = "expired", _("Expired")
        OVERTAKEN = "overtaken", _("Overtaken")

    class Side(models.TextChoices):
        OWNER = "owner", _("Owner")
        SITTER = "sitter", _("Sitter")

    booking = models.ForeignKey("bookings.Booking", models.PROTECT, related_name="proposals")
    number = models.PositiveSmallIntegerField()
    idempotency_key = models.CharField(max_length=64, unique=True)
    open_for = models.BigIntegerField(null=True, unique=True, editable=False)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    side = models.CharField(max_length=6, choices=Side)
    state = models.CharField(max_length=9, choices=State, default=State.OPEN)
    was = models.JSONField()
    wanted = models.JSONField()
    lines = models.JSONField(default=list)
    old_total_cents = models.PositiveIntegerField()
    new_total_cents = models.PositiveIntegerField()
    base = models.CharField(max_length=20)
    message = models.CharField(max_length=500, blank=True)
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    answered_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["number"]
        indexes = [models.Index(fields=["state", "expires_at"], name="proposal_expiry")]
        constraints = [
            models.UniqueConstraint(fields=["booking", "number"], name="proposal_once"),
            models.CheckConstraint(
                condition=models.Q(expires_at__gt=models.F("created_at")), name="proposal_lasts"
            ),
        ]

    def __str__(self):
        return f"{self.number}: {self.get_state_display()}"

    @property
    def is_open(self) -> bool:
        return self.state == self.State.OPEN

    @property
    def difference_cents(self) -> int:
        """What the owner pays more; negative if less."""
        return self.new_total_cents - self.old_total_cents
