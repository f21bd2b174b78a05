// Register: what was typed into the search goes into the form where the desk says so; who somebody may be is asked as the form fills.

const WAIT = 500;
const ABOUT = /^patient\.(name\.|birth_date|sex|nationality|phone|hospital_number|passport\.number)/;

// Asked again only where something about the person changed, and never in the middle of a kana conversion.
customElements.define("known-people", class extends HTMLElement {
  connectedCallback() {
    this.form = document.getElementById(this.getAttribute("of"));
    this.answer = this.querySelector("[hx-post]");
    this.asked = this.about();
    this.heard = (event) => { if (!event.isComposing) this.soon(); };
    for (const name of ["input", "change", "compositionend"]) this.form.addEventListener(name, this.heard);
    if (/[^\s=&]=[^\s&]/.test(this.about())) this.ask(); // a form that came back filled
  }
  disconnectedCallback() {
    clearTimeout(this.timer);
    for (const name of ["input", "change", "compositionend"]) this.form.removeEventListener(name, this.heard);
  }
  about() {
    return new URLSearchParams([...new FormData(this.form)].filter(([name, value]) => ABOUT.test(name) && value)).toString();
  }
  soon() {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => { if (this.about() !== this.asked) this.ask(); }, WAIT);
  }
  ask() {
    this.asked = this.about();
    this.answer.dispatchEvent(new CustomEvent("imc:known", { bubbles: true }));
  }
});

// "Register as new": fills what is still empty, and leads to the first field that is.
const show = () => document.querySelectorAll("[data-take]").forEach((button) => { button.hidden = false; });
show();
addEventListener("htmx:after:swap", show);
addEventListener("click", (event) => {
  const button = event.target.closest?.("[data-take]");
  const form = document.getElementById("register");
  if (!button || !form) return;
  const put = (name, value) => { const field = form.elements.namedItem(name); if (value && field && !field.value) field.value = value; };
  for (const part of ["native", "kana", "latin"]) put(`patient.name.${part}`, button.dataset[part]);
  put("patient.birth_date", button.dataset.birthDate);
  form.dispatchEvent(new Event("change", { bubbles: true }));
  const names = ["native", "kana", "latin"].map((part) => form.elements.namedItem(`patient.name.${part}`));
  const named = names.some((field) => field.value);
  const rest = [form.elements.namedItem("patient.birth_date"), form.elements.namedItem("patient.sex"), form.elements.namedItem("patient.nationality")];
  ((named ? rest : [names[0], ...rest]).find((field) => !field.value) ?? form.elements.namedItem("patient.phone")).focus();
});

// What a text was perhaps meant for: one press fills it in.
addEventListener("click", (event) => {
  const button = event.target.closest?.("[data-fill]");
  const field = button && document.getElementById(button.dataset.fill);
  if (!field) return;
  field.value = button.textContent;
  field.dispatchEvent(new Event("change", { bubbles: true }));
  field.focus();
});

// Minutes count for who is here now.
const channel = document.getElementById("register-channel"), minutes = document.getElementById("register-minutes");
const here = () => { minutes.closest(".field").hidden = channel.value !== "walk_in"; };
channel?.addEventListener("change", here);
addEventListener("pageshow", () => { if (channel) here(); });
