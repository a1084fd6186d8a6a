// Live updates: one stream per page. data-channels on <body> or any element names channels; an event of one is sent to the
// elements that name it as "live" (hx-trigger="live"), and to everything as live:<event>. While the stream is down the chip
// says so, and the same elements are asked every 20 seconds.
(function () {
  'use strict';
  var body = document.body, base = body.dataset.liveUrl, all = window.oms.all;
  if (!body.dataset.staff) { return; }
  var chip = document.getElementById('live-chip'), names = {}, poll = null, tries = 0, source = null;
  names['staff:' + body.dataset.staff] = true;
  all('[data-channels]').forEach(function (el) { el.dataset.channels.split(/[\s,]+/).forEach(function (name) { if (name) { names[name] = true; } }); });
  function clock() { return new Date().toLocaleTimeString([], { hour: '2-digit', minute: '2-digit', second: '2-digit', hour12: false, timeZone: body.dataset.timeZone || undefined }); }
  function show(connected) {
    if (!chip) { return; }
    var text = chip.querySelector('[data-live-text]');
    text.dataset.on = text.dataset.on || text.textContent;
    chip.hidden = false;
    chip.classList.toggle('lost', !connected);
    text.textContent = connected ? text.dataset.on : body.dataset.lost;
    if (connected) { chip.querySelector('[data-live-time]').textContent = clock(); }
    body.classList.toggle('o-stale', !connected);
  }
  function ask(channel) {
    if (!channel) { body.dispatchEvent(new CustomEvent('live:any')); }
    all('[data-channels]').forEach(function (el) {
      if (el === body || (channel && el.dataset.channels.split(/[\s,]+/).indexOf(channel) < 0)) { return; }
      if (window.htmx) { window.htmx.trigger(el, 'live'); }
    });
  }
  function received(event) {
    var message = JSON.parse(event.data);
    show(true);
    // Bubbles from <body>, so that hx-trigger="live:job from:body" hears it and so do listeners on the document.
    body.dispatchEvent(new CustomEvent('live:' + message.event, { detail: message, bubbles: true }));
    ask(message.channel);
  }
  function connect() {
    source = new EventSource(base + '?channels=' + encodeURIComponent(Object.keys(names).join(',')), { withCredentials: true });
    source.addEventListener('open', function () { if (tries) { ask(); } tries = 0; clearInterval(poll); poll = null; show(true); });
    source.addEventListener('message', received);
    source.addEventListener('beat', function () { show(true); });
    source.addEventListener('error', function () {
      tries += 1;
      show(false);
      if (!poll) { poll = setInterval(function () { ask(); }, 20000); }
      if (source.readyState === EventSource.CLOSED) { setTimeout(connect, Math.min(60000, 2000 * Math.pow(2, Math.min(tries, 5)))); }
    });
  }
  if (!base || !window.EventSource) { setInterval(function () { ask(); }, 20000); return; }
  connect();
  window.addEventListener('pagehide', function () { if (source) { source.close(); } });
  window.addEventListener('pageshow', function (event) { if (event.persisted) { connect(); } });
  document.addEventListener('live:job', function (event) {
    var job = event.detail.data, jobs = document.getElementById('jobs-chip');
    if (jobs && (job.status === 'queued' || job.status === 'running')) { jobs.hidden = false; }
  });
  document.addEventListener('live:notice', function (event) {
    var bell = document.querySelector('[data-menu="bell-menu"]'), em = bell && bell.querySelector('em');
    if (!bell) { return; }
    if (!em) { em = document.createElement('em'); bell.appendChild(em); }
    em.textContent = event.detail.data.unread;
    window.oms.toast(event.detail.data.text, 'blue');
  });
})();
