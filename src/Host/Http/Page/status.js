// The status page: shows GET /v1/status, and keeps it fresh by the server's events. Text goes in as text, never as markup.
"use strict";

const tokenKey = "pipeline-token";
const retryMax = 10_000;
const quarantineShown = 10;

// What lies in quarantine, asked for when something may have changed there.
let quarantine = { known: "", count: 0, items: [] };

// The one stream that is read; whoever ends it has the loop look again.
let following = new AbortController();

const byId = id => document.getElementById(id);
const units = ["B", "KiB", "MiB", "GiB", "TiB"];

// ---- words and numbers -------------------------------------------------------------------------

function bytes(count) {
  if (count === null || count === undefined || count < 0) return "unknown";
  let i = 0;
  while (count >= 1024 && i < units.length - 1) { count /= 1024; i++; }
  return `${count >= 100 || i === 0 ? Math.round(count) : count.toFixed(1)} ${units[i]}`;
}

function span(seconds) {
  if (seconds === null || seconds === undefined) return "";
  if (seconds < 1) return "less than a second";
  if (seconds < 90) return `${Math.round(seconds)} s`;
  if (seconds < 5400) return `${Math.round(seconds / 60)} min`;
  if (seconds < 129600) return `${(seconds / 3600).toFixed(1)} h`;
  return `${Math.round(seconds / 86400)} days`;
}

function time(text) {
  if (!text) return "never";
  const then = new Date(text);
  const today = new Date().toDateString() === then.toDateString();
  return today ? then.toLocaleTimeString() : then.toLocaleString([], { dateStyle: "medium", timeStyle: "short" });
}

const short = text => text.replace(/[0-9a-f]{64}/g, digest => `${digest.slice(0, 8)}…`);
const count = number => (number ?? 0).toLocaleString();
const many = (number, one, more) => `${count(number)} ${number === 1 ? one : more ?? one + "s"}`;

// ---- pieces of the page ------------------------------------------------------------------------

function make(tag, className, ...content) {
  const made = document.createElement(tag);
  if (className) made.className = className;
  made.append(...content.filter(one => one !== null && one !== undefined));
  return made;
}

function bar(share, className) {
  const inner = make("i");
  const width = Math.max(0, Math.min(1, share || 0));
  inner.style.width = `${(100 * width).toFixed(1)}%`;
  return make("span", `bar ${className}${width > 0.95 && className === "thin" ? " full" : ""}`, inner);
}

function table(columns, rows, empty) {
  if (rows.length === 0) return make("p", "dim", empty);
  const head = make("tr", "", ...columns.map(column => make("th", column.startsWith("#") ? "number" : "", column.replace("#", ""))));
  const isNamed = columns.some(column => column !== "");
  const body = rows.map(row => make("tr", "", ...row.map((cell, i) => make("td", columns[i].startsWith("#") ? "number" : "", cell ?? ""))));
  return make("table", "", isNamed ? make("thead", "", head) : null, make("tbody", "", ...body));
}

function fill(id, ...content) { byId(id).replaceChildren(...content); }

function button(text, meaning, path, content = {}) {
  const made = make("button", "", text);
  made.title = meaning;
  made.onclick = async () => {
    made.disabled = true;
    try {
      const answer = await ask(path, { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(content) });
      if (!answer.ok) {
        const problem = await answer.json().catch(() => null);
        alert(problem?.detail ?? `The daemon answered ${answer.status}.`);
      }
      quarantine.known = "";
      if ((await refresh()) === false) following.abort();
    } catch {
      following.abort();
    } finally {
      made.disabled = false;
    }
  };
  return made;
}

// A link cannot show a token, so the file is fetched and then handed over.
function download(text, path, mediaType, name) {
  const made = make("button", "", text);
  made.onclick = async () => {
    const answer = await ask(path, { headers: { Accept: mediaType } });
    if (!answer.ok) return;
    const link = make("a");
    link.href = URL.createObjectURL(await answer.blob());
    link.download = name;
    link.click();
    URL.revokeObjectURL(link.href);
  };
  return made;
}

