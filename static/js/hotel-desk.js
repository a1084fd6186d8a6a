// The check-in page: keys for the pick list, tenders that add up, and the clock from the first key to the last card.
//   data-desk            the form; data-desk-find the search field; data-hit a guest found
//   data-desk-tender     a way of paying: adds a line with what is still open
(function () {
  'use strict';
  var form = document.querySelector('[data-desk]');
  if (!form) { return; }
  var all = window.oms.all, began = 0, steps = Number(form.elements.steps.value) || 0, wanted = false, last = null;
  function one(selector) { return form.querySelector(selector); }
  function work() { return document.getElementById('work'); }
  function number(text) { var n = Number(String(text).replace(/,/g, '')); return isFinite(n) ? n : 0; }
  function money(n) { return n.toFixed(2).replace(/\B(?=(\d{3})+(?!\d))/g, ','); }

  // ---- how long it takes: what was measured before a refused save counts on
  function begin() { if (!began) { began = Date.now() - (Number(form.elements.elapsed_ms.value) || 0); } }
  function step(target) { begin(); if (target !== last) { steps += 1; last = target; } }
  document.addEventListener('keydown', function (event) {
    if (/^(Shift|Control|Alt|Meta|Tab)$/.test(event.key)) { return; }
    step(event.target.matches('input, select, textarea') && event.key !== 'Enter' ? event.target : event.key + Date.now());
  }, true);
  form.addEventListener('click', function (event) { if (event.isTrusted && event.detail && event.target.closest('button, select, input, label')) { step(event.target.matches('input, select') ? event.target : 'click' + Date.now()); } }, true);
  setInterval(function () {
    var clock = one('[data-desk-clock]'), s = began ? Math.floor((Date.now() - began) / 1000) : 0;
    if (clock) { clock.textContent = Math.floor(s / 60) + ':' + ('0' + s % 60).slice(-2); }
  }, 1000);
  form.addEventListener('submit', function () {
    form.elements.elapsed_ms.value = began ? Date.now() - began : 0;
    form.elements.steps.value = steps + (form.elements.board.value ? 1 : 0);
  });

  // ---- choosing a guest without the mouse; Enter before the list is there takes its first line
  function hits() { return all('[data-hit]', form); }
  function chosen() { return hits().filter(function (hit) { return hit.getAttribute('aria-selected') === 'true'; })[0]; }
  function select(hit) {
    hits().forEach(function (each) { each.setAttribute('aria-selected', String(each === hit)); each.setAttribute('aria-pressed', String(each === hit)); });
    hit.scrollIntoView({ block: 'nearest' });
  }
  function inFind(event) {
    var list = hits(), at = list.indexOf(chosen());
    if (/^Arrow(Down|Up|Right|Left)$/.test(event.key) && list.length) {
      if (/Right|Left/.test(event.key)) { return; }
      event.preventDefault();
      select(list[(at + (event.key === 'ArrowDown' ? 1 : list.length - 1)) % list.length]);
    } else if (event.key === 'Enter') {
      event.preventDefault();
      if (busy || !list.length) { wanted = event.target.value.trim().length > 1; } else { list[Math.max(at, 0)].click(); }
    }
  }
  var busy = false;
  form.addEventListener('input', function (event) {
    if (event.target.matches('[data-desk-find]')) { busy = true; wanted = false; }
    if (event.target.matches('[name=tender_amount]')) { add(); }
    if (event.target.matches('[data-desk-price]')) { one('[data-desk-reason]').hidden = !event.target.value; }
  });
  form.addEventListener('keydown', function (event) {
    if (event.isComposing || event.ctrlKey || event.metaKey) { return; }
    if (event.target.matches('[data-desk-find]')) { inFind(event); return; }
    if (event.key === 'Enter' && event.target.matches('input:not([type=checkbox])')) { event.preventDefault(); onward(event.target); }
  });
  // Enter moves on to the next field that is seen; from the last one to the button that saves.
  function onward(field) {
    var list = all('input:not([type=hidden]), select, .btn-primary', form).filter(function (el) { return !el.disabled && el.getClientRects().length; });
    var next = list[list.indexOf(field) + 1];
    if (next) { next.focus(); if (next.select) { next.select(); } }
  }
  // After settling, not after swapping: only then htmx knows the new buttons.
  document.addEventListener('htmx:afterSettle', function (event) {
    if (event.detail.elt && event.detail.elt.id === 'hits') {
      busy = false;
      if (wanted && hits().length) { wanted = false; hits()[0].click(); }
    }
    add();
    var box = document.querySelector('[data-room-lock]');
    if (box && work() && window.oms.lockRoom) { window.oms.lockRoom(box, Number(work().dataset.room) || 0); }
  });

  // ---- tenders
  function rows() { return all('[data-desk-row]', form); }
  function taken() { return rows().reduce(function (sum, row) { return sum + number(row.querySelector('[name=tender_amount]').value); }, 0); }
  function add() {
    var due = number(work() && work().dataset.due), sum = taken(), table = one('[data-desk-tenders]');
    if (!table) { return; }
    table.hidden = !rows().length;
    one('[data-desk-taken]').textContent = money(sum);
    one('[data-desk-open]').textContent = '¥' + money(Math.max(0, due - sum));
  }
  form.addEventListener('click', function (event) {
    var chip = event.target.closest('[data-desk-tender]'), gone = event.target.closest('[data-desk-remove]');
    if (gone) { gone.closest('[data-desk-row]').remove(); add(); }
    if (!chip) { return; }
    var row = one('[data-desk-pattern]').content.firstElementChild.cloneNode(true);
    var rest = Math.max(0, number(work().dataset.due) - taken()), amount = row.querySelector('[name=tender_amount]');
    if (chip.dataset.most) { rest = Math.min(rest, number(chip.dataset.most)); }
    row.querySelector('[data-label]').textContent = chip.dataset.label;
    row.querySelector('[name=tender_kind]').value = chip.dataset.deskTender;
    amount.value = rest ? rest.toFixed(2) : '';
    one('[data-desk-tenders] tbody').appendChild(row);
    add();
    if (!rest) { amount.focus(); } else { var save = one('.btn-primary'); if (save) { save.focus(); } }
  });
  add();
})();
