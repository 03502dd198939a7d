"""The sitter's own pages: start, page editor, services, prices, holidays."""

import io
from datetime import UTC, date, datetime

import pytest
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from PIL import Image

from accounts.tests.factories import log_in, make_user
from pawsitters import clock
from profiles.geo import snap
from profiles.kinds import Kind, Species
from profiles.models import Rate, Service, SitterPhoto, SitterProfile, TownName
from profiles.services.sitting import start_sitting
from profiles.tests.factories import make_service, make_sitter, make_town

pytestmark = pytest.mark.django_db
PAGE = "/sitting/page/"
SERVICES = "/sitting/services/"


@pytest.fixture
def sitter():
    make_town_names()
    return start_sitting(make_user(name="Łukasz O’Neill"))


@pytest.fixture
def signed_in(client, sitter):
    log_in(client, sitter.user)
    return client


def make_town_names():
    towns = [
        make_town(),
        make_town(id=4250542, name="Springfield", key="springfield", region="Illinois",
                  region_code="IL", country="US", population=116_565, time_zone="America/Chicago",
                  lat_e6=39_801_720, lng_e6=-89_643_710),
        make_town(id=4409896, name="Springfield", key="springfield", region="Missouri",
                  region_code="MO", country="US", population=166_810, time_zone="America/Chicago",
                  lat_e6=37_215_330, lng_e6=-93_298_240),
    ]  # fmt: skip
    for town in towns:
        weight = town.population * 20
        TownName.objects.get_or_create(key=town.key, town=town, defaults={"weight": weight})


def picture(name="garden.jpg", **kwargs) -> SimpleUploadedFile:
    file = io.BytesIO()
    Image.new("RGB", (640, 480), "olive").save(file, "JPEG", **kwargs)
    return SimpleUploadedFile(name, file.getvalue(), "image/jpeg")


def saved(sitter) -> SitterProfile:
    return SitterProfile.objects.get(pk=sitter.pk)


# --- Start -----------------------------------------------------------------------------------
def test_starting_makes_a_draft_with_places_and_a_week(client):
    user = make_user(name="Mara Lindqvist")
    client.force_login(user)
    client.post("/sitting/start/")
    client.post("/sitting/start/")  # double click
    sitter = SitterProfile.objects.get(user=user)
    assert (sitter.status, sitter.slug) == ("draft", "mara-lindqvist")
    assert sitter.capacity.night_places == 2
    assert len(sitter.snapshot["hours"]) == 7


@pytest.mark.parametrize(
    ("name", "slug"),
    [
        ("Łukasz O’Neill", "lukasz-oneill"),
        ("שלום 🐕", "sitter"),
        ("", "sitter"),
        ("x" * 80, "x" * 54),
    ],
)
def test_the_address_of_a_page_is_made_from_the_name(name, slug):
    assert start_sitting(make_user(name=name)).slug == slug
    assert start_sitting(make_user(name=name)).slug == f"{slug}-2"


@pytest.mark.parametrize(
    "path",
    [
        PAGE,
        f"{PAGE}about/",
        f"{PAGE}photos/",
        SERVICES,
        f"{SERVICES}boarding/",
        f"{SERVICES}holidays/",
    ],
)
def test_a_visitor_is_asked_to_sign_in_and_an_owner_to_start(client, path):
    assert client.get(path).url.startswith("/sign/login/")
    client.force_login(make_user())
    assert client.get(path).url == "/sitting/start/"


# --- The page --------------------------------------------------------------------------------
def test_the_page_says_what_is_missing_with_links(signed_in):
    html = signed_in.get(PAGE).content.decode()
    assert "things are missing before you can publish" in html
    assert f'href="{PAGE}photos/"' in html
    assert f'href="{SERVICES}"' in html