async function lookAtQuarantine(status) {
  const present = status.datasets.reduce((sum, dataset) => sum + dataset.quarantined, 0);
  const known = `${present} ${status.events.find(one => one.kind === "quarantined")?.seq}`;
  if (known === quarantine.known) return;
  quarantine.known = known;
  const answer = present > 0 ? await ask(`/v1/quarantine?limit=${quarantineShown}`).catch(() => null) : null;
  if (answer?.ok || present === 0) {
    quarantine = { known, count: present, items: present > 0 ? (await answer.json()).items : [] };
    showAttention(status);
  } else {
    quarantine.known = "";
  }
}

// ---- the sections ------------------------------------------------------------------------------

function showAttention(status) {
  const needs = [];
  for (const reason of status.reasons) needs.push(reason.text);
  for (const folder of status.folders) {
    if (folder.isMissing) needs.push(`The folder ${folder.path} is not there. Check the share or the disk; its files are not lost.`);
  }
  for (const study of status.studies) {
    if (study.refusal) needs.push(`Study ${study.name} waits for you: ${study.refusal}`);
  }
  const items = needs.map(text => make("li", "", text));
  for (const one of quarantine.items) {
    items.push(make("li", "", make("strong", "", one.path.split("/").pop()), ` could not join ${one.dataset}: ${one.message} `,
      button("Try again", "Reads the bytes again, which are kept as they came; a mended file is simply given again.", `/v1/quarantine/${one.digest}/retry`, { dataset: one.dataset })));
  }
  if (quarantine.count > quarantine.items.length) {
    items.push(make("li", "", `${many(quarantine.count - quarantine.items.length, "further file")} in quarantine: `, make("code", "", "pipeline quarantine list"), " names all."));
  }
  byId("attention").className = items.length === 0 ? "calm" : "";
  byId("attention-box").className = items.length === 0 ? "" : "needed";
  fill("attention", ...(items.length === 0 ? [make("li", "dim", "Nothing. The daemon does its work.")] : items));
}

const stateWords = { queued: "waits for its turn", running: "is running", paused: "is paused; what is finished is kept" };
const triggerWords = { references: "new reference values", demand: "asked for", schedule: "its schedule" };

const actions = {
  pause: ["Pause", "Units in work are finished; what is finished is kept."],
  resume: ["Go on", "Queues the run again, at its old place."],
  cancel: ["Cancel", "Ends the run. What is finished serves the next one."],
};

function showRun(run) {
  const facts = [stateWords[run.state] ?? run.state, `because of ${triggerWords[run.trigger] ?? run.trigger}`];
  const progress = run.progress;
  if (progress && run.state === "running") {
    facts.push(`${count(progress.unitsDone)} of ${many(progress.unitsTotal, "unit")}`);
    facts.push(progress.remainingSeconds === null ? "time left not known yet" : `${span(progress.remainingSeconds)} left`);
    if (progress.failures > 0) facts.push(`${many(progress.failures, "unit")} failed`);
    if (progress.rmsecv !== null) facts.push(`best RMSECV ${progress.rmsecv.toPrecision(4)}`);
    if (progress.balancedAccuracy !== null) facts.push(`best balanced accuracy ${progress.balancedAccuracy.toPrecision(4)}`);
  }
  const buttons = make("span", "buttons");
  for (const action of run.possible) {
    const [word, meaning] = actions[action] ?? [action, ""];
    buttons.append(button(word, meaning, `/v1/runs/${run.id}/${action}`), " ");
  }
  const head = make("div", "run-head", make("h3", "", run.study), make("span", "", facts.join(" · ")), buttons);
  const blocks = progress?.blocks ?? [];
  const rows = blocks.map(block => [
    block.name,
    make("span", "", bar(block.waiting / block.capacity, "thin"), `${count(block.waiting)} of ${count(block.capacity)}`),
    `${count(block.inWork)} of ${count(block.parallelism)}`,
    bytes(block.bytesHeld),
    count(block.done),
    block.failures > 0 ? make("span", "alarm", count(block.failures)) : "0",
    block.secondsSinceProgress < 1 ? "now" : `${span(block.secondsSinceProgress)} ago`,
  ]);
  const columns = ["Block", "Queue", "#In work", "#Memory held", "#Done", "#Failed", "#Last progress"];
  return make("div", "run", head, run.state === "running" ? bar(progress?.workDone, "wide") : null,
    run.state === "running" && rows.length > 0 ? make("div", "table small", table(columns, rows, "")) : null);
}

