// One-key work. data-key="A" on any button or link makes A press it; the keys of lists are built in.
// Letters are off while typing, while a dialog is open (except its own), and where the person turned them off.
(function () {
  'use strict';
  var all = window.oms.all, waiting = false;
  function typing(target) { return /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName) && !/^(checkbox|radio|button|submit)$/.test(target.type) || target.isContentEditable; }
  function shown(el) { return el.offsetParent !== null || el.getClientRects().length > 0; }
  function press(el) { if (el && !el.disabled && shown(el)) { el.click(); return true; } return false; }
  function rows() { return all('tbody tr[tabindex], a.case, [data-row]').filter(shown); }
  function current() { return document.activeElement && document.activeElement.closest ? document.activeElement.closest('tr[tabindex], a.case, [data-row]') : null; }
  function step(by) {
    var list = rows(), at = list.indexOf(current());
    if (!list.length) { return; }
    var next = list[Math.max(0, Math.min(list.length - 1, at < 0 ? 0 : at + by))];
    list.forEach(function (row) { row.classList.toggle('cur', row === next); });
    next.focus();
    next.scrollIntoView({ block: 'nearest' });
  }
  function scope() { return all('dialog[open]').pop() || document; }
  function byKey(key) {
    return all('[data-key]', scope()).filter(function (el) { return el.dataset.key.toUpperCase() === key.toUpperCase() && shown(el); })[0];
  }
  function search() { var q = document.getElementById('q'); if (q) { q.focus(); q.select(); } }
  function inSearch(event) {
    var items = all('#found .mi'), at = items.findIndex(function (item) { return item.getAttribute('aria-selected') === 'true'; });
    if (event.key === 'Enter' && at >= 0) { event.preventDefault(); items[at].click(); return; }
    if (!/^Arrow(Up|Down)$/.test(event.key) || !items.length) { return; }
    event.preventDefault();
    at = (at + (event.key === 'ArrowDown' ? 1 : items.length - 1 + (at < 0 ? 1 : 0))) % items.length;
    items.forEach(function (item, i) { item.setAttribute('aria-selected', String(i === at)); });
    items[at].scrollIntoView({ block: 'nearest' });
  }
  var built = {
    '/': search,
    '?': function () { window.oms.open('keys-help'); },
    j: function () { step(1); }, k: function () { step(-1); },
    x: function () { var row = current(), box = row && row.querySelector('td.chk .form-check-input'); if (box) { box.click(); row.focus(); } },
    '[': function () { press(document.querySelector('[rel=prev]')); }, ']': function () { press(document.querySelector('[rel=next]')); },
    g: function () { waiting = true; setTimeout(function () { waiting = false; }, 1500); }
  };
  function withControl(event) {
    if (event.key.toLowerCase() === 'k') { event.preventDefault(); search(); }
    if (event.key === 'Enter') {
      var within = event.target.closest('dialog, form'), primary = (within && within.querySelector('.btn-primary, [data-yes]')) || scope().querySelector('.btn-primary');
      if (press(primary)) { event.preventDefault(); }
    }
  }
  function letter(event) {
    var key = event.key;
    if (waiting) {
      waiting = false;
      var place = all('[data-go]').filter(function (el) { return el.dataset.go.toUpperCase() === key.toUpperCase(); })[0];
      if (place) { event.preventDefault(); location.href = place.href; return; }
    }
    var el = byKey(key), modal = document.querySelector('dialog:modal');
    if (el) { event.preventDefault(); press(el); return; }
    if (!modal && built[key.length === 1 ? key.toLowerCase() : key]) { event.preventDefault(); built[key.toLowerCase()](); }
  }
  document.addEventListener('keydown', function (event) {
    if (event.isComposing) { return; }
    if ((event.ctrlKey || event.metaKey) && !event.altKey) { withControl(event); return; }
    if (event.altKey) { return; }
    if (event.target.id === 'q') { inSearch(event); }
    if (typing(event.target)) { return; }
    if (event.key === 'Enter' && event.target.matches('tr[tabindex]')) { press(event.target.querySelector('a[href]')); return; }
    if (event.key === 'Escape' && document.querySelector('.o-bulk:not([hidden])') && !document.querySelector('dialog[open]') && !window.oms.menusOpen()) { window.oms.chooseNone(); return; }
    if (event.key.length !== 1) { return; }
    if (document.body.dataset.keys === 'off' && /[a-z]/i.test(event.key)) { return; }
    letter(event);
  });
})();
