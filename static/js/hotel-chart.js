// The forward chart: rows fetched as one scrolls to them, bars dragged (or moved by keys) to rooms and dates with a preview
// before anything is done, and only changed rows fetched anew. Bars carry data-stay, data-from, data-until.
// A bar is taken by the mouse at once, by a finger after a long press: until then the finger scrolls.
(function () {
  'use strict';
  var chart = document.querySelector('[data-chart]'), all = window.oms.all, DAY = 86400000, ROW = 32;
  if (!chart) { return; }
  var data = chart.dataset, days = Number(data.days), inside = chart.querySelector('.fc-in'), say = document.querySelector('[data-chart-say]'), held = null;
  var dialog = document.getElementById('chart-preview');
  function url(params) { return data.rows + '?start=' + data.start + '&days=' + days + '&lanes=' + (data.lanesShown || '') + '&' + params; }
  function get(params) { return fetch(url(params), { credentials: 'same-origin', headers: { 'HX-Request': 'true' } }).then(function (answer) { if (!answer.ok) { throw new Error(answer.status); } return answer.text(); }); }
  function tell(text, tone) { say.hidden = !text; say.classList.toggle('red', tone === 'red'); say.querySelector('[data-chart-text]').textContent = text || ''; }
  function words(key, values) { return data[key].replace(/%\((\w+)\)s/g, function (all, name) { return values[name]; }); }
  function iso(time) { return new Date(time).toISOString().slice(0, 10); }
  function row(id) { return document.getElementById('row-' + id); }

  // ---- what is folded is kept for this browser
  ['types', 'waiting'].forEach(function (part) { try { if (localStorage.getItem('chart-fold-' + part)) { fold(part, true); } } catch (e) { /* private mode */ } });
  function fold(part, on) {
    chart.classList.toggle('fold-' + part, on);
    all('[data-fold="' + part + '"]', chart).forEach(function (button) { button.setAttribute('aria-expanded', String(!on)); });
  }
  inside.addEventListener('click', function (event) {
    var button = event.target.closest('[data-fold]');
    if (event.target.closest('[data-lanes]')) { data.lanesShown = data.lanesShown ? '' : 'all'; soon({ rooms: [] }); }
    if (!button) { return; }
    var on = !chart.classList.contains('fold-' + button.dataset.fold);
    fold(button.dataset.fold, on);
    try { if (on) { localStorage.setItem('chart-fold-' + button.dataset.fold, '1'); } else { localStorage.removeItem('chart-fold-' + button.dataset.fold); } } catch (e) { /* private mode */ }
  });

  // ---- rows come when they are near the screen
  var watcher = new IntersectionObserver(function (entries) {
    entries.forEach(function (entry) { if (entry.isIntersecting) { watcher.unobserve(entry.target); load(entry.target); } });
  }, { root: chart, rootMargin: '600px 0px' });
  function load(chunk) {
    return get('offset=' + chunk.dataset.offset).then(function (html) {
      var fresh = document.createElement('template');
      fresh.innerHTML = html;
      chunk.replaceWith(fresh.content);
    }).catch(function () { watcher.observe(chunk); });
  }
  all('.fc-chunk', chart).forEach(function (chunk) { chunk.style.height = Number(chunk.dataset.count) * ROW + 'px'; watcher.observe(chunk); });

  // ---- what is held: by the mouse or by keys
  function rows() { return all('.fr[data-room]', inside); }
  function place(bar) {
    var grid = getComputedStyle(bar), start = parseInt(grid.gridColumnStart, 10), end = grid.gridColumnEnd;
    return { column: start - 1, width: /span/.test(end) ? parseInt(end.match(/\d+/)[0], 10) : parseInt(end, 10) - start || 1 };
  }
  function conflicts(into, bar) {
    var mine = place(bar);
    return all('.bar', into).filter(function (other) {
      var theirs = place(other);
      return other.dataset.stay !== bar.dataset.stay && theirs.column < mine.column + mine.width && mine.column < theirs.column + theirs.width;
    });
  }
  function name(bar) { return (bar.querySelector('.clip') || bar).textContent.trim(); }
  function mark(into) {
    all('.fr.target, .fr.bad', inside).forEach(function (el) { el.classList.remove('target', 'bad'); });
    all('.bar.hit', inside).forEach(function (el) { el.classList.remove('hit'); });
    if (!into) { return []; }
    var hits = conflicts(into, held.bar);
    into.classList.add(hits.length ? 'bad' : 'target');
    hits.forEach(function (el) { el.classList.add('hit'); });
    return hits;
  }
  function aim(into) {
    held.room = into && into !== held.bar.closest('.fr') ? into.dataset.room : null;
    var hits = mark(into && held.room ? into : null);
    if (held.shape) { held.shape.classList.toggle('bad', hits.length > 0); }
    if (hits.length) { tell(words('sayTaken', { room: into.dataset.no, other: name(hits[0]) }), 'red'); }
    else if (held.room) { tell(words('sayRoom', { name: name(held.bar), room: into.dataset.no })); } else { tell(words('sayDrag', { name: name(held.bar) })); }
  }
  function until(date) { held.until = Math.max(Date.parse(held.bar.dataset.from) + DAY, date); held.from = null; stretched('sayUntil', held.until); }
  function from(date) { held.from = Math.max(Date.parse(data.today), Math.min(Date.parse(held.bar.dataset.until) - DAY, date)); held.until = null; stretched('sayFrom', held.from); }
  function line(date) { return String(Math.max(2, Math.min(2 * days + 2, 2 * Math.round((date - Date.parse(data.start)) / DAY) + 3))); }  // noon
  function stretched(key, date) {  // the bar shows its new dates, and whom it meets there
    var bar = held.bar, grid = bar.style, was, hits;
    grid.gridColumn = '';
    was = place(bar);
    grid.gridColumnStart = held.from ? line(held.from) : String(was.column + 1);
    grid.gridColumnEnd = held.until ? line(held.until) : String(was.column + 1 + was.width);
    bar.classList.add('sel');
    hits = bar.closest('.fr[data-room]') ? mark(bar.closest('.fr')) : [];
    if (hits.length) { tell(words('sayTaken', { room: bar.closest('.fr').dataset.no, other: name(hits[0]) }), 'red'); }
    else { tell(words(key, { name: name(bar), date: iso(date).slice(5) })); }
  }
  function drop() {
    if (held) { held.bar.classList.remove('ghost', 'sel'); if (held.shape) { held.shape.remove(); } held.bar.style.gridColumn = ''; }
    mark(null);
    tell('');
    held = null;
  }
  function preview(stay, params) {
    return window.htmx.ajax('GET', data.preview + '?stay=' + stay + '&' + params, { target: '#chart-preview-body', swap: 'innerHTML' }).then(function () {
      if (!dialog.open && dialog.querySelector('form')) { window.oms.open('chart-preview'); }
      var first = dialog.querySelector('[name=reason]') || dialog.querySelector('.btn-primary') || dialog.querySelector('[data-close]');
      if (first) { first.focus(); }
    });
  }
  function ask() {
    var now = held;
    drop();
    if (now.room) { preview(now.bar.dataset.stay, 'room=' + now.room); }
    else if (now.until && iso(now.until) !== now.bar.dataset.until) { preview(now.bar.dataset.stay, 'until=' + iso(now.until)); }
    else if (now.from && iso(now.from) !== now.bar.dataset.from) { preview(now.bar.dataset.stay, 'arrival=' + iso(now.from)); }
  }
  function grab(bar) { held = { bar: bar, room: null, until: null, from: null }; }

  // ---- the mouse, and the finger
  var press = null, HOLD = 350;
  function edge(bar, x, touch) {  // which end of a bar is taken there, if any
    var box = bar.getBoundingClientRect(), near = touch ? 24 : 12;
    if (box.width < 2 * near) { return ''; }
    if (bar.classList.contains('can-grow') && box.right - x < near) { return 'end'; }
    return bar.classList.contains('can-start') && x - box.left < near ? 'start' : '';
  }
  inside.addEventListener('pointerdown', function (event) {
    var bar = event.target.closest('.bar[data-stay]'), touch = event.pointerType === 'touch';
    if (!bar || event.button || (press && !event.isPrimary)) { return; }
    press = { bar: bar, id: event.pointerId, x: event.clientX, y: event.clientY, edge: edge(bar, event.clientX, touch), dx: event.clientX - bar.getBoundingClientRect().left };
    if (touch) { press.wait = setTimeout(function () { press.wait = null; take(); if (navigator.vibrate) { navigator.vibrate(15); } }, HOLD); return; }
    event.preventDefault();
    bar.focus({ preventScroll: true });
  });
  function take() {
    drop();
    grab(press.bar);
    if (!press.edge) { lift(); }
    follow(press.x, press.y);
  }
  function let_go() { if (press && press.wait) { clearTimeout(press.wait); } press = null; }
  document.addEventListener('pointermove', function (event) {
    if (!press || event.pointerId !== press.id) { return; }
    var far = Math.abs(event.clientX - press.x) + Math.abs(event.clientY - press.y);
    if (press.wait) { if (far > 8) { let_go(); } return; }  // it scrolls
    if (!held) { if (far < 5) { return; } take(); }
    press.x = event.clientX;
    press.y = event.clientY;
    press.far = press.far || far >= 5;
    follow(press.x, press.y);
    if (!press.scrolls) { press.scrolls = requestAnimationFrame(scroll_on); }
  });
  inside.addEventListener('touchmove', function (event) { if (press && held && event.cancelable) { event.preventDefault(); } }, { passive: false });
  inside.addEventListener('contextmenu', function (event) { if (press && (press.wait || held) && event.pointerType !== 'mouse') { event.preventDefault(); } });
  function follow(x, y) {
    if (press.edge) { stretch(x); return; }
    held.shape.style.left = x - press.dx + 'px';
    held.shape.style.top = y - 12 + 'px';
    var under = document.elementFromPoint(x, y);
    aim(under && under.closest('.fr[data-room]'));
  }
  function scroll_on() {  // held at the chart's edge, it goes on under the hand
    if (!press || !held) { return; }
    var box = chart.getBoundingClientRect(), names = chart.querySelector('.fhead .nm').offsetWidth, head = chart.querySelector('.fhead').offsetHeight;
    var down = press.y > box.bottom - 32 ? 10 : press.y < box.top + head + 24 ? -10 : 0, right = press.x > box.right - 32 ? 10 : press.x < box.left + names + 24 ? -10 : 0;
    if (press.far && (press.edge ? right : down || right)) { chart.scrollBy(right, press.edge ? 0 : down); follow(press.x, press.y); }
    press.scrolls = requestAnimationFrame(scroll_on);
  }
  function lift() {
    var shape = press.bar.cloneNode(true);
    shape.className = shape.className.replace(/\b[gw]\d+\b/g, '') + ' drag fc-drag';
    shape.removeAttribute('id');
    shape.style.width = press.bar.getBoundingClientRect().width + 'px';
    document.body.appendChild(shape);
    held.shape = shape;
    press.bar.classList.add('ghost');
  }
  function stretch(x) {
    var head = chart.querySelector('.fhead .d').getBoundingClientRect(), column = Math.round((x - head.left - head.width / 2) / head.width), date = Date.parse(data.start) + column * DAY;
    if (press.edge === 'end') { until(date); } else { from(date); }
  }
  document.addEventListener('pointerup', function (event) {
    if (!press || event.pointerId !== press.id) { return; }
    if (held) { press.bar.dataset.dragged = '1'; setTimeout(function (bar) { delete bar.dataset.dragged; }, 50, press.bar); ask(); }
    let_go();
  });
  document.addEventListener('pointercancel', function () { if (press) { let_go(); drop(); } });
  inside.addEventListener('click', function (event) {
    var bar = event.target.closest('.bar[data-stay]');
    if (bar && (bar.dataset.dragged || bar.getAttribute('href') === '#')) { event.preventDefault(); }
  });

  // ---- keys: up and down choose a room, left and right a departure (with Shift an arrival), Enter shows the preview, Esc lets go
  document.addEventListener('keydown', function (event) {
    if (document.querySelector('dialog[open]')) { return; }
    if (event.key === 'Escape' && held) { event.preventDefault(); let_go(); drop(); return; }
    var bar = event.target.closest && event.target.closest('.bar[data-stay]'), by = { ArrowLeft: -DAY, ArrowRight: DAY }[event.key];
    if (!bar || event.ctrlKey || event.metaKey || event.altKey) { return; }
    if (event.key === 'Enter' && held) { event.preventDefault(); ask(); return; }
    if (!/^Arrow/.test(event.key)) { return; }
    event.preventDefault();
    if (!held || held.bar !== bar) { drop(); grab(bar); }
    if (!by) { bar.style.gridColumn = ''; step(bar, event.key === 'ArrowDown' ? 1 : -1); return; }
    held.room = null;
    if (!event.shiftKey) { until((held.until || Date.parse(bar.dataset.until)) + by); }
    else if (bar.dataset.status === 'in_house') { tell(data.sayHere); }
    else { from((held.from || Date.parse(bar.dataset.from)) + by); }
  });
  document.addEventListener('focusout', function (event) { if (held && !press && event.target === held.bar) { drop(); } });
  function step(bar, by) {
    var list = rows(), from = held.room ? list.indexOf(row(held.room)) : list.indexOf(bar.closest('.fr'));
    if (from < 0) { var lane = bar.closest('.fr').dataset.lane; from = list.findIndex(function (el) { return el.dataset.type === lane; }) - (by > 0 ? 1 : 0); }
    var next = list[Math.max(0, Math.min(list.length - 1, from + by))];
    held.until = held.from = null;
    aim(next);
    next.scrollIntoView({ block: 'nearest' });
  }
  document.addEventListener('click', function (event) {
    var offer = event.target.closest('[data-chart-offer]');
    if (offer) { preview(dialog.querySelector('[name=stay]').value, 'room=' + offer.dataset.chartOffer); }
    if (event.target.closest('[data-chart-print]')) { Promise.all(all('.fc-chunk', chart).map(load)).then(function () { window.print(); }); }
  });
  document.body.addEventListener('chart-done', function (event) { window.oms.close(dialog); soon({ rooms: event.detail.rooms || [] }); });

  // ---- live
  var due = {}, everything = false, waiting = null;
  function soon(change) {
    if (!change || change.all) { everything = true; } else { (change.rooms || [change.room]).forEach(function (id) { due[id] = true; }); }
    if (!waiting) { waiting = setTimeout(refresh, 100); }
  }
  function refresh() {
    var shown = rows().map(function (el) { return el.dataset.room; }), ids = everything ? shown : Object.keys(due).filter(row), parts = [];
    waiting = null;
    if (held) { waiting = setTimeout(refresh, 1000); return; }  // nothing moves under somebody's hand
    due = {}; everything = false;
    for (var n = 0; n < ids.length; n += 200) { parts.push(ids.slice(n, n + 200).join(',')); }
    (parts.length ? parts : ['0']).forEach(function (part) {
      get('rooms=' + part).then(place_rows).catch(function () { /* the chip says that the server is away */ });
    });
  }
  function place_rows(html) {
    var fresh = document.createElement('template'), on = document.activeElement && document.activeElement.dataset ? document.activeElement.dataset.stay : null;
    fresh.innerHTML = html;
    all('.fr[data-room]', fresh.content).forEach(function (el) {
      var old = row(el.dataset.room);
      if (!old || old.innerHTML === el.innerHTML) { return; }
      el.classList.add('changed');
      old.replaceWith(el);
    });
    var top = fresh.content.getElementById('fc-top'), before = document.getElementById('fc-top');
    if (top && before.innerHTML !== top.innerHTML) { before.replaceWith(top); }
    if (on && !document.activeElement.dataset.stay) { var again = inside.querySelector('.bar[data-stay="' + on + '"]'); if (again) { again.focus({ preventScroll: true }); } }
  }
  document.addEventListener('live:room', function (event) { soon(event.detail.data); });
  document.body.addEventListener('live:any', function () { soon(); });
})();
