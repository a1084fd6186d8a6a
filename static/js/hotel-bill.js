// The bill: printing is counted first, then the page that comes back prints itself. Ctrl P counts too.
(function () {
  'use strict';
  if (document.body.hasAttribute('data-prints')) { window.print(); return; }
  document.addEventListener('keydown', function (event) {
    if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === 'p') { event.preventDefault(); document.querySelector('form .btn-primary').click(); }
  });
})();
