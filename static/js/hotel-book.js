// The booking form: only the fields of the chosen kind are shown; what is free follows the dates.
(function () {
  'use strict';
  var form = document.querySelector('[data-book]');
  if (!form) { return; }
  var all = window.oms.all;
  function kind() { var chosen = form.querySelector('[data-book-kind]:checked'); return chosen ? chosen.value : 'single'; }
  function show() { all('[data-for]', form).forEach(function (part) { part.hidden = part.dataset.for.split(' ').indexOf(kind()) < 0; }); }
  form.addEventListener('change', function (event) {
    if (event.target.matches('[data-book-kind]')) { show(); document.body.dispatchEvent(new CustomEvent('book:kind')); }
    // The departure follows an arrival that overtakes it.
    if (event.target.name === 'arrival_on' && form.elements.departure_on.value <= event.target.value) {
      var next = new Date(event.target.value + 'T12:00:00Z');
      if (!isNaN(next)) { next.setUTCDate(next.getUTCDate() + 1); form.elements.departure_on.value = next.toISOString().slice(0, 10); }
    }
  });
  show();
})();
