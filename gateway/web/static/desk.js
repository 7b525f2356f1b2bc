// Keyboard shortcuts of the desk. Each one is also a link or a button, so nothing needs them.
(() => {
  "use strict";
  const OFF = "linli-shortcuts-off";
  const WAIT = 1500; // milliseconds between "g" and the letter
  const list = document.getElementById("shortcuts");
  const said = document.getElementById("shortcuts-said");
  const choice = document.getElementById("shortcuts-on");
  const search = document.getElementById("desk-q");
  if (!list || !said || !choice) return;
  let waiting = 0;

  // A browser may forbid the storage. Then the choice holds for this page.
  let off = false;
  try { off = localStorage.getItem(OFF) === "1"; } catch { off = false; }
  choice.checked = !off;
  choice.addEventListener("change", () => {
    off = !choice.checked;
    try { if (off) localStorage.setItem(OFF, "1"); else localStorage.removeItem(OFF); } catch { /* see above */ }
    said.textContent = off ? list.dataset.off : list.dataset.on;
  });

  const open = () => { if (!list.open) list.showModal(); };
  document.querySelectorAll("[data-shortcuts]").forEach((button) => button.addEventListener("click", open));

  const isTyping = (target) =>
    target instanceof HTMLElement && (target.isContentEditable || target.matches("input:not([type=checkbox]):not([type=radio]), textarea, select"));
  const stopWaiting = () => { window.clearTimeout(waiting); waiting = 0; };
  const go = (address) => { if (address) window.location.assign(address); return Boolean(address); };

  const press = (key) => {
    if (waiting) {
      stopWaiting();
      const link = [...document.querySelectorAll("[data-shortcut]")].find((tab) => tab.dataset.shortcut === key);
      return go(link && link.href);
    }
    if (key === "g") {
      said.textContent = list.dataset.waiting;
      waiting = window.setTimeout(() => { stopWaiting(); said.textContent = ""; }, WAIT);
      return true;
    }
    if (key === "n") return openNew(list.dataset.new);
    if (key === "?") { open(); return true; }
    if (key === "/" && search) { search.focus(); search.select(); return true; }
    return false;
  };
  // If the form is on this page, the first field of it is enough.
  const openNew = (address) => {
    if (!address) return false;
    const wanted = new URL(address, window.location.href);
    const form = wanted.pathname === window.location.pathname && wanted.hash && document.querySelector(`${wanted.hash} form`);
    const field = form && form.querySelector("input:not([type=hidden]), select, textarea");
    if (!field) return go(address);
    field.focus();
    return true;
  };

  document.addEventListener("keydown", (event) => {
    if (off || event.defaultPrevented || event.isComposing || event.ctrlKey || event.metaKey || event.altKey) return;
    if (isTyping(event.target) || document.querySelector("dialog[open]")) return;
    if (press(event.key)) event.preventDefault();
  });
})();