def test_about_is_saved_and_reaches_what_others_read(signed_in, sitter):
    signed_in.post(
        f"{PAGE}about/",
        {
            "headline": "A flat 🐾",
            "about": "<b>Quiet</b>",
            "experience_years": "6",
            "languages": "",
        },
    )
    sitter = saved(sitter)
    assert (sitter.headline, sitter.experience_years) == ("A flat 🐾", 6)
    html = signed_in.get(f"{PAGE}about/").content.decode()
    assert "&lt;b&gt;Quiet" in html


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"about": "x" * 10_000}, "at most 4000 characters"),
        ({"headline": "x" * 91}, "at most 90 characters"),
        ({"experience_years": "many"}, "Write a whole number of years"),
        ({"experience_years": "-3"}, "greater than or equal to 0"),
        ({"headline": "a\x00b"}, "Null characters are not allowed"),
    ],
)
def test_bad_about_keeps_what_was_typed_and_saves_nothing(signed_in, sitter, fields, sentence):
    typed = {
        "headline": "h",
        "about": "a",
        "experience_years": "1",
        "languages": "Polski",
        **fields,
    }
    page = signed_in.post(f"{PAGE}about/", typed)
    assert sentence in page.content.decode()
    assert page.context["form"]["languages"].value() == "Polski"
    assert saved(sitter).languages == ""


def test_a_forged_status_or_rating_changes_nothing(signed_in, sitter):
    signed_in.post(
        f"{PAGE}payment/", {"payment_note": "Cash", "status": "published", "rating_sum": "99"}
    )
    sitter = saved(sitter)
    assert (sitter.payment_note, sitter.status, sitter.rating_sum) == ("Cash", "draft", 0)


def test_an_edit_does_not_undo_a_decision_made_meanwhile(signed_in, sitter, monkeypatch):
    from profiles.views import sitting as views

    def decide_first(**values):
        SitterProfile.objects.filter(pk=sitter.pk).update(status="suspended")
        return save(**values)

    save = views.sitting.save_page
    monkeypatch.setattr(views.sitting, "save_page", decide_first)
    signed_in.post(f"{PAGE}payment/", {"payment_note": "Cash"})
    assert (saved(sitter).status, saved(sitter).payment_note) == ("suspended", "Cash")


def test_home_is_saved(signed_in, sitter):
    signed_in.post(
        f"{PAGE}home/",
        {"home_type": "house", "children": "none", "max_alone_hours": "3", "has_fenced_yard": "on"},
    )
    sitter = saved(sitter)
    assert (sitter.home_type, sitter.has_fenced_yard, sitter.is_smoke_free) == (
        "house",
        True,
        False,
    )


# --- Place -----------------------------------------------------------------------------------
def place(**fields):
    return {
        "street": "Lindenweg 4",
        "postcode": "10115",
        "where": "Berlin",
        "asked": "",
        "coordinates": "",
        **fields,
    }


def test_the_place_sets_zone_and_a_rounded_public_point(signed_in, sitter):
    signed_in.post(f"{PAGE}place/", place(coordinates="52.53000, 13.38000"))
    sitter = saved(sitter)
    assert (sitter.town.name, sitter.time_zone) == ("Berlin", "Europe/Berlin")
    assert (sitter.lat_e6, sitter.lng_e6) == (52_530_000, 13_380_000)
    assert (sitter.grid_lat_e6, sitter.grid_lng_e6) == snap(52_530_000, 13_380_000)


def test_without_a_point_the_middle_of_the_town_counts(signed_in, sitter):
    signed_in.post(f"{PAGE}place/", place())
    assert saved(sitter).lat_e6 == make_town().lat_e6
    assert signed_in.get(f"{PAGE}place/").context["form"]["coordinates"].value() == ""


def test_a_name_that_several_towns_bear_is_asked_about(signed_in, sitter):
    page = signed_in.post(f"{PAGE}place/", place(where="Springfield"))
    assert "Several towns bear this name" in page.content.decode()
    assert "Springfield, Illinois, United States" in page.content.decode()
    assert saved(sitter).town is None
    answer = place(where="Springfield", asked="Springfield", town="4250542")
    signed_in.post(f"{PAGE}place/", answer)
    assert saved(sitter).town.region == "Illinois"


