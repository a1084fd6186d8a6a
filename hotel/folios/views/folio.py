"""One folio: its windows, entries, settlement, and everything done on it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required, permission_required
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET

from hotel.folios import forms, labels, pagedata, services
from hotel.folios.models import (
    BillPrint,
    ChargeCode,
    Company,
    Department,
    Folio,
    FolioEntry,
    InvoiceRequest,
    PreAuthorisation,
    Shift,
    TenderKind,
)
from hotel.folios.queries import folios_visible_to, invoiceable, neighbours
from hotel.rooms.models import DeskTrace
from hotel.rooms.numbers import whole
from oms.approvals.asking import Ask, ask_context
from oms.approvals.limits import BeyondLimit
from oms.lib.errors import DomainError

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable

    from oms.web.requests import StaffRequest

VIEW = "hotel.view_folio"
POST = "hotel.add_folioentry"
SETTLE = "hotel.settle_folio"
VIEWS = (("each", _("One by one")), ("day", _("By day")), ("department", _("By department")))
BATCH = ("move", "split", "reverse")  # on ticked lines: one form


@dataclass(frozen=True)
class Job:
    """What a command gets: the folio, the checked form, the ticked entries, the approval if there is one."""

    folio: Folio
    data: dict[str, Any]
    entries: list[int]
    approval_id: int | None
    request: StaffRequest
    at: dt.datetime

    @property
    def how(self) -> dict[str, Any]:
        """Who, and when."""
        return {"by": self.request.user, "at": self.at}


@dataclass(frozen=True)
class Command:
    """A thing to do on the page: who may, what is typed, how it is done, what is said then."""

    permission: str
    form: type[forms.FolioForm]
    run: Callable[[Job], Any]
    said: Any


@require_GET
@login_required
@permission_required(VIEW, raise_exception=True)
def folio(request: StaffRequest, number: str) -> HttpResponse:
    """The page."""
    return _page(request, _folio(request, number))


@login_required
@permission_required(VIEW, raise_exception=True)
def command(request: StaffRequest, number: str, name: str) -> HttpResponse:
    """Do one thing; a refusal shows the page again with what was typed, and asks for approval where that helps."""
    found = _folio(request, number)
    if name not in COMMANDS:
        raise Http404
    if request.method != "POST":
        return redirect("folios:folio", number)
    todo = COMMANDS[name]
    if not request.user.has_perm(todo.permission):
        raise PermissionDenied
    form = todo.form(request.POST, folio=found, prefix=_prefix(name))
    if not form.is_valid():
        return _page(request, found, name=name, form=form, status=422)
    job = Job(found, form.cleaned_data, _ticked(request), _approval(request), request, timezone.now())
    try:
        with transaction.atomic():
            todo.run(job)
    except BeyondLimit as refusal:
        own_form = "bulk" if name in BATCH else f"{name}-form"
        asking = ask_context(Ask.from_refusal(refusal), form=own_form, by=request.user)
        return _page(request, found, name=name, form=form, more=asking)
    except DomainError as refusal:
        form.add_error(None, str(refusal))
        return _page(request, found, name=name, form=form)
    messages.success(request, str(todo.said))
    return redirect("folios:folio", number)


@require_GET
@login_required
@permission_required(VIEW, raise_exception=True)
def history(request: StaffRequest, number: str) -> HttpResponse:
    """What was done on the folio, newest first."""
    found = _folio(request, number)
    traces = DeskTrace.objects.filter(property=found.property_id, folio_id=found.pk).select_related("by")
    lines = [
        {"trace": trace, "what": labels.said(trace.action), "facts": labels.facts(trace.data)}
        for trace in traces.order_by("-pk")[:200]
    ]
    context = {"folio": found, "lines": lines}
    return render(request, "hotel/folios/history.html", context)


def _folio(request: StaffRequest, number: str) -> Folio:
    related = ("property", "stay__room", "stay__room_type", "stay__member__level", "booking", "company")
    return get_object_or_404(folios_visible_to(request.user).select_related(*related), number=number)


def _prefix(name: str) -> str | None:
    """Fields of the settlement and the line of posting bear plain names; dialogs are told apart."""
    return None if name in ("post", "settle", "deposit") else name


def _auto_id(name: str) -> str:
    return "id_%s" if _prefix(name) else f"id_{name}_%s"


def _ticked(request: StaffRequest) -> list[int]:
    return [pk for pk in map(whole, request.POST.getlist("ids")) if pk]


def _approval(request: StaffRequest) -> int | None:
    return whole(request.POST.get("approval")) or None


def _page(
    request: StaffRequest,
    found: Folio,
    *,
    name: str = "",
    form: forms.FolioForm | None = None,
    more: dict[str, Any] | None = None,
    status: int = 200,
) -> HttpResponse:
    entries = pagedata.entries_of(found)
    how = request.GET.get("view", "each")
    ticked = set(_ticked(request)) if request.method == "POST" else set()
    sums = pagedata.totals(entries)
    proposal = pagedata.proposed(found, sums["balance"])
    house = found.property_id
    context = {
        "folio": found,
        "stay": found.stay,
        "windows": pagedata.windows_of(found),
        "groups": pagedata.grouped(entries, how, ticked),
        "how": how,
        "views": VIEWS,
        "totals": sums,
        "proposal": proposal,
        "tender_rows": _tender_rows(form, proposal) if name == "settle" else proposal["rows"],
        "tenders": [
            {"kind": k, "label": label, "icon": pagedata.ICONS[TenderKind(k)]} for k, label in TenderKind.choices
        ],
        "held": [(TenderKind(kind).label, amount) for kind, amount in proposal["held"].items()],
        "codes": ChargeCode.objects.filter(property=house, is_active=True).order_by("department", "code"),
        "companies": Company.objects.filter(property=house, is_active=True).order_by("code"),
        "near": neighbours(found),
        "holds": PreAuthorisation.objects.filter(folio=found).select_related("captured").order_by("-pk"),
        "invoices": InvoiceRequest.objects.filter(folio=found).order_by("-pk"),
        "invoiceable": invoiceable(found.pk),
        "prints": BillPrint.objects.filter(folio=found).count(),
        "shift": Shift.objects.filter(property=house, staff=request.user, closed_at=None, counted_at=None).first(),
        "departments": Department.choices,
        "forms": _forms(found, name, form, sums["balance"]),
        "name": name,
        "refused": form if form is not None and form.errors else None,
        **(more or {}),
    }
    return render(request, "hotel/folios/folio.html", context, status=status)


def _forms(found: Folio, name: str, form: forms.FolioForm | None, balance: Any) -> dict[str, forms.FolioForm]:
    """Every form of the page; the one that was sent keeps what was typed."""
    initial: dict[str, dict[str, Any]] = {"write-off": {"amount": max(balance, 0) or None}}
    made = {
        each: command.form(folio=found, prefix=_prefix(each), initial=initial.get(each), auto_id=_auto_id(each))
        for each, command in COMMANDS.items()
    }
    if form is not None:
        form.auto_id = _auto_id(name)
        made[name] = form
    for each in BATCH:
        for typed in made[each].fields.values():
            typed.widget.attrs["form"] = "bulk"
    return {each.replace("-", "_"): kept for each, kept in made.items()}


def _tender_rows(form: forms.FolioForm | None, proposal: dict[str, Any]) -> list[dict[str, Any]]:
    return form.rows() if isinstance(form, forms.TendersForm) and form.is_bound else proposal["rows"]


# -- what is done


def _post(job: Job) -> None:
    data = job.data
    code = data["charge_code"]
    posting = services.Posting(
        job.folio.pk,
        data["amount"],
        charge_code_id=code.pk if code else None,
        department=data["department"] or ("" if code else Department.OTHER),
        text=data["text"],
        quantity=data["quantity"],
    )
    (entry,) = services.charge(postings=[posting], approval_id=job.approval_id, **job.how)
    if entry.folio_id != job.folio.pk:
        paid_by = entry.folio.title or entry.folio.number
        messages.info(job.request, gettext("A routing rule sent it to %(folio)s.") % {"folio": paid_by})


def _reverse(job: Job) -> None:
    ids = _own(job)
    services.undo(entry_ids=ids, reason=job.data["reason"], approval_id=job.approval_id, **job.how)


def _move(job: Job) -> None:
    services.transfer(entry_ids=_own(job), to_folio_id=job.data["to"].pk, reason=job.data["reason"], **job.how)


def _split(job: Job) -> None:
    ids = _own(job)
    if len(ids) != 1:
        raise services.OneAtATime
    entry = FolioEntry.objects.get(pk=ids[0])
    parts = services.shares(entry.amount, **job.data["shares"])
    services.split(entry_id=entry.pk, parts=parts, reason=job.data["reason"], **job.how)


def _own(job: Job) -> list[int]:
    """The ticked entries that are this folio's."""
    ids = list(FolioEntry.objects.filter(pk__in=job.entries, folio=job.folio).values_list("pk", flat=True))
    if not ids:
        raise services.NothingTicked
    return ids


