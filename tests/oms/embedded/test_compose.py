"""The production set-up in docker-compose.yml: what can be checked without Docker."""

from __future__ import annotations

import re
import shlex

import pytest
import yaml
from django.conf import settings

from oms.embedded import CHECKOUT
from oms.embedded.up import programs

TEXT = (CHECKOUT / "docker-compose.yml").read_text()
COMPOSE = yaml.safe_load(TEXT)
SERVICES = COMPOSE["services"]


def test_every_process_of_the_embedded_set_up_runs_in_production():
    assert {program.name for program in programs(8000)} <= SERVICES.keys()
    assert {"postgres", "redis", "migrate", "proxy"} <= SERVICES.keys()


def test_workers_serve_the_same_queues_as_the_embedded_ones():
    for program in programs(8000):
        if program.name.startswith("worker"):
            command = SERVICES[program.name]["command"]
            assert command[command.index("--queues") + 1] == program.argv[program.argv.index("--queues") + 1]


@pytest.mark.parametrize("name", sorted(SERVICES.keys() - {"migrate"}))
def test_every_lasting_service_is_watched_and_restarted(name):
    assert SERVICES[name]["healthcheck"]["test"]
    assert SERVICES[name]["restart"] == "unless-stopped"


def test_nothing_secret_is_written_down():
    example = (CHECKOUT / ".env.example").read_text()
    for word in re.findall(r"(?m)^(\w*(?:SECRET|PASSWORD)\w*)=(.*)$", example):
        assert not word[1]
    for line in TEXT.splitlines():
        if re.search(r"(SECRET_KEY|PASSWORD): ", line):
            assert "${" in line
    assert ".env" in (CHECKOUT / ".gitignore").read_text().splitlines()


def test_the_database_has_the_locale_of_the_embedded_one():
    arguments = shlex.split(SERVICES["postgres"]["environment"]["POSTGRES_INITDB_ARGS"])

    assert {"--encoding=UTF8", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"} <= set(arguments)


def test_images_run_as_a_user_and_only_the_proxy_is_reachable():
    assert re.search(r"(?m)^USER oms$", (CHECKOUT / "Dockerfile").read_text())
    assert SERVICES["postgres"]["user"] == "postgres"
    assert SERVICES["redis"]["user"] == "redis"
    assert [name for name, service in SERVICES.items() if service.get("ports")] == ["proxy"]


def test_the_image_holds_every_app():
    copied = re.findall(r"(?m)^COPY (\w+) \1$", (CHECKOUT / "Dockerfile").read_text())
    let_in = {line[1:] for line in (CHECKOUT / ".dockerignore").read_text().splitlines() if line.startswith("!")}
    own = {app.split(".")[0] for app in settings.INSTALLED_APPS if (CHECKOUT / app.split(".")[0]).is_dir()}

    assert own | {"locale", "static", "templates"} <= set(copied)
    assert set(copied) <= let_in


def test_the_locks_name_no_index_and_hash_everything():
    for lock in ("base.txt", "dev.txt"):
        text = (CHECKOUT / "requirements" / lock).read_text()
        assert "://" not in text
        assert "--index" not in text
        pins = re.findall(r"(?m)^[\w.\[\]-]+==\S+ \\\n    --hash=sha256:[0-9a-f]{64}", text)
        assert len(pins) == len(re.findall(r"(?m)^[a-z]", text))
