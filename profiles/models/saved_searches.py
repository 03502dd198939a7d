from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _


class SavedSearch(models.Model):
    """A search that we repeat for somebody, to tell when a sitter fits who did not before.

    `query` is the canonical query string of the search page without place name, order and page.
    `seen` are the ids of the sitters that fitted at the last look; empty (None) where there were too
    many to list, so that the next look only takes note.
    """

    class Often(models.TextChoices):
        AT_ONCE = "at_once", _("At once, at most once a day")
        DAILY = "daily", _("In the morning, if there is news")

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="searches")
    name = models.CharField(_("name"), max_length=80)
    query = models.CharField(max_length=500)
    often = models.CharField(_("when we write"), max_length=8, choices=Often, default=Often.AT_ONCE)
    mails = models.BooleanField(default=True, help_text=_("Empty: the person stopped it."))
    seen = models.JSONField(null=True, default=None)
    created_at = models.DateTimeField()
    last_checked_at = models.DateTimeField(null=True, blank=True)
    told_at = models.DateTimeField(null=True, blank=True)
    next_check_at = models.DateTimeField(
        null=True, blank=True, db_index=True, help_text=_("Empty: nobody is looked for.")
    )
    over_at = models.DateTimeField(null=True, blank=True, help_text=_("Its dates have passed."))
    deleted_at = models.DateTimeField(null=True, blank=True, help_text=_("May be undone."))

    class Meta:
        ordering = ["-id"]
        constraints = [models.UniqueConstraint(fields=["user", "query"], name="search_saved_once")]

    def __str__(self):
        return self.name

    @property
    def is_on(self) -> bool:
        return self.mails and self.over_at is None and self.deleted_at is None

    @property
    def url(self) -> str:
        return f"/search/?{self.query}"
