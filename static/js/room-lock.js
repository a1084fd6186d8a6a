// 操作锁: the lock of a room's form (templates/hotel/rooms/_lock.html says how to use it).
// It is taken when the page opens, kept every 20 s while the page is seen, given back when the page goes. When another
// person took the room meanwhile, what is saved now is fetched and set against what was typed: nothing typed is lost.
(function () {
  'use strict';
  var body = document.body, all = window.oms.all, EVERY = 20000;
  function url(lock, verb) { return lock.box.dataset.url.replace('/0/', '/' + lock.room + '/') + (verb || ''); }
  function ask(lock, verb, fields) {
    var asked = verb === null ? fetch(url(lock), { credentials: 'same-origin' }) : window.oms.post(url(lock, verb), fields || {});
    return asked.then(function (answer) { return answer.json().then(function (data) { data.ok = answer.ok; data.status = answer.status; return data; }); });
  }
  function form(lock) { return document.getElementById(lock.box.dataset.form); }
  function typed(within) {
    var found = {};
    Array.prototype.forEach.call((within && within.elements) || [], function (field) {
      if (!field.name || /^(csrfmiddlewaretoken|lock_token|lock_since)$/.test(field.name) || /^(submit|button|hidden|password)$/.test(field.type)) { return; }
      if (/^(checkbox|radio)$/.test(field.type)) { if (field.checked) { found[field.name] = (found[field.name] ? found[field.name] + ', ' : '') + field.value; } else if (!(field.name in found)) { found[field.name] = ''; } } else { found[field.name] = field.value; }
    });
    return found;
  }
  function show(lock, state, facts) {
    lock.state = state;
    all('[data-when]', lock.box).forEach(function (part) { part.hidden = part.dataset.when !== state; });
    lock.ends = facts && 'seconds' in facts ? Date.now() + facts.seconds * 1000 : 0;
    if (facts) {
      all('[data-holder]', lock.box).forEach(function (el) { el.textContent = facts.holder || ''; });
      all('[data-since]', lock.box).forEach(function (el) { el.textContent = facts.clock || ''; });
      all('[data-purpose-text]', lock.box).forEach(function (el) { el.textContent = facts.purpose || ''; });
    }
    var reason = lock.box.querySelector('[data-lock-reason]');
    if (reason && state !== 'held') { reason.hidden = true; }
    if (form(lock)) {
      all('[type=submit], button:not([type])', form(lock)).forEach(function (button) { button.toggleAttribute('data-waits', state === 'held'); button.disabled = state === 'held'; });
    }
    tick(lock);
  }
  function tick(lock) {
    var left = Math.max(0, Math.round((lock.ends - Date.now()) / 1000));
    all('[data-clock]', lock.box).forEach(function (el) { el.textContent = Math.floor(left / 60) + ':' + ('0' + left % 60).slice(-2); });
    if (lock.state === 'held' && lock.ends && left === 0) { take(lock); }
  }
  function mine(lock, facts) {
    lock.token = facts.token;
    lock.since = lock.since || facts.since;
    var into = form(lock);
    if (into) {
      var field = into.querySelector('input[name=lock_token]');
      if (!field) { field = document.createElement('input'); field.type = 'hidden'; field.name = 'lock_token'; into.appendChild(field); }
      field.value = facts.token;
      since(into).value = lock.since;
    }
    show(lock, 'mine', facts);
  }
  function since(into) {
    // When the form was opened goes with it, so that a refused one still tells what happened since.
    var field = into.querySelector('input[name=lock_since]');
    if (!field) { field = document.createElement('input'); field.type = 'hidden'; field.name = 'lock_since'; into.appendChild(field); }
    return field;
  }
  function take(lock) {
    if (!lock.room || lock.asking) { return Promise.resolve(); }
    lock.asking = true;
    return ask(lock, '', { purpose: lock.box.dataset.purpose }).then(function (facts) {
      if (facts.ok) { lock.since = null; mine(lock, facts); } else if (facts.status === 409) { show(lock, 'held', facts); }
    }).catch(function () { /* the live chip says that the server is away; saving checks again */ }).then(function () { lock.asking = false; });
  }
  function keep(lock) {
    if (lock.state !== 'mine' || document.hidden) { return; }
    ask(lock, 'keep/', { token: lock.token, draft: JSON.stringify(typed(form(lock))) }).then(function (facts) {
      if (facts.ok) { mine(lock, facts); } else if (facts.status === 409) { lost(lock, facts.message, facts); }
    }).catch(function () { /* as above */ });
  }
  function release(lock, beacon) {
    if (lock.state !== 'mine') { return; }
    var data = new FormData();
    data.append('token', lock.token);
    data.append('csrfmiddlewaretoken', body.dataset.csrf);
    if (beacon && navigator.sendBeacon) { navigator.sendBeacon(url(lock, 'release/'), data); } else { window.oms.post(url(lock, 'release/'), { token: lock.token }); }
    show(lock, 'released');
  }
  // ---- the late save
  function lost(lock, message, facts) {
    show(lock, 'lost', facts);
    lock.box.querySelector('[data-message]').textContent = message;
    fetch(url(lock, 'changes/') + '?since=' + encodeURIComponent(lock.since || ''), { credentials: 'same-origin' })
      .then(function (answer) { return answer.ok ? answer.text() : ''; })
      .then(function (html) { lock.box.querySelector('[data-changes]').innerHTML = html; });
    difference(lock);
  }
  function difference(lock) {
    var ours = form(lock);
    if (!ours) { return; }
    fetch(lock.box.dataset.saved || location.href, { credentials: 'same-origin' }).then(function (answer) { return answer.text(); }).then(function (html) {
      var page = new DOMParser().parseFromString(html, 'text/html'), theirs = page.getElementById(ours.id);
      var saved = typed(theirs), now = typed(ours), table = lock.box.querySelector('[data-difference]'), rows = table.tBodies[0];
      rows.replaceChildren();
      Object.keys(now).forEach(function (name) {
        if (!theirs || (saved[name] || '') === (now[name] || '')) { return; }
        rows.appendChild(row(lock, ours, name, saved[name] || '', now[name] || ''));
      });
      table.hidden = !rows.children.length;
      lock.box.querySelector('[data-same]').hidden = !theirs || rows.children.length > 0;
    });
  }
  function row(lock, ours, name, saved, now) {
    var words = lock.box.querySelector('[data-words]').dataset, line = document.createElement('tr'), field = ours.elements[name];
    var label = field && field.labels && field.labels[0] ? field.labels[0].textContent.trim() : name;
    [label, saved || words.nothing, now || words.nothing].forEach(function (text, i) {
      var cell = document.createElement('td'), mark = document.createElement(i === 0 ? 'b' : i === 1 ? 'span' : 'ins');
      mark.textContent = text;
      if (i === 2) { mark.className = 'now'; }
      cell.appendChild(mark);
      line.appendChild(cell);
    });
    var last = document.createElement('td'), button = document.createElement('button');
    button.type = 'button'; button.className = 'btn btn-sm'; button.textContent = words.theirs;
    button.addEventListener('click', function () { if (field && 'value' in field) { field.value = saved; } line.remove(); });
    last.appendChild(button);
    line.appendChild(last);
    return line;
  }
  // ---- wiring
  var found = all('[data-room-lock]').map(function (box) {
    var lock = { box: box, room: Number(box.dataset.room) || 0, state: '', token: '', ends: 0, since: box.dataset.opened || null };
    box.addEventListener('click', function (event) {
      if (event.target.closest('[data-lock-release]')) { release(lock, false); }
      if (event.target.closest('[data-lock-take]')) { take(lock); }
      if (event.target.closest('[data-lock-force]')) { var reason = box.querySelector('[data-lock-reason]'); reason.hidden = false; reason.elements.reason.focus(); }
    });
    box.addEventListener('submit', function (event) {
      if (!event.target.matches('[data-lock-reason]')) { return; }
      event.preventDefault();
      event.stopPropagation();
      ask(lock, 'force/', { reason: event.target.elements.reason.value }).then(function (facts) {
        if (facts.ok) { lock.since = null; mine(lock, facts); } else { window.oms.toast(facts.message || body.dataset.refused, 'red'); }
      });
    });
    if (box.dataset.lost) { lost(lock, box.dataset.lost); } else { take(lock); }
    return lock;
  });
  if (!found.length) { return; }
  setInterval(function () { found.forEach(keep); }, EVERY);
  setInterval(function () { found.forEach(tick); }, 1000);
  document.addEventListener('visibilitychange', function () { if (!document.hidden) { found.forEach(keep); } });
  // A form that is sent keeps its lock: the server checks it, and frees it with the save.
  document.addEventListener('submit', function (event) { found.forEach(function (lock) { if (event.target === form(lock)) { lock.sent = true; } }); });
  window.addEventListener('pagehide', function () { found.forEach(function (lock) { if (!lock.sent) { release(lock, true); } }); });
  window.addEventListener('pageshow', function (event) { if (event.persisted) { found.forEach(function (lock) { lock.sent = false; take(lock); }); } });
  document.addEventListener('live:room', function (event) {
    var data = event.detail.data, rooms = data.rooms || [data.room];
    found.forEach(function (lock) {
      if (!lock.room || (!data.all && rooms.indexOf(lock.room) < 0)) { return; }
      if (lock.state === 'held') { take(lock); }
      if (lock.state === 'mine' && !lock.sent) { keep(lock); }
    });
  });
  window.oms.lockRoom = function (box, room) {
    found.forEach(function (lock) {
      if (lock.box !== box || lock.room === room) { return; }
      release(lock, false);
      lock.room = room; lock.since = null;
      show(lock, '');
      take(lock);
    });
  };
})();
