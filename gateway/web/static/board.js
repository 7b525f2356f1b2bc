// The call board: the space bar calls the next number, unless somebody is typing or a button has the focus.
(() => {
  "use strict";
  const button = document.querySelector("[data-call-next]");
  if (!button) return;
  document.addEventListener("keydown", (event) => {
    if (event.key !== " " || event.repeat || event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.target instanceof HTMLElement && event.target.matches("input, textarea, select, button, summary, a")) return;
    if (document.querySelector("dialog[open]")) return;
    event.preventDefault();
    button.click();
  });
})();
