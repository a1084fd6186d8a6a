// Runs before the first paint where the person follows the device (the server cannot know its colour scheme); paper is light.
(function () {
  'use strict';
  var dark = window.matchMedia('(prefers-color-scheme: dark)');
  function apply() {
    if (document.documentElement.dataset.themeChoice === 'auto') {
      document.documentElement.setAttribute('data-bs-theme', dark.matches ? 'dark' : 'light');
    }
  }
  apply();
  dark.addEventListener('change', apply);
  var before = null;
  window.addEventListener('beforeprint', function () { before = document.documentElement.getAttribute('data-bs-theme'); document.documentElement.setAttribute('data-bs-theme', 'light'); });
  window.addEventListener('afterprint', function () { document.documentElement.setAttribute('data-bs-theme', before || 'light'); });
})();
