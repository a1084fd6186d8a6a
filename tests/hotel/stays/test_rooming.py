"""A rooming list as agencies send it: what Excel and WPS make of names, numbers, dates and merged cells."""

import datetime as dt
import io

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from openpyxl import Workbook

from hotel.stays import rooming, services
from hotel.stays.services import BookingRequest
from tests.factories.hotel import TODAY
from tests.hotel.stays.conftest import NIGHT

pytestmark = pytest.mark.django_db
HEADINGS = [
    "序号",
    "姓 名*",
    "性别",
    "证件类型",
    "证件号码（必填）",
    "手机号码",
    "房号",
    "入住日期",
    "离店日期",
    "备注",
]


def sent(book, name="名单.xlsx"):
    content = io.BytesIO()
    book.save(content)
    return SimpleUploadedFile(name, content.getvalue())


@pytest.fixture
def book():
    """As a travel agency fills it in: a merged title, a blank line, two to a room, a line of totals."""
    book = Workbook()
    sheet = book.active
    sheet.append(["春秋旅行社 西湖团 排房名单"])
    sheet.merge_cells("A1:I1")
    sheet.append(["联系人：张三", None, None, None, "电话：13800000000"])
    sheet.append(HEADINGS)
    arrival, departure = dt.datetime.combine(TODAY, dt.time()), (TODAY + 2 * NIGHT).strftime("%Y/%m/%d")
    sheet.append([1, "王芳", "女", "护照", "E1000001", 13800136021, 101, arrival, departure])
    sheet.append([2, "李明", "男", "护照", "E1000002", 13800136022.0, None, arrival, departure])
    sheet.merge_cells("G4:G5")
    sheet.append([])
    sheet.append([3, " 赵云 ", "男", "护照", "E1000003", "138 0013 6023", "102房", arrival, departure])
    sheet.append(["合计", "共 3 人"])
    return book


def test_titles_blank_lines_and_totals_are_left_out_and_cells_read_as_people_do(book):
    rows = rooming.rows_of("名单.xlsx", sent(book), "")

    assert [row.line for row in rows] == [4, 5, 7]
    assert rows[0].values == {
        "name": "王芳",
        "id_type": "护照",
        "id_number": "E1000001",
        "phone": "13800136021",
        "room": "101",
        "arrival": str(TODAY),
        "departure": (TODAY + 2 * NIGHT).strftime("%Y/%m/%d"),
    }
    assert (rows[1].values["room"], rows[1].values["phone"]) == ("101", "13800136022")
    assert (rows[2].values["name"], rows[2].values["room"]) == ("赵云", "102")
    asked = rows[0].as_asked()
    assert (asked.arrival_on, asked.departure_on) == (TODAY, TODAY + 2 * NIGHT)


def test_a_number_rounded_by_the_spreadsheet_is_refused_with_the_way_out(book):
    sheet = book.active
    sheet["E4"] = 3.30106199001011e17  # 18 digits typed as a number: Excel keeps fifteen
    text = "姓名,手机\n王芳,1.38E+10\n"

    with pytest.raises(rooming.DigitsLost):
        rooming.rows_of("名单.xlsx", sent(book), "")[0].as_asked()
    with pytest.raises(rooming.DigitsLost):
        rooming.rows_of("list.csv", SimpleUploadedFile("list.csv", text.encode("gb18030")), "")[0].as_asked()


@pytest.mark.parametrize("told", ["2026-11-23", "2026/11/23", "2026.11.23", "2026年11月23日", "20261123", "46349"])
def test_dates_are_read_in_every_usual_form(told):
    (row,) = rooming.rows_of("", None, f"姓名\t入住日期\n王芳\t{told}")

    assert row.as_asked().arrival_on == dt.date(2026, 11, 23)


def test_what_is_no_date_is_said():
    (row,) = rooming.rows_of("", None, "姓名\t入住日期\n王芳\t明天")

    with pytest.raises(rooming.BadDate):
        row.as_asked()


def test_what_is_no_list_or_too_long_is_refused():
    with pytest.raises(rooming.Unreadable):
        rooming.rows_of("x.xlsx", SimpleUploadedFile("x.xlsx", b"PK\x03\x04 no"), "")
    with pytest.raises(rooming.TooLong):
        rooming.rows_of("", None, "姓名\n" + "王芳\n" * (rooming.MOST_ROWS + 1))


def test_without_headings_the_columns_have_their_order():
    (row,) = rooming.rows_of("", None, "王芳\t标准间\tE1000001\t13800136021\t101")

    assert row.values == {
        "name": "王芳",
        "type": "标准间",
        "id_number": "E1000001",
        "phone": "13800136021",
        "room": "101",
    }


def test_the_whole_list_names_the_stays_shares_the_merged_room_and_may_be_sent_again(desk, book):
    one, two = desk.rooms[0].number, desk.rooms[1].number
    sheet = book.active
    sheet["G4"], sheet["G7"] = int(one), f"{two}房"
    group = services.book_group(
        property_id=desk.house.pk,
        stays=[desk.want(guest_id=None, nights=2)] * 2,
        booking=BookingRequest(kind="group", title="Tea Fair"),
        **desk.who,
    )
    rows = [row.as_asked() for row in rooming.rows_of("名单.xlsx", sent(book), "")]

    for _again in range(2):
        results = services.take_rooming_list(booking_id=group.pk, rows=rows, **desk.who)

        assert [result.refusal for result in results] == [None, None, None]
        first, second = group.stays.order_by("pk").select_related("room")
        assert (first.guest_name, first.room.number) == ("王芳", one)
        assert [sharer.guest.name for sharer in first.sharers.all()] == ["李明"]
        assert (second.guest_name, second.room.number) == ("赵云", two)


def test_dates_that_are_not_the_groups_are_refused(desk):
    group = services.book_group(
        property_id=desk.house.pk,
        stays=[desk.want(guest_id=None, nights=2)],
        booking=BookingRequest(kind="group", title="Tea Fair"),
        **desk.who,
    )
    (row,) = rooming.rows_of("", None, f"姓名\t证件号\t入住日期\n王芳\tE1000001\t{TODAY + NIGHT}")

    (result,) = services.take_rooming_list(booking_id=group.pk, rows=[row.as_asked()], **desk.who)

    assert isinstance(result.refusal, services.NoSuchRow)
    assert group.stays.get().guest is None
