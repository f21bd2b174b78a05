// What a case's pages need a script for: panels that open at the state one sees, and times at which everybody is free.

// A panel opens: its form is about the case as it is shown now, the focus goes into it, menus close.
addEventListener("toggle", ({ target, newState }) => {
  if (newState !== "open" || !target.matches?.(".panel")) return;
  document.querySelectorAll("details.menu[open]").forEach((menu) => { menu.open = false; });
  const shown = document.querySelector(".casefile")?.dataset.version, form = target.querySelector("form");
  const version = form?.elements.namedItem("version");
  if (version && shown && !form.dataset.begun) version.value = shown;
  if (!target.querySelector(".errors")) target.querySelector("select, textarea, input:not([type=hidden])")?.focus();
}, true);
// Somebody has begun to type: from now on a change of others is a clash, not a surprise.
addEventListener("input", ({ target }) => {
  const form = target.closest?.(".panel form");
  if (form) form.dataset.begun = "";
});

// The next common times of patient, department and interpreter. Who interprets is interpreting's to know: it is asked by the
// browser, and what the patient has already is left out here. Where it is away, or has no such list, nothing is shown.
customElements.define("common-slots", class extends HTMLElement {
  connectedCallback() {
    this.form = document.getElementById(this.getAttribute("for"));
    if (!this.form) return;
    this.busy = (this.getAttribute("busy") ?? "").split(" ").filter(Boolean).map((period) => period.split("/").map(Date.parse));
    for (const name of ["day", "department", "minutes", "modality", "interpreter.gender_wish"]) this.field(name)?.addEventListener("change", () => this.ask());
    const panel = this.closest("[popover]");
    if (panel) panel.addEventListener("toggle", ({ newState }) => { if (newState === "open") this.ask(); });
    else this.ask();
  }
  field(name) { return this.form.elements.namedItem(name); }
  async ask() {
    const turn = this.turn = (this.turn ?? 0) + 1; // an answer that comes after a later question's is none
    const asked = new URLSearchParams({ language: this.getAttribute("language"), from: new Date(Math.ceil(Date.now() / 6e4) * 6e4).toISOString(), limit: "40" });
    const minutes = Number(this.field("minutes")?.value) || 60;
    asked.set("minutes", minutes);
    asked.set("modality", this.field("modality")?.value || this.getAttribute("modality") || "on_site");
    const gender = this.field("interpreter.gender_wish")?.value || this.getAttribute("gender");
    if (gender) asked.set("gender", gender);
    const day = this.field("day")?.value; // from the day one typed, in whatever form: read where it is read when it is sent
    if (day) asked.set("day", day);
    const department = this.field("department")?.value || this.getAttribute("department");
    if (!(this.getAttribute("always") ?? "").split(" ").includes(department)) {
      asked.set("opens", this.getAttribute("opens"));
      asked.set("closes", this.getAttribute("closes"));
    }
    const answer = await fetch(`/interpreting/fragments/free-slots?${asked}`, { headers: { "HX-Request": "true" } }).catch(() => null);
    if (!answer?.ok) { this.hidden = turn === this.turn || this.hidden; return; }
    const text = await answer.text();
    if (turn !== this.turn) return;
    const found = new DOMParser().parseFromString(text, "text/html");
    const slots = [...found.querySelectorAll("[data-start]")].filter((slot) => this.free(Date.parse(slot.dataset.start), minutes));
    this.show(this.wished(slots));
  }
  free(start, minutes) { return !this.busy.some(([from, to]) => start < to && from < start + minutes * 6e4); }
  wished(slots) {
    if (this.field("day")?.value) return slots.slice(0, 8);
    const days = (this.getAttribute("wished") ?? "").split(" ").filter(Boolean);
    const on = slots.filter((slot) => days.includes(slot.dataset.day));
    return (on.length ? on : slots).slice(0, 8);
  }
  show(slots) {
    const list = this.querySelector(".slots");
    list.replaceChildren(...slots.map((slot) => {
      const button = Object.assign(document.createElement("button"), { type: "button", textContent: slot.textContent.trim() });
      button.setAttribute("aria-pressed", "false");
      button.addEventListener("click", () => this.choose(button, slot.dataset));
      const item = document.createElement("li");
      item.append(button);
      return item;
    }));
    if (!slots.length) list.append(Object.assign(document.createElement("li"), { textContent: list.dataset.none }));
    this.hidden = false;
  }
  choose(button, { day, time }) {
    this.field("day").value = day;
    this.field("time").value = time;
    this.querySelectorAll("button").forEach((each) => each.setAttribute("aria-pressed", String(each === button)));
    this.form.dataset.begun = "";
  }
});
