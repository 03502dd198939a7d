"""Where to go next: `?next=` is followed only to pages of our own host."""

from urllib.parse import urlsplit

from django.contrib.auth import REDIRECT_FIELD_NAME
from django.http import HttpRequest
from django.utils.http import url_has_allowed_host_and_scheme


def is_ours(request: HttpRequest, url: str) -> bool:
    # A bare word is an address too, but Django's redirect() takes it for the name of a view.
    return (url.startswith("/") or "://" in url) and url_has_allowed_host_and_scheme(
        url, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    )


def safe_next(request: HttpRequest) -> str:
    """The page that this request wants to return to, or "" if it is missing or elsewhere."""
    url = request.POST.get(REDIRECT_FIELD_NAME) or request.GET.get(REDIRECT_FIELD_NAME, "")
    return url if url and is_ours(request, url) else ""


def page_of_form(request: HttpRequest) -> str:
    """Path and query of the page that sent this form; its own address if the browser won't say."""
    sender = request.headers.get("Referer", "")
    if not sender or not is_ours(request, sender):
        return request.get_full_path()
    parts = urlsplit(sender)
    return f"{parts.path}?{parts.query}" if parts.query else parts.path
