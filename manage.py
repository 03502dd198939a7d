#!/usr/bin/env python3
"""Entry point for Django's commands: python manage.py COMMAND."""

import os
import sys

from django.core.exceptions import ImproperlyConfigured
from django.core.management import execute_from_command_line

if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "pawsitters.settings")
    try:
        execute_from_command_line(sys.argv)
    except ImproperlyConfigured as error:
        # A missing setting is told in its own sentence; the way to it in our code helps nobody.
        sys.exit(str(error))
