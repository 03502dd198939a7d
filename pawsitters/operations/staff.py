"""The admin's pages about the firewall's changes. They only show."""

from django.http import Http404
from django.template.response import TemplateResponse
from django.urls import path
from django.utils.translation import gettext as _

from pawsitters.operations import rule_changes
from pawsitters.operations.health import last_verdict

MOST_SHOWN = 100


def urls(site):
    """For an AdminSite's get_urls."""

    def changes(request):
        board = rule_changes.board()
        context = {
            **site.each_context(request),
            "title": _("Firewall changes"),
            "board": board,
            "shown": board.records[:MOST_SHOWN],
            "seen": rule_changes.last_seen(last_verdict().rule_change),
        }
        return TemplateResponse(request, "admin/operations/changes.html", context)

    def change(request, change):
        record = rule_changes.find(change)
        if record is None:
            raise Http404
        context = {
            **site.each_context(request),
            "title": _("Firewall change %(id)s") % {"id": record.id},
            "record": record,
            "events": [
                {**event, "moment": rule_changes.moment(event.get("at"))} for event in record.events
            ],
            "problems": rule_changes.board().problems,
        }
        return TemplateResponse(request, "admin/operations/change.html", context)

    return [
        path("firewall/", site.admin_view(changes), name="firewall_changes"),
        path("firewall/<str:change>/", site.admin_view(change), name="firewall_change"),
    ]
