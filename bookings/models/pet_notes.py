from django.db import models
from django.utils.translation import gettext_lazy as _


class PetNote(models.Model):
    """What a sitter notes about a pet for themselves. The owner never sees it, nor does staff."""

    sitter = models.ForeignKey("profiles.SitterProfile", models.CASCADE, related_name="+")
    pet = models.ForeignKey("profiles.Pet", models.CASCADE, related_name="+")
    text = models.TextField(_("note"), max_length=2000)
    updated_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["sitter", "pet"], name="pet_note_once")]

    def __str__(self):
        return f"{self.sitter_id} {self.pet_id}"
