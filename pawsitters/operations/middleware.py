from . import views
from .metrics import metrics

PROBES = {
    "/livez": views.livez,
    "/readyz": views.readyz,
    "/healthz": views.healthz,
    "/metrics": metrics,
}


def health_checks(get_response):
    """Answer health checks before anything else looks at the request.

    They come from load balancers and containers that know an address but not our name, over
    plain HTTP, and must work while sessions and hosts do not. It is the first middleware.
    """

    def middleware(request):
        view = PROBES.get(request.path_info)
        if view is None:
            return get_response(request)
        response = view(request)
        response["X-Content-Type-Options"] = "nosniff"
        return response

    return middleware
