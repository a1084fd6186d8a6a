"""The ground floor."""

import gc

from django.apps import AppConfig


class OmsConfig(AppConfig):
    """Staff, jobs, outbox, notices, rules and page parts; knows no other app."""

    name = "oms"
    verbose_name = "OMS"

    def ready(self) -> None:
        """Tasks are sent through our broker, whichever process sends them; the pages of this floor are made known."""
        import oms.celery  # noqa: F401
        from oms.web import entries

        entries.register()
        # Bulk work makes thousands of objects that live for one chunk and hold no cycles; at Python's own threshold
        # the collector walks them again and again and takes half of the time of reading an order.
        gc.set_threshold(50_000, 20, 100)