def test_an_answer_to_another_question_does_not_count(signed_in, sitter):
    signed_in.post(f"{PAGE}place/", place(where="Springfield", asked="Paris", town="4250542"))
    assert saved(sitter).town is None


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"where": "Qqqqqqqq"}, "We know no town of this name."),
        ({"where": "\x00"}, "Null characters"),
        ({"where": ""}, "required"),
        ({"coordinates": "48.85, 2.35"}, "more than 50 km from Berlin"),
        ({"coordinates": "somewhere"}, "Write latitude and longitude"),
        ({"coordinates": "1e9, 2"}, "Write latitude and longitude"),
        ({"coordinates": "152.1, 13.3"}, "There is no such point"),
        ({"street": ""}, "required"),
    ],
)
def test_a_bad_place_keeps_what_was_typed_and_saves_nothing(signed_in, sitter, fields, sentence):
    page = signed_in.post(f"{PAGE}place/", place(**{"postcode": "10999", **fields}))
    assert sentence in page.content.decode()
    assert page.context["form"]["postcode"].value() == "10999"
    assert saved(sitter).town is None


# --- Photos ----------------------------------------------------------------------------------
def add_photo(client, caption="The garden", **kwargs):
    return client.post(f"{PAGE}photos/", {"image": picture(**kwargs), "caption": caption})


def test_photos_are_added_ordered_described_and_deleted(
    signed_in, sitter, django_capture_on_commit_callbacks
):
    for caption in ("One", "Two", "Three"):
        add_photo(signed_in, caption)
    last = SitterPhoto.objects.get(caption="Three")
    signed_in.post(f"{PAGE}photos/{last.pk}/up/")
    signed_in.post(f"{PAGE}photos/{last.pk}/caption/", {"caption": "Trees"})
    assert [row[2] for row in saved(sitter).snapshot["photos"]] == ["One", "Trees", "Two"]
    assert default_storage.exists(last.image.name)
    with django_capture_on_commit_callbacks(execute=True):
        signed_in.post(f"{PAGE}photos/{last.pk}/delete/")
    assert [row[2] for row in saved(sitter).snapshot["photos"]] == ["One", "Two"]
    assert not default_storage.exists(last.image.name)


def test_a_renamed_program_or_a_missing_caption_is_refused_in_words(signed_in):
    program = SimpleUploadedFile("cat.jpg", b"MZ\x90" + b"\0" * 200, "image/jpeg")
    page = signed_in.post(f"{PAGE}photos/", {"image": program, "caption": "Cat"})
    assert "not a picture that can be read" in page.content.decode()
    assert page.context["form"]["caption"].value() == "Cat"
    assert "required" in add_photo(signed_in, caption="").content.decode()
    assert not SitterPhoto.objects.exists()


def test_photos_of_another_sitter_are_not_found(signed_in):
    add_photo(signed_in)
    photo = SitterPhoto.objects.get()
    signed_in.force_login(make_sitter().user)
    for path in ("up/", "down/", "caption/", "delete/"):
        assert (
            signed_in.post(f"{PAGE}photos/{photo.pk}/{path}", {"caption": "x"}).status_code == 404
        )
    photo.refresh_from_db()
    assert photo.caption == "The garden"


# --- Services and prices -----------------------------------------------------------------------
RULES = {
    "species": ["cat", "dog"],
    "max_dog_kg": "18",
    "min_age_months": "0",
    "max_pets": "3",
    "lead_hours": "24",
    "horizon_days": "180",
    "cancellation_tier": "three_day",
    "buffer_minutes": "15",
    "group_size": "1",
}


def prices(**fields):
    return {"dog_0_base_cents": "40", "cat_0_base_cents": "25,50", **fields}


def test_a_service_is_set_up_in_two_steps_and_then_offered(signed_in, sitter):
    answer = signed_in.post(f"{SERVICES}boarding/", RULES)
    assert answer.url == f"{SERVICES}boarding/prices/"
    service = Service.objects.get()
    assert (service.is_active, service.max_dog_kg, service.species) == (False, 18, ["cat", "dog"])
    signed_in.post(f"{SERVICES}boarding/prices/", prices(dog_0_holiday_cents="50.25"))
    (offered,) = saved(sitter).snapshot["services"]
    assert offered["tier"] == "three_day"
    assert offered["rates"] == [
        ["cat", 0, 2550, 2550, None, None, None],
        ["dog", 0, 4000, 4000, 5025, None, None],
    ]


