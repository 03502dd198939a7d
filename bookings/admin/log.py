"""Staff: who of us did what, and why. To be read by those who may, and changed by nobody."""

from django.contrib import admin
from django.contrib.admin.models import LogEntry
from django.utils.translation import gettext_lazy

from accounts.admin_common import Shown


@admin.register(LogEntry)
class LogEntryAdmin(Shown):
    list_display = ["action_time", "user", "what", "content_type", "object_repr"]
    list_filter = ["action_time", "action_flag"]
    list_select_related = ["user", "content_type"]
    search_fields = ["object_repr", "change_message", "user__email"]
    fields = ["action_time", "user", "content_type", "object_repr", "what"]
    date_hierarchy = "action_time"

    @admin.display(description=gettext_lazy("what"))
    def what(self, entry):
        return entry.get_change_message() or entry.get_action_flag_display()
