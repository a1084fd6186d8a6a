"""Template tags of the look. Every filter and the icon tag are plain functions of oms.web.formats."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms, template

from oms.web import formats

if TYPE_CHECKING:
    from django.forms import BoundField
    from django.template import Context
    from django.utils.safestring import SafeString

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
    attrs = {"class": classes} if classes else {}
    if field.errors:
        attrs |= {"aria-invalid": "true", "aria-describedby": f"{field.id_for_label}-bad"}
    elif field.help_text and field.id_for_label:
        attrs["aria-describedby"] = f"{field.id_for_label}-hint"
    return field.as_widget(attrs=attrs)


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
