from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from bookings.querysets import NoticeQuerySet


class Notice(models.Model):
    """Something a person is told: an entry of their in-app list and a mail still to be sent.

    The row is written in the transaction of the change it tells of; the worker sends the mail
    after the commit. `key` makes a notice unique, so a retried transaction tells nobody twice.
    """

    recipient = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="notices")
    booking = models.ForeignKey(
        "bookings.Booking", models.CASCADE, null=True, blank=True, related_name="notices"
    )
    key = models.CharField(max_length=80, unique=True)
    kind = models.CharField(max_length=24)
    subject = models.CharField(max_length=160)
    text = models.TextField()
    path = models.CharField(max_length=200, help_text=_("Where the notice leads, on our own host."))
    action = models.CharField(
        max_length=60, blank=True, help_text=_("What the mail's button says.")
    )
    stop_path = models.CharField(
        max_length=200, blank=True, help_text=_("Where mails of this kind are stopped.")
    )
    created_at = models.DateTimeField()
    read_at = models.DateTimeField(null=True, blank=True)

    send_after = models.DateTimeField(
        null=True, blank=True, help_text=_("Empty: nothing left to send.")
    )
    leased_until = models.DateTimeField(null=True, blank=True)
    sent_at = models.DateTimeField(null=True, blank=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    last_error = models.CharField(max_length=300, blank=True)

    objects = NoticeQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]
        indexes = [
            models.Index(fields=["send_after"], name="notice_to_send"),
            models.Index(fields=["recipient", "read_at"], name="notice_unread"),
        ]

    def __str__(self):
        return self.subject
