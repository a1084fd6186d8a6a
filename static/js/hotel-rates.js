// The rate calendar: choosing cells by dragging, Shift and click, or Shift and arrows; Enter opens the form with them.
(function () {
  'use strict';
  var table = document.getElementById('rc'), form = document.getElementById('rates-form');
  if (!table) { return; }
  var rows = Array.prototype.map.call(table.tBodies[0].rows, function (row) { return Array.prototype.slice.call(row.querySelectorAll('td')); });
  var anchor = null, end = null, dragging = false;
  function place(cell) {
    for (var r = 0; r < rows.length; r += 1) { var c = rows[r].indexOf(cell); if (c >= 0) { return [r, c]; } }
    return null;
  }
  function area() {
    return { r0: Math.min(anchor[0], end[0]), r1: Math.max(anchor[0], end[0]), c0: Math.min(anchor[1], end[1]), c1: Math.max(anchor[1], end[1]) };
  }
  function paint() {
    var a = area();
    rows.forEach(function (cells, r) {
      cells.forEach(function (cell, c) {
        var inside = r >= a.r0 && r <= a.r1 && c >= a.c0 && c <= a.c1;
        cell.classList.toggle('chosen', inside);
        cell.setAttribute('aria-selected', String(inside));
      });
    });
  }
  function focus(at) {
    rows.forEach(function (cells) { cells.forEach(function (cell) { cell.tabIndex = -1; }); });
    var cell = rows[at[0]][at[1]];
    cell.tabIndex = 0;
    cell.focus({ preventScroll: false });
  }
  function fill() {
    if (!form || !anchor) { return; }
    var a = area(), types = {};
    form.elements.from_on.value = rows[a.r0][a.c0].dataset.date;
    form.elements.until_on.value = rows[a.r0][a.c1].dataset.date;
    for (var r = a.r0; r <= a.r1; r += 1) { types[rows[r][0].dataset.type] = true; }
    form.querySelectorAll('[name=types]').forEach(function (box) { box.checked = Boolean(types[box.value]); });
    document.getElementById('rates-preview').replaceChildren();
  }
  table.addEventListener('mousedown', function (event) {
    var cell = event.target.closest('td'), at = cell && place(cell);
    if (!at || event.button) { return; }
    event.preventDefault();
    end = at;
    if (!event.shiftKey || !anchor) { anchor = at; }
    dragging = true;
    focus(at);
    paint();
  });
  table.addEventListener('mouseover', function (event) {
    var cell = event.target.closest('td'), at = dragging && cell && place(cell);
    if (at) { end = at; paint(); }
  });
  document.addEventListener('mouseup', function () { if (dragging) { dragging = false; fill(); } });
  table.addEventListener('dblclick', function (event) { if (form && event.target.closest('td')) { fill(); window.oms.open('rates-change'); } });
  var steps = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0] };
  table.addEventListener('keydown', function (event) {
    var cell = event.target.closest('td'), at = cell && place(cell), step = steps[event.key];
    if (!at) { return; }
    if (event.key === 'Enter' && form) {
      event.preventDefault();
      if (!anchor) { anchor = end = at; paint(); }
      fill();
      window.oms.open('rates-change');
    } else if (step) {
      event.preventDefault();
      var to = [Math.min(rows.length - 1, Math.max(0, at[0] + step[0])), Math.min(rows[0].length - 1, Math.max(0, at[1] + step[1]))];
      if (!event.shiftKey || !anchor) { anchor = to; }
      end = to;
      focus(to);
      paint();
      fill();
    }
  });
  if (form) { form.addEventListener('change', function (event) { if (!event.target.closest('#rates-preview')) { document.getElementById('rates-preview').replaceChildren(); } }); }
})();