def test_visits_are_priced_by_length_and_walks_are_for_dogs(signed_in, sitter):
    signed_in.post(f"{SERVICES}dog_walk/", RULES)
    typed = {"dog_30_base_cents": "18", "dog_30_additional_cents": "0", "dog_60_base_cents": ""}
    signed_in.post(f"{SERVICES}dog_walk/prices/", typed)
    rate = Rate.objects.get()
    assert (rate.species, rate.minutes, rate.base_cents, rate.additional_cents) == (
        "dog",
        30,
        1800,
        0,
    )


def test_long_stays_and_extras_are_saved_and_emptied_rows_go(signed_in, sitter):
    service = make_service(sitter, Kind.BOARDING)
    url = f"{SERVICES}boarding/prices/"
    typed = prices(
        tier_0_units="14", tier_0_percent="15", tier_1_units="7", tier_1_percent="7,5",
        add_on_new0_name="Bath", add_on_new0_amount="15", add_on_new0_per="pet",
    )  # fmt: skip
    signed_in.post(url, typed)
    assert [(t.min_units, t.discount_bps) for t in service.long_stay_tiers.all()] == [
        (7, 750),
        (14, 1500),
    ]
    bath = service.add_ons.get()
    renamed = {f"add_on_{bath.pk}_name": "Big bath", f"add_on_{bath.pk}_amount": "20",
               f"add_on_{bath.pk}_per": "pet"}  # fmt: skip
    signed_in.post(url, prices(**renamed))
    assert (service.add_ons.get().pk, service.add_ons.get().amount_cents) == (bath.pk, 2000)
    assert not service.long_stay_tiers.exists()
    signed_in.post(url, prices())
    assert not service.add_ons.exists()


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"dog_0_base_cents": "forty"}, "Write an amount such as 40 or 40.50"),
        ({"dog_0_base_cents": "40.505"}, "Write an amount such as 40 or 40.50"),
        ({"dog_0_base_cents": "0"}, "Write an amount from 0.01 to 10000."),
        ({"dog_0_base_cents": "99999999"}, "Write an amount from 0.01 to 10000."),
        ({"dog_0_base_cents": "NaN"}, "Write an amount such as"),
        ({"dog_0_base_cents": ""}, "Write what it costs, or stop taking this animal"),
        ({"dog_0_base_cents": "", "dog_0_young_cents": "5"}, "Write the usual price too."),
        ({"dog_0_holiday_cents": "30"}, "Not below the usual price"),
        ({"tier_0_units": "7"}, "How many percent?"),
        ({"tier_0_percent": "7"}, "From how many on?"),
        ({"tier_0_units": "7", "tier_0_percent": "95"}, "between 1 and 90"),
        (
            {
                "tier_0_units": "7",
                "tier_0_percent": "5",
                "tier_1_units": "7",
                "tier_1_percent": "6",
            },
            "This number is there twice.",
        ),
        ({"add_on_new0_name": "Bath"}, "Say what it costs."),
        ({"add_on_new0_amount": "5"}, "Say what this is for."),
        (
            {"add_on_new0_name": "B", "add_on_new0_amount": "5", "add_on_new0_per": "x"},
            "valid choice",
        ),
    ],
)
def test_bad_prices_keep_what_was_typed_and_save_nothing(signed_in, sitter, fields, sentence):
    make_service(sitter, Kind.BOARDING)
    page = signed_in.post(f"{SERVICES}boarding/prices/", prices(**fields))
    assert sentence in page.content.decode()
    assert page.context["form"]["cat_0_base_cents"].value() == "25,50"
    assert set(Rate.objects.values_list("base_cents", flat=True)) == {4000}


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"species": []}, "Choose at least one animal."),
        ({"species": ["dragon"]}, "valid choice"),
        ({"max_pets": "0"}, "greater than or equal to 1"),
        ({"horizon_days": "401"}, "less than or equal to 400"),
        ({"lead_hours": "soon"}, "Write a whole number."),
        ({"cancellation_tier": "never"}, "valid choice"),
        ({"max_dog_kg": "8"}, "valid choice"),
    ],
)
def test_bad_rules_keep_what_was_typed_and_save_nothing(signed_in, fields, sentence):
    page = signed_in.post(f"{SERVICES}boarding/", {**RULES, "min_age_months": "4", **fields})
    assert sentence in page.content.decode()
    assert page.context["form"]["min_age_months"].value() == "4"
    assert not Service.objects.exists()


