"""Sign-in, second factor, settings."""

import re

import pytest
from django.core.cache import cache
from django.test import Client
from django.urls import reverse
from django_otp.oath import TOTP
from django_otp.plugins.otp_static.models import StaticDevice, StaticToken
from django_otp.plugins.otp_totp.models import TOTPDevice

from oms.staff.models import Staff
from tests.factories.staff import BranchFactory, StaffFactory

pytestmark = pytest.mark.django_db
PASSWORD = "a long sentence 7"


@pytest.fixture(autouse=True)
def _english(settings):
    settings.LANGUAGE_CODE = "en"
    cache.clear()


@pytest.fixture
def staff():
    person = StaffFactory(username="lin", phone="13800000001")
    person.set_password(PASSWORD)
    person.save()
    return person


def post(client, username="lin", password=PASSWORD, **more):
    return client.post(reverse("sign-in"), {"username": username, "password": password, **more})


def code_of(device):
    totp = TOTP(device.bin_key, device.step, device.t0, device.digits, device.drift)
    import time

    totp.time = time.time()
    return f"{totp.token():06d}"


def signed_in(client):
    return "_auth_user_id" in client.session


def test_the_right_password_leads_where_one_wanted_to_go(client, staff):
    answer = post(client, next="/jobs/")

    assert (answer.status_code, answer["Location"]) == (302, "/jobs/")
    assert signed_in(client)


@pytest.mark.parametrize(
    "elsewhere", ["https://evil.example/", "//evil.example", "javascript:alert(1)", "/\\evil.example"]
)
def test_nobody_is_sent_elsewhere(client, staff, elsewhere):
    assert post(client, next=elsewhere)["Location"] == "/"


def test_a_phone_number_does_as_well_unless_two_people_share_it(client, staff):
    assert post(client, username="13800000001").status_code == 302
    StaffFactory(phone="13800000001")

    assert post(Client(), username="13800000001").status_code == 422


def test_a_wrong_password_says_how_many_failures_are_left_and_keeps_the_name(client, staff):
    answer = post(client, password="wrong")

    assert answer.status_code == 422
    assert b"4 more failures" in answer.content
    assert b'value="lin"' in answer.content
    assert not signed_in(client)


def test_after_five_failures_the_right_password_is_refused_too(client, staff):
    for _n in range(5):
        answer = post(client, password="wrong")
    assert answer.status_code == 429
    assert b"Locked for 15 minutes" in answer.content

    assert post(client).status_code == 429
    assert not signed_in(client)


def test_a_name_that_does_not_exist_looks_the_same(client, staff):
    answers = [
        re.sub(rb'value="[^"]*"', b"", post(Client(), username=name, password="wrong").content)
        for name in ("lin", "nobody")
    ]

    assert answers[0].count(b"wrong") == answers[1].count(b"wrong") > 0


def test_an_inactive_account_does_not_get_in(client, staff):
    Staff.objects.filter(pk=staff.pk).update(is_active=False)

    assert post(client).status_code == 422


def test_with_a_device_the_session_begins_only_after_the_code(client, staff):
    device = TOTPDevice.objects.create(user=staff, name="phone", confirmed=True)

    answer = post(client)
    assert answer["Location"].startswith(reverse("sign-in-code"))
    assert not signed_in(client)
    assert client.get("/").status_code == 302

    assert client.post(reverse("sign-in-code"), {"code": "000000"}).status_code == 422
    TOTPDevice.objects.update(throttling_failure_count=0, throttling_failure_timestamp=None)
    assert client.post(reverse("sign-in-code"), {"code": code_of(device)}).status_code == 302
    assert signed_in(client)


def test_a_code_is_good_once(client, staff):
    device = TOTPDevice.objects.create(user=staff, name="phone", confirmed=True)
    code = code_of(device)
    post(client)
    assert client.post(reverse("sign-in-code"), {"code": code}).status_code == 302

    other = Client()
    post(other)
    assert other.post(reverse("sign-in-code"), {"code": code}).status_code == 422


def test_a_backup_code_opens_once(client, staff):
    TOTPDevice.objects.create(user=staff, name="phone", confirmed=True)
    StaticToken.objects.create(device=StaticDevice.objects.create(user=staff, name="backup"), token="abcd2345")
    post(client)

    assert client.post(reverse("sign-in-code"), {"code": "abcd2345"}).status_code == 302
    assert not StaticToken.objects.exists()


