"""Text that people type, made safe to stand in one line of ours."""

import re

# Line breaks and other controls, and the marks that turn the direction of all text after them.
# Joiners stay: families of emoji and some scripts need them.
BREAKS = re.compile(r"[\x00-\x20\x7f-\x9f\u2028-\u202e\u2066-\u2069]+")


def one_line(text: str) -> str:
    """A name as it may stand in a subject, a heading or a header: "Eve\\nBcc: x" → "Eve Bcc: x"."""
    return BREAKS.sub(" ", text).strip()


# What nobody sees: controls but for line breaks, marks that turn the direction, spaces and signs of
# no width (but the joiners), language tags. Of accents piled on one letter four are enough for all
# languages.
UNSEEN = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\xad\u061c\u180e\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f"
    "\ufeff\ufff9-\ufffb\U000e0000-\U000e007f]"
)
LINE_ENDS = re.compile(r"\r\n|[\r\u0085\u2028\u2029]")
PILED = re.compile(
    "([\u0300-\u036f\u0483-\u0489\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f]{4})"
    "[\u0300-\u036f\u0483-\u0489\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f]+"
)


def clean_text(text: str) -> str:
    """Several lines as somebody typed them, without what could hide or disturb other text."""
    text = UNSEEN.sub("", LINE_ENDS.sub("\n", text).replace("\t", " "))
    text = "\n".join(line.rstrip() for line in PILED.sub(r"\1", text).split("\n"))
    return re.sub(r"\n{3,}", "\n\n", text).strip()
