"""Sends stored pictures so that a browser can do nothing but show them."""

from pathlib import PurePosixPath

from django.core.exceptions import SuspiciousFileOperation
from django.core.files.storage import default_storage
from django.http import FileResponse, Http404, HttpRequest

CONTENT_TYPES = {".webp": "image/webp", ".jpg": "image/jpeg", ".png": "image/png"}
YEAR_SECONDS = 365 * 24 * 3600


def serve_image(request: HttpRequest, name: str, *, is_public: bool) -> FileResponse:
    """The stored picture of that name. Whoever calls this has checked that `request` may see it."""
    content_type = CONTENT_TYPES.get(PurePosixPath(name).suffix.lower())
    if content_type is None:
        raise Http404
    try:
        picture = default_storage.open(name)
    except (OSError, SuspiciousFileOperation, ValueError) as error:
        raise Http404 from error
    response = FileResponse(picture, content_type=content_type)
    response["Content-Disposition"] = "inline"
    response["X-Content-Type-Options"] = "nosniff"
    # csp's middleware leaves a header alone that is there already.
    response["Content-Security-Policy"] = "default-src 'none'; sandbox"
    # A name is never used twice, so a copy is good for ever.
    scope = "public" if is_public else "private"
    response["Cache-Control"] = f"{scope}, max-age={YEAR_SECONDS}, immutable"
    return response
