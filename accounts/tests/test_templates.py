"""House rules for templates that no single page test would notice."""

import re
import runpy
from pathlib import Path

import pytest
from django.conf import settings
from django.template import Context, Template
from django.template.loader import get_template

# A file that people keep and send; it is never an answer of the site.
FILES = {"operations/postmortem_file.html"}
TEMPLATES = Path(settings.BASE_DIR, "templates")
PAGES = sorted(TEMPLATES.rglob("*.html"))
STYLES = Path(settings.BASE_DIR, "static/css")


def relative(path: Path) -> str:
    return path.relative_to(TEMPLATES).as_posix()


@pytest.mark.parametrize("path", PAGES, ids=relative)
def test_template_compiles(path):
    get_template(relative(path))


def is_mail(path: Path) -> bool:
    return relative(path).startswith(("emails/", "account/email/", "mfa/email/"))


def test_only_mails_have_inline_styles_and_nothing_has_inline_scripts():
    for path in PAGES:
        text = re.sub(r"{[%#].*?[%#]}", "", path.read_text())
        if not is_mail(path) and relative(path) not in FILES:
            assert not re.search(r"\sstyle\s*=|<style", text), relative(path)
        assert not re.search(r"<script(?![^>]*\ssrc=)|\son[a-z]+\s*=\s*\"", text), relative(path)


def test_no_template_uses_a_class_that_was_left_out_of_bootstrap():
    """Add it to KEPT in script/trim_bootstrap.py and run that, or use one of ours."""
    trim = runpy.run_path(str(Path(settings.BASE_DIR, "script/trim_bootstrap.py")))
    ours = "".join(path.read_text() for path in STYLES.glob("*.css"))
    missing = set()
    for path in PAGES:
        if relative(path).startswith("admin/"):  # Django's own sheet
            continue
        text = re.sub(r"{[%{].*?[%}]}", " ", path.read_text())
        for name in " ".join(re.findall(r'class="([^"]*)"', text)).split():
            is_left_out = trim["LEFT_OUT"].fullmatch(f".{name}") and f".{name}" not in ours
            if is_left_out and not trim["USED"].fullmatch(f".{name}"):
                missing.add((relative(path), name))
    assert not missing


def test_every_form_shows_the_error_summary():
    """templates/bootstrap5/errors.html is empty, so a form without it would fail in silence."""
    for path in PAGES:
        text = path.read_text()
        if re.search(r"{{ \w*form\w*\|crispy }}|{% crispy ", text):
            assert "error_summary.html" in text, relative(path)


def test_comments_are_on_one_line():
    """{# … #} over several lines is not a comment for Django: people would read it."""
    for path in PAGES:
        for line in path.read_text().splitlines():
            assert line.count("{#") == line.count("#}"), f"{relative(path)}: {line[:60]}"


def test_every_style_sheet_is_linked_somewhere():
    pages = "".join(path.read_text() for path in PAGES)
    joined = (STYLES / "site.css").read_text()
    sheets = [path.name for path in STYLES.glob("*.css")]
    assert [n for n in sheets if f"css/{n}" not in pages and f'"{n}"' not in joined] == []


def test_refund_line_and_quote_need_no_currency():
    page = Template(
        '{% include "components/refund_line.html" %}{% include "components/quote.html" %}'
    )
    html = page.render(
        Context(
            {
                "steps": [{"title": "Now", "sentence": "all", "refund_cents": 100}],
                "lines": [{"sentence": "1 night", "amount_cents": 100}],
                "total_cents": 100,
            }
        )
    )
    assert html.count("€1.00") == 2
