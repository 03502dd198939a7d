from django.urls import path, re_path

from bookings.views import messages, reports

urlpatterns = [
    path("messages/", messages.threads, name="threads"),
    path("messages/new/<slug:slug>/", messages.thread_new, name="thread_new"),
    path("messages/booking/<str:public_id>/", messages.thread_of_booking, name="thread_of_booking"),
    path("messages/<str:public_id>/", messages.thread, name="thread"),
    path("messages/<str:public_id>/news/", messages.thread_news, name="thread_news"),
    path("messages/<str:public_id>/block/", messages.block, name="block"),
    path("messages/<str:public_id>/unblock/", messages.unblock, name="unblock"),
    re_path(r"^media/(?P<path>messages/[\w.-]+)$", messages.message_media, name="message_media"),
    path("report/thanks/", reports.report_thanks, name="report_thanks"),
    path("report/<str:about>/<str:key>/", reports.report_new, name="report"),
]
