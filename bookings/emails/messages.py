"""What a person is told when somebody wrote to them."""

from django.utils.text import Truncator
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.text import one_line
from bookings.emails.message import Message
from bookings.models import Message as Written

FIRST_SIGNS = 200


def wrote_to_you(written: Written, photos: int) -> Message:
    """Who, and the first words; never an address of theirs. Expects the sender loaded."""
    name = one_line(written.sender.get_short_name())
    return Message(
        subject=_("%(name)s wrote to you") % {"name": name},
        text="\n\n".join(
            [
                f"“{gist(written, photos)}”",
                _(
                    "Answer on PawSitters, please: an answer to this mail reaches nobody. "
                    "There may be more to read by now."
                ),
            ]
        ),
        action=_("Read and answer"),
    )


def gist(written: Written, photos: int) -> str:
    """The first words in one line, or how many photos came without any."""
    if written.text:
        return Truncator(one_line(written.text)).chars(FIRST_SIGNS)
    return ngettext("%d photo", "%d photos", photos) % photos
