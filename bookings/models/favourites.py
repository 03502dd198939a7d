from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _


class Favourite(models.Model):
    """A sitter whom an owner wants to find again, with a note that nobody else reads.

    `removed_at` makes room for an undo: the note is still there; upkeep erases it a day later.
    """

    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="favourites")
    sitter = models.ForeignKey("profiles.SitterProfile", models.CASCADE, related_name="+")
    note = models.TextField(_("note to yourself"), max_length=500, blank=True)
    created_at = models.DateTimeField()
    removed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-created_at", "-id"]
        constraints = [models.UniqueConstraint(fields=["owner", "sitter"], name="favourite_once")]

    def __str__(self):
        return f"{self.owner_id} {self.sitter_id}"
