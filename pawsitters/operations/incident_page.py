from django.contrib.auth.decorators import login_not_required
from django.http import Http404
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from pawsitters.operations import hooks, incidents
from pawsitters.operations.report import Report


@login_not_required  # strangers are not asked to log in: for them there is no such page
@require_safe
@never_cache
def incident_page(request, name):
    """The post-mortem, made from the record as it stands, notes of the last minute included."""
    incident = incidents.read(name) if hooks.is_staff(request) else None
    if incident is None:
        raise Http404
    return render(request, "operations/incident.html", {"report": Report(incident)})
