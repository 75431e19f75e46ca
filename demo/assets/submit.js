// Submits the page's form at once, as LMSs do.
document.getElementById("self-post").submit();
