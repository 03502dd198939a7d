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

OURS = TARGET.parent.parent / "css"

# A rule goes when each of its selectors names one of these classes.
UNUSED = r"""
accordion(-.*)? carousel(-.*)? modal(-.*)? toast(-.*)? tooltip(-.*)? bs-tooltip.* popover(-.*)? bs-popover.*
offcanvas.* dropdown(-.*)? dropup.* dropstart.* dropend.* navbar.* nav nav-.* tab-.* card card-.* breadcrumb.*
pagination.* page-.* badge progress.* list-group.* placeholder.* spinner.* btn-group.* btn-toolbar btn-close.*
btn-(success|info|warning|light|dark|link|secondary) btn-outline-(primary|success|info|warning|danger|light|dark)
(text|bg|border|link)-(primary|secondary|success|info|warning|danger|light|dark|black|white|body)(-.*)?
text-bg-.* link-.* icon-link.* (bg|border|text|link)-opacity-.* bg-gradient focus-ring.* collapse.* collapsing
alert-(primary|secondary|success|info|warning|light|dark|dismissible|link) clearfix list-inline.* invalid-tooltip
table-(primary|secondary|success|info|warning|danger|light|dark|active|striped.*|hover|bordered|borderless)
table-group-divider table-responsive-.+ form-floating form-range form-switch form-check-reverse
form-control-(plaintext|color|lg) form-select-lg col-form-label-(sm|lg) was-validated is-valid valid-.*
btn-check input-group-(lg|sm) figure.* blockquote.* initialism display-[1-6] lead dl-.* img-thumbnail ratio.*
vr hstack vstack (sticky|fixed)-.* shadow.* user-select-.* pe-none pe-auto font-monospace fs-[1-5]
fw-(light|lighter|bolder|medium) fst-.* lh-.* text-(decoration|lowercase|uppercase|capitalize|reset).*
object-fit-.* opacity-.* overflow-[xy]-.* z-.* (top|bottom|start|end)-(0|50|100) translate-middle.*
rounded-(top|bottom|start|end|pill|circle)(-.*)? border-[1-5] border-(top|end|bottom|start)(-0)? float-.*
container-(sm|md|lg|xl|xxl|fluid) .+-xxl-.+ .+-xxl .+-print-.+ (m|p)[tbsexy]?-(sm|md|lg|xl)-.+
(row|column)-gap-.+ gap-(sm|md|lg|xl)-.+ offset-.+ order-(sm|md|xl)-.+ order-[0-9] row-cols-.+
g[xy]?-(sm|md|lg|xl)-.+ flex-(sm|md|lg|xl)-.+ align-(content|self)-(sm|md|lg|xl)-.+ align-content-.+
align-items-(sm|xl)-.+ justify-content-(sm|md|lg|xl)-.+ d-xl-.+ d-(sm|md|lg)-(inline.*|table.*|grid)
text-(sm|md|lg|xl)-.+ v[hw]-100 min-v[hw]-100 m[wh]-100 h-(25|50|75) align-(baseline|top|bottom|text-.+)
"""
# Kept although a pattern above would match: pages use them.
KEPT = r"""
text-start text-end text-center border-0 fs-6 mt-sm-2 gx-lg-5 column-gap-3 offset-xl-1
align-content-start gap-md-4 p-md-3
"""


def any_class(patterns: str) -> re.Pattern:
    return re.compile(rf"\.({'|'.join(patterns.split())})(?![\w-])")


LEFT_OUT, USED = any_class(UNUSED), any_class(KEPT)
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
                s for s in selectors_of(prelude) if USED.search(s) or not LEFT_OUT.search(s)
            ]
            prelude = ",".join(selectors)
        if prelude and body:
            kept.append(f"{prelude}{{{body}}}")
    return "".join(kept)


def without_unread_variables(css: str) -> str:
    """Drop custom properties that neither this sheet nor ours reads, until none is left over."""
    ours = "".join(path.read_text() for path in OURS.glob("*.css"))
    while True:
        read = set(re.findall(r"var\(\s*(--bs-[\w-]+)", css + ours))
        unread = set(re.findall(r"[{;](--bs-[\w-]+):", css)) - read
        if not unread:
            return re.sub(r"[^{}]+\{\}", "", css)
        names = "|".join(sorted(unread, key=len, reverse=True))
        css = re.sub(rf"(?<=[{{;])({names}):[^;}}]*;?", "", css)


def selectors_of(prelude: str) -> list[str]:
    """Split at commas outside parentheses."""
    return re.split(r",(?![^(]*\))", prelude)


def main() -> None:
    source = Path(sys.argv[1]).read_text()
    licence = re.search(r"/\*!.*?\*/", source, re.S).group(0)
    css = re.sub(r"""url\((["'])data:.*?\1\)""", "none", source)
    css = trim(re.sub(r"/\*.*?\*/|@charset[^;]*;", "", css, flags=re.S))
    TARGET.write_text(f"{licence}\n{without_unread_variables(css)}\n")
    for name, text in (("original", source), ("trimmed", TARGET.read_text())):
        packed = len(gzip.compress(text.encode(), 9))
        sys.stdout.write(f"{name}: {len(text)} bytes, {packed} with gzip\n")


if __name__ == "__main__":
    main()
