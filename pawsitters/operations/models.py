from django.db import models


class Heartbeat(models.Model):
    """When a host could last save something: one row each, written by the probe and nobody else,
    so that its lock and its size never matter to visitors."""

    host = models.CharField(max_length=255, primary_key=True)
    beat_at = models.DateTimeField()

    def __str__(self):
        return f"{self.host} at {self.beat_at}"
