// What pages need a script for. Plain custom elements, no build; without it everything works but what moves by itself.
// Not here: anything a service decides. Requests carry HX-Request, so that the door answers a part, or 401, never a redirect.

const FINAL = [401, 403, 404]; // signed out, not ours, not there: asking again helps nobody, and htmx puts none of it into the page
const VISIBLE = 3000, HIDDEN = 30000, FLASH = 10000, SEARCH_WAIT = 250;
const meta = (name) => document.querySelector(`meta[name="imc-${name}"]`)?.content ?? "";
const channel = "BroadcastChannel" in window ? new BroadcastChannel("imc") : null;
if (meta("person")) channel?.postMessage({ signedIn: meta("person") });

// The reader's zone, for the next page; where this one was made without it, what tells times (data-times) is told once more.
const onlySecure = location.protocol === "https:" ? "; secure" : "";
const zoneCookie = `${onlySecure && "__Host-"}imc_zone`; // as shared/web/edge.py names cookies
const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
const placed = document.cookie.split("; ").includes(`${zoneCookie}=${zone}`);
if (zone?.includes("/") && !placed) {
  document.cookie = `${zoneCookie}=${zone}; path=/; max-age=31536000; samesite=lax${onlySecure}`;
  if (document.querySelector("[data-times]")) retold();
}
async function retold() {
  const answer = await fetch(location.href).catch(() => null);
  if (!answer?.ok) return;
  const anew = new DOMParser().parseFromString(await answer.text(), "text/html").querySelectorAll("[data-times]");
  const old = document.querySelectorAll("[data-times]");
  if (old.length === anew.length) old.forEach((each, at) => { each.textContent = anew[at].textContent; });
}

// The connection: said once in one line, taken back when it is there again.
const line = document.getElementById("connection");
const lost = () => { if (line) line.hidden = false; };
const found = () => { if (line) line.hidden = true; };
addEventListener("offline", lost);
addEventListener("online", () => { found(); document.querySelectorAll("live-part").forEach((part) => part.soon?.()); });

// A new token, where the session still lives. One request at a time, shared by all that wait. What a script asks for by itself
// is no use of the session: it says for how long nobody was at the keyboard.
const IDLE = 15 * 60000, KEPT = 4 * 60000;
let renewing = null, used = Date.now(), asked = Date.now();
for (const name of ["pointerdown", "keydown", "wheel", "touchstart"]) addEventListener(name, () => { used = Date.now(); }, { capture: true, passive: true });
export function renew() {
  asked = Date.now();
  const body = new URLSearchParams({ idle: (Date.now() - used) / 1000 });
  renewing ??= fetch("/accounts/renew", { method: "POST", headers: { "HX-Request": "true", "X-CSRF": meta("form") }, body })
    .then((answer) => answer.ok || answer.status >= 500).finally(() => { renewing = null; });
  return renewing;
}
async function renewed(url, options) {
  const answer = await fetch(url, options);
  if (answer.status !== 401) return answer;
  if (await renew()) return fetch(url, options);
  signedOut();
  return answer;
}

// Signed out while the page stands open: it is covered, and comes back as it was once the same person has signed in again.
const root = document.documentElement;
function signedOut() {
  if (!meta("person")) return;
  root.classList.add("signed-out");
  document.getElementById("signed-out").hidden = false;
}
async function signedIn(person) {
  if (!root.classList.contains("signed-out")) return;
  if (person !== meta("person")) { location.reload(); return; }
  const answer = await fetch(`/${location.pathname.split("/")[1]}/again`, { headers: { "HX-Request": "true" } });
  if (!answer.ok) return;
  const { csrf } = await answer.json();
  document.querySelector('meta[name="imc-csrf"]').content = csrf;
  document.querySelectorAll('input[name="csrf"]').forEach((field) => { if (field.value !== meta("form")) field.value = csrf; });
  root.classList.remove("signed-out");
  document.getElementById("signed-out").hidden = true;
  document.querySelectorAll("live-part").forEach((part) => part.soon?.());
}
channel?.addEventListener("message", ({ data }) => signedIn(data.signedIn));
// Somebody who types for long asks for nothing: their session is kept alive. Nobody there for long: it is seen that it is over.
if (meta("person")) setInterval(() => {
  const now = Date.now();
  if (now - used > IDLE || (used > asked && now - asked > KEPT)) renew().then((there) => { if (!there) signedOut(); }).catch(lost);
}, 20000);

