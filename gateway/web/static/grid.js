// The desk's day and week: click or drag a free time to book or close it, drag a booking to move it or to change its end, by
// mouse, finger or keyboard. The page works without this file: free times and bookings are links. The server decides: a drop
// asks it first, and after every answer the table shows what the server knows.
(() => {
  "use strict";
  const grid = document.getElementById("day-grid");
  if (!grid) return;
  const QUARTER = 15;
  const EVERY = 20000; // milliseconds between two looks at what is new
  const HOLD = 400; // milliseconds that a finger rests before it drags
  const SLACK = 5; // pixels that a click may move
  const EDGE = 8; // pixels at the right end of a booking that change its end
  const words = grid.dataset;
  const said = document.getElementById("grid-said");
  const lost = document.getElementById("grid-lost");
  const moving = document.getElementById("grid-move");
  const ranging = document.getElementById("grid-range");
  const ghost = document.createElement("div");
  ghost.className = "grid-ghost";
  ghost.hidden = true;
  grid.append(ghost);
  let wish = null; // { kind: "range" | "move" | "end", row, from, until, booking }
  let press = null; // the pointer that is down
  let quiet = false; // the click that ends a drag opens no link

  const tell = (text) => { said.textContent = text; };
  const clock = (minute) => `${String(Math.floor(minute / 60) % 24).padStart(2, "0")}:${String(minute % 60).padStart(2, "0")}`;
  const table = () => document.getElementById("day-table");
  const opens = () => Number(table().dataset.opens);
  const closes = () => opens() + Number(table().dataset.columns) * QUARTER;
  const rows = () => [...table().querySelectorAll("tr[data-space]")];
  const step = (row) => Number(row.dataset.step);
  const track = (row) => ({ left: row.cells[1].getBoundingClientRect().left, right: row.cells[row.cells.length - 1].getBoundingClientRect().right });
  const minuteAt = (row, x) => {
    const { left, right } = track(row);
    return opens() + ((x - left) / (right - left)) * (closes() - opens());
  };
  const rowAt = (y) => rows().find((row) => { const box = row.getBoundingClientRect(); return box.top <= y && y < box.bottom; });
  const snap = (minute, size, round = Math.round) => round(minute / size) * size;
  const clamp = (value, low, high) => Math.max(low, Math.min(value, high));

  // --- what is wished for, drawn over the table ---
  const draw = (what = wish) => {
    ghost.hidden = !what;
    ghost.classList.toggle("hint", what !== wish);
    grid.classList.toggle("dragging", Boolean(wish));
    if (!what) return;
    const { left, right } = track(what.row);
    const around = grid.getBoundingClientRect();
    const box = what.row.getBoundingClientRect();
    const scale = (right - left) / (closes() - opens());
    ghost.style.left = `${left - around.left + grid.scrollLeft + (what.from - opens()) * scale}px`;
    ghost.style.width = `${(what.until - what.from) * scale}px`;
    ghost.style.top = `${box.top - around.top + grid.scrollTop}px`;
    ghost.style.height = `${box.height}px`;
    ghost.textContent = what === wish ? `${clock(what.from)}–${clock(what.until)}` : clock(what.from);
  };
  const label = () => `${wish.row.dataset.name} ${clock(wish.from)}–${clock(wish.until)}`;
  const stop = () => { wish = null; press = null; draw(); };

  const place = (row, from) => Object.assign(wish, { row, from, until: from + wish.until - wish.from });
  const inside = (minute) => clamp(minute, opens(), closes() - QUARTER);

  // --- a wish that is let go ---
  const finish = () => {
    const done = wish;
    if (done.kind === "range") return choose(done);
    const booking = done.booking;
    const same = done.row === booking.closest("tr") && done.from === Number(booking.dataset.from) && done.until === Number(booking.dataset.until);
    if (same) return stop();
    const query = new URLSearchParams({ space_id: done.row.dataset.space, day: done.row.dataset.day, start: clock(done.from), length: done.until - done.from });
    return ask(`${words.move.replace("00000000-0000-0000-0000-000000000000", booking.dataset.booking)}?${query}`);
  };

  const bookAt = (row, from, until) => {
    const address = new URL(words.book, window.location.href);
    Object.entries({ date: row.dataset.day, space_id: row.dataset.space, start: clock(from) }).forEach(([name, value]) => address.searchParams.set(name, value));
    if (until) address.searchParams.set("length", until - from);
    return address.href;
  };
  const blockAt = (row, from, until) => {
    const address = new URL(words.block, window.location.href);
    const last = new Date(`${row.dataset.day}T00:00Z`);
    if (until >= 1440) last.setUTCDate(last.getUTCDate() + 1);
    const fields = { spaces: row.dataset.space, first_day: row.dataset.day, first_time: clock(from), last_day: last.toISOString().slice(0, 10), last_time: clock(until) };
    Object.entries(fields).forEach(([name, value]) => address.searchParams.set(name, value));
    return address.href;
  };
  const choose = (done) => {
    if (!words.block) { window.location.assign(bookAt(done.row, done.from, done.until)); return; }
    ranging.querySelector("h2").textContent = label();
    const book = ranging.querySelector("[data-to=book]");
    if (book) book.href = bookAt(done.row, done.from, done.until);
    ranging.querySelector("[data-to=block]").href = blockAt(done.row, done.from, done.until);
    ranging.showModal();
  };

  // --- the server's answers: a part of a page for the dialog, or the table again ---
  const read = async (address, options = {}) => {
    const headers = { Accept: "text/html", ...options.headers };
    const response = await fetch(address, { credentials: "same-origin", ...options, headers });
    if (response.status >= 500) throw new Error(String(response.status));
    return [response, new DOMParser().parseFromString(await response.text(), "text/html")];
  };
  const ask = async (address, options) => {
    tell(words.busy);
    try {
      const [response, page] = await read(address, options);
      const part = page.getElementById("desk-move");
      if (part) {
        moving.replaceChildren(part);
        if (!moving.open) moving.showModal();
        const why = part.querySelector(".sum, #why-not");
        tell(why ? why.textContent.trim() : "");
        if (options) await update();
        return;
      }
      if (!page.getElementById("day-summary")) { window.location.assign(response.url); return; } // signed out, or gone
      if (moving.open) moving.close();
      stop();
      const news = page.querySelector(".flashes .notice");
      await update();
      if (news) show(news);
    } catch {
      if (!moving.open) stop();
      warn(options ? words.unsure : words.failed); // a change may have arrived although its answer did not
      if (options) update(); // not awaited, because the dialog takes a second try at once
    }
  };
  // A dialog hides what is behind it, so the warning stands in it.
  const warn = (text) => {
    const notice = document.createElement("p");
    notice.className = "notice warn";
    notice.textContent = text;
    if (!moving?.open) { show(notice); return; }
    moving.querySelectorAll("[role=alert]").forEach((old) => old.remove());
    notice.setAttribute("role", "alert");
    moving.prepend(notice);
  };
  const show = (notice) => {
    document.querySelectorAll(".grid-news").forEach((old) => old.remove());
    notice.classList.add("grid-news");
    grid.before(notice);
    tell(notice.textContent.trim());
  };

  const keyOf = (link) => {
    const row = link.closest("tr");
    return row && `${row.dataset.space} ${row.dataset.day} ${link.getAttribute("href")}`;
  };
  const renew = async (headers = {}) => {
    const [response, page] = await read(words.named === undefined ? words.fresh : window.location.href, { headers });
    const fresh = page.getElementById("day-table");
    if (!response.ok || !fresh) throw new Error("no table"); // signed out, or a part of it is missing
    words.asOf = page.getElementById("day-grid").dataset.asOf;
    if (fresh.outerHTML === table().outerHTML) return;
    const focus = grid.contains(document.activeElement) && document.activeElement.matches("a") ? keyOf(document.activeElement) : null;
    table().replaceWith(fresh);
    ["day-summary", "arriving"].forEach((id) => {
      const [old, next] = [document.getElementById(id), page.getElementById(id)];
      if (old && next && !old.contains(document.activeElement)) old.replaceWith(next);
    });
    if (focus) [...grid.querySelectorAll("a")].find((link) => keyOf(link) === focus)?.focus({ preventScroll: true });
    if (!wish) return;
    const { space, day } = wish.row.dataset;
    wish.row = rows().find((row) => row.dataset.space === space && row.dataset.day === day);
    if (wish.row) draw(); else stop();
  };
  // The table again, or of when the one is that stays.
  const update = async (headers) => {
    if (!words.fresh) return;
    try {
      await renew(headers);
      lost.hidden = true;
    } catch {
      lost.textContent = words.lost.replace("{time}", words.asOf);
      lost.hidden = false;
    }
  };
  // Names are logged each time they are shown, so a page with names is renewed after an own change only.
  const look = () => {
    if (document.hidden || wish || press || words.named !== undefined || document.querySelector("dialog[open]")) return;
    update({ "Linli-Unattended": "yes" }); // does not keep the session open
  };
  window.setInterval(look, EVERY);
  document.addEventListener("visibilitychange", look);

  // The table begins an hour before now.
  const head = table().querySelector("thead .now");
  if (head) grid.scrollLeft = Math.max(0, head.offsetLeft - head.offsetWidth - table().rows[0].cells[0].offsetWidth);

  // --- pointers ---
  const begin = (event, cell) => {
    const row = cell.closest("tr[data-space]");
    const minute = minuteAt(row, event.clientX);
    if (cell.dataset.booking && words.move) {
      const from = Number(cell.dataset.from);
      const until = Number(cell.dataset.until);
      const kind = cell.getBoundingClientRect().right - event.clientX <= EDGE ? "end" : "move";
      return { kind, row, from, until, booking: cell, grip: minute - from };
    }
    if (!cell.classList.contains("free") || !cell.querySelector("a")) return null; // past, or for others to book
    const from = snap(minute, step(row), Math.floor);
    return { kind: "range", row, from, until: from + step(row), anchor: from };
  };
  const follow = (event) => {
    const now = wish;
    const row = rowAt(event.clientY);
    if (now.kind === "range") {
      const minute = clamp(minuteAt(now.row, event.clientX), opens(), closes());
      const size = step(now.row);
      now.from = Math.min(now.anchor, snap(minute, size, Math.floor));
      now.until = Math.max(now.anchor + size, snap(minute, size, Math.ceil));
    } else if (now.kind === "end") {
      now.until = Math.max(now.from + step(now.row), snap(minuteAt(now.row, event.clientX), step(now.row)));
    } else {
      const target = row || now.row;
      place(target, inside(snap(minuteAt(target, event.clientX) - now.grip, step(target))));
    }
    draw();
    if (event.clientX > grid.getBoundingClientRect().right - 24) grid.scrollLeft += 16;
  };
  grid.addEventListener("pointerdown", (event) => {
    const cell = event.target instanceof Element ? event.target.closest("td") : null;
    if (!cell || event.button !== 0 || !event.isPrimary || document.querySelector("dialog[open]")) return;
    if (wish) stop();
    const wanted = begin(event, cell);
    if (!wanted) return;
    press = { x: event.clientX, y: event.clientY, wanted, touch: event.pointerType === "touch", pointer: event.pointerId };
    if (press.touch) press.timer = window.setTimeout(() => { if (press) { wish = press.wanted; draw(); tell(label()); } }, HOLD);
  });
  grid.addEventListener("pointermove", (event) => {
    if (!press && !wish && event.pointerType === "mouse") {
      const cell = event.target instanceof Element ? event.target.closest("td.free") : null;
      draw(cell ? begin(event, cell) : null);
    }
    if (!press || event.pointerId !== press.pointer) return;
    const far = Math.hypot(event.clientX - press.x, event.clientY - press.y) > SLACK;
    if (!wish) {
      if (!far) return;
      if (press.touch) { window.clearTimeout(press.timer); press = null; return; } // the finger scrolls
      wish = press.wanted;
      grid.setPointerCapture(press.pointer);
    }
    follow(event);
  });
  grid.addEventListener("pointerleave", () => draw());
  const release = (event) => {
    if (!press || event.pointerId !== press.pointer) return;
    window.clearTimeout(press.timer);
    press = null;
    if (!wish) return;
    if (event.type === "pointercancel") { stop(); return; }
    quiet = true;
    window.setTimeout(() => { quiet = false; }, 0);
    finish();
  };
  grid.addEventListener("pointerup", release);
  grid.addEventListener("pointercancel", release);
  grid.addEventListener("touchmove", (event) => { if (wish) event.preventDefault(); }, { passive: false });
  grid.addEventListener("contextmenu", (event) => { if (wish || (press && press.touch)) event.preventDefault(); });
  grid.addEventListener("dragstart", (event) => event.preventDefault());
  grid.addEventListener("click", (event) => {
    if (quiet) { event.preventDefault(); event.stopPropagation(); return; }
    const link = event.target instanceof Element ? event.target.closest("td.free a") : null;
    if (!link || !words.book || event.detail === 0 || event.ctrlKey || event.metaKey || event.shiftKey) return; // 0: by keyboard
    const { row, from } = begin(event, link.closest("td"));
    event.preventDefault();
    window.location.assign(bookAt(row, from));
  }, true);

  // --- the keyboard ---
  const SIDEWAYS = { ArrowLeft: -1, ArrowRight: 1 };
  const UPDOWN = { ArrowUp: -1, ArrowDown: 1 };
  const next = (row, by) => { const all = rows(); return all[clamp(all.indexOf(row) + by, 0, all.length - 1)]; };
  const wander = (link, key) => {
    const row = link.closest("tr");
    const links = [...row.querySelectorAll("a")];
    if (SIDEWAYS[key]) links[links.indexOf(link) + SIDEWAYS[key]]?.focus();
    if (!UPDOWN[key]) return Boolean(SIDEWAYS[key]);
    const x = link.getBoundingClientRect().left;
    const near = (one) => Math.abs(one.getBoundingClientRect().left - x);
    [...next(row, UPDOWN[key]).querySelectorAll("a")].sort((one, other) => near(one) - near(other))[0]?.focus();
    return true;
  };
  const pick = (link) => {
    const cell = link.closest("td");
    const row = link.closest("tr");
    if (cell?.dataset.booking && words.move) wish = { kind: "move", row, from: Number(cell.dataset.from), until: Number(cell.dataset.until), booking: cell };
    else if (cell?.classList.contains("free")) {
      const [hour, minute] = cell.dataset.start.split(":").map(Number);
      wish = { kind: "range", row, from: hour * 60 + minute, until: hour * 60 + minute + Math.max(step(row), Number(row.dataset.least)) };
    } else return false;
    draw();
    tell(`${label()} ${words.picked}`);
    return true;
  };
  grid.addEventListener("keydown", (event) => {
    const link = event.target instanceof Element ? event.target.closest("#day-table a") : null;
    if (!link || event.ctrlKey || event.metaKey || event.altKey) return;
    const { key } = event;
    if (!wish) {
      if (key === " " ? pick(link) : wander(link, key)) event.preventDefault();
      return;
    }
    const size = step(wish.row);
    if (key === "Escape") { stop(); tell(words.dropped); } else if (key === "Enter" || key === " ") finish();
    else if (SIDEWAYS[key] && event.shiftKey) wish.until = Math.max(wish.from + size, wish.until + SIDEWAYS[key] * size);
    else if (SIDEWAYS[key]) place(wish.row, inside(wish.from + SIDEWAYS[key] * size));
    else if (UPDOWN[key]) place(next(wish.row, UPDOWN[key]), wish.from);
    else return;
    event.preventDefault();
    event.stopPropagation();
    if (!wish || !(SIDEWAYS[key] || UPDOWN[key])) return;
    draw();
    tell(label());
    ghost.scrollIntoView({ block: "nearest", inline: "nearest" });
  });

  // --- the dialogs ---
  [moving, ranging].forEach((dialog) => {
    if (!dialog) return;
    dialog.addEventListener("click", (event) => {
      const target = event.target instanceof Element ? event.target : dialog;
      if (target.closest("[data-close]")) { event.preventDefault(); dialog.close(); }
      const again = target.closest("a[data-again]");
      if (again) { event.preventDefault(); ask(again.href); }
    });
    dialog.addEventListener("close", () => { if (wish) stop(); });
  });
  moving?.addEventListener("submit", (event) => {
    event.preventDefault();
    event.stopPropagation();
    const form = event.target;
    if (form.getAttribute("aria-busy") === "true") return;
    form.setAttribute("aria-busy", "true");
    ask(form.action, { method: "POST", body: new FormData(form) }).finally(() => form.removeAttribute("aria-busy"));
  });
})();
