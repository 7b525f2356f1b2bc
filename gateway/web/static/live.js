// Live notifications. The stream only signals that there is a new notification. htmx then loads the parts of the page that
// show it (hx-trigger="news from:body"). Only the visible page has a stream, and only after it was visible for a moment, so
// that quick clicks from page to page open no streams.
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

  const dispatchNews = () => document.body.dispatchEvent(new CustomEvent("news"));

  const open = () => {
    stream = new EventSource(address);
    stream.addEventListener("notification", dispatchNews);
    stream.addEventListener("error", () => {
      if (stream && stream.readyState === EventSource.CLOSED) { // refused: signed out, or too many streams
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
    if (!document.hidden) dispatchNews(); // for notifications that arrived while the page was hidden
  });
  window.addEventListener("pagehide", close);
  window.addEventListener("pageshow", follow);
})();
