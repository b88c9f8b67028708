"use strict";
// Search over the files under search/ (their form: search.py). Every word of an article becomes a text node.
const form = document.getElementById("search");
const list = document.getElementById("results");
const note = document.getElementById("note");
const more = document.getElementById("more");
const facets = document.getElementById("facets");
const chips = document.getElementById("chips");
const csv = document.getElementById("csv");
const filters = document.getElementById("filters");
const about = form.dataset;
const size = Object.fromEntries(Object.entries(about).map(([key, value]) => [key, Number(value)]));
const STEP = 20;
// Shown when nothing is looked for: the page goes on below.
const FIRST = 5;
// Rows of a CSV file, and blocks of names that facets are counted in.
const CSV = 1000;
const BLOCKS = 4;
const FACET = 8;
const FIELDS = about.fields.split(" ");
const KIND = ["direct", "mixed", "indirect"];
const GRADE = ["high", "medium", "low"];
const WITHHELD = "(words withheld)";
const loaded = new Map();
const known = new Map();
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

// As in stems.py.
function stem(word) {
  if (!/^[a-z]{4,64}$/.test(word)) return word;
  if (word.endsWith("sses") || (word.endsWith("ies") && word.length > 4)) word = word.slice(0, -2);
  else if (word.endsWith("s") && !word.endsWith("ss")) word = word.slice(0, -1);
  if (word.endsWith("eed")) word = word.slice(0, -1);
  for (const suffix of ["ed", "ing"]) {
    const root = word.endsWith(suffix) ? word.slice(0, -suffix.length) : word;
    if (root !== word && root.length >= 3 && /[aeiouy]/.test(root)) {
      word = root.at(-1) === root.at(-2) && !"aeiouls".includes(root.at(-1)) ? root.slice(0, -1) : root;
      break;
    }
  }
  if (word.length > 3 && word.at(-1) === "y" && !"aeiou".includes(word.at(-2))) word = word.slice(0, -1) + "i";
  return word.length > 3 && word.endsWith("e") ? word.slice(0, -1) : word;
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

// Days come newest first, of readable quotations and then of withheld ones: the positions between two days are two
// stretches. Undated ones come last in each.
async function stretches(from, to) {
  const halves = [[0, size.readable], [size.readable, size.quotes]];
  if (!from && !to) return halves;
  const days = await load("days");
  return halves.map(([begin, end]) => {
    const here = days.filter(([, at]) => at >= begin && at < end);
    const dated = here.filter(([day]) => day !== null);
    const last = here.length > dated.length ? here.at(-1)[1] : end;
    const first = to ? dated.find(([day]) => day <= to) : dated[0];
    const after = from ? dated.find(([day]) => day < from) : undefined;
    return [first ? first[1] : last, after ? after[1] : last];
  });
}

const value = (name) => form.elements[name].value.trim();

async function search() {
  const mine = ++turn;
  remember();
  lit = new Set(words(value("words")).map(stem));
  const exact = ["e", "p", "q"].filter((name) => value(name)).map((name) => name + ":" + value(name));
  const named = [
    ...words(value("speaker")).map((word) => "s:" + word),
    ...words(value("outlet")).map((word) => "o:" + word),
    ...exact,
  ];
  const terms = [...new Set([...[...lit].map((word) => "w:" + word), ...named])];
  note.textContent = "Searching …";
  try {
    const postings = await Promise.all(terms.map(posting));
    const halves = await stretches(value("from"), value("to"));
    const inside = (place) => halves.some(([low, high]) => place >= low && place < high);
    let cut = postings.some(({ total, places }) => total > places.length);
    let all;
    let places;
    if (postings.length) {
      places = common(postings).filter(inside);
    } else {
      const total = halves.reduce((sum, [low, high]) => sum + Math.max(0, high - low), 0);
      places = halves.flatMap(([low, high]) => Array.from({ length: Math.max(0, Math.min(high - low, size.most)) }, (_, i) => low + i));
      if (places.length === total || !(value("kind") || value("grade"))) all = total;
      else cut = true;
    }
    const graded = value("kind") || value("grade");
    if (graded) places = await gradedOnly(places);
    if (mine !== turn) return;
    found = places;
    if (all === undefined || graded) all = found.length;
    const asked = terms.length || value("from") || value("to") || graded;
    const hidden = postings.length || graded ? found.filter((place) => place >= size.readable).length
      : Math.max(0, halves[1][1] - halves[1][0]);
    // Withheld words are not in the index: those that the other terms find may hold the words looked for.
    const unread = lit.size && named.length ? await withheldOf(named, inside) : 0;
    const hints = all === 0 ? await hintsOf(inside) : "";
    if (mine !== turn) return;
    list.replaceChildren();
    shown = 0;
    const single = value("q") !== "";
    await step(mine, asked ? STEP : FIRST);
    if (mine !== turn) return;
    drawChips();
    csv.hidden = !asked || found.length === 0;
    csv.textContent = found.length > CSV ? "Download the first " + CSV.toLocaleString("en") + " as CSV" : "Download as CSV";
    await drawFacets(mine, asked && !single);
    if (mine !== turn) return;
    // Said when they are there to be read.
    note.textContent = (all === 0 ? "No quotation found." + hints : all.toLocaleString("en") + (all === 1 ? " quotation" : " quotations")
        + (hidden ? ", the words of " + hidden.toLocaleString("en") + " withheld (shown last)." : "."))
      + (unread ? " " + unread.toLocaleString("en") + " more quotations of this speaker or outlet are withheld and cannot be searched by word." : "")
      + (cut ? " Some of these words are very common: only the first quotations with them were searched." : "")
      + (!asked && all ? " The newest:" : "");
  } catch (error) {
    if (mine !== turn) return;
    more.hidden = csv.hidden = true;
    note.textContent = location.protocol === "file:"
      ? "Search needs a web server: run “python -m http.server” in this folder and open the address that it prints. The pages of speakers and statements work without."
      : "Search could not load its files (" + error.message + ").";
  }
}

function common(postings) {
  const [least, ...others] = [...postings].sort((a, b) => a.places.length - b.places.length);
  const sets = others.map(({ places }) => new Set(places));
  return least.places.filter((place) => sets.every((set) => set.has(place)));
}

async function withheldOf(terms, inside) {
  const postings = await Promise.all(terms.map(posting));
  return common(postings).filter((place) => place >= size.readable && inside(place)).length;
}

// Why nothing was found: how many quotations each field alone finds, and names of speakers among the words.
async function hintsOf(inside) {
  const alone = [];
  for (const [name, prefix] of [["words", "w:"], ["speaker", "s:"], ["outlet", "o:"]]) {
    const terms = words(value(name)).map((word) => prefix + (name === "words" ? stem(word) : word));
    if (terms.length) alone.push([name, common(await Promise.all(terms.map(posting))).filter(inside).length]);
  }
  const hints = alone.length > 1 ? [" Each field alone finds: " + alone.map(([name, number]) => name + " " + number.toLocaleString("en")).join(", ") + "."] : [];
  for (const word of value("speaker") ? [] : value("words").split(/[^\p{L}\p{N}\p{M}]+/u).filter(Boolean)) {
    const [term] = words(word);
    if (term && (await posting("s:" + term)).total) hints.push(" “" + word + "” is in the name of a speaker: enter it under Speaker.");
  }
  return hints.join("");
}

// [kind, grade] of a position, from its block.
async function grader(places) {
  const blocks = new Map();
  for (const n of new Set(places.map((place) => Math.floor(place / size.kinds)))) blocks.set(n, await load("kinds-" + n));
  return (place) => {
    const code = blocks.get(Math.floor(place / size.kinds)).charCodeAt(place % size.kinds) - 97;
    return [KIND[Math.floor(code / 3)], GRADE[code % 3]];
  };
}

async function gradedOnly(places) {
  const of = await grader(places);
  return places.filter((place) => {
    const [kind, grade] = of(place);
    return (!value("kind") || kind === value("kind")) && (!value("grade") || grade === value("grade"));
  });
}

function tally(values) {
  const counts = new Map();
  for (const one of values) if (one !== undefined && one !== null) counts.set(one, (counts.get(one) || 0) + 1);
  return [...counts].sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1));
}

