"""What is named as a string somewhere exists, and what exists is named."""

import re
from pathlib import Path

from django.conf import settings
from django.utils.module_loading import import_string

from oms.celery import app
from oms.jobs.kinds import kinds
from oms.lib.books import all_invariants
from oms.subscriptions import SUBSCRIPTIONS

ROOT = Path(settings.BASE_DIR)
FLOORS = ("oms", "inventory", "orders", "interception", "hotel")


def sources():
    return [path for floor in FLOORS for path in (ROOT / floor).rglob("*.py") if "migrations" not in path.parts]


def registered_tasks():
    app.loader.import_default_modules()
    return {name for name in app.tasks if not name.startswith("celery.")}


def test_every_scheduled_and_subscribed_task_is_registered():
    scheduled = {entry["task"] for entry in settings.CELERY_BEAT_SCHEDULE.values()}
    subscribed = {task for tasks in SUBSCRIPTIONS.values() for task in tasks}

    assert (scheduled | subscribed) - registered_tasks() == set()


def test_every_topic_that_is_emitted_is_subscribed_or_listed():
    emitted = {
        topic for path in sources() for topic in re.findall(r'emit\(\s*topic="([a-z_.]+)"', path.read_text("utf-8"))
    }

    assert emitted - SUBSCRIPTIONS.keys() == set()
    assert SUBSCRIPTIONS.keys() - emitted == set()


def test_every_dotted_path_in_settings_leads_somewhere():
    paths = [*settings.OMS_STAGES, *settings.OMS_CHECKS, *settings.OMS_WAREHOUSE_GATEWAYS.values()]

    assert [import_string(path) for path in [*paths, *settings.OMS_SEARCHES]]
    assert len(kinds()) == len(settings.OMS_JOBS)
    assert len(all_invariants()) >= len(settings.OMS_INVARIANTS)