function showRuns(status) {
  const idle = make("p", "dim", "No run is at work or waits. A run begins when enough new reference values have come, at its schedule, or by the button of a study.");
  fill("runs", ...(status.runs.length === 0 ? [idle] : status.runs.map(showRun)));
}

function showStudies(status) {
  const rows = status.studies.map(study => {
    const tone = { completed: "good", refused: "warn-text", failed: "alarm" }[study.latestRunState] ?? "";
    return [
      make("span", "", make("strong", "", study.name), make("br"), make("span", "dim small", study.dataset)),
      study.latestRun ? make("span", "", make("span", tone, study.latestRunState), make("br"), make("span", "dim small", `run ${study.latestRun}`)) : make("span", "dim", "not yet"),
      study.schedule ? make("span", "", study.schedule, make("br"), make("span", "dim small", `next ${time(study.nextScheduled)}`)) : make("span", "dim", "as references come"),
      study.model ? make("span", "", download("Report", `/v1/studies/${study.name}/report`, "text/html", `${study.name}.html`), " ",
        download("Leaderboard", `/v1/studies/${study.name}/leaderboard`, "text/csv", `${study.name}.csv`)) : make("span", "dim", "none yet"),
      button("Run now", "Runs the study, also if nothing is new.", `/v1/studies/${study.name}/runs`),
    ];
  });
  fill("studies", table(["Study", "Latest run", "Runs", "Model", ""], rows, "No study is set up."));
}

function showDatasets(status) {
  fill("datasets", table(
    ["Dataset", "#Samples", "#References", "#Sources", "#Quarantine", "#Last change"],
    status.datasets.map(one => [
      one.name, count(one.samples), count(one.references), count(one.sources),
      one.quarantined > 0 ? make("span", "alarm", count(one.quarantined)) : "0",
      time(one.lastArrival)]),
    "No dataset is set up."));
}

function showFolders(status) {
  fill("folders", table(
    ["Folder", "Dataset", "#Waiting", "#Last look"],
    status.folders.map(one => [
      make("span", "", one.name, one.name === one.path ? null : make("br"), one.name === one.path ? null : make("span", "dim small", one.path)),
      one.dataset,
      one.isMissing ? make("span", "alarm", "not there") : one.waiting === null ? "" : count(one.waiting),
      time(one.lastScan)]),
    "No folder is watched."));
}

function showResources(status) {
  const rows = status.memory.map(share => [
    { work: "Memory of runs", samples: "Memory of samples", arrivals: "Memory of arriving files", cache: "Cache in memory" }[share.name] ?? share.name,
    make("span", "", bar(share.usedBytes / share.capacityBytes, "thin"), `${bytes(share.usedBytes)} of ${bytes(share.capacityBytes)}`)]);
  rows.push(["Whole process", bytes(status.residentBytes)]);
  rows.push(["Free on the disk", bytes(status.diskFreeBytes)]);
  fill("resources", table(["", ""], rows, ""));
}