async function drawFacets(mine, wanted) {
  if (!wanted || found.length < 2) { facets.replaceChildren(); return; }
  const blocks = new Set();
  const places = found.filter((place) => {
    const n = Math.floor(place / size.names);
    return blocks.has(n) || (blocks.size < BLOCKS && blocks.add(n));
  });
  const names = new Map();
  for (const n of blocks) names.set(n, await load("names-" + n));
  const grade = await grader(places);
  const days = await load("days");
  if (mine !== turn) return;
  const speakers = [];
  const outlets = [];
  for (const place of places) {
    const block = names.get(Math.floor(place / size.names));
    const [entity, name] = block.speakers[block.speaker[place % size.names]] || [];
    if (entity) { known.set("e:" + entity, name); speakers.push(entity); }
    outlets.push(block.outlets[block.outlet[place % size.names]]);
  }
  // Positions and days are both in order.
  let at = 0;
  const years = places.map((place) => {
    while (at + 1 < days.length && days[at + 1][1] <= place) at++;
    return days[at][0] ? days[at][0].slice(0, 4) : undefined;
  });
  const note = places.length < found.length ? " (of the first " + places.length.toLocaleString("en") + ")" : "";
  const facet = (title, rows, act, name = (key) => key) => rows.length < 1 ? null : make("div",
    make("h3", title + note),
    make("ul", ...rows.slice(0, FACET).map(([key, number]) => {
      const button = make("button", make("span", name(key)), make("span", number.toLocaleString("en")));
      button.type = "button";
      button.addEventListener("click", () => { act(key); unfold(); search(); form.scrollIntoView(); });
      return make("li", button);
    })));
  const set = (field) => (key) => { form.elements[field].value = key; };
  const graded = places.map(grade);
  facets.replaceChildren(...[
    facet("Speaker", tally(speakers), set("e"), (key) => known.get("e:" + key)),
    facet("Outlet", tally(outlets), set("p")),
    facet("Kind", tally(graded.map(([kind]) => kind)), set("kind")),
    facet("Confidence", tally(graded.map(([, grade]) => grade)), set("grade")),
    facet("Year of publication", tally(years).sort((a, b) => (a[0] < b[0] ? 1 : -1)), (key) => {
      form.elements.from.value = key + "-01-01";
      form.elements.to.value = key + "-12-31";
    }),
  ].filter(Boolean));
}

