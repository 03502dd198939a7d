"""Sentences that several pages say."""

from django.utils.translation import gettext_lazy as _

GONE = _("It was removed already.")
