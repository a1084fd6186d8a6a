"""Who will come to the demo hotel, and what becomes of them: drawn once, from a seed, before the days are played."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from faker import Faker

from hotel.demo import figures

if TYPE_CHECKING:
    import random
    from collections.abc import Iterator

OCCUPANCY = 0.8  # what the house aims at; the weekday profile goes around it
WALK_INS = 0.09  # of arrivals: known at the door only
MEAN_NIGHTS = sum(nights * share for nights, share in figures.NIGHTS.items())
GROUP_ROOMS = (5, 6, 8, 10)
GROUPS = ("春秋旅行社西湖团", "求是教育研学营", "云栖大会参会团", "江南医药年会")
GROUPS_COME_FROM = "旅行社"
SOURCES = {"OTA": "携程", "CORP": "协议单位", "RACK": "电话", "BAR": "官网", "ADV": "飞猪"}
PLAN_SHARES = {"OTA": 0.42, "BAR": 0.2, "RACK": 0.12, "CORP": 0.14, "ADV": 0.12}
TYPE_SHARES = (0.2, 0.27, 0.2, 0.15, 0.09, 0.055, 0.02, 0.015)


@dataclass(frozen=True)
class Person:
    """Somebody with papers."""

    name: str
    id_number: str
    phone: str


@dataclass
class Party:
    """One booking: made on a day, for one room or a group's rooms, and its fate."""

    made_on: dt.date
    arrival_on: dt.date
    nights: int
    type_index: int
    plan: str
    people: list[Person]  # one per room
    adults: int
    children: int
    group: str = ""
    cancelled_on: dt.date | None = None
    is_no_show: bool = False
    stays_longer: bool = False
    is_known: bool = False  # a regular: the guest is named when booking, others show their papers at the desk
    is_walk_in: bool = False
    stay_ids: list[int] = field(default_factory=list)  # once made

    @property
    def source(self) -> str:
        """Where the booking came from."""
        return GROUPS_COME_FROM if self.group else SOURCES[self.plan]


def draw(rng: random.Random, *, rooms: int, first_day: dt.date, today: dt.date, until: dt.date) -> list[Party]:
    """Everybody who books until today and arrives in [first_day, until], in the order of booking."""
    guests = _people(rng)
    regulars = [next(guests) for _n in range(40)]
    parties: list[Party] = []
    for ahead in range((until - first_day).days + 1):
        day = first_day + dt.timedelta(days=ahead)
        count = _arrivals(rng, rooms, day, is_first=ahead == 0)
        # Cancelled bookings come on top of those that arrive.
        wanted = round(count / (1 - 0.33))
        day_parties = [_party(rng, guests, regulars, first_day, day) for _n in range(wanted)]
        parties += [party for party in day_parties if party and party.made_on <= today]
    parties += _groups(rng, guests, first_day, today)
    return sorted(parties, key=lambda party: (party.made_on, party.arrival_on))


def _arrivals(rng: random.Random, rooms: int, day: dt.date, *, is_first: bool) -> int:
    usual = rooms * OCCUPANCY / MEAN_NIGHTS * figures.ARRIVALS_BY_WEEKDAY[day.weekday()] * 7
    return round(usual * (2 if is_first else rng.uniform(0.85, 1.15)))


def _party(
    rng: random.Random, guests: Iterator[Person], regulars: list[Person], first_day: dt.date, day: dt.date
) -> Party | None:
    """One booking; None for those made and cancelled before the house had its books here."""
    walks_in = rng.random() < WALK_INS
    lead = 0 if walks_in else round(figures.from_quantiles(rng, figures.LEAD_DAYS))
    is_known = rng.random() < figures.REPEATED * 3
    person = rng.choice(regulars) if is_known else next(guests)
    party = Party(
        made_on=max(first_day, day - dt.timedelta(days=lead)),
        arrival_on=day,
        nights=figures.from_shares(rng, figures.NIGHTS),
        type_index=rng.choices(range(len(TYPE_SHARES)), TYPE_SHARES)[0],
        plan="RACK" if walks_in else rng.choices(list(PLAN_SHARES), list(PLAN_SHARES.values()))[0],
        people=[person],
        adults=figures.from_shares(rng, figures.ADULTS),
        children=figures.from_shares(rng, figures.CHILDREN),
        stays_longer=rng.random() < figures.CHANGED / 3,
        is_walk_in=walks_in,
        is_known=is_known,
    )
    if not walks_in and rng.random() < figures.cancelled_share(lead):
        before = min(lead, round(figures.from_quantiles(rng, figures.CANCELLED_DAYS_BEFORE)))
        party.cancelled_on = day - dt.timedelta(days=before)
        if party.cancelled_on < first_day:
            return None
    elif not walks_in and rng.random() < figures.NO_SHOWS:
        party.is_no_show = True
    return party


def _groups(rng: random.Random, guests: Iterator[Person], first_day: dt.date, today: dt.date) -> list[Party]:
    """A group every ten days; the last one arrives today."""
    days = [today - dt.timedelta(days=10 * n) for n in range((today - first_day).days // 10 + 1)]
    return [
        Party(
            made_on=max(first_day, day - dt.timedelta(days=20)),
            arrival_on=day,
            nights=2,
            type_index=1,
            plan="CORP",
            people=[next(guests) for _n in range(rng.choice(GROUP_ROOMS))],
            adults=2,
            children=0,
            group=GROUPS[nth % len(GROUPS)],
        )
        for nth, day in enumerate(days)
    ]


def _people(rng: random.Random) -> Iterator[Person]:
    fake = Faker("zh_CN")
    fake.seed_instance(rng.randrange(2**32))
    seen: set[str] = set()
    while True:
        number = fake.ssn()
        if number not in seen:
            seen.add(number)
            yield Person(fake.name(), number, fake.phone_number())
