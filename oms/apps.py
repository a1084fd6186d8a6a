"""The ground floor."""

from django.apps import AppConfig


class OmsConfig(AppConfig):
    """Staff, jobs, outbox, notices, rules and page parts; knows no other app."""

    name = "oms"
    verbose_name = "OMS"

    def ready(self) -> None:
        """Tasks are sent through our broker, whichever process sends them."""
        import oms.celery  # noqa: F401