function showEvents(status) {
  fill("events", table(
    ["When", "What", "About", ""],
    status.events.map(one => [make("span", "nowrap", time(one.time)), make("span", "nowrap", one.kind), one.subject, make("span", "dim small", short(one.text))]),
    "Nothing has happened yet."));
}

const states = { serving: ["Serving", ""], draining: ["Stopping", "warn"], paused: ["Paused: the disk is full", "bad"], starting: ["Starting", "quiet"] };

function show(status) {
  byId("page").hidden = false;
  byId("door").hidden = true;
  document.body.classList.remove("stale");

  // Plain links cannot show a token.
  document.querySelector("footer").hidden = sessionStorage.getItem(tokenKey) !== null;
  const [word, tone] = states[status.state] ?? [status.state, "warn"];
  const isUneasy = status.state === "serving" && status.reasons.length > 0;
  byId("state").textContent = isUneasy ? "Serving, with trouble" : word;
  byId("state").className = `badge ${isUneasy ? "warn" : tone}`;
  byId("about").textContent = `up ${span(status.uptimeSeconds)} · version ${status.version}`;
  document.title = `Pipeline: ${byId("state").textContent}`;
  showAttention(status);
  lookAtQuarantine(status);
  showRuns(status);
  showStudies(status);
  showDatasets(status);
  showFolders(status);
  showResources(status);
  showEvents(status);
}

// ---- talking with the daemon -------------------------------------------------------------------

function ask(path, options = {}) {
  const token = sessionStorage.getItem(tokenKey);
  const headers = { ...options.headers, ...(token ? { Authorization: `Bearer ${token}` } : {}) };
  return fetch(path, { ...options, headers });
}

async function refresh() {
  const answer = await ask("/v1/status");
  if (answer.status === 401) {
    askForToken();
    return false;
  }
  if (!answer.ok) throw new Error(`status ${answer.status}`);
  show(await answer.json());
  return true;
}

function askForToken() {
  byId("page").hidden = true;
  byId("refused").hidden = sessionStorage.getItem(tokenKey) === null;
  sessionStorage.removeItem(tokenKey);
  byId("door").hidden = false;
  document.querySelector("footer").hidden = true;
  byId("state").textContent = "Token needed";
  byId("state").className = "badge quiet";
  byId("token").focus();
}

// EventSource cannot show a token, so the stream is read here: fields until an empty line make an event.
async function follow() {
  following = new AbortController();
  const answer = await ask("/v1/events", { headers: { Accept: "text/event-stream" }, signal: following.signal });
  if (!answer.ok) throw new Error(`events ${answer.status}`);
  byId("live").textContent = "live";
  const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = "";
  for (;;) {
    const { value, done } = await reader.read();
    if (done) return;
    const parts = (rest + value).split("\n\n");
    rest = parts.pop();
    for (const part of parts) {
      const fields = Object.fromEntries(part.split("\n").filter(line => !line.startsWith(":")).map(line => {
        const at = line.indexOf(":");
        return [line.slice(0, at), line.slice(at + 1).trimStart()];
      }));
      if (fields.event === "progress") show(JSON.parse(fields.data));
    }
  }
}

// Ends the wait at the door.
let admitted = () => {};

async function stay() {
  let wait = 500;
  for (;;) {
    try {
      if (await refresh()) {
        wait = 500;
        await follow();
      } else {
        await new Promise(resolve => { admitted = resolve; });
        continue;
      }
    } catch (error) {
      if (error.name === "AbortError") continue;
      byId("state").textContent = "Not reachable";
      byId("state").className = "badge bad";
      byId("live").textContent = "tries again by itself; what is below is old";
      document.body.classList.add("stale");
    }
    await new Promise(resolve => setTimeout(resolve, wait));
    wait = Math.min(2 * wait, retryMax);
  }
}

byId("door").onsubmit = submitted => {
  submitted.preventDefault();
  sessionStorage.setItem(tokenKey, byId("token").value.trim());
  byId("token").value = "";
  admitted();
};

stay();
