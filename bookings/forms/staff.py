"""What staff decides about a booking, in Django's admin."""

from django import forms
from django.utils.translation import gettext_lazy as _

from bookings.models import Booking, Report
from profiles.money import amount

Status = Booking.Status


class StaffCancelForm(forms.Form):
    """T12: a reason and the refund, which no policy works out here."""

    refund = forms.DecimalField(
        label=_("Back to the owner"), min_value=0, max_digits=9, decimal_places=2
    )
    reason = forms.CharField(
        label=_("Reason"),
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("Both sides read it."),
    )

    def __init__(self, *args, booking: Booking, **kwargs):
        super().__init__(*args, **kwargs)
        self.booking = booking
        total = amount(booking.total_cents, booking.currency)
        self.fields["refund"].help_text = _("From 0 to the total of %(total)s.") % {"total": total}

    def clean_refund(self):
        cents = int(self.cleaned_data["refund"] * 100)
        if cents > self.booking.total_cents:
            raise forms.ValidationError(_("That is more than the total."))
        return cents


class NoShowForm(forms.Form):
    """T9: staff decides who was not there."""

    status = forms.ChoiceField(
        label=_("Who was not there?"),
        choices=[
            (Status.NO_SHOW_SITTER, _("The sitter: everything goes back to the owner")),
            (Status.NO_SHOW_OWNER, _("The owner: the sitter keeps the price of the care")),
        ],
        widget=forms.RadioSelect,
    )


class RefundForm(forms.Form):
    """More back than has come back so far, at most what was paid in all."""

    more = forms.DecimalField(
        label=_("Back to the owner"), min_value=0, max_digits=9, decimal_places=2
    )
    reason = forms.CharField(
        label=_("Reason"),
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("Both sides read it."),
    )

    def __init__(self, *args, booking: Booking, **kwargs):
        super().__init__(*args, **kwargs)
        self.left_cents = booking.total_cents - (booking.refund_cents or 0)
        self.fields["more"].help_text = _("At most %(left)s, on top of %(before)s.") % {
            "left": amount(self.left_cents, booking.currency),
            "before": amount(booking.refund_cents or 0, booking.currency),
        }

    def clean_more(self):
        cents = int(self.cleaned_data["more"] * 100)
        if not 0 < cents <= self.left_cents:
            raise forms.ValidationError(_("It must be more than nothing and at most what is left."))
        return cents


class PersonReasonForm(forms.Form):
    """Why somebody is kept out, or a report or a review is decided as it is."""

    reason = forms.CharField(
        label=_("Reason"), max_length=1000, widget=forms.Textarea(attrs={"rows": 4})
    )

    def __init__(self, *args, help_text: str, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["reason"].help_text = help_text


class ReportForm(PersonReasonForm):
    """What becomes of a report."""

    state = forms.ChoiceField(
        label=_("Decision"),
        choices=[
            (Report.State.RESOLVED, _("It was right, and something was done")),
            (Report.State.DISMISSED, _("There is nothing to do")),
        ],
        widget=forms.RadioSelect,
    )
    field_order = ["state", "reason"]