def test_an_animal_that_is_no_longer_taken_loses_its_price(signed_in, sitter):
    service = make_service(sitter, Kind.BOARDING)
    signed_in.post(f"{SERVICES}boarding/", {**RULES, "species": ["dog"]})
    assert set(service.rates.values_list("species", flat=True)) == {Species.DOG}


def test_a_service_is_switched_off_and_on_but_not_without_a_price(signed_in, sitter):
    service = make_service(sitter, Kind.BOARDING)
    signed_in.post(f"{SERVICES}boarding/offer/", {"offered": "0"})
    assert saved(sitter).snapshot["services"] == []
    service.rates.all().delete()
    signed_in.post(f"{SERVICES}boarding/offer/", {"offered": "1"})
    service.refresh_from_db()
    assert not service.is_active


@pytest.mark.parametrize("kind", ["massage", "boarding-2", "Boarding"])
def test_a_kind_that_does_not_exist_is_not_found(signed_in, kind):
    assert signed_in.get(f"{SERVICES}{kind}/").status_code == 404


def test_a_service_that_one_does_not_have_is_not_found(signed_in):
    make_sitter()  # somebody else offers boarding
    assert signed_in.get(f"{SERVICES}boarding/prices/").status_code == 404
    assert signed_in.post(f"{SERVICES}boarding/offer/", {"offered": "1"}).status_code == 404


def test_pages_take_the_same_statements_whatever_is_offered(
    signed_in, sitter, django_assert_max_num_queries
):
    make_service(sitter, Kind.BOARDING)
    with django_assert_max_num_queries(7) as first:
        signed_in.get(SERVICES)
    for kind in (Kind.DAY_CARE, Kind.DOG_WALK):
        make_service(sitter, kind)
    with django_assert_max_num_queries(7) as second:
        signed_in.get(SERVICES)
    assert len(first) == len(second)


# --- Holidays --------------------------------------------------------------------------------
def test_christmas_is_added_once_and_removed_day_by_day(signed_in, sitter):
    with clock.at(datetime(2027, 12, 27, 12, tzinfo=UTC)):
        for _ in range(2):
            signed_in.post(f"{SERVICES}holidays/christmas/")
        assert [row[0] for row in saved(sitter).snapshot["holidays"]] == [
            "2028-12-24",
            "2028-12-25",
            "2028-12-26",
        ]
        holiday = sitter.holidays.get(on=date(2028, 12, 25))
        signed_in.post(reverse("profiles:sitting_holiday_remove", args=[holiday.pk]))
    assert len(saved(sitter).snapshot["holidays"]) == 2


def test_holidays_in_the_past_are_refused_and_of_others_not_found(signed_in, sitter):
    with clock.at(datetime(2027, 1, 5, 12, tzinfo=UTC)):
        page = signed_in.post(f"{SERVICES}holidays/", {"on": "2027-01-01", "name": "New Year"})
        assert "This date has passed." in page.content.decode()
        assert page.context["form"]["name"].value() == "New Year"
        signed_in.post(f"{SERVICES}holidays/", {"on": "2027-05-01", "name": "May"})
    holiday = sitter.holidays.get()
    signed_in.force_login(make_sitter().user)
    url = reverse("profiles:sitting_holiday_remove", args=[holiday.pk])
    assert signed_in.post(url).status_code == 404
    assert sitter.holidays.exists()
