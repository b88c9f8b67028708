"use strict";
// Search over the files under search/ (their form: warehouse/search.py). Every word of an article becomes a text node.
const form = document.getElementById("search");
const list = document.getElementById("results");
const note = document.getElementById("note");
const more = document.getElementById("more");
const size = Object.fromEntries(Object.entries(form.dataset).map(([key, value]) => [key, Number(value)]));
const STEP = 20;
// Shown of the newest when nothing is looked for: the page goes on below.
const FIRST = 5;
const FIELDS = form.dataset.fields.split(" ");
const loaded = new Map();
let turn = 0;
let found = [];
let shown = 0;
let lit = new Set();

function load(name) {
  if (!loaded.has(name)) {
    const wanted = fetch("search/" + name + ".json.gz").then(async (answer) => {
      if (!answer.ok) throw new Error(name + ": " + answer.status);
      const bytes = await answer.arrayBuffer();
      const [first, second] = new Uint8Array(bytes, 0, 2);
      // A host that declares the packing has it undone by the browser.
      if (first !== 0x1f || second !== 0x8b) return JSON.parse(new TextDecoder().decode(bytes));
      return new Response(new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"))).json();
    });
    wanted.catch(() => loaded.delete(name));
    loaded.set(name, wanted);
  }
  return loaded.get(name);
}

function words(text) {
  return text ? text.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase().match(/[\p{L}\p{N}]{1,64}/gu) || [] : [];
}

// CRC-32, as in Python's zlib.
function bucket(term) {
  let value = 0xffffffff;
  for (const byte of new TextEncoder().encode(term)) {
    value ^= byte;
    for (let bit = 0; bit < 8; bit++) value = (value >>> 1) ^ (value & 1 ? 0xedb88320 : 0);
  }
  return (~value >>> 0) % size.buckets;
}

async function posting(term) {
  const entries = await load("words-" + bucket(term));
  if (!Object.hasOwn(entries, term)) return { total: 0, places: [] };
  const [total, ...steps] = entries[term];
  let place = 0;
  return { total, places: steps.map((step) => (place += step)) };
}

// Days come newest first: the positions of those between two days are one stretch. Undated ones come last.
async function stretch(from, to) {
  if (!from && !to) return [0, size.quotes];
  const days = (await load("days")).filter(([day]) => day !== null);
  const undated = (await load("days")).find(([day]) => day === null);
  const dated = undated ? undated[1] : size.quotes;
  const first = to ? days.find(([day]) => day <= to) : days[0];
  const after = from ? days.find(([day]) => day < from) : undefined;
  return [first ? first[1] : dated, after ? after[1] : dated];
}

async function search() {
  const mine = ++turn;
  remember();
  const value = (name) => form.elements[name].value.trim();
  lit = new Set(words(value("words")));
  const terms = [...new Set([
    ...words(value("words")).map((word) => "w:" + word),
    ...words(value("speaker")).map((word) => "s:" + word),
    ...words(value("outlet")).map((word) => "o:" + word),
  ])];
  note.textContent = "Searching …";
  try {
    const [low, high] = await stretch(value("from"), value("to"));
    const postings = await Promise.all(terms.map(posting));
    if (mine !== turn) return;
    postings.sort((a, b) => a.places.length - b.places.length);
    const cut = postings.some(({ total, places }) => total > places.length);
    if (postings.length) {
      const others = postings.slice(1).map(({ places }) => new Set(places));
      found = postings[0].places.filter((place) => place >= low && place < high && others.every((set) => set.has(place)));
    } else {
      found = Array.from({ length: Math.max(0, Math.min(high - low, size.most)) }, (_, i) => low + i);
    }
    const all = postings.length ? found.length : Math.max(0, high - low);
    const asked = terms.length || value("from") || value("to");
    const said = (all === 0 ? "No quotation found." : all.toLocaleString("en") + (all === 1 ? " quotation." : " quotations."))
      + (cut ? " Some of these words are very common: only the newest quotations with them were looked at." : "")
      + (!asked && all ? " The newest:" : "");
    list.replaceChildren();
    shown = 0;
    await step(mine, asked ? STEP : FIRST);
    // Said when they are there to be read.
    if (mine === turn) note.textContent = said;
  } catch (error) {
    if (mine !== turn) return;
    more.hidden = true;
    note.textContent = location.protocol === "file:"
      ? "Search needs a web server: run “python -m http.server” in this folder and open the address that it prints."
      : "Search could not load its files (" + error.message + ").";
  }
}

async function step(mine, many = STEP) {
  const places = found.slice(shown, shown + many);
  const quotes = await Promise.all(places.map(async (place) => {
    const rows = await load("quotes-" + Math.floor(place / size.shard));
    const row = rows[place % size.shard];
    return Object.fromEntries(FIELDS.map((name, i) => [name, row[i]]));
  }));
  if (mine !== turn) return;
  shown += places.length;
  const items = quotes.map(item);
  list.append(...items);
  more.hidden = shown >= found.length;
  return items[0];
}

function make(name, ...children) {
  const element = document.createElement(name);
  element.append(...children.filter((child) => child !== null && child !== ""));
  return element;
}

function lighted(text) {
  if (!lit.size) return [text];
  return text.split(/([\p{L}\p{N}\p{M}]+)/u).map((part) => (words(part).some((word) => lit.has(word)) ? make("mark", part) : part));
}

// The words in their sentence, where that is published; else in marks of our own.
function wordsSaid(quote) {
  if (quote.text === null) return make("p", "(words withheld)");
  if (quote.before || quote.after) {
    return make("blockquote", make("span", quote.before || ""), ...lighted(quote.text), make("span", quote.after || ""));
  }
  const direct = quote.kind !== "indirect";
  return make("blockquote", direct ? "“" : "", ...lighted(quote.text), direct ? "”" : "");
}

function item(quote) {
  const who = make("p", make("strong", quote.speaker_name || quote.speaker || "speaker not known"));
  if (quote.speaker && quote.speaker_name && quote.speaker !== quote.speaker_name) who.append(" (in the text: " + quote.speaker + ")");
  if (quote.cue) who.append(", “" + quote.cue + "”");
  if (quote.venue) who.append(", to " + quote.venue);
  if (quote.said_basis === "stated" && quote.said_earliest) {
    who.append(", " + quote.said_earliest + (quote.said_latest !== quote.said_earliest ? " to " + quote.said_latest : "") + " (stated)");
  }
  const source = make("p", [quote.publisher, quote.title, quote.published_on].filter(Boolean).join(" · "));
  source.className = "soft";
  if (quote.publisher || quote.title || quote.published_on) source.append(" · ");
  if (quote.url && /^https?:\/\/[^\s<>"]+$/.test(quote.url)) {
    const link = make("a", quote.source);
    link.href = quote.url;
    link.rel = "noopener noreferrer nofollow";
    source.append(link);
  } else {
    source.append(quote.source);
  }
  const entry = make("li", wordsSaid(quote), who, source);
  entry.dataset.quote = quote.quote_id;
  return entry;
}

// The address keeps what was looked for, so that a search can be passed on.
function remember() {
  const asked = [...new FormData(form)].filter(([, value]) => value);
  history.replaceState(null, "", asked.length ? "#" + new URLSearchParams(asked) : location.pathname + location.search);
}

function recall() {
  const asked = new URLSearchParams(location.hash.slice(1));
  for (const field of form.querySelectorAll("input")) field.value = asked.get(field.name) || "";
  return [...asked.keys()].some((name) => form.elements[name] instanceof HTMLInputElement);
}

let waiting = 0;
form.addEventListener("input", () => { clearTimeout(waiting); waiting = setTimeout(search, 300); });
form.addEventListener("submit", (event) => { event.preventDefault(); clearTimeout(waiting); search(); });
more.addEventListener("click", async () => {
  const first = await step(turn);
  // Reading goes on where the new ones begin.
  if (first) { first.tabIndex = -1; first.focus({ preventScroll: true }); }
});
// A name in a table looks for its quotations.
addEventListener("hashchange", () => { if (recall()) { search(); form.scrollIntoView(); } });
if (navigator.clipboard) {
  for (const button of document.querySelectorAll(".copy")) {
    button.hidden = false;
    button.addEventListener("click", async () => {
      await navigator.clipboard.writeText(document.getElementById(button.dataset.code).textContent);
      button.textContent = "Copied";
    });
  }
}
recall();
search();
