// A soft bell while something on the page rings ([data-ring]), every 20 seconds until it is seen to. A browser lets a page
// sound only after its user has touched it: before that the bell is seen, not heard.
(function () {
  'use strict';
  var Audio = window.AudioContext || window.webkitAudioContext, sound = null;
  if (!Audio) { return; }
  function tone(pitch, from) {
    var oscillator = sound.createOscillator(), gain = sound.createGain(), start = sound.currentTime + from;
    oscillator.frequency.value = pitch;
    gain.gain.setValueAtTime(0.0001, start);
    gain.gain.exponentialRampToValueAtTime(0.15, start + 0.02);
    gain.gain.exponentialRampToValueAtTime(0.0001, start + 0.9);
    oscillator.connect(gain).connect(sound.destination);
    oscillator.start(start);
    oscillator.stop(start + 1);
  }
  function ring() {
    if (!document.querySelector('[data-ring]') || !navigator.userActivation || !navigator.userActivation.hasBeenActive) { return; }
    sound = sound || new Audio();
    tone(880, 0);
    tone(660, 0.35);
  }
  setInterval(ring, 20000);
  document.addEventListener('live:notice', function () { setTimeout(ring, 1500); });
})();
