"""Who may do what: one table, synced to groups by `manage.py sync_roles`.

A permission is `app.codename`; `*` stands for any text, so `orders.view_*` is everything one may look at there.
The group is named after the role's code, and shown under its label.
"""

from __future__ import annotations

from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

from django.contrib.auth.models import Group, Permission
from django.db import transaction
from django.utils.translation import pgettext_lazy

if TYPE_CHECKING:
    from collections.abc import Iterable

    from django.utils.functional import Promise

APPS = ("oms", "inventory", "orders", "interception", "hotel")


@dataclass(frozen=True)
class Role:
    """What people of one trade may do. ``second_factor``: they must sign in with a code from their phone as well."""

    label: str | Promise
    permissions: tuple[str, ...]
    second_factor: bool = False


_LOOK_AT_HOTEL = ("hotel.view_*",)
_LOOK_AT_ORDERS = ("orders.view_*", "inventory.view_*", "interception.view_*")

ROLES: dict[str, Role] = {
    "agent": Role(
        pgettext_lazy("role", "Customer service"),
        (
            *_LOOK_AT_ORDERS,
            "orders.place_order",
            "orders.change_order",
            "orders.cancel_order",
            "orders.reveal_personal",
            "interception.review_interception",
        ),
    ),
    "tech": Role(
        pgettext_lazy("role", "Tech support"),
        (
            *_LOOK_AT_ORDERS,
            "orders.change_order",
            "interception.review_interception",
            "interception.unlock_interception",
            "inventory.*_merchantcode",
            "oms.view_batchjob",
            "oms.view_outboxmessage",
        ),
        second_factor=True,
    ),
    "warehouse": Role(
        pgettext_lazy("role", "Warehouse"),
        (
            "orders.view_warehousedocument",
            "orders.view_parcel",
            "orders.ship_document",
            "inventory.view_*",
            "inventory.receive_stock",
            "inventory.move_stock",
        ),
    ),
    "operator": Role(
        pgettext_lazy("role", "Operations"),
        (
            *_LOOK_AT_ORDERS,
            "orders.import_orders",
            "orders.export_orders",
            "orders.place_order",
            "orders.change_order",
            "inventory.import_catalog",
            "inventory.*_product",
            "inventory.*_sku",
            "inventory.*_merchantcode",
            "inventory.receive_stock",
            "inventory.move_stock",
            "oms.view_batchjob",
        ),
    ),
    "front_desk": Role(
        pgettext_lazy("role", "Front desk"),
        (
            *_LOOK_AT_HOTEL,
            "hotel.*_booking",
            "hotel.*_stay",
            "hotel.check_in",
            "hotel.check_out",
            "hotel.restore_check_out",
            "hotel.set_housekeeping",
            "hotel.add_guest",
            "hotel.change_guest",
            "hotel.merge_guest",
            "hotel.reveal_guest",
            "hotel.*_member",
            "hotel.*_folioentry",
            "hotel.settle_folio",
            "hotel.transfer_entry",
            "hotel.add_shift",
        ),
    ),
    "cashier": Role(
        pgettext_lazy("role", "Cashier"),
        (
            *_LOOK_AT_HOTEL,
            "hotel.check_out",
            "hotel.*_folioentry",
            "hotel.settle_folio",
            "hotel.reverse_entry",
            "hotel.transfer_entry",
            "hotel.add_shift",
            "hotel.*_company",
            "hotel.*_invoicerequest",
        ),
    ),
    "duty_manager": Role(
        pgettext_lazy("role", "Duty manager"),
        ("hotel.*", "oms.decide_approval"),
        second_factor=True,
    ),
    "housekeeping": Role(
        pgettext_lazy("role", "Housekeeping"),
        ("hotel.view_room", "hotel.set_housekeeping", "hotel.block_room"),
    ),
    "night_auditor": Role(
        pgettext_lazy("role", "Night auditor"),
        (
            *_LOOK_AT_HOTEL,
            "hotel.*_booking",
            "hotel.*_stay",
            "hotel.check_in",
            "hotel.check_out",
            "hotel.restore_check_out",
            "hotel.*_folioentry",
            "hotel.settle_folio",
            "hotel.reverse_entry",
            "hotel.add_shift",
            "hotel.run_audit",
            "hotel.audit_traces",
        ),
    ),
    "manager": Role(
        pgettext_lazy("role", "Manager"),
        (
            "orders.*",
            "inventory.*",
            "interception.*",
            "hotel.*",
            "oms.view_*",
            "oms.decide_approval",
        ),
        second_factor=True,
    ),
    "auditor": Role(
        pgettext_lazy("role", "Auditor"),
        ("orders.view_*", "inventory.view_*", "interception.view_*", "hotel.view_*", "oms.view_*"),
        second_factor=True,
    ),
    "admin": Role(
        pgettext_lazy("role", "Administrator"),
        ("oms.*", "inventory.*", "orders.*", "interception.*", "hotel.*", "auth.*_group"),
        second_factor=True,
    ),
}


def label_of(code: str) -> str:
    """The role's name in the reader's language; a group that is no role is called by its own name."""
    return str(ROLES[code].label) if code in ROLES else code


def needs_second_factor(role_names: Iterable[str], *, is_superuser: bool) -> bool:
    """Whether somebody with these roles must have a second factor (where the house asks for it at all)."""
    return is_superuser or any(ROLES[name].second_factor for name in role_names if name in ROLES)


def matching(patterns: Iterable[str], names: Iterable[str]) -> set[str]:
    """Those of ``names`` (app.codename) that one of ``patterns`` stands for."""
    wanted = tuple(patterns)
    return {name for name in names if any(fnmatchcase(name, pattern) for pattern in wanted)}


@transaction.atomic
def sync_roles() -> dict[str, int]:
    """Make every role's group hold exactly its permissions; returns how many grants changed per role.

    Four statements when nothing changed. Groups that are no role are left alone. Raises LookupError for a pattern
    that stands for nothing: a misspelt permission must not silently give less.
    """
    known = {
        f"{app}.{codename}": pk
        for pk, app, codename in Permission.objects.values_list("pk", "content_type__app_label", "codename")
    }
    groups = {name: Group(name=name) for name in ROLES}
    Group.objects.bulk_create(groups.values(), ignore_conflicts=True)
    ids = dict(Group.objects.filter(name__in=ROLES).values_list("name", "pk"))
    grants = Group.permissions.through
    held = set(grants.objects.filter(group__in=ids.values()).values_list("group_id", "permission_id"))
    changed = {}
    for name, role in ROLES.items():
        _refuse_unknown(name, role, known)
        due = {(ids[name], known[permission]) for permission in matching(role.permissions, known)}
        has = {grant for grant in held if grant[0] == ids[name]}
        grants.objects.bulk_create(
            [grants(group_id=group, permission_id=permission) for group, permission in sorted(due - has)]
        )
        if gone := has - due:
            grants.objects.filter(group_id=ids[name], permission_id__in=[pk for _group, pk in gone]).delete()
        changed[name] = len(due ^ has)
    return changed


def _refuse_unknown(name: str, role: Role, known: Iterable[str]) -> None:
    for pattern in role.permissions:
        # A whole floor may still be without models; a named permission may not be missing.
        if not pattern.endswith((".*", ".view_*")) and not matching([pattern], known):
            message = f"Role {name}: {pattern} is no permission"
            raise LookupError(message)
