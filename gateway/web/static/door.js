// The display beside a door: loads itself again from time to time. While the server is away, what was shown stays and says of
// when it is, and the code disappears when it is no longer accepted.
(() => {
  "use strict";
  const EVERY = 20000; // milliseconds between two looks
  const lost = document.getElementById("door-lost");
  if (!lost) return;

  function hideOldCode() {
    const code = document.getElementById("door-code");
    if (code && Date.parse(code.dataset.until) <= Date.now()) code.remove();
  }

  async function look() {
    try {
      const answer = await fetch(window.location.href, { cache: "no-store", headers: { "Linli-Unattended": "yes" } });
      if (!answer.ok) throw new Error(String(answer.status));
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      const live = page.getElementById("door-live");
      if (!live) throw new Error("no display");
      document.getElementById("door-live").replaceWith(live);
      document.querySelector("[data-clock]").textContent = page.querySelector("[data-clock]").textContent;
      lost.hidden = true;
    } catch {
      const time = document.getElementById("door-live").dataset.asOfTime;
      lost.querySelectorAll("[data-as-of]").forEach((part) => { part.textContent = time; });
      lost.hidden = false;
      hideOldCode();
    }
    window.setTimeout(look, EVERY);
  }

  window.setTimeout(look, EVERY);
})();
