"""Subset the two variable fonts (SIL OFL 1.1, no reserved names) to what the pages use.

The text face gets a plain zero, calmer in price columns; Atkinson's slashed zero stays available as
`font-variant-numeric: slashed-zero` for references and codes. Because the face is modified, CSS calls it "PS Text".

Needs fonttools + brotli and the npm packages @fontsource-variable/bricolage-grotesque and
@fontsource-variable/atkinson-hyperlegible-next. It is run by hand, and only to change what the files hold; they are in the repository.
Usage: script/subset_fonts.py NODE_MODULES
"""

import copy
import sys
from io import BytesIO
from pathlib import Path

from fontTools.feaLib.builder import addOpenTypeFeaturesFromString
from fontTools.subset import Options, Subsetter
from fontTools.ttLib import TTFont
from fontTools.ttLib.tables._g_l_y_f import Glyph, GlyphCoordinates
from fontTools.ttLib.tables.ttProgram import Program
from fontTools.ttLib.tables.TupleVariation import TupleVariation
from fontTools.varLib.instancer import instantiateVariableFont

# A page of twenty people nearly always has one of these: 3 KB here instead of 14 KB in two more files.
COMMON_ACCENTS = "ÄÅÉÖØÜßàáâäåæçèéêëíñóôöøúü"
# The same for the letters beyond Latin-1 that we meet most: 2 KB instead of the 21 KB of "ext".
POLISH = set(map(ord, "Łłń"))
LATIN = set(range(0x20, 0x7F)) | set(map(ord, "\u00a0·×–—‘’“”…€−" + COMMON_ACCENTS))
LATIN_1 = (set(range(0xA1, 0x100)) | set(map(ord, "ıŒœ\u2009‚„•‹›"))) - LATIN
PARTS = [
    ("latin", "basic"),
    ("latin", "accents"),
    ("latin-ext", "polish"),
    ("latin-ext", "ext"),
]
FONTS = [
    ("bricolage-grotesque", "bricolage", 700),
    ("atkinson-hyperlegible-next", "atkinson", (400, 700)),
]


def reloaded(font):
    plain = BytesIO()
    font.flavor = None
    font.save(plain)
    plain.seek(0)
    return TTFont(plain)


def contours(font, name):
    glyph = font["glyf"][name]
    points, ends, flags = glyph.getCoordinates(font["glyf"])
    starts = [0] + [e + 1 for e in ends[:-1]]
    return [
        (list(points[s : e + 1]), list(flags[s : e + 1])) for s, e in zip(starts, ends, strict=True)
    ]


def box(points):
    xs, ys = [x for x, _ in points], [y for _, y in points]
    return min(xs), max(xs), min(ys), max(ys)


def ring(font):
    """Outer outline of the zero and the same outline shrunk by the stroke widths, as one plain zero."""
    outer, *counters = contours(font, "zero")
    left, right, bottom, top = box(outer[0])
    in_left, in_right, in_bottom, in_top = box(
        [point for points, _ in counters for point in points]
    )
    wide = (in_right - in_left) / (right - left)
    high = (in_top - in_bottom) / (top - bottom)
    inner = [
        (round(in_left + (x - left) * wide), round(in_bottom + (y - bottom) * high))
        for x, y in outer[0]
    ]
    return outer[0] + inner[::-1], outer[1] + outer[1][::-1]


def plain_zero(font):
    """Give `zero` a plain outline at every weight and keep the slashed one as `zero.slash`."""
    low, high = (instantiateVariableFont(reloaded(font), {"wght": w}) for w in (400, 700))
    points, flags = ring(low)
    heavy, _ = ring(high)
    advance = high["hmtx"]["zero"][0] - low["hmtx"]["zero"][0]

    order = font.getGlyphOrder() + ["zero.slash"]
    font["glyf"].glyphs["zero.slash"] = copy.deepcopy(font["glyf"]["zero"])
    font["hmtx"]["zero.slash"] = font["hmtx"]["zero"]
    font["gvar"].variations["zero.slash"] = copy.deepcopy(font["gvar"].variations["zero"])
    font.setGlyphOrder(order)
    font["glyf"].setGlyphOrder(order)

    glyph = Glyph()
    glyph.numberOfContours = 2
    glyph.coordinates = GlyphCoordinates(points)
    glyph.flags = bytearray(flags)
    glyph.endPtsOfContours = [len(points) // 2 - 1, len(points) - 1]
    glyph.program = Program()
    glyph.program.fromBytecode(b"")
    font["glyf"]["zero"] = glyph
    glyph.recalcBounds(font["glyf"])
    deltas = [(x2 - x1, y2 - y1) for (x1, y1), (x2, y2) in zip(points, heavy, strict=True)] + [
        (0, 0),
        (advance, 0),
        (0, 0),
        (0, 0),
    ]
    font["gvar"].variations["zero"] = [TupleVariation({"wght": (0.0, 1.0, 1.0)}, deltas)]
    if "HVAR" in font:
        del font[
            "HVAR"
        ]  # rebuilt from gvar by the rasteriser; smaller, and cannot disagree with the new glyph
    digits = ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"]
    tabular = [d for d in digits if d + ".tf" in order]
    features = "feature zero { sub zero by zero.slash; } zero;\n"
    if tabular:
        features += (
            "feature tnum { " + " ".join(f"sub {d} by {d}.tf;" for d in tabular) + " } tnum;\n"
        )
    addOpenTypeFeaturesFromString(font, features, tables=["GSUB"])
    return font


modules = Path(sys.argv[1])
out = Path(__file__).resolve().parent.parent / "static/fonts"
for package, short, weights in FONTS:
    for part, name in PARTS:
        font = TTFont(
            modules
            / "@fontsource-variable"
            / package
            / "files"
            / f"{package}-{part}-wght-normal.woff2"
        )
        options = Options()
        options.hinting = False
        options.glyph_names = True
        options.layout_features = ["kern", "mark", "mkmk", "ccmp", "locl", "tnum"]
        subsetter = Subsetter(options)
        subsetter.populate(
            unicodes={
                "basic": LATIN,
                "accents": LATIN_1,
                "polish": POLISH,
                "ext": set(font.getBestCmap()),
            }[name]
        )
        subsetter.subset(font)
        font = instantiateVariableFont(reloaded(font), {"wght": weights})
        if (short, name) == ("atkinson", "basic"):
            font = plain_zero(reloaded(font))
        font["post"].formatType = 3.0
        font.flavor = "woff2"
        target = out / f"{short}-{name}.woff2"
        font.save(target)
        sys.stdout.write(f"{target.name} {target.stat().st_size}\n")
