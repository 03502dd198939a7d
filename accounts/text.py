"""Text that people type, made safe to stand in one line of ours."""

import re

# Line breaks and other controls, and the marks that turn the direction of all text after them.
# Joiners stay: families of emoji and some scripts need them.
BREAKS = re.compile(r"[\x00-\x20\x7f-\x9f\u2028-\u202e\u2066-\u2069]+")


def one_line(text: str) -> str:
    """A name as it may stand in a subject, a heading or a header: "Eve\\nBcc: x" → "Eve Bcc: x"."""
    return BREAKS.sub(" ", text).strip()


UNSEEN = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069]")
EMPTY_LINES = re.compile(r"\n[ \t]*(?:\n[ \t]*)+")


def clean_text(text: str) -> str:
    """What somebody wrote in several lines, without controls, marks of direction and long gaps."""
    text = UNSEEN.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))
    return EMPTY_LINES.sub("\n\n", text).strip()


ADDRESS = re.compile(
    r"https?:|www\.|\S@\S+\.\S|\b(?:wa|t)\.me/"
    r"|\b[\w-]+\.(?:com|net|org|info|app|eu|de|ch|fr|nl|pl|dk|cz|co\.uk|uk|io)\b",
    re.IGNORECASE,
)
DATES = re.compile(r"\b(?:\d{1,2}[./-]\d{1,2}[./-]\d{2,4}|\d{4}-\d{2}-\d{2})\b")
NUMBERS = re.compile(r"\+?\d[\d ()/.\-\u00a0\u2009]{5,}\d")


def has_contact(text: str) -> bool:
    """Whether a public text holds a web or e-mail address or a phone number; dates do not count."""
    if ADDRESS.search(text):
        return True
    for found in NUMBERS.findall(DATES.sub(" ", text)):
        digits = sum(sign.isdigit() for sign in found)
        if digits >= 9 or (digits >= 7 and found[0] in "+0"):
            return True
    return False
