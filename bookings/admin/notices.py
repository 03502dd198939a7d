"""Staff: what people were told, mails that could not be sent, files that could not be made."""

from django.contrib import admin, messages
from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.admin_common import Shown
from bookings.models import Export, Notice
from bookings.services.notices import send_again


class MailFilter(admin.SimpleListFilter):
    title = gettext_lazy("mail")
    parameter_name = "mail"

    def lookups(self, request, model_admin):
        return [("failed", _("Given up")), ("waiting", _("Waiting")), ("sent", _("Sent"))]

    def queryset(self, request, queryset):
        if self.value() == "failed":
            return queryset.failed()
        if self.value() == "waiting":
            return queryset.filter(send_after__isnull=False)
        return queryset.filter(sent_at__isnull=False) if self.value() == "sent" else queryset


@admin.register(Notice)
class NoticeAdmin(Shown):
    list_display = ["subject", "recipient", "created_at", "sent_at", "attempts", "last_error"]
    list_filter = [MailFilter, "kind"]
    list_select_related = ["recipient"]
    search_fields = ["recipient__email", "key"]
    actions = ["send_again"]

    @admin.action(description=gettext_lazy("Send the mail again"), permissions=["send"])
    def send_again(self, request, queryset):
        with transaction.atomic():
            notices = list(queryset)
            count = send_again(notices)
            for notice in notices:
                self.log_change(request, notice, _("Mail queued again"))
        messages.success(request, _("%(count)d mails are queued again.") % {"count": count})

    def has_send_permission(self, request):
        return request.user.has_perm("bookings.change_notice")


@admin.register(Export)
class ExportAdmin(Shown):
    """Who asked for a file and what became of it; the file itself is the person's alone."""

    list_display = ["user", "requested_at", "state", "progress", "attempts", "expires_at"]
    list_filter = ["state"]
    list_select_related = ["user"]
    fields = [*list_display, "size_bytes", "ready_at"]
    search_fields = ["user__email"]
