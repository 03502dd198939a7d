"""WCAG 2.2 contrast of every pair of tokens that pages rely on, light and dark.

Source of the formula: WCAG 2.2, "relative luminance" and "contrast ratio". Text needs 4.5, borders
of controls and other signs 3.
"""

import re
from pathlib import Path

import pytest
from django.conf import settings

SURFACES = ["page", "surface", "raised"]
STATES = ["ok", "info", "warn", "bad"]
SERVICES = ["boarding", "house", "dropin", "daycare", "walk"]
TEXT = [
    *[(ink, surface) for ink in ("ink", "muted", "link") for surface in SURFACES],
    ("on-primary", "primary"),
    ("on-primary", "primary-hover"),
    ("on-sun", "sun"),
    *[("muted", surface) for surface in ("calm-bg", "warn-bg", "soft")],
    *[("ink", surface) for surface in ("ok-bg", "warn-bg", "soft")],
    *[(f"{name}-ink", f"{name}-bg") for name in [*STATES, "calm", *SERVICES]],
    *[(f"{name}-ink", "surface") for name in STATES + SERVICES],
]
SIGNS = [
    *[(sign, surface) for sign in ("edge", "focus", "bad-edge") for surface in SURFACES],
    *[(sign, "surface") for sign in ("primary", "lead", "star", "check", "ok-edge")],
    ("lead", "page"),
]


def tokens(theme: int) -> dict[str, str]:
    css = Path(settings.BASE_DIR, "static/css/variables.css").read_text()
    found = {}
    for name, raw in re.findall(r"--ps-([\w-]+):\s*([^;]+);", css):
        pair = re.fullmatch(r"light-dark\((.+), (.+)\)", raw)
        found[name] = pair.group(theme + 1) if pair else raw
    return found


def luminance(colour: str) -> float:
    digits = colour[1:] if len(colour) == 7 else "".join(2 * digit for digit in colour[1:])
    parts = [int(digits[i : i + 2], 16) / 255 for i in (0, 2, 4)]
    red, green, blue = (v / 12.92 if v <= 0.04045 else ((v + 0.055) / 1.055) ** 2.4 for v in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    darker, lighter = sorted((luminance(one), luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


@pytest.mark.parametrize("theme", [0, 1], ids=["light", "dark"])
@pytest.mark.parametrize(("pairs", "least"), [(TEXT, 4.5), (SIGNS, 3)], ids=["text", "signs"])
def test_tokens_have_enough_contrast(pairs, least, theme):
    colours = tokens(theme)
    weak = [(a, b) for a, b in pairs if contrast(colours[a], colours[b]) < least]
    assert not weak
