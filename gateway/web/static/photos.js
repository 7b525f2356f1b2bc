// Photos of a report. They are reduced in the browser, uploaded one by one while the form is filled in, and shown with their
// state. Without this file the photos are sent with the form.
(() => {
  "use strict";
  const input = document.querySelector("input[data-upload]");
  if (!input) return;
  const form = input.form;
  const place = document.getElementById(input.dataset.previews);
  const said = document.getElementById(input.dataset.says);
  const words = input.dataset;
  const longest = 2048;
  let pending = 0;
  let waiting = false;

  const shrunk = async (file) => {
    try {
      const picture = await createImageBitmap(file, { imageOrientation: "from-image" });
      const scale = Math.min(1, longest / Math.max(picture.width, picture.height));
      const canvas = document.createElement("canvas");
      canvas.width = Math.round(picture.width * scale);
      canvas.height = Math.round(picture.height * scale);
      canvas.getContext("2d").drawImage(picture, 0, 0, canvas.width, canvas.height);
      const smaller = await new Promise((done) => canvas.toBlob(done, "image/jpeg", 0.86));
      return smaller && smaller.size < file.size ? smaller : file;
    } catch {
      return file; // this browser cannot read the format, but the server may
    }
  };

  const send = (blob, bar) => new Promise((done, failed) => {
    const request = new XMLHttpRequest();
    const body = new FormData();
    body.append("photo", blob, "photo");
    request.open("POST", words.upload);
    request.setRequestHeader("X-CSRFToken", form.elements.csrf_token.value);
    request.setRequestHeader("Accept", "application/json");
    request.upload.addEventListener("progress", (event) => { if (event.lengthComputable) bar.value = event.loaded / event.total; });
    request.addEventListener("load", () => (request.status === 201 ? done(JSON.parse(request.responseText).id) : failed()));
    request.addEventListener("error", failed);
    request.send(body);
  });

  const settle = () => {
    pending -= 1;
    if (pending || !waiting) return;
    waiting = false;
    form.requestSubmit();
  };

  const add = async (file) => {
    const item = document.createElement("figure");
    const picture = document.createElement("img");
    const bar = document.createElement("progress");
    const remove = document.createElement("button");
    picture.alt = file.name;
    picture.src = URL.createObjectURL(file);
    bar.max = 1;
    bar.setAttribute("aria-label", words.sending);
    remove.type = "button";
    remove.textContent = "×";
    remove.setAttribute("aria-label", `${words.remove} ${file.name}`);
    remove.addEventListener("click", () => { item.remove(); input.focus(); });
    item.append(picture, bar, remove);
    place.append(item);
    pending += 1;
    try {
      const id = await send(await shrunk(file), bar);
      const field = document.createElement("input");
      field.type = "hidden";
      field.name = "photo_ids";
      field.value = id;
      bar.replaceWith(field);
      said.textContent = words.sent;
    } catch {
      item.remove();
      said.textContent = words.failed;
    }
    settle();
  };

  input.addEventListener("change", () => {
    const room = Number(words.most) - form.querySelectorAll("#previews figure, [data-kept]").length;
    const files = [...input.files];
    said.textContent = files.length > room ? words.tooMany : "";
    input.value = ""; // uploaded photos are not sent again with the form
    files.slice(0, Math.max(0, room)).forEach(add);
  });

  // If the form is submitted during an upload, it is sent after the upload.
  form.addEventListener("submit", (event) => {
    if (!pending) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    waiting = true;
    said.textContent = words.waiting;
  }, true);
})();
