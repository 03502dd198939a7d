from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _


class Export(models.Model):
    """Everything of one person in one ZIP, made by the worker and erased after a week.

    `is_open` is true while it waits or runs and empty afterwards, so that the unique key allows
    one at a time. `attempts` is the worker's claim: one that finds another number stops.
    """

    class State(models.TextChoices):
        WAITING = "waiting", _("Waiting")
        RUNNING = "running", _("Being made")
        READY = "ready", _("Ready")
        FAILED = "failed", _("Failed")
        ERASED = "erased", _("Erased")

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="exports")
    requested_at = models.DateTimeField()
    state = models.CharField(max_length=8, choices=State, default=State.WAITING)
    is_open = models.BooleanField(null=True, default=True)
    progress = models.PositiveSmallIntegerField(default=0, help_text=_("In per cent."))
    attempts = models.PositiveSmallIntegerField(default=0)
    leased_until = models.DateTimeField(null=True, blank=True)
    file = models.CharField(max_length=60, blank=True, help_text=_("Name below EXPORT_ROOT."))
    size_bytes = models.PositiveBigIntegerField(default=0)
    ready_at = models.DateTimeField(null=True, blank=True)
    expires_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(fields=["user", "is_open"], name="export_one_at_a_time")
        ]
        indexes = [models.Index(fields=["state", "expires_at"], name="export_expiry")]

    def __str__(self):
        return f"{self.requested_at:%Y-%m-%d}"
