// Passkeys. The forms are hidden without scripts, and in browsers without passkeys.
(() => {
  "use strict";
  if (!window.PublicKeyCredential || !navigator.credentials) return;

  const toBytes = (text) =>
    Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (sign) => sign.charCodeAt(0));
  const toText = (buffer) =>
    btoa(String.fromCharCode(...new Uint8Array(buffer))).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
  const known = (list) => (list || []).map((one) => ({ ...one, id: toBytes(one.id) }));

  const create = async (options) => {
    const made = await navigator.credentials.create({
      publicKey: {
        ...options,
        challenge: toBytes(options.challenge),
        user: { ...options.user, id: toBytes(options.user.id) },
        excludeCredentials: known(options.excludeCredentials),
      },
    });
    return {
      ...shared(made),
      response: {
        clientDataJSON: toText(made.response.clientDataJSON),
        attestationObject: toText(made.response.attestationObject),
      },
    };
  };
  const get = async (options) => {
    const used = await navigator.credentials.get({
      publicKey: { ...options, challenge: toBytes(options.challenge), allowCredentials: known(options.allowCredentials) },
    });
    return {
      ...shared(used),
      response: {
        clientDataJSON: toText(used.response.clientDataJSON),
        authenticatorData: toText(used.response.authenticatorData),
        signature: toText(used.response.signature),
        userHandle: used.response.userHandle ? toText(used.response.userHandle) : null,
      },
    };
  };
  const shared = (credential) => ({
    id: credential.id,
    rawId: toText(credential.rawId),
    type: credential.type,
    clientExtensionResults: credential.getClientExtensionResults(),
    authenticatorAttachment: credential.authenticatorAttachment,
  });

  document.querySelectorAll("form[data-passkey]").forEach((form) => {
    form.hidden = false;
    const problem = form.querySelector("[data-problem]");
    const show = (text) => {
      problem.textContent = text;
      problem.hidden = !text;
      form.removeAttribute("aria-busy");
    };
    form.addEventListener("submit", async (event) => {
      event.preventDefault();
      show("");
      try {
        const answer = await fetch(form.dataset.options, { method: "POST", body: new FormData(form) });
        const begun = await answer.json();
        if (!answer.ok) { show(begun.message); return; }
        const credential = await (form.dataset.passkey === "create" ? create : get)(begun.options);
        form.elements.credential.value = JSON.stringify(credential);
        if (form.elements.password) form.elements.password.disabled = true;
        form.submit();
      } catch (error) {
        show(error.name === "InvalidStateError" ? form.dataset.known || form.dataset.failed : form.dataset.failed);
      }
    });
  });
})();
