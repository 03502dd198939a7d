#!/usr/bin/env python3
"""Entry point for Django's commands: python manage.py COMMAND."""

import os
import sys

from django.core.management import execute_from_command_line

if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "pawsitters.settings")
    execute_from_command_line(sys.argv)
