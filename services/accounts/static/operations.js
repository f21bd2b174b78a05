// The operators' pages: names for accounts' ids, and the picture of a way, put together from the parts of all services.
// Not here: what a part says; each comes from its owner as HTML, with what the picture needs in data- attributes.

// <person-name account="…">: asked of accounts once per person and page, whatever part of whatever service names them.
const names = new Map();
function nameOf(id) {
  if (!names.has(id)) {
    const asked = fetch(`/accounts/fragments/person?id=${encodeURIComponent(id)}`, { headers: { "HX-Request": "true" } })
      .then((answer) => (answer.ok ? answer.text() : "")).catch(() => "");
    names.set(id, asked);
  }
  return names.get(id);
}
customElements.define("person-name", class extends HTMLElement {
  static observedAttributes = ["account"];
  connectedCallback() { this.tell(); }
  attributeChangedCallback() { if (this.isConnected) this.tell(); }
  async tell() {
    const holder = document.createElement("template");
    holder.innerHTML = await nameOf(this.getAttribute("account"));
    const name = holder.content.textContent.trim();
    if (name) this.textContent = name;
  }
});

// <way-picture>: a row for each event, a column for each service. What one part knows of other subjects the others are asked for.
customElements.define("way-picture", class extends HTMLElement {
  connectedCallback() {
    this.lanes = [...this.querySelectorAll("section[data-service]")];
    this.watch = new MutationObserver(() => { cancelAnimationFrame(this.frame); this.frame = requestAnimationFrame(() => this.draw()); });
    this.lanes.forEach((lane) => this.watch.observe(lane, { childList: true, subtree: true }));
  }
  disconnectedCallback() { this.watch.disconnect(); }

  all(lane, name) { return [...lane.querySelectorAll(`[data-${name}]`)].map((row) => row.dataset); }

  draw() {
    const said = this.lanes.flatMap((lane) => this.all(lane, "said").map((row) => ({ ...row, by: lane.dataset.service })));
    said.sort((a, b) => a.time.localeCompare(b.time) || a.subject.localeCompare(b.subject) || a.sequence - b.sequence);
    this.ask(said);
    const body = this.querySelector("tbody");
    body.replaceChildren(...said.map((event) => this.row(event)));
    this.querySelector(".table-frame").hidden = said.length === 0;
    const came = this.lanes.every((lane) => lane.querySelector("[data-way], .away"));
    this.querySelector(".nothing").hidden = said.length > 0 || !came;
  }

  // The case's id where it was asked for by its reference, and the subjects others have said something of.
  ask(said) {
    const known = this.lanes.map((lane) => lane.querySelector("[data-way]")?.dataset.case).find((id) => id);
    const subjects = [...new Set(said.map((event) => event.subject))].sort();
    for (const lane of this.lanes) {
      const part = lane.querySelector("live-part"), address = new URL(part.getAttribute("src"), location.href);
      const others = subjects.filter((subject) => !subject.startsWith(`${lane.dataset.service}/`)).slice(0, 60).join(",");
      if (known) address.searchParams.set("case_id", known);
      if (others) address.searchParams.set("subjects", others);
      const src = address.pathname + address.search;
      if (src !== part.getAttribute("src")) { part.setAttribute("src", src); part.soon?.(); }
    }
  }

  row(event) {
    const row = document.createElement("tr"), head = document.createElement("th"), code = document.createElement("span");
    head.scope = "row";
    code.textContent = event.type;
    code.className = "code";
    const time = Object.assign(document.createElement("span"), { className: "quiet", textContent: `${event.clock} · ${event.sequence}` });
    head.append(time, document.createElement("br"), code);
    row.append(head, ...this.lanes.map((lane) => this.cell(event, lane)));
    const places = [...row.cells].map((cell, place) => (cell.dataset.mark && cell.dataset.mark !== "none" ? place : 0)).filter(Boolean);
    const first = Math.min(...places), last = Math.max(...places);
    for (let place = first; place <= last; place += 1) row.cells[place].classList.add("line");
    row.cells[first].classList.add("first");
    row.cells[last].classList.add("last");
    return row;
  }

  cell(event, lane) {
    const cell = document.createElement("td"), mark = this.markOf(event, lane);
    cell.dataset.label = this.querySelector(`thead [data-service="${lane.dataset.service}"]`).textContent;
    cell.dataset.mark = mark;
    cell.append(this.mark(mark));
    const notices = this.all(lane, "notice").filter((notice) => notice.event === event.said).length;
    if (notices) cell.append(" ", this.mark("notices", notices));
    return cell;
  }

  markOf(event, lane) {
    if (event.by === lane.dataset.service) return event.at ? "said" : "unsaid";
    if (!event.heardBy.split(" ").includes(lane.dataset.service)) return "none";
    if (!lane.querySelector("[data-way]")) return "unknown";
    const kept = this.all(lane, "kept").find((row) => row.kept === event.said);
    if (kept) return { parked: "parked", discarded: "discarded" }[kept.state] ?? "waiting";
    const heard = this.all(lane, "heard").find((row) => row.heard === event.subject);
    if (!heard) return "unknown";
    const number = Number(event.sequence), missing = heard.missing.split(" ").includes(event.sequence);
    return number <= Number(heard.last) && !missing ? "heard" : "not_yet";
  }

  mark(name, n) {
    const made = this.querySelector(`template[data-mark="${name}"]`).content.cloneNode(true);
    if (n !== undefined) made.firstElementChild.textContent = made.firstElementChild.textContent.replace("{n}", n);
    return made;
  }
});
