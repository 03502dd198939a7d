"""What a browser calls itself, in two words that its owner recognises."""

from django.http import HttpRequest

# The first that occurs is it: many call themselves by the names of others as well.
BROWSERS = (
    ("Edg", "Edge"),
    ("OPR/", "Opera"),
    ("SamsungBrowser", "Samsung Internet"),
    ("Firefox", "Firefox"),
    ("FxiOS", "Firefox"),
    ("Chrome", "Chrome"),
    ("CriOS", "Chrome"),
    ("Safari", "Safari"),
)
SYSTEMS = (
    ("Windows", "Windows"),
    ("Android", "Android"),
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("CrOS", "ChromeOS"),
    ("Mac OS X", "Mac"),
    ("Linux", "Linux"),
)


def browser_and_system(request: HttpRequest) -> tuple[str, str]:
    """For instance ("Firefox", "Windows"); "" for what is not known."""
    told = request.META.get("HTTP_USER_AGENT", "")
    return _first(BROWSERS, told), _first(SYSTEMS, told)


def _first(known: tuple[tuple[str, str], ...], told: str) -> str:
    return next((name for sign, name in known if sign in told), "")
