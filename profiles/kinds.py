"""Words that many modules share: service kinds, species, cancellation tiers."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Kind(models.TextChoices):
    BOARDING = "boarding", _("Boarding")
    HOUSE_SITTING = "house_sitting", _("House sitting")
    DAY_CARE = "day_care", _("Day care")
    DROP_IN_VISIT = "drop_in_visit", _("Drop-in visit")
    DOG_WALK = "dog_walk", _("Dog walk")

    @property
    def is_nights(self) -> bool:
        return self in (Kind.BOARDING, Kind.HOUSE_SITTING)

    @property
    def is_visits(self) -> bool:
        """Has times of day and a duration; holds quarters of an hour."""
        return self in (Kind.DROP_IN_VISIT, Kind.DOG_WALK)

    @property
    def is_at_sitters(self) -> bool:
        """The place of care is the sitter's home; otherwise the owner's."""
        return self in (Kind.BOARDING, Kind.DAY_CARE)


# 3 bits of the search key; never reorder.
KIND_CODES = {kind: number for number, kind in enumerate(Kind, start=1)}

UNIT_WORDS = {
    Kind.BOARDING: _("night"),
    Kind.HOUSE_SITTING: _("night"),
    Kind.DAY_CARE: _("day"),
    Kind.DROP_IN_VISIT: _("visit"),
    Kind.DOG_WALK: _("walk"),
}

VISIT_MINUTES = {
    Kind.DROP_IN_VISIT: (20, 30, 60),
    Kind.DOG_WALK: (30, 60),
}


class Species(models.TextChoices):
    DOG = "dog", _("Dog")
    CAT = "cat", _("Cat")
    SMALL_MAMMAL = "small_mammal", _("Small mammal")
    BIRD = "bird", _("Bird")
    REPTILE = "reptile", _("Reptile")
    FISH = "fish", _("Fish")
    OTHER = "other", _("Other")


class DogSize(models.IntegerChoices):
    """Weight bands in kilograms, upper bound included."""

    SMALL = 7, _("up to 7 kg")
    MEDIUM = 18, _("up to 18 kg")
    LARGE = 45, _("up to 45 kg")
    GIANT = 999, _("any weight")


class Tier(models.TextChoices):
    """How long before the start an owner may cancel for free; chosen per service."""

    SAME_DAY = "same_day", _("Until it starts")
    ONE_DAY = "one_day", _("Until noon one day before")
    THREE_DAY = "three_day", _("Until noon three days before")
    SEVEN_DAY = "seven_day", _("Until noon seven days before")
    FOURTEEN_DAY = "fourteen_day", _("Until noon fourteen days before")


TIER_DAYS = {
    Tier.SAME_DAY: 0,
    Tier.ONE_DAY: 1,
    Tier.THREE_DAY: 3,
    Tier.SEVEN_DAY: 7,
    Tier.FOURTEEN_DAY: 14,
}
