"""How things work, in plain words. Static, public, and worth keeping for an outage.

Texts of this length are translated as a whole: templates/help/<language>/<slug>.html.
"""

from email.utils import parseaddr

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import Http404
from django.shortcuts import render
from django.template.loader import select_template
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from bookings.pages import ranking
from profiles.services.search.score import mean_rating_e3

# slug: title, one sentence for the index
TOPICS = {
    "prices": (_("How prices work"), _("Every rule behind a price, with an example.")),
    "payment": (_("Paying and getting paid"), _("Who pays whom, and when.")),
    "cancelling": (_("Cancelling"), _("What comes back, hour by hour.")),
    "series": (_("Weekly series"), _("Walks, visits and days, every week.")),
    "changing": (_("Changing a booking"), _("Other dates, animals or extras.")),
    "reviews": (_("Reviews and numbers"), _("Who writes, who reads when, and what we count.")),
    "ranking": (_("How we rank sitters"), _("The formula, and what it leaves out.")),
    "sitting": (_("Become a sitter"), _("What you need, and what we check.")),
    "safety": (_("A lost or hurt pet"), _("What to do first, and whom to call.")),
    "privacy": (_("Privacy"), _("Who sees what, and for how long.")),
    "terms": (_("Terms"), _("What you agree to, in one page.")),
    "accessibility": (_("Accessibility"), _("How the site is built, and how to tell us.")),
}

# Pages with figures of today in them.
LIVE = ("ranking", "reviews")


@login_not_required
@require_safe
def help_index(request):
    topics = [{"slug": slug, "title": t, "text": text} for slug, (t, text) in TOPICS.items()]
    return render(request, "help/index.html", {"topics": topics})


@login_not_required
@require_safe
def help_page(request, slug: str):
    if slug not in TOPICS:
        raise Http404
    language = (get_language() or "en").split("-")[0]
    more = {"examples": ranking.examples(), "mean_e3": mean_rating_e3()} if slug in LIVE else {}
    text = select_template([f"help/{language}/{slug}.html", f"help/en/{slug}.html"])
    return render(
        request,
        "help/page.html",
        {
            "title": TOPICS[slug][0],
            "text_template": text,
            "others": [(other, title) for other, (title, _text) in TOPICS.items() if other != slug],
            "owner_fee_bps": settings.OWNER_FEE_BPS,
            "owner_fee_cap_cents": settings.OWNER_FEE_CAP_CENTS,
            "sitter_fee_bps": settings.SITTER_FEE_BPS,
            **more,
            "contact": parseaddr(settings.DEFAULT_FROM_EMAIL)[1],
        },
    )
