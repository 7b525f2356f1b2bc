// Enhancements only. Every page works without this file.
(() => {
  "use strict";
  const all = (selector, root = document) => [...root.querySelectorAll(selector)];

  // A form is sent once, also after several clicks. The idempotency key covers the other cases.
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (form.method !== "post") return;
    if (form.getAttribute("aria-busy") === "true") { event.preventDefault(); return; }
    form.setAttribute("aria-busy", "true");
    all("progress", form).forEach((bar) => { bar.hidden = false; });
  });
  // After the back button, the form may be sent again.
  window.addEventListener("pageshow", () => all("form[aria-busy]").forEach((form) => form.removeAttribute("aria-busy")));

  // Elements that need scripts are hidden until this line runs.
  all("[data-scripted]").forEach((part) => { part.hidden = false; });
  all("[data-print]").forEach((button) => button.addEventListener("click", () => window.print()));
  const problems = document.getElementById("problems");
  if (problems) problems.focus();

  // A photo that cannot be loaded is replaced by a text.
  all("img[data-missing]").forEach((picture) => {
    const say = () => {
      const tile = document.createElement("span");
      tile.className = "missing";
      tile.textContent = picture.dataset.missing;
      (picture.closest("a") || picture).replaceWith(tile);
    };
    if (picture.complete && !picture.naturalWidth) say();
    else picture.addEventListener("error", say);
  });

  // The position is only requested when the button is pressed.
  all("[data-locate]").forEach((button) => {
    const form = button.form;
    const said = document.getElementById(button.dataset.locate);
    if (!navigator.geolocation) { button.hidden = true; return; }
    button.addEventListener("click", () => {
      said.textContent = button.dataset.asking;
      navigator.geolocation.getCurrentPosition(
        ({ coords }) => {
          form.elements.latitude.value = coords.latitude.toFixed(6);
          form.elements.longitude.value = coords.longitude.toFixed(6);
          said.textContent = button.dataset.found;
        },
        () => { said.textContent = button.dataset.failed; },
        { enableHighAccuracy: true, timeout: 10000, maximumAge: 60000 },
      );
    });
  });
})();
