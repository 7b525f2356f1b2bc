// Live notifications: the stream only says that there is something new; htmx then fetches the parts of the page that
// show it (hx-trigger="news from:body"). One stream per browser, held by the page one is looking at, and only once it
// has been looked at for a moment: whoever just passes through opens none.
(() => {
  "use strict";
  const settle = 2000;
  const again = 30000;
  const address = document.body.dataset.stream;
  if (!address || !window.EventSource) return;
  let stream = null;
  let timer = 0;

  const close = () => {
    clearTimeout(timer);
    if (stream) stream.close();
    stream = null;
  };

  const tell = () => document.body.dispatchEvent(new CustomEvent("news"));

  const open = () => {
    stream = new EventSource(address);
    stream.addEventListener("notification", tell);
    stream.addEventListener("error", () => {
      if (stream && stream.readyState === EventSource.CLOSED) { // refused: signed out, or too many elsewhere
        close();
        timer = setTimeout(open, again);
      }
    });
  };

  const follow = () => {
    close();
    if (!document.hidden) timer = setTimeout(open, settle);
  };

  document.addEventListener("visibilitychange", () => {
    follow();
    if (!document.hidden) tell(); // what came while nobody looked
  });
  window.addEventListener("pagehide", close);
  window.addEventListener("pageshow", follow);
})();