// Live parts: content that asks for itself again, and changes nothing where nothing changed. `once`: it asks until it has come;
// `opened`: that, but not before the <details> around it is opened, and anew where it has got another address since.
customElements.define("live-part", class extends HTMLElement {
  static observedAttributes = ["src"];
  attributeChangedCallback(name, before, now) {
    if (before === null || before === now || !this.isConnected) return;
    this.tag = "";
    this.soon();
  }
  get once() { return this.around || this.hasAttribute("once"); }
  connectedCallback() {
    this.failures = 0;
    this.tag = this.getAttribute("etag") ?? "";
    this.seen = () => { if (!document.hidden) this.soon(); };
    this.around = this.hasAttribute("opened") ? this.closest("details") : null;
    this.toggled = () => { if (!this.tag) this.soon(); };
    this.around?.addEventListener("toggle", this.toggled);
    if (!this.around) document.addEventListener("visibilitychange", this.seen);
    this.tag ? this.later() : this.soon();
  }
  disconnectedCallback() {
    clearTimeout(this.timer);
    this.around?.removeEventListener("toggle", this.toggled);
    document.removeEventListener("visibilitychange", this.seen);
  }
  soon() { clearTimeout(this.timer); if (!this.around || this.around.open) this.timer = setTimeout(() => this.ask(), 0); }
  later() {
    clearTimeout(this.timer);
    if (this.isConnected && !this.once) this.timer = setTimeout(() => this.ask(), document.hidden ? HIDDEN : VISIBLE);
  }
  async ask() {
    let status = 0;
    const src = this.getAttribute("src");
    try {
      const headers = { "HX-Request": "true", ...(this.tag && { "If-None-Match": this.tag }) };
      const answer = await renewed(src, { headers, signal: AbortSignal.timeout(15000) });
      if (src !== this.getAttribute("src")) return; // another address since: it asks for itself
      status = answer.status;
      if (status === 200) await this.show(await answer.text(), answer.headers.get("ETag") ?? "");
      else if (status !== 304 && !this.hasAttribute("quiet")) this.say(this.getAttribute("away"));
      else if (status === 304) this.note?.remove();
    } catch { /* no answer at all */ }
    if (status === 0 || (status >= 500 && !this.hasAttribute("away"))) {
      if (++this.failures > 1 && !this.hasAttribute("quiet")) lost();
    } else { this.failures = 0; if (status === 200 || status === 304) found(); }
    if (FINAL.includes(status)) return;
    if (status !== 200 && status !== 304 && this.once) { this.timer = setTimeout(() => this.ask(), VISIBLE); return; }
    this.later();
  }
  async show(text, tag) {
    if (this.contains(document.activeElement) && document.activeElement.matches("input:not([type=hidden]), textarea, select")) return; // somebody types here
    this.tag = tag;
    if (window.htmx) await htmx.swap({ target: this, text, swap: "innerMorph", sourceElement: this });
    else this.innerHTML = text;
    this.toggleAttribute("came", true);
  }
  say(words) { // what came before stays, with the word over it
    if (!words || this.note?.isConnected) return;
    this.note = Object.assign(document.createElement("p"), { className: "away", textContent: words });
    if (this.hasAttribute("came")) this.prepend(this.note); else this.replaceChildren(this.note);
  }
});

// htmx: a CSRF token on every unsafe request, a renewed token, the connection line.
addEventListener("htmx:config:request", ({ detail: { ctx } }) => {
  if (ctx.request.method !== "GET") ctx.request.headers["X-CSRF"] = meta("csrf");
  const to = ctx.request.submitter?.getAttribute("formaction"); // one form around a table, each button with an address of its own
  if (to) ctx.request.action = to;
});
addEventListener("htmx:before:request", ({ detail: { ctx } }) => { ctx.fetch = renewed; });
addEventListener("htmx:error", lost);
addEventListener("htmx:after:request", ({ detail: { ctx } }) => {
  ctx.response.status >= 502 ? lost() : found();
  // An answer that is not put into the page would be seen by nobody: the form is sent as a whole page, which says what is wrong
  // and holds what was typed. Its key makes both one effect. A search may fail unseen: what is typed beside it must not go.
  const form = ctx.sourceElement?.closest?.("form:not([role=search])");
  if (form && ctx.request.method === "POST" && FINAL.includes(ctx.response.status) && !root.classList.contains("signed-out")) send(form, ctx.request.submitter);
});
addEventListener("htmx:finally:request", ({ detail: { ctx } }) => { release(ctx.sourceElement?.closest?.("form")); });

