"""The demo hotel before its first guest: rooms, prices, charge codes, levels, companies, people."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

from hotel.demo import figures
from hotel.folios.models import ChargeCode, Company, Department
from hotel.members.models import MemberLevel
from hotel.rooms.models import Property, Room, RoomType
from hotel.rooms.states import Housekeeping
from hotel.stays.packages import PackageItem, PackagePer
from hotel.stays.rates import CancellationRule, FeeKind, HourlyPrice, Rate, RatePlan
from oms.staff.demo import make_people
from oms.staff.models import Branch, Staff
from oms.staff.roles import sync_roles

if TYPE_CHECKING:
    from oms.staff.demo import Person

BRANCH = ("east", "华东分公司")
CODE = "XH"
NAME, ENGLISH_NAME = "栖木酒店 · 西湖店", "Qimu Hotel West Lake"
# code, name, English name, beds, persons, most persons, rack price, how many of each floor's twelve rooms
TYPES = (
    ("BK", "标准大床房", "Standard King", "1 × 1.8 m", 2, 3, 388, (3, 3, 3, 3, 3, 3, 2, 2, 0, 0)),
    ("BT", "标准双床房", "Standard Twin", "2 × 1.2 m", 2, 3, 398, (5, 5, 5, 4, 4, 4, 3, 2, 0, 0)),
    ("GK", "高级大床房", "Superior King", "1 × 1.8 m", 2, 3, 458, (2, 2, 2, 3, 3, 3, 3, 3, 3, 0)),
    ("GT", "高级双床房", "Superior Twin", "2 × 1.35 m", 2, 3, 468, (2, 2, 2, 2, 2, 2, 2, 2, 3, 0)),
    ("DK", "豪华湖景大床房", "Deluxe Lake King", "1 × 2 m", 2, 3, 628, (0, 0, 0, 0, 0, 0, 2, 2, 3, 4)),
    ("DT", "豪华湖景双床房", "Deluxe Lake Twin", "2 × 1.35 m", 2, 4, 638, (0, 0, 0, 0, 0, 0, 0, 1, 2, 4)),
    ("FA", "家庭房", "Family Room", "1 × 1.8 m + 1 × 1.2 m", 3, 4, 698, (0, 0, 0, 0, 0, 0, 0, 0, 1, 2)),
    ("ST", "行政套房", "Executive Suite", "1 × 2 m", 2, 4, 1088, (0, 0, 0, 0, 0, 0, 0, 0, 0, 2)),
)
FIRST_FLOOR = 3
# code, name, breakfasts (1: for the room, 2: each person), % of the rack price, levels reduce it, deposit, hours, fee
PLANS = (
    ("RACK", "门市价", 0, 100, True, 1, 4, FeeKind.NONE, 0),
    ("BAR", "含双早", 2, 108, True, 1, 18, FeeKind.NIGHTS, 1),
    ("OTA", "网络预付", 1, 92, False, 0, 24, FeeKind.NIGHTS, 1),
    ("CORP", "协议价", 1, 85, False, 0, 6, FeeKind.NONE, 0),
    ("ADV", "提前预订不可退", 1, 80, False, 1, 9999, FeeKind.PERCENT, 100),
)
HOURS = ((4, "0.40", "0.12"),)  # hours, share of the rack price, share for each hour more
CHARGES = (
    ("ROOM", "房费", "Room charge", Department.ROOM, None),
    ("MB-WATER", "矿泉水", "Mineral water", Department.MINIBAR, "10.00"),
    ("MB-COLA", "可乐", "Cola", Department.MINIBAR, "12.00"),
    ("MB-BEER", "啤酒", "Beer", Department.MINIBAR, "18.00"),
    ("MB-SNACK", "坚果", "Nuts", Department.MINIBAR, "28.00"),
    ("BF", "早餐", "Breakfast", Department.FOOD, "68.00"),
    ("DINNER", "餐厅", "Restaurant", Department.FOOD, None),
    ("LAUNDRY", "洗衣", "Laundry", Department.LAUNDRY, "45.00"),
    ("PHONE", "电话费", "Telephone", Department.PHONE, None),
    ("GIFT", "伴手礼", "Gift shop", Department.SHOP, "88.00"),
    ("DAMAGE", "物品赔偿", "Damage", Department.OTHER, None),
    ("CARD", "房卡工本费", "Key card", Department.FEE, "20.00"),
)
LEVELS = (  # code, name, rank, room %, goods %, points per yuan, nights a year, what it gives
    ("SILVER", "银卡会员", 1, 98, 100, 1, 0, "延迟退房至 13:00"),
    ("GOLD", "金卡会员", 2, 92, 95, "1.5", 10, "延迟退房至 14:00;欢迎水果"),
    ("DIAMOND", "钻石会员", 3, 88, 90, 2, 30, "延迟退房至 16:00;双早;免费升级"),
)
COMPANIES = (
    ("ALI", "杭州云栖信息技术有限公司", 80000),
    ("ZJU", "浙江求是教育咨询有限公司", 50000),
    ("TRIP", "沪杭会展服务有限公司", 120000),
    ("PHARM", "江南医药贸易有限公司", 60000),
)
PEOPLE: tuple[Person, ...] = (
    ("frontdesk", "front_desk", "苏婉清", (BRANCH[0],)),
    ("frontdesk2", "front_desk", "陆景行", (BRANCH[0],)),
    ("cashier", "cashier", "许诺", (BRANCH[0],)),
    ("housekeeper", "housekeeping", "王秀兰", (BRANCH[0],)),
    ("nightaudit", "night_auditor", "孙启明", (BRANCH[0],)),
    ("dutymanager", "duty_manager", "韩雪", (BRANCH[0],)),
)


@dataclass(frozen=True)
class House:
    """What the days are played with."""

    property: Property
    types: list[RoomType]
    rooms: list[Room]
    plans: dict[str, RatePlan]
    codes: dict[str, ChargeCode]
    levels: list[MemberLevel]
    companies: list[Company]
    people: dict[str, Staff]
    rack: dict[int, int]  # by type, in yuan


def make_house(*, first_day: dt.date, last_day: dt.date) -> House:
    """Everything that exists before the first guest; prices for every night of [first_day, last_day)."""
    sync_roles()
    branch, _made = Branch.objects.get_or_create(code=BRANCH[0], defaults={"name": BRANCH[1]})
    house = Property.objects.create(
        code=CODE,
        name=NAME,
        english_name=ENGLISH_NAME,
        branch=branch,
        business_date=first_day,
        address="浙江省杭州市西湖区曙光路 128 号",
        phone="0571-8765 4321",
    )
    types = _make_types(house)
    rack = {room_type.pk: row[6] for room_type, row in zip(types, TYPES, strict=True)}
    codes = _make_codes(house)
    plans = _make_plans(house, codes["BF"])
    _make_prices(types, plans, rack, first_day, last_day)
    return House(
        house,
        types,
        _make_rooms(house, types, first_day),
        plans,
        codes,
        _make_levels(branch),
        _make_companies(house),
        make_people(PEOPLE, {branch.code: branch}),
        rack,
    )


def _make_types(house: Property) -> list[RoomType]:
    return RoomType.objects.bulk_create(
        RoomType(
            property=house,
            code=code,
            name=name,
            english_name=english,
            beds=beds,
            persons=persons,
            most_persons=most,
            position=nth,
        )
        for nth, (code, name, english, beds, persons, most, _price, _floors) in enumerate(TYPES)
    )


def _make_rooms(house: Property, types: list[RoomType], first_day: dt.date) -> list[Room]:
    rooms = []
    for above in range(len(TYPES[0][7])):
        floor = FIRST_FLOOR + above
        kinds = [room_type for room_type, row in zip(types, TYPES, strict=True) for _n in range(row[7][above])]
        for nth, room_type in enumerate(kinds, start=1):
            rooms.append(
                Room(
                    property=house,
                    number=f"{floor}{nth:02}",
                    room_type=room_type,
                    floor=str(floor),
                    housekeeping=Housekeeping.INSPECTED,
                    in_service_from=first_day - dt.timedelta(days=365),
                )
            )
    return Room.objects.bulk_create(rooms)


def _make_plans(house: Property, breakfast: ChargeCode) -> dict[str, RatePlan]:
    plans = {}
    for nth, (code, name, breakfasts, _percent, for_members, deposit, free, fee_kind, fee) in enumerate(PLANS):
        rule = CancellationRule.objects.create(
            property=house, name=f"{name}取消规则", free_hours=free, fee_kind=fee_kind, fee=fee
        )
        plans[code] = RatePlan.objects.create(
            property=house,
            code=code,
            name=name,
            is_member_priced=for_members,
            cancellation_rule=rule,
            deposit_nights=deposit,
            position=nth,
        )
        if breakfasts:
            PackageItem.objects.create(
                rate_plan=plans[code],
                charge_code=breakfast,
                price=breakfast.price or 0,
                per=PackagePer.PERSON if breakfasts > 1 else PackagePer.ROOM,
                is_next_morning=True,
            )
    return plans


def _make_prices(
    types: list[RoomType], plans: dict[str, RatePlan], rack: dict[int, int], first_day: dt.date, last_day: dt.date
) -> None:
    """Dearer on Friday and Saturday, and by the season; whole yuan that end in 8."""
    days = [first_day + dt.timedelta(days=n) for n in range((last_day - first_day).days)]
    Rate.objects.bulk_create(
        (
            Rate(
                rate_plan=plans[row[0]],
                room_type=room_type,
                date=day,
                price=_rounded(rack[room_type.pk] * row[3] / 100 * _season(day)),
            )
            for row in PLANS
            for room_type in types
            for day in days
        ),
        batch_size=5000,
    )
    HourlyPrice.objects.bulk_create(
        HourlyPrice(
            room_type=room_type,
            hours=hours,
            price=_rounded(rack[room_type.pk] * float(share)),
            extra_hour=_rounded(rack[room_type.pk] * float(more)),
            most=_rounded(rack[room_type.pk]),
        )
        for room_type in types
        for hours, share, more in HOURS
    )


def _season(day: dt.date) -> float:
    return figures.PRICE_BY_MONTH[day.month - 1] * (1.12 if day.weekday() in {4, 5} else 1.0)


def _rounded(price: float) -> Decimal:
    return Decimal(round(price / 10) * 10 - 2)


def _make_codes(house: Property) -> dict[str, ChargeCode]:
    return {
        code: ChargeCode.objects.create(
            property=house,
            code=code,
            name=name,
            english_name=english,
            department=department,
            price=Decimal(price) if price else None,
        )
        for code, name, english, department, price in CHARGES
    }


def _make_levels(branch: Branch) -> list[MemberLevel]:
    return [
        MemberLevel.objects.create(
            branch=branch,
            code=code,
            name=name,
            rank=rank,
            room_percent=room,
            goods_percent=goods,
            points_per_yuan=Decimal(points),
            upgrade_nights=nights or None,
            benefits=benefits,
        )
        for code, name, rank, room, goods, points, nights, benefits in LEVELS
    ]


def _make_companies(house: Property) -> list[Company]:
    return [
        Company.objects.create(property=house, code=code, name=name, credit_limit=limit)
        for code, name, limit in COMPANIES
    ]
