// The sign-in page: shows the password on demand, remembers the staff number where asked to.
(function () {
  'use strict';
  var name = document.querySelector('[data-remembers]'), remember = document.getElementById('remember');
  document.addEventListener('click', function (event) {
    var eye = event.target.closest('[data-reveal]');
    if (!eye) { return; }
    var field = document.getElementById(eye.dataset.reveal), shown = field.type === 'text';
    field.type = shown ? 'password' : 'text';
    eye.setAttribute('aria-pressed', String(!shown));
  });
  if (!name || !remember) { return; }
  try {
    var kept = localStorage.getItem('oms-staff-number');
    if (kept && !name.value) { name.value = kept; remember.checked = true; document.getElementById('id_password').focus(); }
    name.form.addEventListener('submit', function () {
      if (remember.checked) { localStorage.setItem('oms-staff-number', name.value); } else { localStorage.removeItem('oms-staff-number'); }
    });
  } catch (e) { /* private mode */ }
})();
