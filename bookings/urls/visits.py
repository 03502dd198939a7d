from django.urls import path, re_path

from bookings.views import day_sheet, report_cards, visits

VISIT = "bookings/<str:public_id>/visits/<int:number>"
urlpatterns = [
    path("sitting/day/", day_sheet.day_sheet, name="day_sheet"),
    path("bookings/<str:public_id>/report/", report_cards.report, name="report"),
    path(f"{VISIT}/check-in/", visits.check_in, name="visit_check_in"),
    path(f"{VISIT}/check-out/", visits.check_out, name="visit_check_out"),
    path(f"{VISIT}/report/", report_cards.visit_report, name="visit_report"),
    re_path(
        r"^bookings/(?P<public_id>\w+)/days/(?P<day>\d{4}-\d{2}-\d{2})/report/$",
        report_cards.day_report,
        name="day_report",
    ),
    re_path(r"^media/(?P<path>reports/[\w.-]+)$", report_cards.report_photo, name="report_photo"),
]
