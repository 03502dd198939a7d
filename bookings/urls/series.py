"""Weekly series."""

from django.urls import path

from bookings.views import series

urlpatterns = [
    path("series/", series.series_list, name="series_list"),
    path("series/new/<slug:slug>/", series.series_new, name="series_new"),
    path("series/<str:public_id>/", series.series, name="series"),
    path("series/<str:public_id>/accept/", series.accept, name="series_accept"),
    path("series/<str:public_id>/skip/", series.skip, name="series_skip"),
    path("series/<str:public_id>/answer/", series.answer_price, name="series_answer_price"),
    *[
        path(
            f"series/<str:public_id>/{step.verb}/",
            series.step,
            {"step": step},
            f"series_{step.verb}",
        )
        for step in series.STEPS
    ],
]
