"""Who may do what, where: for telling people."""

from __future__ import annotations

from django.contrib.auth.models import Permission
from django.db.models import Q

from oms.staff.models import Staff


def holders(permission: str, branch_id: int) -> list[int]:
    """Ids of the active people of a branch who hold a permission (app.codename), in order. One statement."""
    app, codename = permission.split(".")
    asked = Permission.objects.filter(content_type__app_label=app, codename=codename)
    may = Q(is_superuser=True) | Q(groups__permissions__in=asked) | Q(user_permissions__in=asked)
    people = Staff.objects.filter(may, branches=branch_id, is_active=True)
    return list(people.order_by("pk").distinct().values_list("pk", flat=True))
