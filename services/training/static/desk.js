// What pages of training's people need a script for: panels that open at the state one sees; how many boxes are ticked.

// A panel opens: its form is about the application as it is shown now, the focus goes into it, menus close.
addEventListener("toggle", ({ target, newState }) => {
  if (newState !== "open" || !target.matches?.(".panel")) return;
  document.querySelectorAll("details.menu[open]").forEach((menu) => { menu.open = false; });
  const shown = document.querySelector(".file")?.dataset.version;
  for (const form of target.querySelectorAll("form")) {
    const version = form.elements.namedItem("version");
    if (version && shown && !form.dataset.begun) version.value = shown;
  }
  if (!target.querySelector(".errors")) target.querySelector("select, textarea, input:not([type=hidden])")?.focus();
}, true);
// Somebody has begun to type: from now on a change of others is a clash, not a surprise.
addEventListener("input", ({ target }) => {
  const form = target.closest?.(".panel form");
  if (form) form.dataset.begun = "";
});

// Says how many boxes of its form are ticked; the number to be typed is theirs.
customElements.define("count-chosen", class extends HTMLElement {
  connectedCallback() {
    this.addEventListener("change", () => this.tell());
    this.tell();
  }
  tell() {
    for (const form of this.querySelectorAll("form")) {
      const told = form.querySelector("output.ticked");
      if (told) told.textContent = String(form.querySelectorAll("input[name=chosen]:checked").length);
    }
  }
});
