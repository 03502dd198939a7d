from django.middleware.gzip import GZipMiddleware

TEXT = ("text/", "application/json", "image/svg")


class CompressText(GZipMiddleware):
    """Compress what shrinks: pictures are compressed already. Django pads its answers (BREACH)."""

    def process_response(self, request, response):
        if not response.get("Content-Type", "").startswith(TEXT):
            return response
        return super().process_response(request, response)
