"""Accounts, branches and what the ground floor keeps, in the Django admin."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import admin
from django.contrib.auth.admin import GroupAdmin, UserAdmin
from django.contrib.auth.models import Group
from django.utils.translation import gettext_lazy as _

from oms.models import BatchJob, Branch, JobResult, Notice, OutboxMessage, SavedView, Staff
from oms.staff.roles import label_of

if TYPE_CHECKING:
    from django.db.models import Model, QuerySet


class ReadOnlyAdmin(admin.ModelAdmin):
    """For what only commands write: ledgers, logs, jobs. It is looked at, never typed into."""

    def has_add_permission(self, request: Any, *_related: Any) -> bool:
        """Nobody."""
        return False

    def has_change_permission(self, request: Any, obj: Model | None = None) -> bool:
        """Nobody."""
        return False

    def has_delete_permission(self, request: Any, obj: Model | None = None) -> bool:
        """Nobody."""
        return False


@admin.register(Branch)
class BranchAdmin(admin.ModelAdmin):
    """Branches; never deleted, only switched off: books refer to them."""

    list_display = ["code", "name", "time_zone", "is_active"]
    search_fields = ["code", "name"]
    list_filter = ["is_active"]

    def get_queryset(self, request: Any) -> QuerySet[Branch]:
        """The person's own branches."""
        branches = super().get_queryset(request)
        return branches if request.user.branch_ids is None else branches.filter(pk__in=request.user.branch_ids)

    def has_delete_permission(self, request: Any, obj: Model | None = None) -> bool:
        """Nobody."""
        return False


@admin.register(Staff)
class StaffAdmin(UserAdmin):
    """People of one's own branches. Only a superuser makes or changes a superuser."""

    list_display = ["username", "display_name", "role_list", "branch_list", "is_active", "last_login"]
    list_filter = ["is_active", "groups", "branches"]
    search_fields = ["username", "display_name", "phone"]
    ordering = ["username"]
    filter_horizontal = ["branches", "groups", "user_permissions"]
    fieldsets = [
        (None, {"fields": ["username", "password", "display_name", "phone", "email"]}),
        (_("Roles and branches"), {"fields": ["groups", "branches", "is_active", "is_staff", "is_superuser"]}),
        (_("Pages"), {"fields": ["language", "theme", "density", "single_keys"]}),
        (_("Single permissions"), {"fields": ["user_permissions"], "classes": ["collapse"]}),
        (_("Dates"), {"fields": ["last_login", "date_joined"]}),
    ]
    add_fieldsets = [
        (None, {"fields": ["username", "display_name", "phone", "usable_password", "password1", "password2"]}),
        (_("Roles and branches"), {"fields": ["groups", "branches"]}),
    ]
    readonly_fields = ["last_login", "date_joined"]

    def get_queryset(self, request: Any) -> QuerySet[Staff]:
        """People who share a branch with the one who looks."""
        people = super().get_queryset(request).prefetch_related("groups", "branches")
        if request.user.branch_ids is None:
            return people
        return people.filter(branches__in=request.user.branch_ids).distinct()

    def get_readonly_fields(self, request: Any, obj: Any = None) -> list[str]:
        """Who is no superuser can't give themselves more than a role."""
        fixed = list(super().get_readonly_fields(request, obj))
        return fixed if request.user.is_superuser else [*fixed, "is_superuser", "user_permissions"]

    def has_change_permission(self, request: Any, obj: Any = None) -> bool:
        """Not of a superuser, for others."""
        allowed = super().has_change_permission(request, obj)
        return allowed and (obj is None or request.user.is_superuser or not obj.is_superuser)

    def has_delete_permission(self, request: Any, obj: Any = None) -> bool:
        """Nobody: what a person did stays theirs. Switch the account off instead."""
        return False

    def formfield_for_manytomany(self, db_field: Any, request: Any, **kwargs: Any) -> Any:
        """Branches one may give are one's own."""
        if db_field.name == "branches" and request.user.branch_ids is not None:
            kwargs["queryset"] = Branch.objects.filter(pk__in=request.user.branch_ids)
        field: Any = super().formfield_for_manytomany(db_field, request, **kwargs)
        if db_field.name == "groups" and field is not None:
            field.label_from_instance = lambda group: label_of(group.name)
        return field

    @admin.display(description=_("roles"))
    def role_list(self, staff: Staff) -> str:
        """Roles in the reader's language."""
        return ", ".join(label_of(group.name) for group in staff.groups.all())

    @admin.display(description=_("branches"))
    def branch_list(self, staff: Staff) -> str:
        """Branches by name."""
        return ", ".join(branch.name for branch in staff.branches.all())


admin.site.unregister(Group)


@admin.register(Group)
class RoleAdmin(GroupAdmin):
    """Roles come from the table in code (oms/staff/roles.py); groups of one's own may be added beside them."""

    list_display = ["name", "label"]

    @admin.display(description=_("role"))
    def label(self, group: Group) -> str:
        """The role in the reader's language."""
        return label_of(group.name)


@admin.register(BatchJob)
class BatchJobAdmin(ReadOnlyAdmin):
    """Long work."""

    list_display = ["__str__", "title", "status", "done", "total", "refused", "created_by", "created_at"]
    list_filter = ["status", "kind"]
    list_select_related = ["created_by"]
    ordering = ["-pk"]
    show_full_result_count = False


@admin.register(JobResult)
class JobResultAdmin(ReadOnlyAdmin):
    """Results per row."""

    list_display = ["job", "position", "reference", "outcome", "code"]
    list_filter = ["outcome"]
    list_select_related = ["job"]
    show_full_result_count = False


@admin.register(OutboxMessage)
class OutboxMessageAdmin(ReadOnlyAdmin):
    """Facts on their way to their listeners."""

    show_full_result_count = False


@admin.register(Notice)
class NoticeAdmin(ReadOnlyAdmin):
    """What bells rang."""

    list_display = ["staff", "text", "created_at", "read_at"]
    list_select_related = ["staff"]
    show_full_result_count = False


@admin.register(SavedView)
class SavedViewAdmin(admin.ModelAdmin):
    """Kept filters."""

    list_display = ["name", "filterset", "staff", "is_shared"]
    list_filter = ["filterset", "is_shared"]
    list_select_related = ["staff"]
    readonly_fields = ["filterset", "params"]
