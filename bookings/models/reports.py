from django.apps import apps
from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _


class Report(models.Model):
    """Somebody tells staff that a message, a review or a sitter's page is not as it should be.

    `subject_id` is the key of what it is about: see `target`. While a report is open, `open_key`
    allows one of each person about each thing; MySQL has no conditional unique key.
    """

    class About(models.TextChoices):
        MESSAGE = "message", _("Message")
        REVIEW = "review", _("Review")
        PAGE = "page", _("Sitter’s page")

    class Reason(models.TextChoices):
        RUDE = "rude", _("It is rude or threatening")
        FRAUD = "fraud", _("It looks like fraud, or asks for money in advance")
        ADVERT = "advert", _("It is advertising")
        UNTRUE = "untrue", _("It is not true")
        PRIVATE = "private", _("It shows something private")
        ANIMALS = "animals", _("An animal may be in danger")
        OTHER = "other", _("Something else")

    class State(models.TextChoices):
        OPEN = "open", _("Open")
        RESOLVED = "resolved", _("Resolved")
        DISMISSED = "dismissed", _("Dismissed")

    MODELS = {
        About.MESSAGE: "bookings.Message",
        About.REVIEW: "bookings.Review",
        About.PAGE: "profiles.SitterProfile",
    }

    reporter = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="reports")
    about = models.CharField(max_length=8, choices=About)
    subject_id = models.PositiveBigIntegerField()
    reason = models.CharField(max_length=8, choices=Reason)
    text = models.TextField(max_length=1000, blank=True)
    state = models.CharField(max_length=10, choices=State, default=State.OPEN)
    # NULL, as any number of closed reports may have the same.
    open_key = models.CharField(  # noqa: DJ001
        max_length=60, unique=True, null=True, editable=False
    )
    created_at = models.DateTimeField()
    handled_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    handled_at = models.DateTimeField(null=True, blank=True)
    outcome = models.TextField(max_length=1000, blank=True)

    class Meta:
        ordering = ["-id"]
        indexes = [
            models.Index(fields=["state", "created_at"], name="report_queue"),
            models.Index(fields=["about", "subject_id"], name="report_subject"),
        ]

    def __str__(self):
        return f"{self.get_about_display()}: {self.get_reason_display()}"

    def save(self, *args, update_fields=None, **kwargs):
        is_open = self.state == self.State.OPEN
        self.open_key = (
            self.key_of(self.reporter_id, self.about, self.subject_id) if is_open else None
        )
        if update_fields is not None:
            update_fields = {*update_fields, "open_key"}
        super().save(*args, update_fields=update_fields, **kwargs)

    @staticmethod
    def key_of(reporter_id: int, about: str, subject_id: int) -> str:
        return f"{reporter_id}:{about}:{subject_id}"

    @property
    def target(self) -> models.Model | None:
        """The message, review or sitter's page that it is about; None once that is gone."""
        model = apps.get_model(self.MODELS[self.About(self.about)])
        return model._base_manager.filter(pk=self.subject_id).first()
