from datetime import date

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.text import one_line
from profiles.kinds import Species
from profiles.querysets import PetQuerySet


class Temper(models.TextChoices):
    UNKNOWN = "unknown", _("I don’t know")
    YES = "yes", _("Yes")
    SUPERVISED = "supervised", _("Only supervised")
    NO = "no", _("No")


class YesNo(models.TextChoices):
    YES = "yes", _("Yes")
    NO = "no", _("No")


class OffLeash(models.TextChoices):
    NEVER = "never", _("Never")
    FENCED = "fenced", _("Only where it is fenced")
    YES = "yes", _("Yes")


class Sex(models.TextChoices):
    FEMALE = "female", _("Female")
    MALE = "male", _("Male")
    UNKNOWN = "unknown", _("Not known")


def temper(label):
    return models.CharField(label, max_length=10, choices=Temper, blank=True)


def yes_no(label):
    return models.CharField(label, max_length=3, choices=YesNo, blank=True)


class Pet(models.Model):
    """An animal and all that a sitter needs to know about it.

    An empty answer means "not answered yet"; `Temper.UNKNOWN` is an answer.
    """

    class State(models.TextChoices):
        ACTIVE = "active", _("Active")
        ARCHIVED = "archived", _("Archived")

    BEHAVIOUR_FIELDS = (
        "good_with_dogs",
        "good_with_cats",
        "good_with_children",
        "good_with_strangers",
        "has_bitten",
        "separation_anxiety",
        "escape_risk",
        "house_trained",
        "off_leash",
    )

    # What nobody needs to know of a cat, a budgie or a goldfish is not asked.
    NOT_ASKED = {
        Species.CAT: {"off_leash"},
        Species.SMALL_MAMMAL: {"off_leash", "house_trained", "separation_anxiety"},
        Species.BIRD: {"off_leash", "house_trained", "separation_anxiety"},
        Species.REPTILE: {"off_leash", "house_trained", "separation_anxiety"},
        Species.FISH: set(BEHAVIOUR_FIELDS),
        Species.OTHER: {"off_leash", "house_trained"},
    }

    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="pets")
    state = models.CharField(max_length=8, choices=State, default=State.ACTIVE)
    name = models.CharField(_("name"), max_length=40)
    species = models.CharField(_("kind of animal"), max_length=12, choices=Species)
    breed = models.CharField(_("breed"), max_length=60, blank=True)
    sex = models.CharField(_("sex"), max_length=7, choices=Sex, default=Sex.UNKNOWN)
    is_neutered = models.BooleanField(_("neutered"), default=False)
    born_on = models.DateField(_("born on"), null=True, blank=True)
    weight_grams = models.PositiveIntegerField(_("weight"), null=True, blank=True)
    microchip = models.CharField(_("microchip number"), max_length=20, blank=True)
    photo = models.ImageField(_("photo"), upload_to="pets/", blank=True)
    portrait = models.CharField(
        max_length=24, blank=True, help_text=_("Illustration shown without a photo.")
    )

    good_with_dogs = temper(_("good with dogs"))
    good_with_cats = temper(_("good with cats"))
    good_with_children = temper(_("good with children"))
    good_with_strangers = temper(_("good with strangers"))
    has_bitten = yes_no(_("has ever bitten"))
    bite_history = models.TextField(_("what happened"), max_length=1000, blank=True)
    separation_anxiety = yes_no(_("suffers when left alone"))
    escape_risk = yes_no(_("tries to escape"))
    house_trained = yes_no(_("house-trained"))
    off_leash = models.CharField(
        _("may run off the lead"), max_length=6, choices=OffLeash, blank=True
    )

    feeding = models.TextField(_("feeding"), max_length=2000, blank=True)
    walks = models.TextField(_("walks"), max_length=2000, blank=True)
    sleeps = models.CharField(_("sleeps"), max_length=200, blank=True)
    max_alone_hours = models.PositiveSmallIntegerField(
        _("longest time alone, in hours"), null=True, blank=True
    )
    medication = models.TextField(
        _("medication: name, dose, times, how"), max_length=2000, blank=True
    )
    conditions = models.TextField(_("conditions"), max_length=2000, blank=True)
    allergies = models.TextField(_("allergies"), max_length=1000, blank=True)
    vet_name = models.CharField(_("vet"), max_length=120, blank=True)
    vet_phone = models.CharField(_("vet’s phone"), max_length=30, blank=True)
    vet_address = models.CharField(_("vet’s address"), max_length=200, blank=True)
    must_follow = models.TextField(
        _("must-follow lines"),
        max_length=1000,
        blank=True,
        help_text=_(
            "One short instruction on each line. The sitter ticks every one when accepting."
        ),
    )
    updated_at = models.DateTimeField(auto_now=True)

    objects = PetQuerySet.as_manager()

    class Meta:
        ordering = ["id"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(weight_grams=None)
                | models.Q(weight_grams__gt=0, weight_grams__lte=200_000),
                name="pet_weight_is_plausible",
                violation_error_message=_("Weight must be between 0 and 200 kg."),
            ),
        ]

    def __str__(self):
        return self.name

    def clean(self):
        super().clean()
        self.name = one_line(self.name) or self.name

    @property
    def behaviour_questions(self) -> list[str]:
        """Names of the behaviour questions that are asked about this species."""
        skipped = self.NOT_ASKED.get(self.species, ())
        return [name for name in self.BEHAVIOUR_FIELDS if name not in skipped]

    @property
    def unanswered(self) -> list[str]:
        """Names of the behaviour questions without an answer; a first request needs all of them."""
        return [name for name in self.behaviour_questions if not getattr(self, name)]

    @property
    def is_archived(self) -> bool:
        return self.state == self.State.ARCHIVED

    @property
    def must_follow_lines(self) -> list[str]:
        return [line.strip() for line in self.must_follow.splitlines() if line.strip()]

    def age_months(self, on: date) -> int:
        """Whole months of age on that date; unknown age counts as grown up (999)."""
        if self.born_on is None:
            return 999
        months = (on.year - self.born_on.year) * 12 + on.month - self.born_on.month
        return months - (on.day < self.born_on.day)

    def is_young(self, on: date) -> bool:
        """Under twelve months old on that date."""
        return self.age_months(on) < 12

    def is_vaccinated_until(self, last_on: date) -> bool:
        """Whether there are vaccinations, and the newest of each kind is valid on that date."""
        newest: dict[str, date] = {}
        for row in self.vaccinations.all():
            kind = row.kind.strip().casefold()
            newest[kind] = max(row.expires_on, newest.get(kind, row.expires_on))
        return bool(newest) and min(newest.values()) >= last_on


class Vaccination(models.Model):
    pet = models.ForeignKey(Pet, models.CASCADE, related_name="vaccinations")
    kind = models.CharField(_("against"), max_length=60)
    given_on = models.DateField(_("given on"))
    expires_on = models.DateField(_("valid until"))
    document = models.ImageField(
        _("picture of the document"), upload_to="vaccinations/", blank=True
    )

    class Meta:
        ordering = ["-expires_on"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(expires_on__gt=models.F("given_on")),
                name="vaccination_expires_after_given",
                violation_error_message=_("“Valid until” must be after “given on”."),
            ),
        ]

    def __str__(self):
        return self.kind
