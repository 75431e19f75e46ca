// The storage frame of an LMS: keeps small texts for the tool, apart for each
// origin, and answers only the tool that the campus knows. data-mode makes it
// misbehave (silent, slow, forged) or old (legacy: the messages' former names).
(() => {
  const { mode, tool, page } = document.currentScript.dataset;
  const maxCharacters = 4096;
  const maxKeys = 500;
  const slowAnswer = 3000;
  const afterForgery = 300;
  const prefix = mode === "legacy" ? "org.imsglobal.lti." : "lti.";
  let characters = 0;
  let keys = 0;

  const fail = (code, message) => ({ error: { code, message } });
  const place = (key) => `lti:${tool}:${key}`;

  // As in Canvas the limits count per page load, and overwriting counts again.
  function put({ key, value }) {
    if (value === null || value === undefined) {
      const old = localStorage.getItem(place(key));
      if (old !== null) {
        localStorage.removeItem(place(key));
        characters = Math.max(0, characters - key.length - old.length);
        keys = Math.max(0, keys - 1);
      }
      return { key, value: null };
    }
    const text = String(value);
    if (keys + 1 > maxKeys || characters + key.length + text.length > maxCharacters) {
      return fail("storage_exhaustion", "Reached storage limit");
    }
    keys += 1;
    characters += key.length + text.length;
    localStorage.setItem(place(key), text);
    return { key, value: text };
  }

  function answer(message, origin) {
    if (typeof message.message_id !== "string" || message.message_id === "") {
      return fail("bad_request", "Missing required 'message_id' field");
    }
    if (origin !== tool) {
      return fail("wrong_origin", "This origin may not keep data here");
    }
    if (message.subject !== `${prefix}put_data` && message.subject !== `${prefix}get_data`) {
      return fail("unsupported_subject", "The storage frame only keeps data");
    }
    if (typeof message.key !== "string" || message.key === "") {
      return fail("bad_request", "Missing required 'key' field");
    }
    if (message.subject === `${prefix}put_data`) {
      return put(message);
    }
    return { key: message.key, value: localStorage.getItem(place(message.key)) };
  }

  window.addEventListener("message", (event) => {
    const message = event.data;
    // Kept now: once the tool has moved on, the event no longer knows it.
    const asker = event.source;
    if (mode === "silent" || !asker || !message || typeof message.subject !== "string" ||
        message.subject.endsWith(".response")) {
      return;
    }
    if (mode === "forged") {
      // The page around us plays the attacker: another window, another origin.
      window.parent.postMessage({ subject: "practice.forge", message }, page);
    }
    let result;
    try {
      result = answer(message, event.origin);
    } catch {
      result = fail("error", "The browser refuses storage");
    }
    const reply = { subject: `${message.subject}.response`, message_id: message.message_id, ...result };
    const delay = { slow: slowAnswer, forged: afterForgery }[mode] ?? 0;
    setTimeout(() => asker.postMessage(reply, event.origin), delay);
  });
})();
