"""Pages of long work."""

from django.urls import path

from oms.jobs import views

urlpatterns = [
    path("", views.job_list, name="job-list"),
    path("<int:pk>/", views.job_detail, name="job-detail"),
    path("<int:pk>/cancel/", views.job_cancel, name="job-cancel"),
    path("<int:pk>/results.csv", views.job_results, name="job-results"),
    path("<int:pk>/file/", views.job_file, name="job-file"),
]