def _merge(job: Job) -> None:
    services.merge(from_folio_id=job.folio.pk, to_folio_id=job.data["to"].pk, reason=job.data["reason"], **job.how)


def _settle(job: Job) -> None:
    data = job.data
    done = services.settle(
        folio_id=job.folio.pk,
        tenders=data["tenders"],
        deposit=data["deposit"],
        approval_id=job.approval_id,
        **job.how,
    )
    if data["close"]:
        _close(job)
    elif not done:
        raise services.NothingGiven


def _close(job: Job) -> None:
    for refusal in services.close_folios(folio_ids=[job.folio.pk], **job.how).values():
        if refusal:
            raise refusal


def _deposit(job: Job) -> None:
    """Amounts below 0.00 go back."""
    coming = [tender for tender in job.data["tenders"] if tender.amount >= 0]
    going = [services.Tender(t.kind, -t.amount, t.reference) for t in job.data["tenders"] if t.amount < 0]
    if not coming and not going:
        raise services.NothingGiven
    if coming:
        services.take_deposit(folio_id=job.folio.pk, tenders=coming, **job.how)
    if going:
        services.refund_deposit(folio_id=job.folio.pk, tenders=going, **job.how)


def _hold(job: Job) -> None:
    services.hold(folio_id=job.folio.pk, amount=job.data["amount"], reference=job.data["reference"], **job.how)


