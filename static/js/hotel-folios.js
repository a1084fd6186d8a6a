// The till: rows of tenders, what is left to pay, the sum of the ticked lines, printing.
//   data-tender="cash"   adds a row of that tender with what is left        data-drop-row   takes its row away
//   data-focus="id"      puts the cursor there                              data-print      prints the page
(function () {
  'use strict';
  var all = window.oms.all;
  function $(id) { return document.getElementById(id); }
  function cents(text) { var n = Math.round(parseFloat(String(text || '').replace(/[,，\s]/g, '')) * 100); return isFinite(n) ? n : 0; }
  function shown(n) { return (n < 0 ? '-' : '') + (Math.abs(n) / 100).toFixed(2).replace(/\B(?=(\d{3})+(?!\d))/g, ','); }
  function plain(n) { return (n / 100).toFixed(2); }
  function rows(form) { return all('[data-row-of-tender]:not([hidden])', form).map(function (row) { return cents(row.querySelector('[name=amount]').value); }); }
  function state(form) {
    var coming = 0, going = 0;
    rows(form).forEach(function (n) { if (n > 0) { coming += n; } else { going -= n; } });
    var deposit = form.querySelector('[name=deposit]'), use = deposit ? cents(deposit.value) : 0, held = cents(form.dataset.held);
    var back = Math.min(going, Math.max(0, held - use));
    return { rest: cents(form.dataset.balance) - use - coming + going - back, left: held - use - back, given: coming - going };
  }
  // Lines that are sold: an amount left empty is the code's price times the quantity.
  function sold(form) {
    var lines = all('[data-line]', form), sum = 0;
    if (!lines.length) { return; }
    lines.forEach(function (line) {
      var field = function (name) { return line.querySelector('[name$=' + name + ']'); }, amount = field('amount');
      var code = field('code').value.trim().toUpperCase(), option = all('#charge-codes option').filter(function (o) { return o.value.toUpperCase() === code; })[0];
      var own = option ? Math.round(cents(option.dataset.price) * (parseFloat(field('quantity').value) || 1)) : 0;
      amount.placeholder = own ? plain(own) : '';
      sum += amount.value.trim() ? cents(amount.value) : own;
    });
    form.dataset.balance = plain(sum);
    form.querySelector('[data-total]').textContent = shown(sum);
  }
  // Who leaves: what is due on the ticked ones, less what is taken from pre-authorisations; rows for others rest.
  function leaving(form) {
    var cases = all('[data-case]', form), sum = 0, out = {};
    if (!cases.length) { return; }
    cases.forEach(function (each) {
      var box = each.querySelector('[data-chooses]'), chosen = !box || box.checked;
      each.classList.toggle('dim', !chosen);
      all('[data-due]', each).forEach(function (line) { if (chosen) { sum += cents(line.dataset.due); } else { out[line.dataset.folio] = true; } });
      all('[data-capture]', each).forEach(function (field) { if (chosen) { sum -= cents(field.value); } });
    });
    all('[data-row-of-tender]', form).forEach(function (row) {
      var rests = Boolean(out[row.querySelector('[name=folio]').value]);
      row.hidden = rests;
      all('input, select', row).forEach(function (field) { field.disabled = rests; });
    });
    form.dataset.balance = plain(sum);
    var label = form.querySelector('[data-total-label]');
    label.textContent = sum < 0 ? label.dataset.owing : label.dataset.owed;
    form.querySelector('[data-total]').textContent = shown(Math.abs(sum));
  }
  function count(form) {
    sold(form);
    leaving(form);
    var now = state(form), rest = form.querySelector('[data-rest]'), left = form.querySelector('[data-left]'), given = form.querySelector('[data-given]');
    if (rest) { rest.textContent = shown(now.rest); rest.classList.toggle('t-green', now.rest === 0); rest.classList.toggle('t-red', now.rest !== 0); }
    if (left) { left.textContent = shown(now.left); }
    if (given) { given.textContent = shown(now.given); }
  }
  function add(button) {
    var form = $(button.dataset.for), body = form.querySelector('[data-tender-rows]'), now = state(form);
    var row = $('tender-row').content.firstElementChild.cloneNode(true);
    var want = form.dataset.balance === undefined ? 0 : now.rest < 0 ? Math.min(0, now.rest) : now.rest || -now.left;
    row.querySelector('[name=kind]').value = button.dataset.tender;
    fit(row);
    body.appendChild(row);
    var amount = row.querySelector('[name=amount]'), detail = row.querySelector('[name=detail]');
    if (want) { amount.value = plain(want); }
    var first = row.dataset.needs && !detail.value ? detail : amount;
    first.focus(); first.select();
    count(form);
  }
  function fit(row) {
    var kind = row.querySelector('[name=kind]'), detail = row.querySelector('[name=detail]'), option = kind.selectedOptions[0];
    row.dataset.needs = option.dataset.needs || '';
    detail.placeholder = option.dataset.hint || '';
    detail.setAttribute('aria-label', option.dataset.hint || '');
    if (option.dataset.list) { detail.setAttribute('list', option.dataset.list); } else { detail.removeAttribute('list'); }
    if (option.dataset.value && !detail.value) { detail.value = option.dataset.value; }
  }
  document.addEventListener('click', function (event) {
    var el = event.target.closest('[data-tender],[data-drop-row],[data-focus],[data-print]');
    if (!el) { return; }
    if ('tender' in el.dataset) { add(el); }
    else if ('dropRow' in el.dataset) { var form = el.closest('form'); el.closest('[data-row-of-tender]').remove(); count(form); }
    else if ('focus' in el.dataset) { $(el.dataset.focus).focus(); }
    else { window.print(); }
  });
  document.addEventListener('change', function (event) {
    if (event.target.matches('[data-row-of-tender] [name=kind]')) { fit(event.target.closest('[data-row-of-tender]')); }
    if (event.target.closest('td.chk, th.chk')) { ticked(); }
    if (event.target.closest('[data-chooses], [data-row-of-tender] [name=folio]')) { count(event.target.closest('form')); }
  });
  document.addEventListener('input', function (event) { var form = event.target.closest('[data-money]'); if (form) { count(form); } });
  function ticked() {
    var sum = 0, out = document.querySelector('[data-ticked-sum]');
    if (!out) { return; }
    all('td.chk input:checked').forEach(function (box) { sum += cents(box.dataset.amount); });
    out.textContent = shown(sum);
  }
  all('[data-row-of-tender]').forEach(fit);
  all('[data-money]').forEach(count);
  ticked();
})();
