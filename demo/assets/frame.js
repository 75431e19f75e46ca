// The page around a tool: opens it when the storage frame is ready, gives the
// frame the rest of the window, and answers the tool's messages where the LMS
// does.
const { minHeight, tool, storageName, storageOrigin, mode, listens } = document.currentScript.dataset;
const frame = document.getElementById("tool");
const margin = 15;
let wanted = 0;

function fit() {
  const rest = window.innerHeight - frame.getBoundingClientRect().top - window.scrollY - margin;
  frame.style.height = `${wanted || Math.max(rest, Number(minHeight))}px`;
}

fit();
window.addEventListener("resize", fit);
window.addEventListener("load", () => {
  fit();
  if (frame.dataset.src) {
    frame.src = frame.dataset.src;
  }
  document.getElementById("self-post")?.submit();
});

const supported = ["lti.capabilities", "lti.frameResize", "lti.fetchWindowSize", "lti.scrollToTop"];

const answers = {
  "lti.capabilities": () => {
    const messages = supported.map((subject) => ({ subject }));
    if (mode !== "off") {
      const prefix = mode === "legacy" ? "org.imsglobal.lti." : "lti.";
      messages.push(...["put_data", "get_data"].map((verb) => ({ subject: prefix + verb, frame: storageName })));
    }
    return { supported_messages: messages };
  },
  "lti.frameResize": ({ height }) => {
    const pixels = Math.round(Number(height));
    if (!Number.isFinite(pixels) || pixels < 1) {
      return { error: { code: "bad_request", message: "height must be a number of pixels" } };
    }
    wanted = Math.min(pixels, 20000);
    fit();
    return {};
  },
  "lti.fetchWindowSize": () => ({
    height: window.innerHeight, width: window.innerWidth, scrollY: window.scrollY,
    offset: { left: frame.offsetLeft, top: frame.offsetTop }, footer: 0,
  }),
  "lti.scrollToTop": () => {
    frame.scrollIntoView();
    return {};
  },
};

// forge sends the tool a false answer, which it must not believe.
function forge(message) {
  frame.contentWindow.postMessage({
    subject: `${message.subject}.response`, message_id: message.message_id, key: message.key, value: "forged",
  }, tool);
}

window.addEventListener("message", (event) => {
  const message = event.data;
  if (!message || typeof message.subject !== "string") {
    return;
  }
  if (message.subject === "practice.forge" && event.origin === storageOrigin && mode === "forged") {
    forge(message.message);
    return;
  }
  const answer = answers[message.subject];
  if (listens === undefined || !answer || event.source !== frame.contentWindow) {
    return;
  }
  event.source.postMessage(
    { subject: `${message.subject}.response`, message_id: message.message_id, ...answer(message) }, event.origin);
});
