#!/usr/bin/env python3
"""Make static/vendor/bootstrap.min.css out of Bootstrap's own dist/css/bootstrap.min.css.

Two changes, nothing else: component groups that this site does not use are left out (a page without
photos weighs 60 KB or less, and the whole sheet would be 30 of them), and `data:` images become
`none`, because our Content-Security-Policy has img-src 'self' (css/forms.css brings the few as files).

Usage: script/trim_bootstrap.py path/to/bootstrap/dist/css/bootstrap.min.css
"""

import gzip
import re
import sys
from pathlib import Path

TARGET = Path(__file__).resolve().parent.parent / "static/vendor/bootstrap.min.css"

# A rule goes when each of its selectors names one of these classes.
UNUSED = [
    r"accordion(-.*)?",
    r"carousel(-.*)?",
    r"modal(-.*)?",
    r"toast(-.*)?",
    r"tooltip(-.*)?",
    r"bs-tooltip.*",
    r"popover(-.*)?",
    r"bs-popover.*",
    r"offcanvas.*",
    r"dropdown(-.*)?",
    r"dropup.*",
    r"dropstart.*",
    r"dropend.*",
    r"navbar.*",
    r"nav",
    r"nav-.*",
    r"tab-.*",
    r"card",
    r"card-.*",
    r"breadcrumb.*",
    r"pagination.*",
    r"page-.*",
    r"badge",
    r"progress.*",
    r"list-group.*",
    r"placeholder.*",
    r"spinner.*",
    r"btn-group.*",
    r"btn-toolbar",
    r"btn-close.*",
    r"btn-(success|info|warning|light|dark|link|secondary)",
    r"btn-outline-(primary|success|info|warning|danger|light|dark)",
    r"(text|bg|border|link)-(primary|secondary|success|info|warning|danger|light|dark|black|white|body)(-.*)?",
    r"text-bg-.*",
    r"link-.*",
    r"icon-link.*",
    r"(bg|border|text|link)-opacity-.*",
    r"bg-gradient",
    r"focus-ring.*",
    r"alert-(primary|secondary|success|info|warning|light|dark|dismissible|link)",
    r"table-(primary|secondary|success|info|warning|danger|light|dark|active|striped.*|hover|bordered|borderless|group-divider)",
    r"form-floating",
    r"form-range",
    r"form-control-(plaintext|color|lg)",
    r"form-select-lg",
    r"col-form-label-(sm|lg)",
    r"form-switch",
    r"was-validated",
    r"is-valid",
    r"valid-.*",
    r"btn-check",
    r"input-group-(lg|sm)",
    r"form-check-reverse",
    r"figure.*",
    r"blockquote.*",
    r"initialism",
    r"display-[1-6]",
    r"lead",
    r"dl-.*",
    r"img-thumbnail",
    r"ratio.*",
    r"vr",
    r"hstack",
    r"vstack",
    r"(sticky|fixed)-.*",
    r"shadow.*",
    r"pe-.*",
    r"user-select-.*",
    r"pe-none",
    r"pe-auto",
    r"font-monospace",
    r"fs-[1-5]",
    r"fw-(light|lighter|bolder|medium)",
    r"fst-.*",
    r"lh-.*",
    r"text-(decoration|lowercase|uppercase|capitalize|reset).*",
    r"object-fit-.*",
    r"opacity-.*",
    r"overflow-[xy]-.*",
    r"z-.*",
    r"(top|bottom|start|end)-(0|50|100)",
    r"translate-middle.*",
    r"rounded-(top|bottom|start|end|pill|circle)(-.*)?",
    r"border-[1-5]",
    r"(border-(top|end|bottom|start))(-0)?",
    r"float-.*",
    r"container-(sm|md|lg|xl|xxl|fluid)",
    r".+-xxl-.+",
    r".+-xxl",
    r".+-print-.+",
    r"(m|p)[tbsexy]?-xl-.+",
    r"(m|p)[tbsexy]?-(sm|md|lg)-(0|4|5|auto)",
    r"(row|column)?-?gap-(sm|md|lg|xl)-.+",
    r"offset-(sm|md|lg|xl)-.+",
    r"offset-[0-9]+",
    r"order-(sm|md|xl)-.+",
    r"g[xy]?-xl-.+",
    r"justify-content-(sm|xl)-.+",
    r"flex-xl-.+",
    r"align-(items|content|self)-(sm|xl)-.+",
    r"d-xl-.+",
    r"float-.+",
    r"row-cols-.+",
]
DROPPED = re.compile(rf"\.({'|'.join(UNUSED)})(?![\w-])")
# Kept although the patterns above would match: pages use them.
KEPT = re.compile(r"\.(pe-[0-5]|text-(start|end|center)|border-0|fs-6|link-offset)(?![\w-])")
UNUSED_FRAMES = ("progress-bar-stripes", "spinner", "placeholder")


def rules(css: str):
    """Split into top-level rules: (prelude, body)."""
    start = depth = 0
    for at, char in enumerate(css):
        if char == "{":
            if not depth:
                prelude, start = css[start:at], at + 1
            depth += 1
        elif char == "}":
            depth -= 1
            if not depth:
                yield prelude.strip(), css[start:at]
                start = at + 1


def trim(css: str) -> str:
    kept = []
    for prelude, body in rules(css):
        if prelude.startswith(("@media", "@supports")):
            body = trim(body)
        elif prelude.startswith("@keyframes"):
            body = "" if any(name in prelude for name in UNUSED_FRAMES) else body
        else:
            selectors = [
                s for s in selectors_of(prelude) if KEPT.search(s) or not DROPPED.search(s)
            ]
            prelude = ",".join(selectors)
        if prelude and body:
            kept.append(f"{prelude}{{{body}}}")
    return "".join(kept)


def selectors_of(prelude: str) -> list[str]:
    """Split at commas outside parentheses."""
    return re.split(r",(?![^(]*\))", prelude)


def main() -> None:
    source = Path(sys.argv[1]).read_text()
    licence = re.search(r"/\*!.*?\*/", source, re.S).group(0)
    css = re.sub(r"""url\((["'])data:.*?\1\)""", "none", source)
    css = re.sub(r"/\*.*?\*/|@charset[^;]*;", "", css, flags=re.S)
    TARGET.write_text(f"{licence}\n{trim(css)}\n")
    for name, text in (("original", source), ("trimmed", TARGET.read_text())):
        packed = len(gzip.compress(text.encode(), 9))
        sys.stdout.write(f"{name}: {len(text)} bytes, {packed} with gzip\n")


if __name__ == "__main__":
    main()