// What is looked for beside the fields: a speaker, an outlet, one quotation.
function drawChips() {
  const titles = { e: "Speaker: ", p: "Outlet: ", q: "Quotation " };
  chips.replaceChildren(...Object.keys(titles).filter((name) => value(name)).map((name) => {
    const button = make("button", titles[name] + (known.get(name + ":" + value(name)) || value(name)) + " ×");
    button.type = "button";
    button.setAttribute("aria-label", "Remove " + button.textContent.slice(0, -2));
    button.addEventListener("click", () => { form.elements[name].value = ""; search(); });
    return button;
  }));
}

async function quotesAt(places) {
  return Promise.all(places.map(async (place) => {
    const rows = await load("quotes-" + Math.floor(place / size.shard));
    const quote = Object.fromEntries(FIELDS.map((name, i) => [name, rows[place % size.shard][i]]));
    if (quote.speaker_entity_id) known.set("e:" + quote.speaker_entity_id, quote.speaker_name);
    return quote;
  }));
}

async function step(mine, many = STEP) {
  const places = found.slice(shown, shown + many);
  const quotes = await quotesAt(places);
  if (mine !== turn) return;
  shown += places.length;
  const items = quotes.map(item);
  list.append(...items);
  more.hidden = shown >= found.length;
  return items[0];
}

function make(name, ...children) {
  const element = document.createElement(name);
  element.append(...children.filter((child) => child !== null && child !== undefined && child !== ""));
  return element;
}

function link(address, ...words) {
  const element = make("a", ...words);
  element.href = address;
  return element;
}

function lighted(text) {
  if (!lit.size) return [text];
  return text.split(/([\p{L}\p{N}\p{M}]+)/u).map((part) => (words(part).some((word) => lit.has(stem(word))) ? make("mark", part) : part));
}

// The words in their sentence, where that is published; else in marks of our own.
function wordsSaid(quote) {
  if (quote.text === null) {
    const withheld = make("p", WITHHELD);
    withheld.className = "soft";
    return withheld;
  }
  if (quote.before || quote.after) {
    return make("blockquote", make("span", quote.before || ""), ...lighted(quote.text), make("span", quote.after || ""));
  }
  const direct = quote.kind !== "indirect";
  return make("blockquote", direct ? "“" : "", ...lighted(quote.text), direct ? "”" : "");
}

