// Page behaviour shared by all pages. No inline handlers: everything is found by data attributes.
//   data-open="id" / data-close        a <dialog>, drawer or hidden panel
//   data-menu="id"                     a drop-down
//   data-confirm="title"               asks in the dialog first (data-confirm-body="id of a template", data-confirm-yes, data-confirm-keep)
//   data-submit                        a select or checkbox that sends its form when changed
//   data-density-set, data-theme-url   kept per person
//   td.chk, th.chk                     row selection; data-selected-count, data-choose-all (see oms/web/selection.py)
//   data-keep="name"                   typed text that survives a refused save or a closed page (this tab only)
(function () {
  'use strict';
  var root = document.documentElement, body = document.body;
  function $(id) { return document.getElementById(id); }
  function all(selector, within) { return Array.prototype.slice.call((within || document).querySelectorAll(selector)); }
  function post(url, fields) {
    var data = new FormData();
    Object.keys(fields).forEach(function (key) { data.append(key, fields[key]); });
    return fetch(url, { method: 'POST', body: data, headers: { 'X-CSRFToken': body.dataset.csrf }, credentials: 'same-origin' });
  }

  // ---- toasts
  function toast(text, tone) {
    var pattern = $('toast-pattern'), box = $('toasts');
    if (!pattern || !box) { return; }
    var item = pattern.content.firstElementChild.cloneNode(true);
    item.querySelector('[data-text]').textContent = text;
    all('[data-tone]', item).forEach(function (picture) { picture.hidden = picture.dataset.tone !== (tone || 'red'); });
    if (tone && tone !== 'red') { item.classList.remove('red'); if (tone === 'amber') { item.classList.add('amber'); } leave(item); }
    box.appendChild(item);
  }
  function leave(item) { setTimeout(function () { item.remove(); }, 10000); }
  all('#toasts [data-leaves]').forEach(leave);

  // ---- dialogs, drawers, menus
  var opener = null;
  function open(id) {
    var panel = $(id);
    if (!panel) { return; }
    opener = document.activeElement;
    if (panel.tagName === 'DIALOG') { if (!panel.open) { if (panel.matches('.o-drawer:not([data-modal])')) { panel.show(); } else { panel.showModal(); } } } else { panel.hidden = !panel.hidden; }
  }
  function close(panel) {
    if (!panel) { return; }
    if (panel.tagName === 'DIALOG') { panel.close(); } else { panel.hidden = true; }
    if (opener && document.contains(opener)) { opener.focus(); }
  }
  function closeMenus(except) {
    all('.o-menu[id]').forEach(function (menu) {
      if (menu === except || menu.hidden) { return; }
      menu.hidden = true;
      all('[data-menu="' + menu.id + '"],[aria-controls="' + menu.id + '"]').forEach(function (button) { button.setAttribute('aria-expanded', 'false'); });
    });
  }
  document.addEventListener('click', function (event) {
    var el = event.target.closest('[data-open],[data-close],[data-menu],[data-nav],[data-dismiss],[data-theme-url],[data-density-set],[data-choose-all],[data-choose-none],[data-copy],[data-back]');
    if (!event.target.closest('.drop, .o-search')) { closeMenus(); }
    if (!el) { return; }
    var data = el.dataset;
    if ('open' in data) { open(data.open); }
    else if ('close' in data) { close(data.close ? $(data.close) : el.closest('dialog,[data-panel]')); }
    else if ('menu' in data) { toggleMenu(el, $(data.menu)); }
    else if ('nav' in data) { el.setAttribute('aria-expanded', String(document.querySelector('.o-side').classList.toggle('open'))); }
    else if ('dismiss' in data) { el.closest('.o-toast').remove(); }
    else if ('themeUrl' in data) { setTheme(data.themeUrl); }
    else if ('densitySet' in data) { setDensity(el); }
    else if ('copy' in data) { navigator.clipboard.writeText(data.copy); }
    else if ('back' in data) { history.back(); }
    else { chooseAll('chooseAll' in data); }
  });
  function toggleMenu(button, menu) {
    closeMenus(menu);
    menu.hidden = !menu.hidden;
    button.setAttribute('aria-expanded', String(!menu.hidden));
    if (!menu.hidden) { var first = menu.querySelector('a,button,input'); if (first) { first.focus(); } }
  }
  function setTheme(url) {
    var next = root.getAttribute('data-bs-theme') === 'dark' ? 'light' : 'dark';
    root.setAttribute('data-bs-theme', next);
    root.dataset.themeChoice = next;
    post(url, { theme: next });
  }
  function setDensity(button) {
    root.setAttribute('data-density', button.dataset.densitySet);
    all('[data-density-set]').forEach(function (other) { other.setAttribute('aria-pressed', String(other === button)); });
    if (button.dataset.url) { post(button.dataset.url, { density: button.dataset.densitySet }); }
  }
  document.addEventListener('keydown', function (event) {
    if (event.key !== 'Escape') { return; }
    closeMenus();
    var panel = all('dialog[open], [data-panel]:not([hidden])').pop();
    if (panel && !(panel.tagName === 'DIALOG' && panel.matches(':modal'))) { close(panel); }
    else if (/^(INPUT|TEXTAREA|SELECT)$/.test(event.target.tagName)) { event.target.blur(); }
  });

  // A dialog that comes with the page or with an answer opens by itself: data-shows.
  function showNew() { all('dialog[data-shows]:not([open])').forEach(function (panel) { delete panel.dataset.shows; open(panel.id); }); }
  document.addEventListener('DOMContentLoaded', showNew);
  document.addEventListener('htmx:afterSettle', showNew);

  // ---- confirming: a real dialog, never the browser's own
  var pending = null;
  function ask(source, proceed) {
    var dialog = $('confirm');
    if (!dialog) { proceed(); return; }
    dialog.querySelector('[data-title]').textContent = source.dataset.confirm || source.getAttribute('hx-confirm');
    var into = dialog.querySelector('[data-body]'), pattern = $(source.dataset.confirmBody || '');
    into.replaceChildren();
    if (pattern) { into.appendChild(pattern.content.cloneNode(true)); } else if (source.dataset.confirmText) { into.textContent = source.dataset.confirmText; }
    into.hidden = !into.hasChildNodes();
    var yes = dialog.querySelector('[data-yes]'), keep = dialog.querySelector('[data-keep]');
    yes.textContent = source.dataset.confirmYes || source.textContent.trim() || yes.dataset.default;
    keep.textContent = source.dataset.confirmKeep || keep.dataset.default;
    yes.classList.toggle('btn-danger', source.matches('.btn-danger, [data-danger]'));
    yes.classList.toggle('solid', source.matches('.btn-danger, [data-danger]'));
    yes.classList.toggle('btn-primary', !source.matches('.btn-danger, [data-danger]'));
    pending = proceed;
    opener = document.activeElement;
    dialog.showModal();
    keep.focus();
  }
  document.addEventListener('click', function (event) {
    if (event.target.closest('#confirm [data-yes]')) {
      var proceed = pending; pending = null;
      $('confirm').close();
      if (proceed) { proceed(); }
      return;
    }
    var button = event.target.closest('[data-confirm]');
    if (!button || button.dataset.confirmed === 'yes') { return; }
    event.preventDefault();
    event.stopImmediatePropagation();
    ask(button, function () { button.dataset.confirmed = 'yes'; button.click(); delete button.dataset.confirmed; });
  }, true);
  document.addEventListener('htmx:confirm', function (event) {
    if (!event.detail.question) { return; }
    event.preventDefault();
    ask(event.detail.elt, function () { event.detail.issueRequest(true); });
  });

  // ---- htmx: token, slow requests, refusals
  var running = 0, timer = null;
  document.addEventListener('htmx:configRequest', function (event) { event.detail.headers['X-CSRFToken'] = body.dataset.csrf; });
  document.addEventListener('htmx:beforeRequest', function () {
    running += 1;
    if (!timer) { timer = setTimeout(function () { body.classList.add('o-slow'); body.setAttribute('aria-busy', 'true'); }, 300); }
  });
  document.addEventListener('htmx:afterRequest', function () {
    running = Math.max(0, running - 1);
    if (running) { return; }
    clearTimeout(timer); timer = null;
    body.classList.remove('o-slow'); body.removeAttribute('aria-busy');
  });
  document.addEventListener('htmx:sendError', function (event) { if (!event.detail.elt.matches('[data-quiet]')) { toast(body.dataset.offline, 'red'); } });
  document.addEventListener('htmx:responseError', function (event) {
    var answer = event.detail.xhr;
    if (answer.status === 401) { location.reload(); return; }
    if (event.detail.elt.matches('[data-quiet]')) { return; }
    toast(answer.getResponseHeader('X-Refusal') ? decodeURIComponent(answer.getResponseHeader('X-Refusal')) : body.dataset.refused, 'red');
  });
  document.addEventListener('htmx:afterSwap', function (event) {
    var target = event.detail.target;
    if (target.id === 'found') { target.hidden = !target.childElementCount; $('q').setAttribute('aria-expanded', String(!target.hidden)); }
    countRows();
  });
  document.addEventListener('toast', function (event) { toast(event.detail.text, event.detail.tone || 'green'); });

  // ---- a form that is being sent is not sent twice
  document.addEventListener('submit', function (event) {
    var form = event.target, button = event.submitter;
    if (form.dataset.sent === 'yes') { event.preventDefault(); return; }
    if (form.method === 'post' && !form.matches('[hx-post]') && form.target !== '_blank' && !form.matches('[data-download]')) {
      form.dataset.sent = 'yes';
      if (button) { button.classList.add('disabled'); button.setAttribute('aria-busy', 'true'); }
      forget(form);
    }
  });
  window.addEventListener('pageshow', function () { all('form[data-sent]').forEach(function (form) { delete form.dataset.sent; all('.disabled', form).forEach(function (b) { b.classList.remove('disabled'); }); }); });
  document.addEventListener('change', function (event) {
    var field = event.target;
    if (field.matches('[data-submit]') && field.form) { field.form.requestSubmit(); }
    if (field.closest('td.chk, th.chk')) { choose(field); }
  });

  // ---- typed text survives a refused save or a closed page
  function slot(field) { return 'typed:' + location.pathname + ':' + field.dataset.keep; }
  function forget(form) { all('[data-keep]', form).forEach(function (field) { try { sessionStorage.setItem(slot(field) + ':sent', '1'); } catch (e) { /* private mode */ } }); }
  all('[data-keep]').forEach(function (field) {
    try {
      var kept = sessionStorage.getItem(slot(field)), sent = sessionStorage.getItem(slot(field) + ':sent');
      if (kept !== null && !field.value && !sent) { field.value = kept; }
      sessionStorage.removeItem(slot(field) + ':sent');
      if (sent) { sessionStorage.removeItem(slot(field)); }
    } catch (e) { /* private mode */ }
  });
  document.addEventListener('input', function (event) {
    if (event.target.matches('[data-keep]')) { try { sessionStorage.setItem(slot(event.target), event.target.value); } catch (e) { /* private mode */ } }
  });

  // ---- choosing rows
  function boxes() { return all('td.chk .form-check-input'); }
  function choose(box) {
    if (box.closest('th')) { boxes().forEach(function (other) { other.checked = box.checked; }); }
    all('[data-all-field]').forEach(function (field) { field.value = ''; });
    body.removeAttribute('data-all-chosen');
    countRows();
  }
  function chooseAll(everything) {
    all('[data-all-field]').forEach(function (field) { field.value = everything ? '1' : ''; });
    boxes().forEach(function (box) { box.checked = everything; });
    body.toggleAttribute('data-all-chosen', everything);
    countRows();
  }
  function countRows() {
    var list = boxes();
    if (!list.length && !document.querySelector('.o-bulk')) { return; }
    var n = 0;
    list.forEach(function (box) { n += box.checked ? 1 : 0; var row = box.closest('tr'); if (row) { row.classList.toggle('sel', box.checked); } });
    var everything = body.hasAttribute('data-all-chosen');
    all('[data-selected-count]').forEach(function (text) { text.textContent = everything ? (text.dataset.total || n) : n; });
    all('.o-bulk').forEach(function (bar) { bar.hidden = n === 0; });
    all('[data-choose-all]').forEach(function (button) { button.hidden = everything; });
    all('th.chk .form-check-input').forEach(function (head) { head.checked = n > 0 && n === list.length; head.indeterminate = n > 0 && n < list.length; });
  }
  countRows();
  window.oms = { open: open, close: close, toast: toast, post: post, all: all, chooseNone: function () { chooseAll(false); }, menusOpen: function () { return all('.o-menu[id]:not([hidden])').length > 0; } };

  // ---- what scrolls sideways can be reached by keys
  function reachable() { all('.o-panel, .o-scroll').forEach(function (el) { if (el.scrollWidth > el.clientWidth + 1 && !el.hasAttribute('tabindex')) { el.tabIndex = 0; } }); }
  reachable();
  window.addEventListener('resize', reachable);
  document.addEventListener('htmx:afterSettle', reachable);
})();
