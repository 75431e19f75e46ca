// Closes the dialogue around this frame: the page that opened it takes over.
const address = document.getElementById("leave").href;
window.parent.location.replace(address);
