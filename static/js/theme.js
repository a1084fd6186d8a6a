// Runs before the first paint, only where the person follows the device: the server cannot know its colour scheme.
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
})();
