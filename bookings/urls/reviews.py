from django.urls import path

from bookings.views import records, reviews, search

urlpatterns = [
    path("bookings/<str:public_id>/review/", reviews.review_new, name="review_new"),
    path("reviews/<int:pk>/reply/", reviews.review_reply, name="review_reply"),
    path("sitters/<slug:slug>/reviews/", reviews.sitter_reviews, name="sitter_reviews"),
    path("sitters/<slug:slug>/record/<slug:number>/", records.sitter_record, name="sitter_record"),
    path("search/why/<slug:slug>/", search.search_why, name="search_why"),
    path("sitting/record/<slug:number>/", records.own_record, name="own_record"),
]
