// Closes the frame of a tool's registration page when the tool says that it is
// done.
const { done } = document.currentScript.dataset;
const frame = document.getElementById("tool");

window.addEventListener("message", (event) => {
  if (event.source === frame.contentWindow && event.data && event.data.subject === "org.imsglobal.lti.close") {
    window.location.assign(done);
  }
});
