// Scripts of the training office's pages: panels that open at the version shown; the number of ticked boxes.

// When a panel opens, its form gets the version that is shown, it gets the focus, and menus close.
addEventListener("toggle", ({ target, newState }) => {
  if (newState !== "open" || !target.matches?.(".panel")) return;
  document.querySelectorAll("details.menu[open]").forEach((menu) => { menu.open = false; });
  const shownVersion = document.querySelector(".file")?.dataset.version;
  for (const form of target.querySelectorAll("form")) {
    const version = form.elements.namedItem("version");
    if (version && shownVersion && !form.dataset.edited) version.value = shownVersion;
  }
  if (!target.querySelector(".errors")) target.querySelector("select, textarea, input:not([type=hidden])")?.focus();
}, true);
// After the first input the form keeps its version: a later change by others is then a conflict.
addEventListener("input", ({ target }) => {
  const form = target.closest?.(".panel form");
  if (form) form.dataset.edited = "";
});

// Shows how many boxes of its form are ticked; the number is typed by the user.
customElements.define("count-chosen", class extends HTMLElement {
  connectedCallback() {
    this.addEventListener("change", () => this.update());
    this.update();
  }
  update() {
    for (const form of this.querySelectorAll("form")) {
      const output = form.querySelector("output.ticked");
      if (output) output.textContent = String(form.querySelectorAll("input[name=chosen]:checked").length);
    }
  }
});
