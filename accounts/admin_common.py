"""What the admin pages of our own have in common: lists that only show, decisions with a reason,
CSV files. Whatever staff does is in Django's log, with the reason."""

import csv

from django.contrib import admin, messages
from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.contenttypes.models import ContentType
from django.db import transaction
from django.http import HttpResponseRedirect, StreamingHttpResponse
from django.template.response import TemplateResponse
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from accounts.sheets import cell

MOST_ROWS = 20_000


class ReadOnly:
    def has_add_permission(self, request, obj=None):
        return False

    def has_change_permission(self, request, obj=None):
        return False

    def has_delete_permission(self, request, obj=None):
        return False


class Decisions:
    """For a ModelAdmin with pages that decide about one row: `decide` and `ask`.

    `refusals` are the exceptions whose sentence is told instead of doing it.
    """

    refusals: tuple[type[Exception], ...] = ()

    def people_of(self, row) -> tuple:
        """Whom the decision is about: a colleague among them leaves it to somebody else."""
        return ()

    def decide(self, request, row, change, words: str, back: str):
        """Do it and keep it in Django's log, both or neither."""
        if request.user in self.people_of(row) and not request.user.is_superuser:
            messages.error(request, _("This is about yourself, so a colleague has to decide it."))
            return HttpResponseRedirect(back)
        try:
            with transaction.atomic():
                change()
                self.log_change(request, row, words)
        except self.refusals as refusal:
            messages.error(request, str(refusal))
        else:
            messages.success(request, words)
        return HttpResponseRedirect(back)

    def ask(self, request, row, form, *, title: str, lede: str, button: str, who: str, **context):
        """The page with the form; `who` is one line that says about whom it is."""
        return TemplateResponse(
            request,
            "admin/decide.html",
            {
                **self.admin_site.each_context(request),
                "opts": self.opts,
                "original": row,
                "form": form,
                "title": title,
                "lede": lede,
                "button": button,
                "who": who,
                **context,
            },
        )


class CsvExport:
    """An action that writes the chosen rows as the list shows them, in pages, and logs that."""

    def get_actions(self, request):
        actions = super().get_actions(request)
        # The right to look is enough; Django hides actions from those who may not change.
        actions["export_csv"] = (type(self).export_csv, "export_csv", _("Export as CSV"))
        return actions

    def export_csv(self, request, queryset):
        names = [name for name in self.list_display if name != "action_checkbox"]
        count = min(queryset.count(), MOST_ROWS)
        LogEntry.objects.create(
            user=request.user,
            content_type=ContentType.objects.get_for_model(self.model),
            object_repr=capfirst(self.opts.verbose_name_plural)[:200],
            action_flag=CHANGE,
            change_message=_("CSV file of %(count)d rows") % {"count": count},
        )
        related = self.list_select_related
        if related and related is not True:
            queryset = queryset.select_related(*related)
        lines = self._csv_lines(names, queryset[:MOST_ROWS].iterator(chunk_size=500))
        response = StreamingHttpResponse(lines, content_type="text/csv; charset=utf-8")
        name = f"{self.opts.model_name}.csv"
        response["Content-Disposition"] = f'attachment; filename="{name}"'
        response["Cache-Control"] = "private, no-store"
        return response

    def _csv_lines(self, names, rows):
        writer = csv.writer(Echo())
        yield "\ufeff" + writer.writerow(names)
        for row in rows:
            yield writer.writerow([cell(self._csv_value(name, row)) for name in names])

    def _csv_value(self, name, row):
        if name == "__str__":
            return str(row)
        shown = getattr(self, name, None) or getattr(row, f"get_{name}_display", None)
        if shown is None:
            return getattr(row, name)
        return shown(row) if hasattr(type(self), name) else shown()


class Echo:
    """What csv writes goes straight on."""

    def write(self, line):
        return line


class Shown(ReadOnly, CsvExport, admin.ModelAdmin):
    """A list to look at."""

    show_full_result_count = False