// Kana: the Enter that ends a conversion neither submits nor searches.
let composing = false;
addEventListener("compositionstart", () => { composing = true; }, true);
addEventListener("compositionend", () => { composing = false; }, true);
addEventListener("keydown", (event) => {
  if (event.key === "Enter" && (event.isComposing || event.keyCode === 229)) { event.stopImmediatePropagation(); if (event.target.matches?.("input")) event.preventDefault(); }
}, true);

customElements.define("search-box", class extends HTMLElement {
  connectedCallback() {
    const form = this.querySelector("form");
    const wait = () => { clearTimeout(this.timer); this.timer = setTimeout(() => form.dispatchEvent(new CustomEvent("imc:search", { bubbles: true })), SEARCH_WAIT); };
    this.addEventListener("input", (event) => { if (!event.isComposing && !composing) wait(); });
    this.addEventListener("compositionend", wait);
  }
  disconnectedCallback() { clearTimeout(this.timer); }
});

// Sending: once; never into a dead connection, where the browser would throw the page away with what was typed.
function release(form) {
  if (!form) return;
  delete form.dataset.sent;
  form.querySelectorAll("button[aria-disabled]").forEach((button) => button.removeAttribute("aria-disabled"));
}
addEventListener("pageshow", () => document.querySelectorAll("form[data-sent]").forEach(release));
addEventListener("submit", (event) => {
  const form = event.target;
  if (composing || "sent" in form.dataset) { event.preventDefault(); event.stopImmediatePropagation(); return; }
  if (form.getAttribute("method")?.toLowerCase() !== "post") return;
  form.dataset.sent = "";
  setTimeout(() => release(form), 10000);
  form.querySelectorAll("button:not([type=button])").forEach((button) => button.setAttribute("aria-disabled", "true"));
  if ([...form.attributes].some(({ name }) => /^(data-)?hx-(post|put|patch|delete)/.test(name))) return; // htmx sends it
  event.preventDefault();
  reachable(form).then((there) => { if (there) send(form, event.submitter); else { release(form); lost(); line?.scrollIntoView({ block: "nearest" }); } });
}, true);
async function reachable(form) {
  const service = new URL(form.action).pathname.split("/")[1];
  try { return (await fetch(`/${service}/healthz`, { signal: AbortSignal.timeout(4000) })).ok; } catch { return false; }
}
function send(form, submitter) {
  if (submitter?.name) {
    const chosen = Object.assign(document.createElement("input"), { type: "hidden", name: submitter.name, value: submitter.value });
    form.append(chosen);
  }
  if (submitter?.hasAttribute("formaction")) form.action = submitter.formAction;
  found();
  HTMLFormElement.prototype.submit.call(form);
}

// A refused form: the focus goes to what is wrong. A fault's link leads to its field also where the field is a group.
function focusFaults(root) {
  const summary = root.querySelector?.(".errors");
  if (!summary) return;
  summary.closest("[popover]")?.showPopover?.();
  summary.focus();
}
addEventListener("click", (event) => {
  const link = event.target.closest?.(".errors a[href^='#']");
  const field = link && (document.getElementById(link.hash.slice(1)) ?? document.querySelector(`[name="${CSS.escape(link.dataset.field)}"]`));
  if (!field) return;
  event.preventDefault();
  field.closest("details:not([open])")?.setAttribute("open", "");
  (field.matches("fieldset") ? field.querySelector("input") ?? field : field).focus();
});
focusFaults(document);
// What was sent from inside a part may be refused above it: the form that sent it may be gone by now.
addEventListener("htmx:after:swap", ({ detail: { ctx } }) => { if ([409, 422].includes(ctx?.response?.status)) focusFaults(document); });

// A form around a table whose rows have ids: after a command the focus stays in its row, or goes to the next where that is gone.
let rows = [];
customElements.define("row-form", class extends HTMLElement {
  connectedCallback() {
    this.addEventListener("submit", (event) => {
      const row = event.submitter?.closest("tr");
      rows = row ? [row.id, row.nextElementSibling?.id, row.previousElementSibling?.id].filter(Boolean) : [];
    });
  }
});
addEventListener("htmx:after:swap", () => {
  if (!rows.length || (document.activeElement && document.activeElement !== document.body)) return;
  const row = rows.map((id) => document.getElementById(id)).find(Boolean);
  (row?.querySelector(".acts :is(button, summary, a)") ?? row?.querySelector("a") ?? document.getElementById("main"))?.focus({ preventScroll: true });
  rows = [];
});

