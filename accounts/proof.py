"""How long ago this browser proved who sits before it: by password, code or passkey."""

import time

from allauth.account.adapter import get_adapter
from allauth.account.internal.flows.login import get_authentication_records
from django.conf import settings
from django.http import HttpRequest

PROOFS = ("password", "mfa")  # not: a link in a mail


def is_proof_recent(request: HttpRequest) -> bool:
    """Whether somebody who may change money, secrets or the way in has just shown that they may.

    Logging in counts, so nobody is asked twice within a quarter of an hour.
    """
    records = get_authentication_records(request, request.user)
    proved_at = max((r["at"] for r in records if r["method"] in PROOFS), default=0)
    return time.time() - proved_at < settings.ACCOUNT_REAUTHENTICATION_TIMEOUT


def can_be_asked(request: HttpRequest) -> bool:
    return bool(get_adapter().get_reauthentication_methods(request.user))
