from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.encryption import EncryptedTextField


class OutsideCalendar(models.Model):
    """A sitter's calendar elsewhere, read every few hours; what it says is busy is not offered.

    `busy` are whole days, half-open [[from, until], …] in ISO text; hours are `BusyQuarter`s. Both
    are of the last time that reading went well (`good_at`). The address is often a secret of its
    own, so pages show only the host.
    """

    sitter = models.ForeignKey(
        "profiles.SitterProfile", models.CASCADE, related_name="outside_calendars"
    )
    url = EncryptedTextField()
    host = models.CharField(max_length=255)
    busy = models.JSONField(default=list)
    entries = models.PositiveIntegerField(default=0, help_text=_("Entries ahead that count."))
    skipped = models.PositiveIntegerField(default=0, help_text=_("Entries that repeat too often."))
    created_at = models.DateTimeField()
    next_fetch_at = models.DateTimeField(db_index=True)
    good_at = models.DateTimeField(null=True, blank=True)
    error = models.CharField(max_length=200, blank=True)
    failures = models.PositiveSmallIntegerField(default=0, help_text=_("In a row."))

    class Meta:
        ordering = ["id"]

    def __str__(self):
        return self.host


class BusyQuarter(models.Model):
    """A quarter of an hour in which an outside calendar leaves no time for a visit or a walk.

    `slot` is numbered as a Seat's: quarters since 1970 in UTC.
    """

    source = models.ForeignKey(OutsideCalendar, models.CASCADE, related_name="quarters")
    sitter = models.ForeignKey("profiles.SitterProfile", models.CASCADE, related_name="+")
    slot = models.PositiveIntegerField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["source", "slot"], name="busy_once")]
        indexes = [models.Index(fields=["sitter", "slot"], name="busy_of_sitter")]

    def __str__(self):
        return str(self.slot)
