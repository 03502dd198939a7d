from django.db import models
from django.utils.translation import gettext_lazy as _


class Eaten(models.TextChoices):
    ALL = "all", _("All of it")
    SOME = "some", _("Some")
    NONE = "none", _("Nothing")


class Toilet(models.TextChoices):
    BOTH = "both", _("Both")
    PEE = "pee", _("Pee only")
    POO = "poo", _("Poo only")
    NONE = "none", _("Neither")
    ACCIDENT = "accident", _("A mishap indoors")


class Medicine(models.TextChoices):
    GIVEN = "given", _("Given")
    PARTLY = "partly", _("Partly")
    NOT_GIVEN = "not_given", _("Not given")
    NOT_NEEDED = "not_needed", _("None needed")


class Mood(models.TextChoices):
    HAPPY = "happy", _("Happy")
    CALM = "calm", _("Calm")
    PLAYFUL = "playful", _("Full of beans")
    TIRED = "tired", _("Tired")
    SHY = "shy", _("Shy")
    UNWELL = "unwell", _("Not well")


def answer(label, choices):
    """An empty answer means "not said"."""
    return models.CharField(label, max_length=10, choices=choices, blank=True)


class ReportCard(models.Model):
    """What the sitter tells the owner of one visit or day, or of one date during a stay of nights.

    `visit` is the unit's number, 0 for a date of a stay. A number and not a foreign key, so that
    the database can keep cards unique (a NULL is never equal to another) and a card outlives a
    change of the units. `tasks` is a list of {"text", "done"}, copied when the card is written.
    """

    booking = models.ForeignKey("bookings.Booking", models.PROTECT, related_name="report_cards")
    on = models.DateField()
    visit = models.PositiveSmallIntegerField(default=0)
    idempotency_key = models.CharField(
        max_length=64, unique=True, help_text=_("Of the form that was applied last.")
    )
    food = answer(_("Food"), Eaten)
    water = answer(_("Water"), Eaten)
    toilet = answer(_("Toilet"), Toilet)
    medicine = answer(_("Medicine"), Medicine)
    mood = answer(_("Mood"), Mood)
    note = models.TextField(_("A few words (optional)"), max_length=2000, blank=True)
    tasks = models.JSONField(default=list)
    written_at = models.DateTimeField()
    edited_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["on", "visit"]
        constraints = [
            models.UniqueConstraint(fields=["booking", "on", "visit"], name="report_card_once")
        ]

    def __str__(self):
        return f"{self.on} {self.visit}"


class ReportPhoto(models.Model):
    """A picture of a report card, for the two parties only. `digest` refuses it a second time."""

    card = models.ForeignKey(ReportCard, models.CASCADE, related_name="photos")
    image = models.ImageField(upload_to="reports/")
    digest = models.CharField(max_length=64)

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(fields=["card", "digest"], name="report_photo_once"),
        ]
        indexes = [models.Index(fields=["image"], name="report_photo_image")]

    def __str__(self):
        return self.image.name
