"""Text that people type, made safe to stand in one line of ours."""

import re

# Line breaks and other controls, and the marks that turn the direction of all text after them.
# Joiners stay: families of emoji and some scripts need them.
BREAKS = re.compile(r"[\x00-\x20\x7f-\x9f\u2028-\u202e\u2066-\u2069]+")


def one_line(text: str) -> str:
    """A name as it may stand in a subject, a heading or a header: "Eve\\nBcc: x" → "Eve Bcc: x"."""
    return BREAKS.sub(" ", text).strip()
