// Province, city, district: what was chosen below another province or city goes when the lists below it change.
(function () {
  'use strict';
  var BELOW = { id_city: 'place-cities', id_district: 'place-districts' }, chosen = {};
  function listed(id) {
    var field = document.getElementById(id), list = document.getElementById(BELOW[id]);
    return Boolean(field && list && Array.prototype.some.call(list.options, function (option) { return option.value === field.value; }));
  }
  document.addEventListener('htmx:beforeSwap', function (event) {
    if (event.detail.target.id === 'places') { Object.keys(BELOW).forEach(function (id) { chosen[id] = listed(id); }); }
  });
  document.addEventListener('htmx:afterSwap', function (event) {
    if (event.detail.target.id !== 'places') { return; }
    Object.keys(BELOW).forEach(function (id) { if (chosen[id] && !listed(id)) { document.getElementById(id).value = ''; } });
  });
})();
