// The panel beside the shop: what Attune knows of this visitor, and why it decided as it did.

import {find, h, span, words} from "./dom.js";

const SENT_MAX = 12;

const section = (title, ...children) => h("section", {class: "facts"}, h("h2", {}, title), ...children);
const nothing = (text) => h("p", {class: "nothing"}, text);

/** A value of any JSON type, short enough for a line of the panel. */
function shown(value) {
  if (value === null || value === undefined) return h("span", {class: "null"}, "nothing yet");
  if (Array.isArray(value)) {
    if (value.length === 0) return h("span", {class: "null"}, "none");
    return h("span", {class: "chips"}, value.map((item) => h("span", {class: "chip"}, plain(item))));
  }
  return h("span", {}, plain(value));
}

function plain(value) {
  if (value === null || value === undefined) return "nothing";
  if (typeof value === "boolean") return value ? "yes" : "no";
  if (typeof value === "object") {
    if (Array.isArray(value)) return value.map(plain).join(", ");
    return Object.values(value).map(plain).join(" · ");
  }
  return String(value);
}

function table(values) {
  return h("dl", {class: "table"}, Object.entries(values).flatMap(([name, value]) =>
    [h("dt", {}, words(name)), h("dd", {"data-name": name}, shown(value))]));
}

function consents(consent) {
  return Object.entries(consent).map(([purpose, given]) =>
    h("span", {class: `chip ${given ? "good" : "bad"}`}, `${given ? "may" : "may not"} use for ${words(purpose)}`));
}

/** A pattern under way, with the time until it fires counting down. */
function pattern({name, step, deadline}) {
  const due = deadline ? Date.parse(deadline) : null;
  return h("li", {class: "pattern", "data-pattern": name},
    h("strong", {}, words(name)),
    h("span", {}, step === undefined ? "" : ` at step ${words(step)}`),
    due && h("span", {class: "countdown", "data-due": due}, ""));
}

export function showProfile(profile) {
  const place = find("knows");
  if (!profile) {
    place.replaceChildren(nothing("Nothing yet. Look at something."));
    return;
  }
  const identifiers = Object.entries(profile.identifiers ?? {}).filter(([, values]) => values?.length);
  const segments = profile.segments ?? [];
  const patterns = profile.patterns ?? [];
  place.replaceChildren(
    section("Segments", segments.length
      ? h("p", {class: "chips"}, segments.map(({name, since}) =>
        h("span", {class: "chip good", title: since ? `since ${since}` : "", "data-segment": name}, words(name))))
      : nothing("In none.")),
    section("Under way", patterns.length ? h("ul", {class: "patterns"}, patterns.map(pattern)) : nothing("No pattern has begun.")),
    section("Features", Object.keys(profile.features ?? {}).length ? table(profile.features) : nothing("None yet.")),
    section("You", table({
      customer: profile.customer,
      ...Object.fromEntries(identifiers),
      ...Object.fromEntries(Object.entries(profile.traits ?? {}).filter(([name]) => name !== "consent")),
    }), h("p", {class: "chips"}, consents(profile.consent ?? {}))),
  );
  tick();
}

/** Moves the countdowns; true when one of them has come to its end. */
export function tick() {
  let ended = false;
  for (const clock of document.querySelectorAll(".countdown")) {
    const left = Number(clock.dataset.due) - Date.now();
    clock.textContent = left > 0 ? `fires in ${span(left)}` : "fires now";
    clock.classList.toggle("soon", left < 10000);
    ended ||= left <= 0;
  }
  return ended;
}

const OUTCOMES = {chosen: "chosen", outranked: "outranked", rejected: "rejected"};

function candidate({offer, outcome, stage, reason, score, features, rows}) {
  const details = Object.keys(features ?? {}).length > 0 || rows?.length > 0;
  return h("li", {class: `candidate ${OUTCOMES[outcome] ?? ""}`, "data-offer": offer, "data-outcome": outcome},
    h("div", {class: "candidate-head"},
      h("strong", {}, words(offer)),
      h("span", {class: "outcome"}, outcome === "rejected" && stage ? `rejected: ${stage}` : outcome),
      typeof score === "number" && h("span", {class: "score"}, score.toLocaleString("en", {maximumFractionDigits: 3}))),
    reason && h("p", {}, reason),
    details && h("details", {},
      h("summary", {}, "What it looked at"),
      Object.keys(features ?? {}).length > 0 && table(features),
      rows?.length > 0 && h("p", {class: "rows"}, `rows of the decision table that matched: ${rows.join(", ")}`)));
}

export function showDecision(decision, milliseconds) {
  const place = find("why");
  if (!decision?.id && !decision?.candidates) {
    place.replaceChildren(nothing("No decision yet."));
    return;
  }
  const order = {chosen: 0, outranked: 1, rejected: 2};
  const candidates = [...(decision.candidates ?? [])].sort((a, b) =>
    (order[a.outcome] ?? 3) - (order[b.outcome] ?? 3) || (b.score ?? 0) - (a.score ?? 0));
  place.replaceChildren(
    h("p", {class: "verdict"},
      h("strong", {}, decision.offer ? words(decision.offer) : "No offer"),
      decision.reason ? ` — ${decision.reason}` : ""),
    h("p", {class: "meta"}, `placement ${words(decision.placement ?? "home_hero")}, decided and answered in ${milliseconds} ms`),
    candidates.length ? h("ol", {class: "candidates"}, candidates.map(candidate)) : nothing("There was nothing to choose from."),
    h("p", {class: "meta"}, `decision ${decision.id ?? "?"} by program ${String(decision.program ?? "?").slice(0, 12)}`),
  );
}

/** Notes a call that this page has made, or a message that came (without a duration), newest first. */
export function noteSent(what, detail, milliseconds) {
  const list = find("sent");
  list.prepend(h("li", {}, h("strong", {}, what), detail ? ` ${detail}` : "", milliseconds && h("time", {}, `${milliseconds} ms`)));
  while (list.children.length > SENT_MAX) list.lastElementChild.remove();
}

let lastStatus = null;

/** The events since the status before; the server counts, whoever wants a rate divides. */
function eventsPerSecond(status) {
  const seconds = lastStatus ? (Date.parse(status.at) - Date.parse(lastStatus.at)) / 1000 : 0;
  const rate = seconds > 0 ? (status.events - lastStatus.events) / seconds : 0;
  lastStatus = status;
  return Math.round(rate);
}

export function showStatus(status) {
  const number = (value) => Number(value ?? 0).toLocaleString("en", {maximumFractionDigits: 2});
  find("pulse").textContent = status
    ? `${number(eventsPerSecond(status))} events/s · ${number(status.customers)} customers · decisions in ` +
      `${number(status.decide_p50_ms)} ms (p99 ${number(status.decide_p99_ms)} ms) · ${number(status.messages)} messages · ` +
      `${number(status.emails)} e-mails`
    : "";
}

export function wireTabs() {
  const tabs = [["tab-knows", "knows"], ["tab-why", "why"]];
  for (const [tab, panel] of tabs) {
    find(tab).addEventListener("click", () => {
      for (const [other, otherPanel] of tabs) {
        find(other).setAttribute("aria-selected", String(other === tab));
        find(otherPanel).hidden = otherPanel !== panel;
      }
    });
  }
}
