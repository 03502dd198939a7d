"""One function per event of the state table; a booking's status is written nowhere else.

Each is one transaction: lock the sitter's seats where they change, lock the booking, look again,
change, event, notices. Mail is sent afterwards by the worker. All raise NotAllowedNow when the
booking's state does not allow the event, so of two people at once the second is told.
"""

from .answers import accept_booking, confirm, decline_booking, expire_booking, withdraw_booking
from .cancellations import (
    cancel_by_owner,
    cancel_by_sitter,
    cancel_by_staff,
    give_back_more,
    refund_by_staff,
    reply_in_public,
)
from .care import check_in, check_out, complete_automatically
from .no_shows import agree_no_access, claim_no_access, decide_no_show, flag_missed, report_missed

__all__ = [
    "accept_booking",
    "confirm",
    "decline_booking",
    "withdraw_booking",
    "expire_booking",
    "check_in",
    "check_out",
    "complete_automatically",
    "flag_missed",
    "report_missed",
    "claim_no_access",
    "agree_no_access",
    "decide_no_show",
    "cancel_by_owner",
    "cancel_by_sitter",
    "cancel_by_staff",
    "give_back_more",
    "refund_by_staff",
    "reply_in_public",
]
