"""Template tags of the look. Every filter and the icon tag are plain functions of oms.web.formats."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms, template
from django.utils.html import format_html
from django.utils.translation import gettext as _

from oms.rules.forms import ViewForm
from oms.rules.matching import query_of
from oms.rules.queries import Tab, tabs_of
from oms.web import formats
from oms.web.listing import Chip, chips_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from django.forms import BoundField
    from django.template import Context
    from django.utils.safestring import SafeString
    from django_filters import FilterSet

register = template.Library()

register.simple_tag(formats.icon, name="icon")
register.filter("mask_name", formats.mask_name)
register.filter("mask_phone", formats.mask_phone)
register.filter("money", formats.money)
register.filter("when", formats.when)
register.filter("age", formats.age)
register.filter("due", formats.due)
register.filter("duration", formats.duration)


@register.simple_tag
def badge(tone: str, shape: str, label: Any) -> str:
    """A state: ``{% badge "blue" "s-q1" label %}``."""
    return formats.badge(tone, shape, str(label))


@register.simple_tag(takes_context=True)
def query(context: Context, **changes: Any) -> str:
    """The page's query string with ``changes`` applied (None or empty drops a key): ``?{% query sort="-age" %}``."""
    params = context["request"].GET.copy()
    for key, value in changes.items():
        if value in (None, ""):
            params.pop(key, None)
        else:
            params[key] = value
    return params.urlencode()


@register.filter
def percent(value: Any, total: Any) -> int:
    """``value`` of ``total`` in whole per cent, 0 to 100."""
    return min(100, round(100 * (value or 0) / total)) if total else 0


@register.filter
def control(field: BoundField, extra: str = "") -> SafeString:
    """A form field's control with the classes of the look, marked and tied to its message when it is wrong."""
    widget = field.field.widget
    if isinstance(widget, forms.CheckboxInput):
        kind = "form-check-input"
    elif isinstance(widget, forms.CheckboxSelectMultiple | forms.RadioSelect):
        kind = ""
    else:
        kind = "form-select" if isinstance(widget, forms.Select) else "form-control"
    classes = " ".join(filter(None, [widget.attrs.get("class", ""), kind, extra, "err" if field.errors else ""]))
    attrs: dict[str, str | bool] = {"class": classes} if classes else {}
    if field.errors:
        attrs |= {"aria-invalid": "true", "aria-describedby": f"{field.id_for_label}-bad"}
    elif field.help_text and field.id_for_label:
        attrs["aria-describedby"] = f"{field.id_for_label}-hint"
    return field.as_widget(attrs=attrs)


@register.filter
def thousands(number: int) -> str:
    """12,345."""
    return f"{number:,}"


@register.filter
def is_check(field: BoundField) -> bool:
    """Whether the field is one checkbox: its label goes behind it."""
    return isinstance(field.field.widget, forms.CheckboxInput)


@register.filter
def is_group(field: BoundField) -> bool:
    """Whether the field is several checkboxes or radios: they get a legend instead of a label."""
    return isinstance(field.field.widget, forms.CheckboxSelectMultiple | forms.RadioSelect)


@register.filter
def wrong_fields(form: forms.BaseForm) -> list[BoundField]:
    """The fields of a refused form that need a change, in order."""
    return [field for field in form if field.errors]


@register.simple_tag
def filter_chips(filterset: FilterSet) -> list[Chip]:
    """The active conditions: ``{% filter_chips filterset as chips %}``."""
    return chips_of(filterset)


@register.filter
def only_fields(form: forms.BaseForm, names: str) -> list[BoundField]:
    """The fields of ``form`` named in a comma-separated list, in that order."""
    return [form[name.strip()] for name in names.split(",") if name.strip() in form.fields]


@register.filter
def other_fields(form: forms.BaseForm, names: str) -> list[BoundField]:
    """The visible fields of ``form`` that are not named in a comma-separated list."""
    left_out = {name.strip() for name in names.split(",")}
    return [field for field in form.visible_fields() if field.name not in left_out]


@register.simple_tag(takes_context=True)
def sort_link(context: Context, name: str, label: str, default: str = "") -> SafeString:
    """The heading of a column one may sort by; says to everybody which way it is sorted now."""
    request = context["request"]
    current = request.GET.get("sort", default)
    query = request.GET.copy()
    query.pop("page", None)
    query["sort"] = f"-{name}" if current == name else name
    if current == name:
        picture, state = "arrow-down", _("sorted ascending")
    elif current == f"-{name}":
        picture, state = "arrow-down", _("sorted descending")
    else:
        picture, state = "arrows-sort", _("sort by this")
    return format_html(
        '<a href="?{}" class="sort{}" aria-label="{}, {}">{} {}</a>',
        query.urlencode(),
        " up" if current == name else "",
        label,
        state,
        label,
        formats.icon(picture),
    )


@register.inclusion_tag("components/view_tabs.html", takes_context=True)
def view_tabs(context: Context, key: str, fixed: Iterable[Tab] = ()) -> dict[str, Any]:
    """Saved views of a list as tabs, after its fixed ones: ``{% view_tabs "orders" tabs %}``."""
    request = context["request"]
    tabs = tabs_of(request, key, fixed)
    return {
        "request": request,
        "csrf_token": context.get("csrf_token"),
        "key": key,
        "tabs": tabs,
        "open": next((tab for tab in tabs if tab.current and tab.own), None),
        "query": query_of(request.GET.urlencode()).urlencode(),
        "form": ViewForm(auto_id="view_%s"),
    }
