// What the desk's pages need a script for. After a move the focus stays in its row, also where the button it was on is gone.

let last;
customElements.define("desk-form", class extends HTMLElement {
  connectedCallback() {
    this.addEventListener("submit", (event) => { last = event.submitter?.closest("tr")?.id; });
  }
});
addEventListener("htmx:after:swap", () => {
  if (!last || (document.activeElement && document.activeElement !== document.body)) return;
  const row = document.getElementById(last);
  (row?.querySelector(".acts button, .acts summary") ?? row?.querySelector("a"))?.focus({ preventScroll: true });
  last = undefined;
});

// How many boxes are ticked, beside the field where that number is typed.
customElements.define("count-ticked", class extends HTMLElement {
  connectedCallback() {
    const shown = this.querySelector(".ticked");
    const tell = () => { shown.textContent = this.querySelectorAll("input[type=checkbox]:checked").length; };
    this.addEventListener("change", tell);
    addEventListener("pageshow", tell);
    tell();
  }
});
