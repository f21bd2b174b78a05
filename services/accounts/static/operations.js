// The operators' pages: names for accounts' ids, and the table of an event trace, put together from the parts of all services.
// Not here: the parts; each comes from its owner as HTML, with what the table needs in data- attributes.

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
  connectedCallback() { this.showName(); }
  attributeChangedCallback() { if (this.isConnected) this.showName(); }
  async showName() {
    const holder = document.createElement("template");
    holder.innerHTML = await nameOf(this.getAttribute("account"));
    const name = holder.content.textContent.trim();
    if (name) this.textContent = name;
  }
});

// <event-trace>: a row for each event, a column for each service. The subjects that one part names are requested from the others.
customElements.define("event-trace", class extends HTMLElement {
  connectedCallback() {
    this.parts = [...this.querySelectorAll("section[data-service]")];
    this.watch = new MutationObserver(() => { cancelAnimationFrame(this.frame); this.frame = requestAnimationFrame(() => this.draw()); });
    this.parts.forEach((part) => this.watch.observe(part, { childList: true, subtree: true }));
  }
  disconnectedCallback() { this.watch.disconnect(); }

  all(part, name) { return [...part.querySelectorAll(`[data-${name}]`)].map((row) => row.dataset); }

  draw() {
    const events = this.parts.flatMap((part) => this.all(part, "published").map((row) => ({ ...row, by: part.dataset.service })));
    events.sort((a, b) => a.time.localeCompare(b.time) || a.subject.localeCompare(b.subject) || a.sequence - b.sequence);
    this.requestSubjects(events);
    const body = this.querySelector("tbody");
    body.replaceChildren(...events.map((event) => this.row(event)));
    this.querySelector(".table-frame").hidden = events.length === 0;
    const loaded = this.parts.every((part) => part.querySelector("[data-trace], .away"));
    this.querySelector(".nothing").hidden = events.length > 0 || !loaded;
  }

  // The case's id where the page names it by its reference, and the subjects that others have published events of.
  requestSubjects(events) {
    const known = this.parts.map((part) => part.querySelector("[data-trace]")?.dataset.case).find((id) => id);
    const subjects = [...new Set(events.map((event) => event.subject))].sort();
    for (const part of this.parts) {
      const live = part.querySelector("live-part"), address = new URL(live.getAttribute("src"), location.href);
      const others = subjects.filter((subject) => !subject.startsWith(`${part.dataset.service}/`)).slice(0, 60).join(",");
      if (known) address.searchParams.set("case_id", known);
      if (others) address.searchParams.set("subjects", others);
      const src = address.pathname + address.search;
      if (src !== live.getAttribute("src")) { live.setAttribute("src", src); live.soon?.(); }
    }
  }

  row(event) {
    const row = document.createElement("tr"), head = document.createElement("th"), code = document.createElement("span");
    head.scope = "row";
    code.textContent = event.type;
    code.className = "code";
    const time = Object.assign(document.createElement("span"), { className: "quiet", textContent: `${event.clock} · ${event.sequence}` });
    head.append(time, document.createElement("br"), code);
    row.append(head, ...this.parts.map((part) => this.cell(event, part)));
    const places = [...row.cells].map((cell, place) => (cell.dataset.mark && cell.dataset.mark !== "none" ? place : 0)).filter(Boolean);
    const first = Math.min(...places), last = Math.max(...places);
    for (let place = first; place <= last; place += 1) row.cells[place].classList.add("line");
    row.cells[first].classList.add("first");
    row.cells[last].classList.add("last");
    return row;
  }

  cell(event, part) {
    const cell = document.createElement("td"), mark = this.markOf(event, part);
    cell.dataset.label = this.querySelector(`thead [data-service="${part.dataset.service}"]`).textContent;
    cell.dataset.mark = mark;
    cell.append(this.mark(mark));
    const notices = this.all(part, "notice").filter((notice) => notice.event === event.published).length;
    if (notices) cell.append(" ", this.mark("notices", notices));
    return cell;
  }

  markOf(event, part) {
    if (event.by === part.dataset.service) return event.at ? "published" : "unpublished";
    if (!event.consumers.split(" ").includes(part.dataset.service)) return "none";
    if (!part.querySelector("[data-trace]")) return "unknown";
    const failed = this.all(part, "failed").find((row) => row.failed === event.published);
    if (failed) return { dead_lettered: "dead_lettered", discarded: "discarded" }[failed.state] ?? "waiting";
    const position = this.all(part, "consumed").find((row) => row.consumed === event.subject);
    if (!position) return "unknown";
    const number = Number(event.sequence), missing = position.missing.split(" ").includes(event.sequence);
    return number <= Number(position.last) && !missing ? "consumed" : "not_yet";
  }

  mark(name, n) {
    const made = this.querySelector(`template[data-mark="${name}"]`).content.cloneNode(true);
    if (n !== undefined) made.firstElementChild.textContent = made.firstElementChild.textContent.replace("{n}", n);
    return made;
  }
});
