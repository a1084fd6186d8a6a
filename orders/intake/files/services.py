"""Starting an import, remembering a mapping."""

from __future__ import annotations

import shutil
import uuid
from pathlib import Path
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from inventory.catalog.models import Channel
from oms.jobs.services import start_job
from oms.lib.errors import DomainError
from orders.intake.files.mapping import OPTIONS, Mapping
from orders.intake.files.staging import forget_abandoned_rows
from orders.intake.models import ImportMapping

if TYPE_CHECKING:
    import datetime as dt

    from oms.jobs.models import BatchJob
    from oms.staff.models import Staff

FOLDER = "imports"
KIND = "import_orders"
ABANDONED_AFTER = 24 * 3600  # seconds an upload may wait to be mapped


class ChannelClosed(DomainError):
    """The channel takes no orders any more."""

    code = "channel_closed"
    message = _("The channel %(channel)s is not active.")


def upload_path(name: str) -> tuple[str, Path]:
    """Where an upload may be kept: below MEDIA_ROOT, and as a path. The name on disk tells nothing but the format."""
    suffix = "".join(Path(name).suffixes[-2:]).lower()
    suffix = suffix if suffix in {".csv", ".csv.gz", ".xlsx", ".txt", ".tsv", ".gz"} else ""
    relative = f"{FOLDER}/{uuid.uuid4().hex}{suffix}"
    path = Path(settings.MEDIA_ROOT) / relative
    path.parent.mkdir(parents=True, exist_ok=True)
    return relative, path


def keep_copy(source: str | Path, name: str = "") -> str:
    """Copy a file to where jobs find it, so that a killed import can go on without the original."""
    relative, path = upload_path(name or Path(source).name)
    shutil.copyfile(source, path)
    path.chmod(0o600)
    return relative


@transaction.atomic
def start_import(
    *,
    file: str,
    name: str,
    channel_id: int,
    mapping: Mapping,
    by: Staff | None,
    at: dt.datetime,
    wake: bool = True,
) -> BatchJob:
    """Queue the import of ``file`` (below MEDIA_ROOT; people know it as ``name``). The caller has checked the mapping.

    ``wake`` False: the caller runs the job itself. Raises ChannelClosed.
    """
    channel = Channel.objects.get(pk=channel_id)
    if not channel.is_active:
        raise ChannelClosed(channel=channel.code)
    forget_abandoned_rows()
    params = {
        "channel": channel.pk,
        "name": name[:120],
        "columns": mapping.columns,
        "options": mapping.options,
    }
    title = f"{name[:120]} → {channel.name}"
    return start_job(kind=KIND, title=title, params=params, by=by, at=at, file=file, wake=wake)


@transaction.atomic
def save_mapping(*, channel_id: int, name: str, mapping: Mapping, by: Staff | None, at: dt.datetime) -> ImportMapping:
    """Remember a mapping under a name of the channel; the same name again replaces it."""
    options = {key: value for key, value in mapping.options.items() if value != OPTIONS.get(key)}
    defaults: dict[str, Any] = {"columns": mapping.columns, "options": options, "used_at": at}
    saved, _created = ImportMapping.objects.update_or_create(channel_id=channel_id, name=name, defaults=defaults)
    return saved


def forget_uploads(*, now: float) -> None:
    """Delete uploads that nobody mapped within a day, and what failed imports left. ``now``: seconds since 1970."""
    from oms.jobs.models import BatchJob

    folder = Path(settings.MEDIA_ROOT) / FOLDER
    used = set(BatchJob.objects.filter(kind=KIND, finished_at=None).values_list("file", flat=True))
    for path in folder.glob("*"):
        if now - path.stat().st_mtime > ABANDONED_AFTER and f"{FOLDER}/{path.name}" not in used:
            path.unlink(missing_ok=True)
