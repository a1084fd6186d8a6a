// Shipping with a scanner: what ends in Enter goes on by itself, a tone says how it went, paper prints.
//   data-beep="ok|found|bad" on #desk   the tone after a scan      data-focus        the field that waits
//   data-enter="next"                   Enter goes to the next one  data-print       opens the printer's dialog
(function () {
  'use strict';
  var audio = null;
  function tone(kind) {
    try {
      audio = audio || new AudioContext();
      var notes = { ok: [[880, 0], [1320, 0.09]], found: [[880, 0]], bad: [[220, 0], [180, 0.16]] }[kind] || [];
      notes.forEach(function (note) {
        var oscillator = audio.createOscillator(), gain = audio.createGain(), at = audio.currentTime + note[1];
        oscillator.type = kind === 'bad' ? 'square' : 'sine';
        oscillator.frequency.value = note[0];
        gain.gain.setValueAtTime(0.15, at);
        gain.gain.exponentialRampToValueAtTime(0.001, at + 0.14);
        oscillator.connect(gain).connect(audio.destination);
        oscillator.start(at); oscillator.stop(at + 0.15);
      });
    } catch (e) { /* no sound on this device */ }
    if (kind === 'bad' && navigator.vibrate) { navigator.vibrate([80, 40, 80]); }
  }
  function settle(loud) {
    var desk = document.getElementById('desk');
    if (!desk) { return; }
    var kind = desk.dataset.beep, field = desk.querySelector('[data-focus]');
    if (field) { field.focus(); field.select(); }
    if (!kind || !loud) { return; }
    tone(kind);
    desk.classList.add(kind === 'bad' ? 'flash-bad' : 'flash-ok');
    setTimeout(function () { desk.classList.remove('flash-bad', 'flash-ok'); }, 600);
  }
  document.addEventListener('htmx:afterSettle', function (event) { if (event.target.id === 'desk' || event.detail.target.id === 'desk') { settle(true); } });
  document.addEventListener('keydown', function (event) {
    if (event.key !== 'Enter' || event.ctrlKey || event.metaKey || event.isComposing || !event.target.matches('[data-enter=next]')) { return; }
    event.preventDefault();
    var fields = Array.prototype.slice.call(document.querySelectorAll('[data-enter=next]')), next = fields[fields.indexOf(event.target) + 1];
    if (next) { next.focus(); next.select(); } else { var button = document.querySelector('.o-actbar .btn-primary'); if (button) { button.focus(); } }
  });
  document.addEventListener('click', function (event) { if (event.target.closest('[data-print]')) { window.print(); } });
  settle(false);
})();
