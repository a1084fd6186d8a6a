"""What people change about themselves, and the second factor."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _
from django_otp.plugins.otp_static.models import StaticDevice, StaticToken
from django_otp.plugins.otp_totp.models import TOTPDevice

from oms.lib.errors import DomainError
from oms.staff.models import Staff

OWN_SETTINGS = {"language", "theme", "density", "single_keys"}
BACKUP_CODES = 8


class WrongCode(DomainError):
    """The six digits don't belong to the secret, or were used already."""

    code = "staff_wrong_code"
    message = _("The code is wrong or has expired. Type the one your phone shows now.")


class FactorRequired(DomainError):
    """The role may not be without a second factor."""

    code = "staff_factor_required"
    message = _("Your role must sign in with a second factor.")


@transaction.atomic
def change_settings(*, staff_id: int, changes: dict[str, Any], by: Staff) -> Staff:
    """Language, theme, density, one-letter keys of a person. Locks the person. Raises KeyError for anything else."""
    if unknown := changes.keys() - OWN_SETTINGS:
        raise KeyError(*unknown)
    staff = Staff.objects.select_for_update(no_key=True).get(pk=staff_id)
    for name, value in changes.items():
        setattr(staff, name, value)
    staff.save(update_fields=sorted(changes))
    return staff


def begin_enrolment(*, by: Staff) -> TOTPDevice:
    """The person's unconfirmed device, made if there is none. Its secret is shown once, as a picture."""
    device = TOTPDevice.objects.filter(user=by, confirmed=False).order_by("pk").first()
    return device or TOTPDevice.objects.create(user=by, name="phone", confirmed=False)


@transaction.atomic
def confirm_enrolment(*, code: str, by: Staff) -> tuple[TOTPDevice, list[str]]:
    """Confirm the new device with its first code; earlier devices and backup codes end. Raises WrongCode.

    Locks the device. Returns it and new backup codes, each good for one sign-in.
    """
    device = TOTPDevice.objects.select_for_update().filter(user=by, confirmed=False).order_by("pk").first()
    if device is None or not device.verify_token(code):
        raise WrongCode
    TOTPDevice.objects.filter(user=by).exclude(pk=device.pk).delete()
    StaticDevice.objects.filter(user=by).delete()
    device.confirmed = True
    device.save(update_fields=["confirmed"])
    spare = StaticDevice.objects.create(user=by, name="backup")
    codes = sorted({StaticToken.random_token() for _n in range(BACKUP_CODES)})
    StaticToken.objects.bulk_create(StaticToken(device=spare, token=code) for code in codes)
    return device, codes


@transaction.atomic
def end_second_factor(*, by: Staff, required: bool) -> None:
    """Remove the person's devices. Raises FactorRequired where the role needs one."""
    if required:
        raise FactorRequired
    TOTPDevice.objects.filter(user=by).delete()
    StaticDevice.objects.filter(user=by).delete()
