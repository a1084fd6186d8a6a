"""Keeping filters under a name."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from oms.lib.errors import DomainError
from oms.rules.matching import Params, check, params_of
from oms.rules.models import SavedView

if TYPE_CHECKING:
    from oms.staff.models import Staff


class NameTaken(DomainError):
    """One person has one view of a name per list."""

    code = "rules_name_taken"
    message = _("You have a view named %(name)s already. Choose another name.")


class NotYours(DomainError):
    """Only who made a view changes it."""

    code = "rules_not_yours"
    message = _("This view belongs to %(owner)s. Save it under your own name to change it.")


def save_view(*, key: str, name: str, params: Params, is_shared: bool, by: Staff) -> SavedView:
    """Keep a filter under a name. Raises InvalidFilter for one that could not be applied, NameTaken."""
    check(key, params, staff=by)
    try:
        with transaction.atomic():
            return SavedView.objects.create(
                staff=by,
                filterset=key,
                name=name,
                params=params_of(params),
                is_shared=is_shared,
                position=SavedView.objects.filter(staff=by, filterset=key).count(),
            )
    except IntegrityError as taken:
        raise NameTaken(name=name) from taken


@transaction.atomic
def change_view(*, view_id: int, by: Staff, name: str | None = None, is_shared: bool | None = None) -> SavedView:
    """Rename or share one's own view. Locks it. Raises NotYours, NameTaken."""
    view = _own(view_id, by)
    if name is not None:
        view.name = name
    if is_shared is not None:
        view.is_shared = is_shared
    try:
        with transaction.atomic():
            view.save(update_fields=["name", "is_shared"])
    except IntegrityError as taken:
        raise NameTaken(name=view.name) from taken
    return view


@transaction.atomic
def delete_view(*, view_id: int, by: Staff) -> None:
    """Forget one's own view. Locks it. Raises NotYours."""
    _own(view_id, by).delete()


def _own(view_id: int, by: Staff) -> SavedView:
    view = SavedView.objects.select_for_update(of=("self",)).select_related("staff").get(pk=view_id)
    if view.staff_id != by.pk:
        raise NotYours(owner=str(view.staff))
    return view