// As in days.py.
function between(first, last, likely) {
  if (!first && !last) return "";
  const lower = first && (likely.includes("earliest") ? "likely " : "") + first;
  const upper = last && (likely.includes("latest") ? "likely " : "") + last;
  if (first === last) return lower.length > upper.length ? lower : upper;
  return first && last ? "between " + lower + " and " + upper : first ? lower + " or later" : upper + " or earlier";
}

function published(quote) {
  const days = between(quote.published_earliest, quote.published_latest, quote.published_likely || "");
  return days ? "published " + days : "day of publication not known";
}

const SAID_BY = { stated: "stated in the article", carried: "from the occasion in the article", story: "since the last dated event in the article", corpus: "from another article", publication: "not after its publication" };
const SAID_LIKELY = { carried: "earliest latest", story: "earliest latest" };

function said(quote) {
  const basis = quote.said_basis;
  const days = between(quote.said_earliest, quote.said_latest, (basis === "publication" ? quote.published_likely : SAID_LIKELY[basis]) || "");
  if (!SAID_BY[basis] || !days) return "";
  const own = basis === "corpus" && quote.said_words ? "; here “" + quote.said_words + "”" : "";
  return days + " (" + SAID_BY[basis] + own + ")";
}

const grade = (confidence) => GRADE[confidence >= 0.9 ? 0 : confidence >= 0.7 ? 1 : 2];
const permalink = (quote) => location.href.split("#")[0] + "#q=" + quote.quote_id;

function cited(quote) {
  const who = (quote.speaker_name || quote.speaker || "Speaker not known") + (quote.speaker_role ? " (" + quote.speaker_role + ")" : "");
  const what = quote.text === null ? "(words withheld)" : quote.kind === "indirect" ? quote.text + " [reported speech]" : "“" + quote.text.replace(/[,;:\s]+$/, "") + "”";
  const where = [quote.publisher, quote.title, published(quote), quote.url || quote.source].filter(Boolean).join(", ");
  return who + ": " + what + (/[.!?…]”?$/.test(what) ? " In: " : ". In: ") + where + ". " + about.cited + ", quotation " + quote.quote_id + ".";
}

