from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from profiles.kinds import DogSize, Kind, Species, Tier


class Service(models.Model):
    """One kind of care that a sitter offers, with its house rules.

    `species` lists the accepted `Species` values. Money is in the `Rate` rows.
    """

    sitter = models.ForeignKey("profiles.SitterProfile", models.CASCADE, related_name="services")
    kind = models.CharField(max_length=14, choices=Kind)
    is_active = models.BooleanField(_("offered"), default=True)
    species = models.JSONField(_("animals you take"), default=list)
    max_dog_kg = models.PositiveSmallIntegerField(
        _("dogs by weight"), choices=DogSize, default=DogSize.GIANT
    )
    min_age_months = models.PositiveSmallIntegerField(_("youngest age, in months"), default=0)
    max_pets = models.PositiveSmallIntegerField(
        _("most animals in one booking"),
        default=3,
        validators=[MinValueValidator(1), MaxValueValidator(12)],
    )
    lead_hours = models.PositiveSmallIntegerField(_("notice you need, in hours"), default=24)
    horizon_days = models.PositiveSmallIntegerField(
        _("how far ahead, in days"),
        default=180,
        validators=[MinValueValidator(1), MaxValueValidator(400)],
    )
    is_instant = models.BooleanField(_("confirm at once"), default=False)
    cancellation_tier = models.CharField(
        _("free cancelling"), max_length=12, choices=Tier, default=Tier.ONE_DAY
    )
    is_one_household = models.BooleanField(_("one household at a time"), default=False)
    needs_vaccinations = models.BooleanField(_("valid vaccinations needed"), default=False)
    charges_late_pickup = models.BooleanField(_("charge for late collection"), default=True)
    buffer_minutes = models.PositiveSmallIntegerField(
        _("travel time around a visit, in minutes"), default=15, validators=[MaxValueValidator(120)]
    )
    group_size = models.PositiveSmallIntegerField(
        _("households on one walk"),
        default=1,
        validators=[MinValueValidator(1), MaxValueValidator(6)],
    )

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(fields=["sitter", "kind"], name="service_once_per_kind")
        ]

    def __str__(self):
        return self.get_kind_display()

    @property
    def kind_enum(self) -> Kind:
        return Kind(self.kind)


class Rate(models.Model):
    """What one unit costs for one species, in cents of the installation's currency.

    `minutes` is 0 for nights and days, else the length of the visit or walk.
    """

    service = models.ForeignKey(Service, models.CASCADE, related_name="rates")
    species = models.CharField(_("animal"), max_length=12, choices=Species)
    minutes = models.PositiveSmallIntegerField(_("minutes"), default=0)
    base_cents = models.PositiveIntegerField(_("usual price"))
    additional_cents = models.PositiveIntegerField(_("each further animal"), default=0)
    holiday_cents = models.PositiveIntegerField(_("on holidays"), null=True, blank=True)
    young_cents = models.PositiveIntegerField(_("under 12 months"), null=True, blank=True)
    young_additional_cents = models.PositiveIntegerField(
        _("further, under 12 months"), null=True, blank=True
    )

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(fields=["service", "species", "minutes"], name="rate_once"),
            models.CheckConstraint(
                condition=models.Q(base_cents__gt=0, base_cents__lte=1_000_000),
                name="rate_is_plausible",
                violation_error_message=_("A price must be above 0 and at most 10,000."),
            ),
        ]

    def __str__(self):
        return f"{self.species} {self.base_cents}"


class LongStayTier(models.Model):
    """From `min_units` on, `discount_bps` hundredths of a percent come off the sum of units."""

    service = models.ForeignKey(Service, models.CASCADE, related_name="long_stay_tiers")
    min_units = models.PositiveSmallIntegerField(_("from"), validators=[MinValueValidator(2)])
    discount_bps = models.PositiveSmallIntegerField(_("discount"))

    class Meta:
        ordering = ["min_units"]
        constraints = [
            models.UniqueConstraint(fields=["service", "min_units"], name="long_stay_tier_once"),
            models.CheckConstraint(
                condition=models.Q(discount_bps__gt=0, discount_bps__lte=9000),
                name="discount_is_plausible",
            ),
        ]

    def __str__(self):
        return f"{self.min_units}: {self.discount_bps} bps"


class AddOn(models.Model):
    class Per(models.TextChoices):
        BOOKING = "booking", _("once")
        PET = "pet", _("per animal")
        UNIT = "unit", _("each time")

    service = models.ForeignKey(Service, models.CASCADE, related_name="add_ons")
    name = models.CharField(_("what"), max_length=60)
    amount_cents = models.PositiveIntegerField(_("price"))
    per = models.CharField(_("charged"), max_length=7, choices=Per, default=Per.BOOKING)
    is_active = models.BooleanField(default=True)

    class Meta:
        ordering = ["id"]

    def __str__(self):
        return self.name


class SitterHoliday(models.Model):
    """A date on which the sitter's holiday rates apply."""

    sitter = models.ForeignKey("profiles.SitterProfile", models.CASCADE, related_name="holidays")
    on = models.DateField(_("date"))
    name = models.CharField(_("name"), max_length=60, blank=True)

    class Meta:
        ordering = ["on"]
        constraints = [models.UniqueConstraint(fields=["sitter", "on"], name="holiday_once")]

    def __str__(self):
        return self.name or str(self.on)
