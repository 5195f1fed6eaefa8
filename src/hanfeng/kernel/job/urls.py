"""The addresses of the room; the site says which role runs the installation."""

from django.urls import URLPattern, path

from hanfeng.kernel.roles import Role

from . import pages


def addresses(keeper: Role) -> list[URLPattern]:
    """`keeper` sees every job: the system administrator."""
    told = {"keeper": keeper}
    return [
        path("jobs/", pages.jobs_page, told, name="jobs"),
        path("jobs/<int:pk>/", pages.job_page, told, name="job"),
        path("jobs/<int:pk>/stop/", pages.stop_page, told, name="job-stop"),
        path("jobs/<int:pk>/resume/", pages.resume_page, told, name="job-resume"),
        path("jobs/<int:pk>/result/", pages.result_page, told, name="job-result"),
    ]
