"""What staff decides about a booking, in Django's admin."""

from django import forms
from django.utils.translation import gettext_lazy as _

from bookings.models import Booking
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
