import pytest
from django.http import HttpResponse, StreamingHttpResponse
from django.test import RequestFactory

from pawsitters import page_cache
from pawsitters.page_cache import MOST_PAGES, PageCache


class Site:
    """Answers with how often it was asked, and with what the test says."""

    def __init__(self, **answer):
        self.asked = 0
        self.answer = {"cache_control": "public, max-age=60", "status": 200, **answer}

    def __call__(self, request):
        self.asked += 1
        response = HttpResponse(f"answer {self.asked}", status=self.answer["status"])
        response["Cache-Control"] = self.answer["cache_control"]
        if self.answer.get("cookie"):
            response.set_cookie("a", "b")
        return response


@pytest.fixture(autouse=True)
def _five_seconds(settings):
    settings.PAGE_CACHE_SECONDS = 5


def get(cache, path="/", **headers) -> str:
    return cache(RequestFactory().get(path, **headers)).content.decode()


def test_a_public_page_is_made_once_for_many():
    site = Site()
    cache = PageCache(site)

    assert [get(cache) for _ in range(5)] == ["answer 1"] * 5
    assert site.asked == 1


def test_after_a_few_seconds_it_is_made_anew(monkeypatch):
    cache = PageCache(Site())
    get(cache)
    later = page_cache.time.monotonic() + 5.1
    monkeypatch.setattr(page_cache.time, "monotonic", lambda: later)

    assert get(cache) == "answer 2"


@pytest.mark.parametrize(
    "answer",
    [
        {"cache_control": "private, no-store"},
        {"cache_control": ""},
        {"cookie": True},
        {"status": 404},
        {"status": 500},
    ],
)
def test_anything_else_is_never_kept(answer):
    cache = PageCache(Site(**answer))

    assert [get(cache), get(cache)] == ["answer 1", "answer 2"]


def test_pages_differ_by_query_host_and_compression():
    cache = PageCache(Site())

    answers = {
        get(cache, "/search/?where=Berlin"),
        get(cache, "/search/?where=Bern"),
        get(cache, "/search/?where=Bern", headers={"host": "other.example"}),
        get(cache, "/search/?where=Bern", headers={"accept-encoding": "gzip"}),
    }

    assert len(answers) == 4


def test_a_form_is_always_answered():
    cache = PageCache(Site())
    get(cache)

    assert cache(RequestFactory().post("/")).content == b"answer 2"


def test_streams_are_passed_on():
    def stream(request):
        response = StreamingHttpResponse(iter([b"x"]))
        response["Cache-Control"] = "public"
        return response

    cache = PageCache(stream)

    assert cache(RequestFactory().get("/")).streaming
    assert not cache.pages


def test_it_keeps_a_bounded_number_of_pages():
    cache = PageCache(Site())
    for number in range(MOST_PAGES + 20):
        get(cache, f"/?n={number}")

    assert len(cache.pages) == MOST_PAGES


@pytest.mark.django_db
def test_the_site_keeps_its_front_page_and_no_personal_one(client, django_assert_num_queries):
    first = client.get("/help/")
    with django_assert_num_queries(0):
        second = client.get("/help/")

    assert second.content == first.content
    assert second.headers["Content-Security-Policy"] == first.headers["Content-Security-Policy"]
