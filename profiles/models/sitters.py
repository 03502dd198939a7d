from django.conf import settings
from django.db import models
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from profiles.querysets import SitterQuerySet


class SitterProfile(models.Model):
    """A sitter's page: who they are, where, and whether others may see it.

    `lat_e6`, `lng_e6` and `street` are private. `grid_lat_e6`, `grid_lng_e6` are the public point,
    snapped to a 500 m grid (see `profiles.geo.snap`). All in integer micro-degrees.
    """

    class Status(models.TextChoices):
        DRAFT = "draft", _("Draft")
        IN_REVIEW = "in_review", _("In review")
        PUBLISHED = "published", _("Published")
        PAUSED = "paused", _("Paused")
        REJECTED = "rejected", _("Needs changes")
        SUSPENDED = "suspended", _("Suspended")

    class HomeType(models.TextChoices):
        HOUSE = "house", _("House")
        FLAT = "flat", _("Flat")
        FARM = "farm", _("Farm")

    class Children(models.TextChoices):
        NONE = "none", _("No children")
        SMALL = "small", _("Small children")
        OLDER = "older", _("Older children")

    user = models.OneToOneField(settings.AUTH_USER_MODEL, models.PROTECT, related_name="sitter")
    slug = models.SlugField(max_length=60, unique=True)
    status = models.CharField(max_length=10, choices=Status, default=Status.DRAFT)
    status_reason = models.TextField(blank=True, help_text=_("Shown to the sitter."))
    submitted_at = models.DateTimeField(null=True, blank=True)
    published_at = models.DateTimeField(null=True, blank=True)

    headline = models.CharField(_("headline"), max_length=90, blank=True)
    about = models.TextField(_("about you and your place"), max_length=4000, blank=True)
    experience_years = models.PositiveSmallIntegerField(_("years with animals"), default=0)
    languages = models.CharField(_("languages"), max_length=120, blank=True)

    street = models.CharField(_("street and number"), max_length=160, blank=True)
    postcode = models.CharField(_("postcode"), max_length=16, blank=True)
    town = models.ForeignKey(
        "profiles.Town", models.PROTECT, null=True, blank=True, verbose_name=_("town")
    )
    time_zone = models.CharField(max_length=40, default="UTC")
    lat_e6 = models.IntegerField(default=0)
    lng_e6 = models.IntegerField(default=0)
    grid_lat_e6 = models.IntegerField(default=0)
    grid_lng_e6 = models.IntegerField(default=0)

    home_type = models.CharField(_("home"), max_length=5, choices=HomeType, default=HomeType.FLAT)
    has_fenced_yard = models.BooleanField(_("fenced garden"), default=False)
    is_smoke_free = models.BooleanField(_("nobody smokes inside"), default=True)
    children = models.CharField(
        _("children at home"), max_length=5, choices=Children, default=Children.NONE
    )
    own_pets = models.CharField(
        _("own animals"), max_length=200, blank=True, help_text=_("Empty: none.")
    )
    cameras = models.CharField(
        _("cameras"),
        max_length=200,
        blank=True,
        help_text=_("Where they are. Empty: none inside, none outside."),
    )
    max_alone_hours = models.PositiveSmallIntegerField(
        _("longest time a pet is alone, in hours"), default=4
    )
    payment_note = models.CharField(
        _("how and when you take payment"),
        max_length=200,
        blank=True,
        help_text=_("Owners pay you directly, for instance “bank transfer on the first day”."),
    )
    calendar_confirmed_on = models.DateField(null=True, blank=True)

    rating_sum = models.PositiveIntegerField(default=0)
    rating_count = models.PositiveIntegerField(default=0)
    # Of all visible reviews: {"stars": [of one star, …, of five], "on_time": [yes, asked], …}
    review_counts = models.JSONField(default=dict, editable=False)
    # Last 12 months, counted by the worker from bookings; always shown with the denominator.
    answered_count = models.PositiveIntegerField(default=0)
    asked_count = models.PositiveIntegerField(default=0)
    completed_count = models.PositiveIntegerField(default=0)
    confirmed_count = models.PositiveIntegerField(default=0)
    late_cancellation_count = models.PositiveIntegerField(default=0)
    repeat_owner_count = models.PositiveIntegerField(default=0)
    owner_count = models.PositiveIntegerField(default=0)
    on_time_count = models.PositiveIntegerField(default=0)
    check_in_count = models.PositiveIntegerField(default=0)
    counted_at = models.DateTimeField(
        null=True, blank=True, help_text=_("Until when the figures above are counted.")
    )
    # What public pages, prices and availability read; see profiles/snapshot.py for its shape.
    snapshot = models.JSONField(default=dict, editable=False)
    updated_at = models.DateTimeField(auto_now=True)

    objects = SitterQuerySet.as_manager()

    class Meta:
        indexes = [models.Index(fields=["status", "submitted_at"], name="sitter_review_queue")]

    def __str__(self):
        return self.user.short_name

    def get_absolute_url(self) -> str:
        return reverse("bookings:sitter", args=[self.slug])

    @property
    def is_published(self) -> bool:
        return self.status == self.Status.PUBLISHED


class SitterPhoto(models.Model):
    sitter = models.ForeignKey(SitterProfile, models.CASCADE, related_name="photos")
    image = models.ImageField(_("photo"), upload_to="sitters/", blank=True)
    scene = models.CharField(
        max_length=24, blank=True, help_text=_("Illustration of the demo data.")
    )
    caption = models.CharField(_("what is seen"), max_length=120)
    position = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering = ["position", "id"]

    def __str__(self):
        return self.caption


class Check(models.Model):
    """Something about a sitter that somebody looked at: what, by whom, until when.

    Never a bare "verified": a check past `expires_on` is shown as run out.
    """

    class What(models.TextChoices):
        IDENTITY = "identity", _("Identity")
        FIRST_AID = "first_aid", _("First aid for pets")
        CRIMINAL_RECORD = "criminal_record", _("Criminal record extract")
        INSURANCE = "insurance", _("Liability insurance")
        QUALIFICATION = "qualification", _("Qualification")

    sitter = models.ForeignKey(SitterProfile, models.CASCADE, related_name="checks")
    what = models.CharField(max_length=16, choices=What)
    how = models.CharField(max_length=80, default="checked by our staff")
    checked_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    checked_on = models.DateField()
    expires_on = models.DateField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["sitter", "what"], name="check_once_per_kind"),
        ]

    def __str__(self):
        return self.get_what_display()
