// What the desk's pages need a script for.

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
