"""Calendars in the form of RFC 5545: ours for others to read, and others' read as busy time."""
