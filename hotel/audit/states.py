"""The steps of a night audit, in order. A leaf."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class Step(models.IntegerChoices):
    """What ``AuditRun.step`` counts: the next step to do; DONE when all are."""

    CHECKS = 0, _("Checks")
    NO_SHOWS = 1, _("No-shows")
    CHARGES = 2, _("Room charges")
    DAY_USE = 3, _("Day use")
    CLOSE = 4, _("Prove and close the date")
    ROOMS = 5, _("Rooms")
    DONE = 6, _("Done")


class Outcome(models.TextChoices):
    """What became of one stay or room in a step."""

    POSTED = "posted", _("Charged")
    PACKAGE = "package", _("Package")
    FREE = "free", pgettext_lazy("price", "Free")
    SKIPPED = "skipped", _("Skipped")
    NO_SHOW = "no_show", _("No-show")
    REFUSED = "refused", _("Refused")
    DAY_USE = "day_use", _("Day use")
    DIRTY = "dirty", _("To be cleaned")
    RETURNED = "returned", _("Back in service")


class Severity(models.TextChoices):
    """Whether a finding stops the audit."""

    BLOCK = "block", _("Blocking")
    WARN = "warn", _("Reminder")
    OK = "ok", _("Passed")
