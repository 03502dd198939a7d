import re
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from django.conf import settings
from django.template import Context, Template
from django.utils import translation

from accounts.models import User
from accounts.templatetags import ui
from bookings.models import Booking
from pawsitters import clock, dates
from profiles.kinds import Kind, Species
from profiles.models import Pet, SitterProfile

NOW = datetime(2027, 12, 1, 12, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _december():
    with clock.at(NOW):
        yield


def shown(text: str, **context) -> str:
    return Template("{% load ui %}" + text).render(Context(context))


def symbols(sprite: str) -> set[str]:
    text = Path(settings.BASE_DIR, "static/icons", sprite).read_text()
    return set(re.findall(r'<symbol id="([^"]+)"', text))


def test_icon_points_into_the_sprite():
    assert shown('{% icon "paw" "icon-lg" %}') == (
        '<svg class="icon icon-lg" aria-hidden="true"><use href="/static/icons/sprite.svg#paw"/></svg>'
    )


def test_icons_of_private_pages_come_from_their_own_sprite():
    assert "sprite-more.svg#bell" in shown('{% icon "bell" %}')
    assert symbols("sprite-more.svg") == ui.MORE_ICONS
    assert not symbols("sprite.svg") & ui.MORE_ICONS


def test_every_icon_that_a_template_names_exists():
    known = symbols("sprite.svg") | symbols("sprite-more.svg")
    named = set()
    for page in Path(settings.BASE_DIR, "templates").rglob("*.html"):
        named |= set(re.findall(r'{% icon "([^"]+)"', page.read_text()))
    named |= {name for _tone, name, _word in ui.STATUSES.values()}
    named |= {name for _tone, name, _word in ui.PAGE_STATUSES.values()}
    named |= set(ui.SPECIES_ICONS.values()) | {style for style, _name in ui.SERVICES.values()}
    assert named <= known


@pytest.mark.parametrize("kind", Kind)
def test_every_kind_has_a_label(kind):
    assert str(kind.label) in shown("{% service_label kind %}", kind=kind)


@pytest.mark.parametrize("status", Booking.Status)
def test_every_booking_status_has_an_icon_and_a_word(status):
    text = shown("{% booking_status status %}", status=status)
    assert "<svg" in text
    assert re.search(r"</svg> \w+", text)


@pytest.mark.parametrize("status", SitterProfile.Status)
def test_every_page_status_has_an_icon_and_a_word(status):
    assert "<svg" in shown("{% page_status status %}", status=status)


def test_label_says_more_than_the_status():
    text = shown('{% booking_status "in_progress" "In progress, night 3 of 4" %}')
    assert text.endswith("In progress, night 3 of 4</span>")


def test_check_says_what_by_whom_until_when():
    text = shown('{% check_tag "Identity" "checked by our staff" "2028-05-31" %}')
    assert text == (
        '<span class="tag"><b>Identity</b> checked by our staff <span>until May 2028</span></span>'
    )


def test_check_past_its_date_is_shown_as_run_out():
    text = shown('{% check_tag "Identity" "checked by our staff" day %}', day=date(2027, 11, 3))
    assert 'class="tag tag-lapsed"' in text
    assert "ran out <span>on 3 Nov 2027</span>" in text
    assert "our staff" not in text


def test_check_holds_on_its_last_day():
    assert "tag-lapsed" not in shown('{% check_tag "Identity" "seen" "2027-12-01" %}')


def test_names_are_escaped():
    assert "<script>" not in shown("{% fact_tag name '1 of 1' %}", name="<script>")


@pytest.mark.parametrize(("score", "text"), [(4870, "4.9"), (4849, "4.8"), (5000, "5.0")])
def test_stars_show_the_score_and_how_many_gave_it(score, text):
    html = shown("{% stars score 38 %}", score=score)
    assert f"</span> {text} " in html
    assert "(38<span" in html


def test_no_reviews_are_not_zero_stars():
    assert "No reviews yet" in shown("{% stars 0 0 %}")


def test_person_without_a_photo_has_a_drawn_face():
    assert "/person-mara.svg" in shown("{% avatar who %}", who=User(face="mara"))
    assert "/person-" in shown("{% avatar who 'lg' %}", who=User(pk=5))


def test_every_species_has_a_portrait_that_exists():
    for species in Species:
        url = ui.portrait_url(Pet(pk=3, species=species))
        assert Path(settings.BASE_DIR, url.lstrip("/")).exists()


def test_every_face_exists():
    folder = Path(settings.BASE_DIR, "static/img/illustrations")
    assert all((folder / f"person-{face}.svg").exists() for face in ui.FACES)


def test_pairs_are_a_definition_list():
    html = shown("{% pairs rows 'panel' %}", rows=[("Answered", "24 of 25")])
    assert html == '<dl class="panel pairs"><dt>Answered</dt><dd>24 of 25</dd></dl>'


@pytest.mark.parametrize(
    ("first", "last", "text"),
    [
        ("2027-12-23", "2027-12-27", "23 to 27 December"),
        ("2027-11-28", "2027-12-02", "28 November to 2 December"),
        ("2027-12-30", "2028-01-02", "30 December to 2 January"),
        ("2027-12-23", "2027-12-23", "Thu 23 December"),
        ("2029-12-23", "2029-12-27", "23 to 27 December 2029"),
        ("2028-12-30", "2029-01-02", "30 December 2028 to 2 January 2029"),
    ],
)
def test_ranges_say_no_more_than_a_reader_needs(first, last, text):
    assert dates.day_range(first, last) == text


def test_day_names_the_year_only_when_it_is_far_away():
    assert dates.day(date(2027, 12, 23)) == "Thu 23 December"
    assert dates.day(date(2026, 1, 5)) == "Mon 5 January 2026"
    assert dates.short_day("2027-12-23") == "Thu 23 Dec"


def test_moment_is_the_wall_clock_of_the_place():
    at = datetime(2027, 12, 23, 9, tzinfo=UTC)
    assert dates.moment(at, "Europe/Berlin") == "Thu 23 December, 10:00"
    assert shown("{{ at|hour:zone }}", at=at, zone="America/New_York") == "04:00"


def test_nearest_days_have_words():
    assert dates.soon(datetime(2027, 12, 2, 17, 4, tzinfo=UTC), "Europe/Berlin") == (
        "tomorrow, 18:04"
    )
    assert dates.soon(datetime(2027, 12, 9, 17, 4, tzinfo=UTC)) == "Thu 9 December, 17:04"


def test_translated_words_are_remembered_for_each_language():
    template = Template(
        '{% load i18n ui %}{% translate "Monday" %}{% translate "May" as m %} {{ m }}'
    )
    said = []
    for language in ("en", "de", "en"):
        with translation.override(language):
            said.append(template.render(Context()))

    assert said == ["Monday May", "Montag Mai", "Monday May"]


def test_words_from_the_context_are_not_remembered():
    template = Template("{% load i18n ui %}{% translate word %}")

    assert template.render(Context({"word": "<b>"})) == "&lt;b&gt;"
    assert template.render(Context({"word": "May"})) == "May"


def test_answers_keep_their_lines_and_nothing_else():
    html = shown("{% answers rows %}", rows=[("A & B", "one\r\ntwo\n<script>")])

    assert html == (
        '<dl class="answers"><dt>A &amp; B</dt><dd>one<br>two<br>&lt;script&gt;</dd></dl>'
    )
