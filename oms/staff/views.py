"""Sign-in with a second factor, sign-out, what a person sets for themselves."""

from __future__ import annotations

import io
import time
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

import qrcode
from axes.handlers.proxy import AxesProxyHandler
from axes.helpers import get_failure_limit
from django.conf import settings
from django.contrib import messages
from django.contrib.auth import authenticate, login, logout, update_session_auth_hash
from django.contrib.auth.decorators import login_not_required, login_required
from django.contrib.auth.forms import PasswordChangeForm
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import check_for_language, ngettext
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST
from django_otp import login as otp_login
from django_otp import match_token, user_has_device
from qrcode.image.svg import SvgPathImage

from oms.staff import services
from oms.staff.forms import CodeForm, SettingsForm, SignInForm
from oms.staff.models import Staff, Theme
from oms.web.context import THEME_COOKIE

if TYPE_CHECKING:
    from django.http import HttpRequest

    from oms.web.requests import StaffRequest

HALFWAY = "sign_in_halfway"  # password right, code awaited
HALFWAY_SECONDS = 300
YEAR = 365 * 24 * 3600
PHONE_DIGITS = 11


def _next_url(request: HttpRequest) -> str:
    url = request.POST.get("next") or request.GET.get("next") or ""
    if url_has_allowed_host_and_scheme(url, {request.get_host()}, require_https=request.is_secure()):
        return url
    return reverse(settings.LOGIN_REDIRECT_URL)


def _known_username(typed: str) -> str:
    """The username behind a phone number, if exactly one person has it."""
    typed = typed.strip()
    if len(typed) == PHONE_DIGITS and typed.isdigit():
        names = list(Staff.objects.filter(phone=typed, is_active=True).values_list("username", flat=True)[:2])
        if len(names) == 1:
            return names[0]
    return typed


@sensitive_post_parameters("password")
@never_cache
@require_http_methods(["GET", "POST"])
@login_not_required
def sign_in(request: HttpRequest) -> HttpResponse:
    """Name and password. With a second factor the code comes next; the session begins only after it."""
    if request.user.is_authenticated:
        return HttpResponseRedirect(_next_url(request))
    form = SignInForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        credentials = {"username": _known_username(form.cleaned_data["username"])}
        staff = authenticate(request, password=form.cleaned_data["password"], **credentials)
        if staff is not None:
            return _after_password(request, staff)
        form.add_error("password", _why_refused(request, credentials))
    status = 422 if form.errors else 200
    return render(request, "oms/staff/sign_in.html", {"form": form, "next": _next_url(request)}, status=status)


def _after_password(request: HttpRequest, staff: Staff) -> HttpResponse:
    if not user_has_device(staff):
        login(request, staff)
        return HttpResponseRedirect(_next_url(request))
    request.session.cycle_key()
    request.session[HALFWAY] = {"staff": staff.pk, "backend": staff.backend, "at": int(time.time())}
    return HttpResponseRedirect(f"{reverse('sign-in-code')}?{urlencode({'next': _next_url(request)})}")


def _why_refused(request: HttpRequest, credentials: dict[str, str]) -> str:
    left = get_failure_limit(request, credentials) - AxesProxyHandler.get_failures(request, credentials)
    if left <= 0:
        return ""
    return (
        _("Name or password is wrong.")
        + " "
        + ngettext(
            "%(left)d more failure locks it for 15 minutes.", "%(left)d more failures lock it for 15 minutes.", left
        )
        % {"left": left}
    )


def locked_out(request: HttpRequest, _response: HttpResponse, _credentials: dict[str, str]) -> HttpResponse:
    """What somebody sees who failed too often: how long, and who can help."""
    form = SignInForm({"username": request.POST.get("username", "")})
    context = {"form": form, "locked": True, "minutes": round(settings.AXES_COOLOFF_TIME * 60)}
    return render(request, "oms/staff/sign_in.html", context, status=429)


@sensitive_post_parameters("code")
@never_cache
@require_http_methods(["GET", "POST"])
@login_not_required
def sign_in_code(request: HttpRequest) -> HttpResponse:
    """The second step: six digits from the phone, or a backup code."""
    halfway = request.session.get(HALFWAY)
    if not halfway or time.time() - halfway["at"] > HALFWAY_SECONDS:
        request.session.pop(HALFWAY, None)
        return redirect("sign-in")
    form = CodeForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        staff = Staff.objects.filter(pk=halfway["staff"], is_active=True).first()
        device = match_token(staff, form.cleaned_data["code"]) if staff else None
        if staff is not None and device is not None:
            del request.session[HALFWAY]
            login(request, staff, backend=halfway["backend"])
            otp_login(request, device)
            return HttpResponseRedirect(_next_url(request))
        form.add_error("code", str(services.WrongCode()))
    status = 422 if form.errors else 200
    context = {"form": form, "step": 2, "next": _next_url(request)}
    return render(request, "oms/staff/sign_in.html", context, status=status)


@require_POST
@login_not_required
def sign_out(request: HttpRequest) -> HttpResponse:
    """End the session."""
    logout(request)
    return redirect("sign-in")


