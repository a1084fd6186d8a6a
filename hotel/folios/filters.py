"""What the list of folios can be filtered by."""

from __future__ import annotations

from typing import TYPE_CHECKING

import django_filters
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from hotel.folios.models import Folio, FolioKind
from oms.web.listing import filled, hinted

if TYPE_CHECKING:
    from typing import Any

    from django.db.models import QuerySet

TAIL = 4
SHOW = [
    ("open", _("Not closed")),
    ("due", _("Balance due")),
    ("credit", _("To be given back")),
    ("deposit", _("With a deposit")),
    ("leaving", _("Leaving today")),
    ("closed", _("Closed")),
]


class FolioFilter(django_filters.FilterSet):
    """Folios by who, where and what is owed. The queryset has ``owed`` and ``held``."""

    q = django_filters.CharFilter(
        label=_("Search"), max_length=64, method="filter_text", widget=hinted(_("Room, name, number, last four digits"))
    )
    show = django_filters.ChoiceFilter(label=_("Show"), choices=SHOW, method="filter_show", empty_label=_("Any"))
    kind = django_filters.ChoiceFilter(label=_("Kind"), choices=FolioKind.choices, empty_label=_("Any"))

    class Meta:
        model = Folio
        fields: list[str] = []

    def __init__(self, data: Any = None, *args: Any, **kwargs: Any) -> None:
        super().__init__(filled(data), *args, **kwargs)

    def filter_text(self, folios: QuerySet, name: str, text: str) -> QuerySet:
        """A number, a room, the beginning of a name, the end of a phone or document."""
        text = text.strip()
        ways = Q(number=text.upper()) | Q(title__istartswith=text) | Q(stay__guest_name__istartswith=text)
        ways |= Q(stay__room__number=text) | Q(stay__number=text.upper())
        if len(text) == TAIL:
            ways |= Q(stay__guest__phone_tail=text) | Q(stay__guest__id_tail=text.upper())
        return folios.filter(ways)

    def filter_show(self, folios: QuerySet, name: str, value: str) -> QuerySet:
        """What somebody at the till asks for."""
        today = self.request.house.business_date
        rules = {
            "open": Q(closed_at=None),
            "due": Q(closed_at=None, owed__gt=0),
            "credit": Q(closed_at=None, owed__lt=0),
            "deposit": Q(closed_at=None, held__gt=0),
            "leaving": Q(closed_at=None, stay__status="in_house", stay__departure_on__lte=today),
            "closed": Q(closed_at__isnull=False),
        }
        return folios.filter(rules[value])
