"""How values are written: masked names, money, times. Plain functions, so that rows can be prepared in Python."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal, InvalidOperation
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from django.templatetags.static import static
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop, ngettext

if TYPE_CHECKING:
    from django.utils.safestring import SafeString

NOTHING = "—"
MINUTE, HOUR, DAY = 60, 3600, 86_400


@lru_cache(maxsize=1024)
def icon(name: str, size: str = "") -> SafeString:
    """A picture of the sprite; ``size`` is sm, lg or xl. Names beginning with s- are status shapes."""
    shape = "s" if name.startswith("s-") else "i"
    classes = f"{shape} i-{size}" if size and shape == "i" else shape
    return format_html(
        '<svg class="{}" aria-hidden="true"><use href="{}#{}"/></svg>', classes, static("img/icons.svg"), name
    )


@lru_cache(maxsize=1024)
def badge(tone: str, shape: str, label: str) -> SafeString:
    """A state: shape, word and colour."""
    return format_html('<span class="st {}">{}{}</span>', tone, icon(shape) if shape else "", label)


def mask_name(name: str | None) -> str:
    """王*芳; of two characters the first; of a Western name the first letter of each word."""
    name = (name or "").strip()
    if not name:
        return NOTHING
    if name.isascii() and " " in name:
        return " ".join(word[0] + "*" * (len(word) > 1) for word in name.split())
    if len(name) <= 2:  # noqa: PLR2004
        return name[0] + "*" * (len(name) - 1)
    return name[0] + "*" * min(len(name) - 2, 2) + name[-1]


def mask_phone(phone: str | None) -> str:
    """138****6021; of a short number only the last two digits stay."""
    phone = (phone or "").strip()
    if not phone:
        return NOTHING
    if len(phone) >= 11:  # noqa: PLR2004
        return phone[:-8] + "****" + phone[-4:]
    return "*" * max(0, len(phone) - 2) + phone[-2:]


# Django calls Mon 星期一; a column of dates has room for 周一. Named here for the catalogue, used by its date formats.
SHORT_DAYS = (
    gettext_noop("Mon"),
    gettext_noop("Tue"),
    gettext_noop("Wed"),
    gettext_noop("Thu"),
    gettext_noop("Fri"),
    gettext_noop("Sat"),
    gettext_noop("Sun"),
)


def money(amount: Any, sign: str = "") -> str:
    """1,286.00; a minus sign comes first, before the currency sign."""
    if amount is None or amount == "":
        return NOTHING
    try:
        value = Decimal(str(amount))
    except InvalidOperation:
        return str(amount)
    return f"{'-' if value < 0 else ''}{sign}{abs(value):,.2f}"


def when(moment: dt.datetime | dt.date | None, now: dt.datetime | None = None) -> str:
    """Today 14:21, 11-23 14:21, or with the year where it is another one, in the reader's time zone."""
    if moment is None or moment == "":
        return NOTHING
    if not isinstance(moment, dt.datetime):
        return moment.strftime("%Y-%m-%d")
    moment = timezone.localtime(moment) if timezone.is_aware(moment) else moment
    today = timezone.localtime(now or timezone.now())
    clock = moment.strftime("%H:%M")
    if moment.date() == today.date():
        return _("Today %(clock)s") % {"clock": clock}
    if moment.year == today.year:
        return f"{moment.strftime('%m-%d')} {clock}"
    return f"{moment.strftime('%Y-%m-%d')} {clock}"


def day(moment: dt.datetime) -> str:
    """Monday 23 November, in the reader's language and time zone."""
    return date_format(timezone.localtime(moment), _("l, j F"))


def duration(seconds: float) -> str:
    """13 min, 1 h 12 min, 3 days: the two largest units that matter."""
    seconds = max(0, int(seconds))
    days, hours, minutes = seconds // DAY, seconds % DAY // HOUR, seconds % HOUR // MINUTE
    if days:
        return ngettext("%(days)d day", "%(days)d days", days) % {"days": days}
    if hours:
        return _("%(hours)d h %(minutes)d min") % {"hours": hours, "minutes": minutes}
    return _("%(minutes)d min") % {"minutes": minutes}


def age(moment: dt.datetime | None, now: dt.datetime | None = None) -> str:
    """How long ago: 11 min."""
    if not moment:
        return NOTHING
    return duration(((now or timezone.now()) - moment).total_seconds())


def due(moment: dt.datetime | None, now: dt.datetime | None = None) -> str:
    """How long until it is due: 18 min left, 12 min late."""
    if not moment:
        return NOTHING
    seconds = (moment - (now or timezone.now())).total_seconds()
    text = _("%(time)s left") if seconds >= 0 else _("%(time)s late")
    return text % {"time": duration(abs(seconds))}