@require_POST
@login_not_required
def set_language(request: HttpRequest) -> HttpResponse:
    """Change the language: kept with the person, and in a cookie for those who are not signed in."""
    code = request.POST.get("language", "")
    response = HttpResponseRedirect(_next_url(request))
    if code in dict(settings.LANGUAGES) and check_for_language(code):
        if request.user.is_authenticated:
            services.change_settings(staff_id=request.user.pk, changes={"language": code}, by=request.user)
        response.set_cookie(
            settings.LANGUAGE_COOKIE_NAME,
            code,
            max_age=YEAR,
            secure=settings.LANGUAGE_COOKIE_SECURE,
            httponly=True,
            samesite="Lax",
        )
    return response


@require_POST
@login_not_required
def set_theme(request: HttpRequest) -> HttpResponse:
    """Light, dark or like the device; also the row height. Kept with the person, the theme in a cookie as well."""
    theme, density = request.POST.get("theme", ""), request.POST.get("density", "")
    changes = {"theme": theme} if theme in Theme.values else {}
    if density in {"regular", "compact"}:
        changes["density"] = density
    if request.user.is_authenticated and changes:
        services.change_settings(staff_id=request.user.pk, changes=changes, by=request.user)
    if request.headers.get("Sec-Fetch-Mode") == "navigate":
        response: HttpResponse = HttpResponseRedirect(_next_url(request))
    else:
        response = HttpResponse(status=204)
    if theme in Theme.values:
        response.set_cookie(THEME_COOKIE, theme, max_age=YEAR, secure=settings.HTTPS, httponly=True, samesite="Lax")
    return response


@require_http_methods(["GET", "POST"])
@login_required
def own_settings(request: StaffRequest) -> HttpResponse:
    """Language, theme, row height, keys; which roles and branches one has."""
    form = SettingsForm(request.POST or None, instance=request.user)
    if request.method == "POST" and form.is_valid():
        services.change_settings(staff_id=request.user.pk, changes=form.changes(), by=request.user)
        messages.success(request, _("Your settings are saved."))
        response = redirect("settings")
        response.set_cookie(
            THEME_COOKIE, form.cleaned_data["theme"], max_age=YEAR, secure=settings.HTTPS, httponly=True, samesite="Lax"
        )
        return response
    context = {"form": form, "password_form": _styled(PasswordChangeForm(request.user)), **_factor(request)}
    return render(request, "oms/staff/settings.html", context, status=422 if form.errors else 200)


@sensitive_post_parameters()
@require_POST
@login_required
def change_password(request: StaffRequest) -> HttpResponse:
    """A new password; this session stays, the others end."""
    form = PasswordChangeForm(request.user, request.POST)
    if form.is_valid():
        form.save()
        update_session_auth_hash(request, request.user)
        messages.success(request, _("Your password is changed. Other devices are signed out."))
        return redirect("settings")
    context = {"form": SettingsForm(instance=request.user), "password_form": _styled(form), **_factor(request)}
    return render(request, "oms/staff/settings.html", context, status=422)


def _styled(form: PasswordChangeForm) -> PasswordChangeForm:
    form.fields["old_password"].widget.attrs.pop("autofocus", None)
    return form


def _factor(request: StaffRequest) -> dict[str, Any]:
    return {"has_factor": user_has_device(request.user), "needs_factor": request.user.must_have_factor}


@never_cache
@require_http_methods(["GET", "POST"])
@login_required
def enrol(request: StaffRequest) -> HttpResponse:
    """Set up the second factor: scan the picture, type the first code, keep the backup codes."""
    if user_has_device(request.user) and not request.user.is_verified():
        # A stolen session must not swap the phone: only who used the present factor may change it.
        logout(request)
        return redirect("sign-in")
    form = CodeForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            device, codes = services.confirm_enrolment(code=form.cleaned_data["code"], by=request.user)
        except services.WrongCode as refusal:
            form.add_error("code", str(refusal))
        else:
            otp_login(request, device)
            return render(request, "oms/staff/backup_codes.html", {"codes": codes})
    device = services.begin_enrolment(by=request.user)
    context = {"form": form, "picture": _qr(device.config_url), "secret": _grouped(device), **_factor(request)}
    return render(request, "oms/staff/enrol.html", context, status=422 if form.errors else 200)


def _grouped(device: Any) -> str:
    from base64 import b32encode

    secret = b32encode(device.bin_key).decode().rstrip("=")
    return " ".join(secret[i : i + 4] for i in range(0, len(secret), 4))


def _qr(text: str) -> str:
    picture = io.BytesIO()
    qrcode.make(text, image_factory=SvgPathImage, border=0).save(picture)
    svg = picture.getvalue().decode()
    return svg[svg.index("<svg") :]


@require_POST
@login_required
def end_factor(request: StaffRequest) -> HttpResponse:
    """Do without a second factor, where the role allows it."""
    if user_has_device(request.user) and not request.user.is_verified():
        return redirect("sign-in")
    try:
        services.end_second_factor(by=request.user, required=request.user.must_have_factor)
    except services.FactorRequired as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, _("The second factor is removed."))
    return redirect("settings")
