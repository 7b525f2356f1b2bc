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

  // What a page loads by itself, again and again, does not keep the session open.
  document.addEventListener("htmx:configRequest", (event) => {
    const { triggeringEvent, headers } = event.detail;
    if (!triggeringEvent?.isTrusted) headers["Linli-Unattended"] = "yes";
  });

  // Elements that need scripts are hidden until this line runs.
  all("[data-scripted]").forEach((part) => { part.hidden = false; });
  all("[data-print]").forEach((button) => button.addEventListener("click", () => window.print()));
  // Paper says when it was printed, not when the page was opened. sv-SE writes 2026-11-27 09:30.
  window.addEventListener("beforeprint", () => all("[data-print-time]").forEach((place) => {
    const form = { timeZone: place.dataset.zone, dateStyle: "short", timeStyle: "short" };
    place.textContent = new Intl.DateTimeFormat("sv-SE", form).format(new Date());
  }));
  // After signing in again, the form is shown with what was typed. This sends nothing: the server only shows it.
  const resumed = document.querySelector("form[data-resume]");
  if (resumed) resumed.submit();
  const problems = document.getElementById("problems");
  if (problems) problems.focus();

  // The QR code of a slip has number and code behind the #. They are filled in and leave the address; the reader sends them.
  const slip = document.querySelector("form[data-slip]");
  const shown = /^#([\w-]{1,40})\.([\w-]{1,100})$/.exec(location.hash);
  if (slip && shown) {
    slip.elements.number.value = shown[1];
    slip.elements.token.value = shown[2];
    history.replaceState(null, "", location.pathname + location.search);
  }

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

  // Narrow checkboxes in groups by what is typed. Groups with a match are open. The field itself is not sent.
  // Checkboxes with a place are only shown if it is chosen in the same form, or if no place is. What is checked is always shown.
  all("[data-narrow]").forEach((part) => {
    const field = part.querySelector("input[type=search]");
    const opened = new Map(all("details", part).map((group) => [group, group.open]));
    const chosen = part.querySelector("[data-place]") ? () => {
      if (part.closest("form").querySelector("input[name=whole_district]:checked")) return [];
      return all("input[name=communities]:checked", part.closest("form")).map((box) => box.value);
    } : () => [];
    const narrow = () => {
      const wanted = field.value.trim().toLowerCase();
      const places = chosen();
      const elsewhere = (box) => places.length && !places.includes(box.dataset.place) && !box.firstElementChild.checked;
      opened.forEach((open, group) => {
        const named = group.querySelector("summary b").textContent.toLowerCase().includes(wanted);
        const boxes = all("label", group);
        boxes.forEach((box) => {
          box.hidden = elsewhere(box) || (!named && !box.textContent.toLowerCase().includes(wanted));
        });
        const found = boxes.some((box) => !box.hidden);
        group.hidden = !found;
        group.open = wanted || places.length ? found : open;
      });
    };
    field.addEventListener("keydown", (event) => { if (event.key === "Enter") event.preventDefault(); });
    field.addEventListener("input", narrow);
    if (part.querySelector("[data-place]")) {
      part.closest("form").addEventListener("change", (event) => {
        if (["communities", "whole_district"].includes(event.target.name)) narrow();
      });
      narrow();
    }
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