def _capture(job: Job) -> None:
    services.capture(hold_id=_hold_of(job), amount=job.data["amount"], **job.how)


def _release(job: Job) -> None:
    services.release(hold_id=_hold_of(job), **job.how)


def _hold_of(job: Job) -> int:
    return get_object_or_404(PreAuthorisation, pk=job.data["hold"], folio=job.folio).pk


def _pay_out(job: Job) -> None:
    services.pay_out(folio_id=job.folio.pk, **job.data, **job.how)


def _write_off(job: Job) -> None:
    services.write_off(folio_id=job.folio.pk, **job.data, approval_id=job.approval_id, **job.how)


def _window(job: Job) -> None:
    services.open_folio(
        property_id=job.folio.property_id,
        kind="stay",
        stay_id=job.folio.stay_id,
        title=job.data["title"],
        **job.how,
    )


def _invoice(job: Job) -> None:
    services.request_invoice(folio_id=job.folio.pk, **job.data, **job.how)


def _reopen(job: Job) -> None:
    services.reopen_folios(folio_ids=[job.folio.pk], reason=job.data["reason"], **job.how)


COMMANDS: dict[str, Command] = {
    "post": Command(POST, forms.PostForm, _post, _("Posted.")),
    "move": Command("hotel.transfer_entry", forms.MoveForm, _move, _("Moved.")),
    "split": Command("hotel.transfer_entry", forms.SplitForm, _split, _("Split.")),
    "reverse": Command("hotel.reverse_entry", forms.ReasonForm, _reverse, _("Reversed.")),
    "merge": Command("hotel.transfer_entry", forms.MoveForm, _merge, _("Merged.")),
    "settle": Command(SETTLE, forms.TendersForm, _settle, _("Settled.")),
    "deposit": Command(SETTLE, forms.TendersForm, _deposit, _("The deposit is on the folio.")),
    "hold": Command(SETTLE, forms.HoldForm, _hold, _("The pre-authorisation is noted.")),
    "capture": Command(SETTLE, forms.CaptureForm, _capture, _("Taken from the pre-authorisation.")),
    "release": Command(SETTLE, forms.ReleaseForm, _release, _("The pre-authorisation is released.")),
    "pay-out": Command(SETTLE, forms.PayOutForm, _pay_out, _("Paid out.")),
    "write-off": Command(SETTLE, forms.WriteOffForm, _write_off, _("Written off.")),
    "window": Command(POST, forms.WindowForm, _window, _("The window is open.")),
    "invoice": Command(SETTLE, forms.InvoiceForm, _invoice, _("The invoice is asked for.")),
    "close": Command(SETTLE, forms.FolioForm, _close, _("The folio is closed.")),
    "reopen": Command("hotel.reverse_entry", forms.ReasonForm, _reopen, _("The folio is open again.")),
}
