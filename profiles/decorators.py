from functools import wraps

from django.shortcuts import redirect

from profiles.models import SitterProfile


def for_sitter(view):
    """Give a view the signed-in person's own sitter page; who has none is asked to start one."""

    @wraps(view)
    def run(request, *args, **kwargs):
        sitter = (
            SitterProfile.objects.select_related("town", "capacity")
            .filter(user=request.user)
            .first()
        )
        if sitter is None:
            return redirect("profiles:sitting_start")
        # The header shows the person already; no second look-up of the same row.
        sitter.user = request.user
        return view(request, sitter, *args, **kwargs)

    return run
