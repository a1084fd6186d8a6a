"""A saved filter: what a list shows, and what a rule acts on."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _


class SavedView(models.Model):
    """A filter of a list kept under a name. ``filterset`` is the registered key, ``params`` the query parameters."""

    staff = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="views")
    filterset = models.CharField(max_length=40)
    name = models.CharField(_("name"), max_length=40)
    params = models.JSONField(default=dict)
    is_shared = models.BooleanField(_("shared with my branches"), default=False)
    position = models.PositiveSmallIntegerField(default=0)

    class Meta:
        verbose_name = _("saved view")
        verbose_name_plural = _("saved views")
        constraints = [models.UniqueConstraint(fields=["staff", "filterset", "name"], name="saved_view_name_once")]

    def __str__(self) -> str:
        return self.name
