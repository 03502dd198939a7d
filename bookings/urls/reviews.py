from django.urls import path

from bookings.views import reviews

urlpatterns = [
    path("bookings/<str:public_id>/review/", reviews.review_new, name="review_new"),
    path("reviews/<int:pk>/reply/", reviews.review_reply, name="review_reply"),
    path("sitters/<slug:slug>/reviews/", reviews.sitter_reviews, name="sitter_reviews"),
]
