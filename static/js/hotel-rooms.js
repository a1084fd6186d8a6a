// The room board: filters at once and in the address, keys, a drawer, rooms ticked for one change, and only what changed
// fetched anew. Tiles carry what the filters ask (data-code, data-type, data-marks, data-no).
(function () {
  'use strict';
  var board = document.querySelector('[data-board]'), all = window.oms.all;
  if (!board) { return; }
  var map = board.querySelector('.map'), panel = document.getElementById('room-panel'), params = new URLSearchParams(location.search);
  var find = document.querySelector('[data-board-find]'), type = document.querySelector('[data-board-type]'), floor = document.querySelector('[data-board-floor]');
  var counts = document.querySelector('[data-board-counts]'), bulk = document.querySelector('[data-board-bulk]'), choose = document.querySelector('[data-board-choose]');
  var code = params.get('status') || '', mark = params.get('mark') || '', ticked = {};
  function tiles() { return all('.room', map); }
  function seen() { return tiles().filter(function (tile) { return !tile.hidden && !tile.closest('[hidden]'); }); }
  function tile(id) { return document.getElementById('room-' + id); }

  // ---- filters
  function fits(el, text) {
    return (!code || el.dataset.code === code) && (!mark || (' ' + el.dataset.marks + ' ').indexOf(' ' + mark + ' ') >= 0) && (!type.value || el.dataset.type === type.value) &&
      (!text || el.dataset.no.indexOf(text) === 0 || el.textContent.toLowerCase().indexOf(text) >= 0);
  }
  function filter() {
    var text = find.value.trim().toLowerCase(), any = false;
    all('[data-floor]', map).forEach(function (row) {
      var shown = 0;
      all('.room', row).forEach(function (el) { el.hidden = !fits(el, text) || (floor.value && floor.value !== row.dataset.floor); shown += el.hidden ? 0 : 1; });
      row.hidden = !shown;
      any = any || shown > 0;
    });
    document.querySelector('[data-board-empty]').hidden = any || !tiles().length;
    all('button', counts).forEach(function (button) { button.setAttribute('aria-pressed', String('code' in button.dataset ? button.dataset.code === code && (code || !mark) : button.dataset.mark === mark)); });
    remember();
  }
  function remember() {
    var now = new URLSearchParams(location.search);
    [['status', code], ['mark', mark], ['type', type.value], ['floor', floor.value], ['q', find.value.trim()]].forEach(function (pair) { if (pair[1]) { now.set(pair[0], pair[1]); } else { now.delete(pair[0]); } });
    history.replaceState(null, '', location.pathname + (now.toString() ? '?' + now : ''));
  }
  function recount() {
    var codes = {}, marks = {}, list = tiles();
    list.forEach(function (el) {
      codes[el.dataset.code] = (codes[el.dataset.code] || 0) + 1;
      el.dataset.marks.split(' ').forEach(function (name) { marks[name] = (marks[name] || 0) + 1; });
    });
    all('button', counts).forEach(function (button) { button.querySelector('b').textContent = 'mark' in button.dataset ? marks[button.dataset.mark] || 0 : button.dataset.code ? codes[button.dataset.code] || 0 : list.length; });
  }
  counts.addEventListener('click', function (event) {
    var button = event.target.closest('button');
    if (!button) { return; }
    if ('mark' in button.dataset) { mark = mark === button.dataset.mark ? '' : button.dataset.mark; } else { code = code === button.dataset.code ? '' : button.dataset.code; if (!button.dataset.code) { mark = ''; } }
    filter();
  });
  find.addEventListener('input', filter);
  [type, floor].forEach(function (select) { select.addEventListener('change', filter); });
  find.value = params.get('q') || ''; type.value = params.get('type') || ''; floor.value = params.get('floor') || '';
  if (type.selectedIndex < 0) { type.value = ''; }
  if (floor.selectedIndex < 0) { floor.value = ''; }

  // ---- the drawer
  function open(id) {
    all('.room.cur', map).forEach(function (el) { el.classList.remove('cur'); el.removeAttribute('aria-current'); });
    if (tile(id)) { tile(id).classList.add('cur'); tile(id).setAttribute('aria-current', 'true'); }
    board.classList.add('open');
    var now = new URLSearchParams(location.search);
    now.set('room', id);
    history.replaceState(null, '', location.pathname + '?' + now);
    return window.htmx.ajax('GET', board.dataset.panel.replace('/0/', '/' + id + '/'), { target: panel, swap: 'innerHTML' });
  }
  function idle() { window.htmx.ajax('GET', board.dataset.panel, { target: panel, swap: 'innerHTML' }); }  // who comes and goes today
  function shut() {
    var now = new URLSearchParams(location.search), id = now.get('room');
    now.delete('room');
    history.replaceState(null, '', location.pathname + (now.toString() ? '?' + now : ''));
    board.classList.remove('open');
    idle();
    all('.room.cur', map).forEach(function (el) { el.classList.remove('cur'); el.removeAttribute('aria-current'); });
    if (tile(id)) { tile(id).focus(); }
  }
  if (params.get('room') && tile(params.get('room'))) { tile(params.get('room')).classList.add('cur'); board.classList.add('open'); }
  map.addEventListener('click', function (event) {
    var el = event.target.closest('.room');
    if (!el || event.button) { return; }
    event.preventDefault();
    if (board.classList.contains('choosing') || event.ctrlKey || event.metaKey || event.shiftKey) { tick(el); } else { open(el.dataset.room); }
  });
  document.addEventListener('click', function (event) {
    if (event.target.closest('[data-board-close]')) { shut(); }
    if (event.target.closest('[data-board-print]')) { window.print(); }
  });

  // ---- keys: arrows by place, Enter opens, digits find a room by number, X ticks, F to the search field
  var typedNo = '', typedAt = 0;
  function near(from, key) {
    var a = from.getBoundingClientRect(), best = null, least = Infinity, up = key === 'ArrowUp' || key === 'ArrowDown', sign = key === 'ArrowDown' || key === 'ArrowRight' ? 1 : -1;
    seen().forEach(function (el) {
      var b = el.getBoundingClientRect(), along = (up ? b.top - a.top : b.left - a.left) * sign, across = Math.abs(up ? b.left - a.left : b.top - a.top);
      if (el === from || along < 4 || (!up && across > 20)) { return; }
      var far = along + across * 3;
      if (far < least) { least = far; best = el; }
    });
    return best;
  }
  document.addEventListener('keydown', function (event) {
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing || /^(INPUT|TEXTAREA|SELECT)$/.test(event.target.tagName) || document.querySelector('dialog[open]')) { return; }
    var on = event.target.closest ? event.target.closest('.room') : null, key = event.key;
    if (/^Arrow/.test(key) && !event.target.closest('#room-panel')) {
      var next = on ? near(on, key) : map.querySelector('.room.cur') || seen()[0];
      if (next) { event.preventDefault(); next.focus(); next.scrollIntoView({ block: 'nearest' }); }
    } else if (/^[0-9A-Za-z]$/.test(key) && (/[0-9]/.test(key) || (typedNo && Date.now() - typedAt < 900))) {
      typedNo = (Date.now() - typedAt < 900 ? typedNo : '') + key.toUpperCase();
      typedAt = Date.now();
      var hit = seen().filter(function (el) { return el.dataset.no.toUpperCase().indexOf(typedNo) === 0; })[0];
      if (hit) { event.stopPropagation(); hit.focus(); hit.scrollIntoView({ block: 'nearest' }); }
    } else if ((key === 'x' || key === 'X' || key === ' ') && on && bulk) { event.preventDefault(); tick(on); }
    else if (key === 'f' || key === 'F') { event.preventDefault(); find.focus(); find.select(); }
    else if (key === 'Escape') { if (Object.keys(ticked).length) { none(); } else if (board.classList.contains('open')) { shut(); } }
  });
  find.addEventListener('keydown', function (event) {
    if (event.key === 'Enter') { var first = seen()[0]; if (first) { first.focus(); open(first.dataset.room); } }
  });

  // ---- ticked rooms
  function tick(el) {
    if (!bulk) { return; }
    var id = el.dataset.room;
    if (ticked[id]) { delete ticked[id]; } else { ticked[id] = el.dataset.no; }
    show();
  }
  function none() { ticked = {}; if (choose) { choose.setAttribute('aria-pressed', 'false'); } board.classList.remove('choosing'); show(); }
  function show() {
    var ids = Object.keys(ticked);
    tiles().forEach(function (el) { el.classList.toggle('ticked', el.dataset.room in ticked); });
    bulk.hidden = !ids.length && !board.classList.contains('choosing');
    bulk.querySelector('[data-board-chosen]').textContent = ids.length;
    all('[data-board-numbers]').forEach(function (el) { el.textContent = ids.map(function (id) { return ticked[id]; }).join(', '); });
    all('form[data-board-block] [name=rooms], #bulk-housekeeping [name=rooms]').forEach(function (field) { field.value = ids.join(','); });
  }
  if (choose) {
    choose.addEventListener('click', function () {
      var on = board.classList.toggle('choosing');
      choose.setAttribute('aria-pressed', String(on));
      if (!on) { ticked = {}; }
      show();
    });
  }
  if (bulk) {
    bulk.addEventListener('click', function (event) {
      var to = event.target.closest('[data-board-to]');
      if (event.target.closest('[data-board-none]')) { none(); }
      if (event.target.closest('[data-board-all]')) { seen().forEach(function (el) { ticked[el.dataset.room] = el.dataset.no; }); show(); }
      if (to && Object.keys(ticked).length) { var form = document.getElementById('bulk-housekeeping'); form.elements.to.value = to.dataset.boardTo; form.requestSubmit(); }
    });
    document.addEventListener('htmx:afterRequest', function (event) {
      if (!event.detail.successful || !event.detail.elt.matches('#bulk-housekeeping, [data-board-block]')) { return; }
      var dialog = event.detail.elt.closest('dialog');
      if (dialog) { window.oms.close(dialog); }
      none();
    });
  }

  // ---- live: the rooms named by events of a short while are fetched together
  var due = {}, everything = false, waiting = null, said = document.querySelector('[data-board-said]');
  function soon(data) {
    if (!data || data.all) { everything = true; } else { (data.rooms || [data.room]).forEach(function (id) { due[id] = true; }); }
    if (!waiting) { waiting = setTimeout(refresh, 80); }
  }
  function refresh() {
    var ids = Object.keys(due).filter(tile);
    if (Object.keys(due).length > ids.length) { everything = true; }  // a room that is new here
    var url = board.dataset.tiles + (everything ? '' : '?figures=1&rooms=' + (ids.join(',') || '0'));
    waiting = null; due = {}; everything = false;
    fetch(url, { credentials: 'same-origin', headers: { 'HX-Request': 'true' } }).then(function (answer) {
      if (!answer.ok) { throw new Error(answer.status); }
      return answer.text();
    }).then(place).catch(function () { /* the chip says that the server is away; asked again when it is back */ });
  }
  function place(html) {
    var fresh = document.createElement('template'), focus = document.activeElement && document.activeElement.dataset ? document.activeElement.dataset.room : null, changed = [];
    fresh.innerHTML = html;
    all('.room', fresh.content).forEach(function (el) {
      var old = tile(el.dataset.room);
      if (!old) { return; }
      if (old.getAttribute('aria-label') === el.getAttribute('aria-label') && old.className.replace(/ ?(cur|ticked|changed)/g, '') === el.className) { return; }
      if (old.classList.contains('cur')) { el.classList.add('cur'); el.setAttribute('aria-current', 'true'); }
      el.classList.toggle('ticked', el.dataset.room in ticked);
      el.classList.add('changed');
      old.replaceWith(el);
      changed.push(el.getAttribute('aria-label'));
      if (el.dataset.room === focus) { el.focus(); }
    });
    var tonight = fresh.content.getElementById('board-tonight');
    if (tonight) { document.getElementById('board-tonight').replaceWith(tonight); }
    if (changed.length && changed.length < 4) { said.textContent = changed.join('; '); }
    var shownRoom = panel.querySelector('[data-panel-room]');
    if (!shownRoom && changed.length && !panel.contains(document.activeElement)) { idle(); }
    if (shownRoom && changed.length && !panel.contains(document.activeElement) && changed.some(function (text) { return tile(shownRoom.dataset.panelRoom) && text === tile(shownRoom.dataset.panelRoom).getAttribute('aria-label'); })) { open(shownRoom.dataset.panelRoom); }
    recount();
    filter();
  }
  document.addEventListener('live:room', function (event) { soon(event.detail.data); });
  document.body.addEventListener('live:any', function () { soon(); });
  setInterval(function () { if (!document.hidden) { soon(); } }, 5 * 60000);  // what is late becomes so by the clock alone
  filter();
})();
