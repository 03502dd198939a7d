"""Writing a review, replying to one, and reading those of a sitter."""

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.cache import patch_cache_control
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from accounts.held import held_form
from bookings.exceptions import BookingError
from bookings.forms.reviews import ReviewForm, ReviewReplyForm
from bookings.models import Booking, Review
from bookings.pages import reviews as pages
from bookings.services import reviews
from bookings.services.rules import OWNER, role_of
from pawsitters import dates
from profiles.models import SitterProfile

MAX_AGE_SECONDS = 60
PER_PAGE = 10


@require_http_methods(["GET", "HEAD", "POST"])
def review_new(request: HttpRequest, public_id: str) -> HttpResponse:
    bookings = Booking.objects.visible_to(request.user).with_parties()
    booking = get_object_or_404(bookings, public_id=public_id)
    side = role_of(booking, request.user)
    try:
        reviews.require_open(booking, side)
        form = ReviewForm(request.POST or held_form(request), booking=booking, side=side)
        if request.method == "POST" and form.is_valid():
            review = reviews.write_review(booking=booking, by=request.user, **form.answers())
            messages.success(request, pages.thanks(review))
            return redirect(booking)
    except BookingError as error:
        messages.warning(request, str(error))
        return redirect(booking)
    other = booking.sitter.user if side == OWNER else booking.owner
    context = {
        "booking": booking,
        "form": form,
        "other": other.get_short_name(),
        "side": side,
        "until": dates.moment(reviews.closes_at(booking), booking.zone),
        "current": "bookings",
    }
    return render(request, "bookings/review_new.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def review_reply(request: HttpRequest, pk: int) -> HttpResponse:
    mine = Review.objects.visible().filter(about=request.user)
    review = get_object_or_404(mine.select_related("booking", "author"), pk=pk)
    if review.reply:
        messages.warning(request, _("You have replied already. A reply is never changed."))
        return redirect(review.booking)
    form = ReviewReplyForm(request.POST or held_form(request))
    if request.method == "POST" and form.is_valid():
        try:
            reviews.reply_to_review(review=review, by=request.user, text=form.cleaned_data["text"])
        except BookingError as error:
            messages.warning(request, str(error))
        else:
            messages.success(request, _("Your reply stands beside the review now."))
        return redirect(review.booking)
    context = {"review": pages.shown(review), "form": form, "current": "bookings"}
    return render(request, "bookings/review_reply.html", context)


@login_not_required
@require_safe
def sitter_reviews(request: HttpRequest, slug: str) -> HttpResponse:
    """All reviews of a sitter: the same for everybody, so that any cache may keep it."""
    sitter = SitterProfile.objects.public_page(slug)
    if sitter is None:
        raise Http404
    found = Review.objects.of_sitter(sitter.user_id).select_related("author", "booking")
    page = Paginator(found, PER_PAGE).get_page(request.GET.get("page"))
    context = {
        "sitter": sitter,
        "name": sitter.user.short_name,
        "page": page,
        "query": "",
        "reviews": [pages.shown(review) for review in page],
        **pages.summary(sitter),
    }
    response = render(request, "bookings/sitter_reviews.html", context)
    patch_cache_control(response, public=True, max_age=MAX_AGE_SECONDS)
    return response