function item(quote) {
  const name = quote.speaker_name || quote.speaker || "speaker not known";
  const page = (kind, id) => kind + "/" + (parseInt(id.slice(0, 8), 16) % size[kind]) + ".html#" + id;
  const who = make("p", make("strong", quote.speaker_entity_id && size.speakers ? link(page("speakers", quote.speaker_entity_id), name) : name));
  if (quote.speaker_role) who.append(", " + quote.speaker_role);
  if (quote.speaker && quote.speaker_name && quote.speaker !== quote.speaker_name) who.append(" (in the text: " + quote.speaker + ")");
  if (quote.cue) who.append(", “" + quote.cue + "”");
  if (quote.venue) who.append(", to " + quote.venue);
  const source = make("p", ...[quote.publisher, quote.title].filter(Boolean).flatMap((part) => [part, " · "]), published(quote), " · ");
  source.className = "soft";
  const place = quote.url && /^https?:\/\/[^\s<>"]+$/.test(quote.url) ? link(quote.url, quote.source) : quote.source;
  if (place !== quote.source) place.rel = "noopener noreferrer nofollow";
  source.append(place);
  const facts = make("p", quote.kind + " · confidence " + quote.confidence.toFixed(2) + " (" + grade(quote.confidence) + ")",
    " · said: " + (said(quote) || "day not known"), " · ", link("#q=" + quote.quote_id, "permalink"));
  facts.className = "facts";
  if (size.quotations) facts.append(" · ", link(page("quotations", quote.quote_id), "details"));
  if (quote.reports > 1 && quote.statement_id && size.statements) {
    facts.append(" · ", link(page("statements", quote.statement_id), quote.reports + " quotations of it"));
  }
  if (navigator.clipboard) {
    const button = make("button", "Copy citation");
    button.type = "button";
    button.className = "copy";
    button.addEventListener("click", async () => {
      await navigator.clipboard.writeText(cited(quote) + " " + permalink(quote));
      button.textContent = "Copied";
    });
    facts.append(" ", button);
  }
  const entry = make("li", wordsSaid(quote), who, source, facts);
  entry.dataset.quote = quote.quote_id;
  return entry;
}

// A cell that a spreadsheet would take for a formula begins with an apostrophe (OWASP, CSV injection).
function cell(content) {
  const text = content === null || content === undefined ? "" : String(content);
  const guarded = /^[=+\-@\t\r]/.test(text) ? "'" + text : text;
  return /[",\r\n']/.test(guarded) ? '"' + guarded.replaceAll('"', '""') + '"' : guarded;
}

const COLUMNS = FIELDS.filter((name) => name !== "before" && name !== "after");

async function table(places) {
  const quotes = await quotesAt(places);
  const rows = quotes.map((quote) => [...COLUMNS.map((name) => quote[name]), permalink(quote), cited(quote)]);
  return [[...COLUMNS, "permalink", "citation"], ...rows].map((row) => row.map(cell).join(",") + "\r\n").join("");
}

async function download() {
  // With the mark by which spreadsheets know UTF-8.
  const address = URL.createObjectURL(new Blob(["\ufeff" + await table(found.slice(0, CSV))], { type: "text/csv" }));
  const file = link(address);
  file.download = "quotations.csv";
  file.click();
  setTimeout(() => URL.revokeObjectURL(address), 10000);
}

// The address keeps what was looked for, so that a search can be passed on.
function remember() {
  const asked = [...new FormData(form)].filter(([, value]) => value);
  // The address of a section stays.
  if (!asked.length && location.hash.length > 1 && !location.hash.includes("=")) return;
  history.replaceState(null, "", asked.length ? "#" + new URLSearchParams(asked) : location.pathname + location.search);
}

function recall() {
  const asked = new URLSearchParams(location.hash.slice(1));
  const names = [...asked.keys()].filter((name) => form.elements[name] && name in fields());
  if (!names.length && location.hash.length > 1 && !location.hash.includes("=")) return false;
  for (const [name, field] of Object.entries(fields())) field.value = asked.get(name) || "";
  unfold();
  return names.length > 0;
}

const fields = () => Object.fromEntries([...form.querySelectorAll("input, select")].map((field) => [field.name, field]));

// The permanent addresses of a speaker, a statement and a conflict: their pages have other numbers in another release.
// Without a server no file of the search can be read: a quotation is then shown on its page.
function forward() {
  let [, kind, id] = location.hash.match(/^#(speaker|statement|conflict)_id=([0-9a-f]{16})$/) || [];
  if (!kind && location.protocol === "file:") [, kind, id] = location.hash.match(/^#(q)=([0-9a-f]{16})$/) || [];
  const folder = kind === "q" ? "quotations" : kind + "s";
  if (!kind || !size[folder]) return false;
  location.replace(folder + "/" + (parseInt(id.slice(0, 8), 16) % size[folder]) + ".html#" + id);
  return true;
}

// A small screen shows the words first. A filter that is set is never folded away.
const WIDE = matchMedia("(min-width: 40rem)");
function unfold() {
  if (WIDE.matches || [...filters.querySelectorAll("input, select")].some((field) => field.value)) filters.open = true;
}

let waiting = 0;
form.addEventListener("input", () => { clearTimeout(waiting); waiting = setTimeout(search, 300); });
form.addEventListener("submit", (event) => { event.preventDefault(); clearTimeout(waiting); search(); });
csv.addEventListener("click", download);
more.addEventListener("click", async () => {
  const first = await step(turn);
  // Reading goes on where the new ones begin.
  if (first) { first.tabIndex = -1; first.focus({ preventScroll: true }); }
});
// A name in a table, or a permalink, looks for its quotations.
addEventListener("hashchange", () => { if (!forward() && recall()) { search(); form.scrollIntoView(); } });
if (navigator.clipboard) {
  for (const button of document.querySelectorAll(".copy[data-code]")) {
    button.hidden = false;
    button.addEventListener("click", async () => {
      await navigator.clipboard.writeText(document.getElementById(button.dataset.code).textContent);
      button.textContent = "Copied";
    });
  }
}
unfold();
if (!forward()) {
  if (recall() && value("q")) form.scrollIntoView();
  search();
}