def test_the_second_step_alone_opens_nothing(client):
    assert client.get(reverse("sign-in-code"))["Location"] == reverse("sign-in")


def test_a_role_that_needs_it_sets_up_the_second_factor_before_anything_else(client, staff, settings):
    settings.OMS_REQUIRE_OTP = True
    Staff.objects.filter(pk=staff.pk).update(is_superuser=True)
    post(client)

    assert client.get("/jobs/")["Location"] == reverse("second-factor")
    page = client.get(reverse("second-factor"))
    assert b"<svg" in page.content
    device = TOTPDevice.objects.get(user=staff, confirmed=False)
    done = client.post(reverse("second-factor"), {"code": code_of(device)})
    assert done.status_code == 200
    assert StaticToken.objects.count() == 8
    assert client.get("/jobs/").status_code == 200


def test_enrolling_wants_the_right_code(client, staff):
    client.force_login(staff)
    client.get(reverse("second-factor"))

    assert client.post(reverse("second-factor"), {"code": "000000"}).status_code == 422
    assert not TOTPDevice.objects.filter(confirmed=True).exists()


def test_a_session_that_skipped_the_code_does_not_swap_the_phone(client, staff):
    TOTPDevice.objects.create(user=staff, name="phone", confirmed=True)
    client.force_login(staff)

    assert client.get(reverse("second-factor"))["Location"] == reverse("sign-in")
    assert client.post(reverse("second-factor-end")).status_code == 302
    assert TOTPDevice.objects.filter(user=staff, confirmed=True).exists()


def test_signing_out_is_a_post(client, staff):
    client.force_login(staff)

    assert client.get(reverse("sign-out")).status_code == 405
    client.post(reverse("sign-out"))
    assert not signed_in(client)


def test_settings_are_kept_and_rendered_by_the_server(client, staff):
    client.force_login(staff)
    client.post(reverse("settings"), {"language": "en", "theme": "dark", "density": "compact"})

    page = client.get(reverse("settings")).content
    assert b'data-bs-theme="dark"' in page
    assert b'data-density="compact"' in page
    assert b'data-keys="off"' in page
    assert client.cookies["oms_theme"].value == "dark"


def test_an_unknown_theme_is_refused_with_the_field_named(client, staff):
    client.force_login(staff)
    answer = client.post(reverse("settings"), {"language": "en", "theme": "pink", "density": "compact"})

    assert answer.status_code == 422
    assert b'id="id_theme-bad"' in answer.content


def test_the_theme_switch_works_signed_out_too(client):
    assert client.post(reverse("theme"), {"theme": "dark"}).status_code == 204
    assert b'data-bs-theme="dark"' in client.get(reverse("sign-in")).content


def test_the_language_follows_the_browser_then_the_choice_then_the_person(client, staff):
    assert b'lang="zh-CN"' in client.get(reverse("sign-in"), headers={"accept-language": "zh-CN"}).content
    client.post(reverse("language"), {"language": "en"})
    assert b'lang="en"' in client.get(reverse("sign-in"), headers={"accept-language": "zh-CN"}).content
    Staff.objects.filter(pk=staff.pk).update(language="zh-hans")
    client.force_login(staff)
    assert b'lang="zh-CN"' in client.get("/").content


def test_a_new_password_ends_the_other_sessions(client, staff):
    other = Client()
    post(client)
    post(other)
    new = "an even longer sentence 8"
    client.post(reverse("password"), {"old_password": PASSWORD, "new_password1": new, "new_password2": new})

    assert client.get("/").status_code == 200
    assert other.get("/").status_code == 302


def test_times_are_told_in_the_branchs_zone(client):
    from django.utils import timezone

    person = StaffFactory(branches=[BranchFactory(time_zone="Asia/Urumqi")])
    seen = []

    def view(_request):
        seen.append(timezone.get_current_timezone_name())
        from django.http import HttpResponse

        return HttpResponse()

    from oms.staff.middleware import StaffMiddleware

    request = type("R", (), {"user": person})()
    StaffMiddleware(view)(request)

    assert seen == ["Asia/Urumqi"]
    assert timezone.get_current_timezone_name() == "Asia/Shanghai"
