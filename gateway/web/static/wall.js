// The display on the wall: loads itself again every few seconds, and says each new call in both languages. Nothing leaves the
// building: the chime is made here, and the voice is the browser's own. Without a voice there is still the chime.
(() => {
  "use strict";
  const EVERY = 3000; // milliseconds between two looks
  const main = document.getElementById("wall");
  const lost = document.getElementById("wall-lost");
  const button = document.getElementById("wall-sound");
  if (!main) return;
  let audio = null;
  let said = new Set(calls().map((one) => one.key));

  function calls() {
    return [...document.querySelectorAll("[data-call]")].map((part) => {
      const [ticket, window_, at, times] = part.dataset.call.split("|");
      return { key: part.dataset.call, ticket, window: window_, at, times };
    });
  }

  // Two tones, a third apart.
  function chime() {
    [[880, 0], [698, 0.35]].forEach(([tone, start]) => {
      const sound = audio.createOscillator();
      const volume = audio.createGain();
      sound.frequency.value = tone;
      volume.gain.setValueAtTime(0.3, audio.currentTime + start);
      volume.gain.exponentialRampToValueAtTime(0.001, audio.currentTime + start + 0.6);
      sound.connect(volume).connect(audio.destination);
      sound.start(audio.currentTime + start);
      sound.stop(audio.currentTime + start + 0.7);
    });
  }

  function speak(call) {
    if (!window.speechSynthesis) return;
    [["zh-CN", main.dataset.zh], ["en", main.dataset.en]].forEach(([language, sentence]) => {
      // Letter by letter: "A 0 1 2", as people read it.
      const text = sentence.replace("{ticket}", call.ticket.split("").join(" ")).replace("{window}", call.window);
      const voice = new SpeechSynthesisUtterance(text);
      voice.lang = language;
      voice.rate = 0.9;
      window.speechSynthesis.speak(voice);
    });
  }

  function announce() {
    const now = calls();
    const fresh = now.filter((one) => !said.has(one.key));
    said = new Set(now.map((one) => one.key));
    if (!audio || !fresh.length) return;
    chime();
    fresh.reverse().forEach(speak);
  }

  async function look() {
    try {
      const answer = await fetch(window.location.href, { cache: "no-store", headers: { "Linli-Unattended": "yes" } });
      if (!answer.ok) throw new Error(String(answer.status));
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      const live = page.getElementById("wall-live");
      if (!live) throw new Error("no display");
      document.getElementById("wall-live").replaceWith(live);
      document.querySelector("[data-clock]").textContent = page.querySelector("[data-clock]").textContent;
      lost.hidden = true;
      announce();
    } catch {
      lost.hidden = false; // the server is away: what was shown stays, and it tries again
    }
    window.setTimeout(look, EVERY);
  }

  // Browsers allow sound only after a tap.
  if (window.AudioContext) {
    button.hidden = false;
    button.addEventListener("click", () => {
      audio = new AudioContext();
      button.hidden = true;
      chime();
    });
  }
  window.setTimeout(look, EVERY);
})();
