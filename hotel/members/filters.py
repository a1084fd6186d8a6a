"""What the list of guests can be filtered by. Public names: saved views carry them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import django_filters
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from hotel.members.models import Guest, IdType, MemberLevel
from hotel.members.queries import find_guests
from oms.web.listing import filled, hinted

if TYPE_CHECKING:
    from django.db.models import QuerySet

MOST_FOUND = 200
YES_NO = [("yes", _("Yes")), ("no", _("No"))]


def _levels(request: Any) -> QuerySet[MemberLevel]:
    if request is None:
        return MemberLevel.objects.none()
    ids = request.user.branch_ids
    levels = MemberLevel.objects.order_by("rank")
    return levels if ids is None else levels.filter(branch__in=ids)


class GuestFilter(django_filters.FilterSet):
    """Guests by who they are. Free text is looked up as on the check-in page, in the branch given as ``branch_id``."""

    q = django_filters.CharFilter(
        label=_("Phone, document, name, pinyin, member number"),
        max_length=64,
        method="find",
        widget=hinted(_("Phone, document, name, pinyin, member number")),
    )
    level = django_filters.ModelChoiceFilter(
        label=_("Member level"), queryset=_levels, field_name="member__level", empty_label=_("All levels")
    )
    member = django_filters.ChoiceFilter(
        label=_("Member"), choices=YES_NO, method="filter_member", empty_label=_("Any")
    )
    blacklisted = django_filters.ChoiceFilter(
        label=_("Blacklisted"), choices=YES_NO, method="filter_blacklisted", empty_label=_("Any")
    )
    in_house = django_filters.ChoiceFilter(
        label=_("In the house"), choices=YES_NO, method="filter_in_house", empty_label=_("Any")
    )
    document = django_filters.ChoiceFilter(
        label=_("Identity document"), choices=IdType.choices, field_name="id_type", empty_label=_("Any")
    )
    nationality = django_filters.CharFilter(label=_("Nationality"), max_length=2, lookup_expr="iexact")

    class Meta:
        model = Guest
        fields: tuple[str, ...] = ()

    def __init__(self, data: Any = None, *args: Any, branch_id: int | None = None, **kwargs: Any) -> None:
        self.branch_id = branch_id
        super().__init__(filled(data), *args, **kwargs)

    def find(self, queryset: QuerySet, _name: str, text: str) -> QuerySet:
        """Those the text may mean, at most two hundred."""
        if self.branch_id is None:
            return queryset.none()
        return queryset.filter(pk__in=[hit.guest_id for hit in find_guests(self.branch_id, text, MOST_FOUND)])

    def filter_member(self, queryset: QuerySet, _name: str, value: str) -> QuerySet:
        """With an open membership, or without."""
        open_membership = Q(member__is_active=True)
        return queryset.filter(open_membership) if value == "yes" else queryset.exclude(open_membership)

    def filter_blacklisted(self, queryset: QuerySet, _name: str, value: str) -> QuerySet:
        """On the blacklist, or not."""
        return queryset.filter(is_blacklisted=value == "yes")

    def filter_in_house(self, queryset: QuerySet, _name: str, value: str) -> QuerySet:
        """With a stay that is in the house now, or without."""
        inside = Guest.objects.filter(stays__status="in_house").values("pk")
        return queryset.filter(pk__in=inside) if value == "yes" else queryset.exclude(pk__in=inside)
