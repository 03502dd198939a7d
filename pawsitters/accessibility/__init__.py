"""Fails a browser test when a page is hard to use: axe-core, sideways scrolling, small targets.

    def test_home(live_server, open_page):
        page = open_page("/", width=320, theme="dark")
        assert_accessible(page)  # as it stands
        assert not problems_at_all_widths(page)

The context must be made with bypass_csp=True (`open_page` in the root conftest does), because axe is
put into the page from outside and our own policy would refuse it.
axe.min.js is axe-core 4.14.1 (MPL 2.0, LICENSE-axe-core.txt), used by tests only.
"""

from pathlib import Path

AXE = Path(__file__).with_name("axe.min.js")
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
COLOURS = {"type": "rule", "values": ["color-contrast", "link-in-text-block", "target-size"]}
LEAST_TARGET = 24  # CSS pixels, WCAG 2.2 success criterion 2.5.8
NARROWEST = {"width": 320, "height": 640}
PHONE = {"width": 390, "height": 844}
DESK = {"width": 1280, "height": 900}
# Chromium leaves some inherited colours as they were when the theme changes under a page.
STYLE_ANEW = """() => new Promise(done => requestAnimationFrame(() => {
  const page = document.documentElement;
  page.style.display = 'none';
  page.getBoundingClientRect();
  page.style.display = '';
  requestAnimationFrame(done);
}))"""

RUN_AXE = """async rules => {
  const found = await axe.run(document, { runOnly: rules, resultTypes: ['violations'] });
  return found.violations.flatMap(rule => rule.nodes.slice(0, 4).map(node =>
    `${rule.id}: ${rule.help} | ${node.target.join(' ')} | `
    + ((node.any[0] || node.all[0] || node.none[0] || {}).message || '')));
}"""
# What sticks out at the right, unless a box of its own scrolls it.
SIDEWAYS = """() => {
  const width = document.documentElement.clientWidth;
  if (document.documentElement.scrollWidth <= width) return [];
  return [...document.querySelectorAll('body *')]
    .filter(e => e.getBoundingClientRect().right > width + 1).slice(0, 4)
    .map(e => `scrolls sideways: ${e.outerHTML.slice(0, 100)}`);
}"""
SMALL_TARGETS = """least => [...document.querySelectorAll('a, button, input, select, summary, textarea')]
  .filter(e => {
    const box = e.getBoundingClientRect(), style = getComputedStyle(e);
    return box.width && style.visibility !== 'hidden' && style.display !== 'inline'
      && !e.closest('.visually-hidden, .skip') && (box.height < least || box.width < least);
  }).map(e => `target under ${least} px: ${e.outerHTML.slice(0, 100)}`)"""


def problems_of(page, rules: list[str] | dict = RULES) -> list[str]:
    """One readable line for each problem of the page as it stands; `rules` is axe's `runOnly`."""
    if not page.evaluate("() => 'axe' in window"):
        page.evaluate(AXE.read_text())
    return [
        *page.evaluate(RUN_AXE, rules),
        *page.evaluate(SIDEWAYS),
        *page.evaluate(SMALL_TARGETS, LEAST_TARGET),
    ]


def assert_accessible(page) -> None:
    problems = problems_of(page)
    assert not problems, f"{page.url}\n" + "\n".join(problems)


def problems_at_all_widths(page) -> list[str]:
    """What is wrong with the page at three widths and in both themes, without loading it again."""
    _dress(page, NARROWEST, "light")
    found = [f"at 320 px {problem}" for problem in page.evaluate(SIDEWAYS)]
    _dress(page, PHONE, "light")
    found += [f"on a phone {problem}" for problem in problems_of(page)]
    _dress(page, DESK, "dark")
    # The same document: only what a theme and a width can change is looked at again.
    return [*found, *(f"on a dark desk {problem}" for problem in problems_of(page, rules=COLOURS))]


def _dress(page, size: dict[str, int], theme: str) -> None:
    page.set_viewport_size(size)
    page.emulate_media(color_scheme=theme, reduced_motion="reduce")
    page.evaluate(STYLE_ANEW)