// Messages go after ten seconds, but not while somebody is at them.
customElements.define("flash-message", class extends HTMLElement {
  connectedCallback() {
    const start = () => { clearTimeout(this.timer); this.timer = setTimeout(() => this.remove(), FLASH); };
    const stop = () => clearTimeout(this.timer);
    for (const name of ["pointerenter", "focusin"]) this.addEventListener(name, stop);
    for (const name of ["pointerleave", "focusout"]) this.addEventListener(name, start);
    start();
  }
  disconnectedCallback() { clearTimeout(this.timer); }
});

// Three minutes ago, in two hours.
const STEPS = [["day", 86400], ["hour", 3600], ["minute", 60]];
const words = new Intl.RelativeTimeFormat(document.documentElement.lang || "ja", { numeric: "auto" });
customElements.define("relative-time", class extends HTMLElement {
  static observedAttributes = ["datetime"];
  connectedCallback() { this.tell(); this.timer = setInterval(() => this.tell(), 30000); }
  disconnectedCallback() { clearInterval(this.timer); }
  attributeChangedCallback() { this.tell(); }
  tell() {
    const seconds = (Date.parse(this.getAttribute("datetime")) - Date.now()) / 1000;
    const [unit, size] = STEPS.find(([, size]) => Math.abs(seconds) >= size) ?? STEPS[2];
    const told = words.format(Math.round(seconds / size), unit);
    if (this.textContent !== told) this.textContent = told;
  }
});

// A form held through a new sign-in, sent again as it was. Another person's sign-in sends nothing by itself.
customElements.define("kept-form", class extends HTMLElement {
  connectedCallback() {
    if (this.getAttribute("mode") !== "session") return;
    this.form = this.querySelector("form");
    channel?.addEventListener("message", () => this.resend());
    renew().then((there) => { if (there) this.resend(); }).catch(lost);
  }
  async resend() {
    if (this.done) return;
    const answer = await fetch(this.getAttribute("again"), { headers: { "HX-Request": "true", "X-CSRF": this.getAttribute("csrf") } });
    if (!answer.ok || this.done) return;
    const { csrf, person, same } = await answer.json();
    this.form.elements.csrf.value = csrf;
    if (!same && person !== this.getAttribute("whose")) { this.querySelector(".kept-other").hidden = false; return; }
    this.done = true;
    HTMLFormElement.prototype.submit.call(this.form);
  }
});

// A file that is too large says so where it was chosen: a form with it is not sent, and nothing typed is lost.
customElements.define("file-field", class extends HTMLElement {
  connectedCallback() {
    this.input = this.querySelector("input");
    this.input.addEventListener("change", () => this.judge());
    this.input.form.addEventListener("submit", (event) => {
      if (this.judge()) return;
      event.preventDefault();
      event.stopImmediatePropagation();
      this.input.focus();
    }, true);
  }
  judge() {
    const size = [...this.input.files].reduce((sum, file) => sum + file.size, 0);
    const fits = size <= Number(this.getAttribute("most"));
    this.told?.remove();
    if (fits) { this.input.removeAttribute("aria-errormessage"); this.input.removeAttribute("aria-invalid"); return true; }
    this.told = Object.assign(document.createElement("p"), { className: "fault", id: `${this.input.id}-size`, textContent: this.getAttribute("words") });
    this.told.setAttribute("role", "alert");
    this.before(this.told);
    this.input.setAttribute("aria-invalid", "true");
    this.input.setAttribute("aria-errormessage", this.told.id);
    return false;
  }
});

customElements.define("print-button", class extends HTMLElement {
  connectedCallback() {
    const button = this.querySelector("button");
    button.hidden = false;
    button.addEventListener("click", () => print());
  }
});

// Menus close by Escape, and when somebody goes elsewhere.
addEventListener("keydown", (event) => {
  const menu = event.key === "Escape" && document.querySelector("details.menu[open]");
  if (menu) { const inside = menu.contains(document.activeElement); menu.open = false; if (inside) menu.querySelector("summary").focus(); }
});
for (const name of ["click", "focusin"]) {
  addEventListener(name, (event) => document.querySelectorAll("details.menu[open]").forEach((menu) => { if (!menu.contains(event.target)) menu.open = false; }));
}
