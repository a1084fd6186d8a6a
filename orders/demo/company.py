"""Branches, warehouses, channels, couriers, people."""

from __future__ import annotations

from dataclasses import dataclass

from django.apps import apps

from inventory.catalog.models import Channel
from inventory.stock.models import Warehouse, WarehouseRegion
from oms.staff.demo import make_people
from oms.staff.models import Branch, Staff
from oms.staff.roles import sync_roles
from orders.dispatch.models import Courier

BRANCHES = (("east", "华东分公司"), ("south", "华南分公司"))
EAST_COAST = ("浙江省", "上海市", "福建省", "江西省")
NORTH = (
    *("江苏省", "安徽省", "山东省", "河南省", "北京市", "天津市", "河北省", "山西省", "辽宁省", "吉林省", "黑龙江省"),
    *("内蒙古自治区", "陕西省", "甘肃省", "宁夏回族自治区", "青海省", "新疆维吾尔自治区"),
)
SOUTH = ("广东省", "广西壮族自治区", "海南省", "湖南省", "湖北省")
WEST = ("四川省", "重庆市", "贵州省", "云南省", "西藏自治区")
# code, name, branch, province, city, address, provinces it ships to first
WAREHOUSES = (
    ("HZ", "杭州余杭仓", "east", "浙江省", "杭州市", "余杭区良渚街道通运街 168 号", EAST_COAST),
    ("KS", "苏州昆山仓", "east", "江苏省", "苏州市", "昆山市千灯镇石浦路 59 号", NORTH),
    ("GZ", "广州白云仓", "south", "广东省", "广州市", "白云区太和镇大源北路 22 号", SOUTH),
    ("CD", "成都双流仓", "south", "四川省", "成都市", "双流区航空港物流大道 8 号", WEST),
)
CHANNELS = (
    ("tmall", "天猫旗舰店", "east", "taobao"),
    ("jd", "京东旗舰店", "east", "jd"),
    ("douyin", "抖音小店", "south", "douyin"),
    ("site", "栖木官网", "south", "own_site"),
)
COURIERS = (
    ("SF", "顺丰速运", r"SF\d{8,15}"),
    ("ZTO", "中通快递", ""),
    ("YTO", "圆通速递", ""),
    ("JDL", "京东快递", ""),
)
# user name, role, name people see, branches (empty: all)
PEOPLE = (
    ("agent", "agent", "林晓雯", ()),
    ("agent2", "agent", "周子昂", ()),
    ("tech", "tech", "陈嘉豪", ()),
    ("warehouse", "warehouse", "吴建国", ("east",)),
    ("warehouse2", "warehouse", "何志强", ("south",)),
    ("operator", "operator", "沈佳宁", ()),
    ("manager", "manager", "顾明远", ()),
    ("auditor", "auditor", "许静怡", ()),
    ("admin", "admin", "管理员", ()),
)
BLACKLIST_REASONS = ("恶意退货", "多次拒收", "冒用他人地址", "职业打假", "欠款未结", "虚假交易")


@dataclass(frozen=True)
class Company:
    """Who and where."""

    warehouses: dict[str, Warehouse]
    channels: list[Channel]
    couriers: list[Courier]
    people: dict[str, Staff]


def make_company() -> Company:
    """Everything that exists before the first order, but goods."""
    sync_roles()
    branches = {code: Branch.objects.create(code=code, name=name) for code, name in BRANCHES}
    warehouses = {}
    for nth, (code, name, branch, province, city, address, first_for) in enumerate(WAREHOUSES, start=1):
        warehouse = Warehouse.objects.create(
            code=code,
            name=name,
            branch=branches[branch],
            priority=nth,
            province=province,
            city=city,
            address=address,
        )
        WarehouseRegion.objects.bulk_create(
            WarehouseRegion(warehouse=warehouse, province=name, priority=1) for name in first_for
        )
        warehouses[code] = warehouse
    channels = [
        Channel.objects.create(code=code, name=name, branch=branches[branch], platform=platform)
        for code, name, branch, platform in CHANNELS
    ]
    couriers = [
        Courier.objects.create(code=code, name=name, priority=nth, tracking_pattern=pattern)
        for nth, (code, name, pattern) in enumerate(COURIERS, start=1)
    ]
    return Company(warehouses, channels, couriers, make_people(PEOPLE[:-1], branches))


def make_administrator() -> None:
    """The last sign-in: where it is, the demo was finished."""
    branches = {branch.code: branch for branch in Branch.objects.filter(code__in=[code for code, _name in BRANCHES])}
    make_people(PEOPLE[-1:], branches)


def blacklist(values: list[tuple[str, str]]) -> None:
    """Entries (field, value) that a person has to look at; the floor above owns the table."""
    model = apps.get_model("interception", "BlacklistEntry")
    model.objects.bulk_create(
        model(field=field, value=value, reason=reason)
        for (field, value), reason in zip(values, BLACKLIST_REASONS, strict=False)
    )
