// Words a reply starts from. What was typed already is never lost: words chosen then go below it.

customElements.define("reply-start", class extends HTMLElement {
  connectedCallback() {
    this.hidden = false;
    const chosen = this.querySelector("select"), field = document.getElementById(this.getAttribute("for"));
    const reason = document.getElementById(this.getAttribute("reason") ?? "");
    chosen.addEventListener("change", () => {
      const { value, dataset } = chosen.selectedOptions[0];
      if (!value || !field) return;
      field.value = field.value.trim() && field.value !== this.last ? `${field.value.trimEnd()}\n\n${value}` : value;
      field.lang = dataset.language ?? "";
      this.last = field.value;
      if (reason && dataset.reason) reason.value = dataset.reason;
    });
  }
});

// An address that names an answer opens it, and puts the focus into it.
function unfold() {
  const part = location.hash.length > 1 && document.getElementById(location.hash.slice(1));
  const folded = part && part.closest("details");
  if (!folded || document.querySelector(".errors")) return;
  folded.open = true;
  part.querySelector("select, textarea, input:not([type=hidden]), button")?.focus();
}
addEventListener("hashchange", unfold);
addEventListener("pageshow", () => setTimeout(unfold)); // the browser, on its way to the address, puts the focus nowhere
