// Small tools to build the page from data. Text is always set as text, so nothing a server sends becomes markup.

/** Makes an element: h("p", {class: "note", onclick: f}, "text", otherElement). Null and false children are left out. */
export function h(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (value === true) element.setAttribute(name, "");
    else element.setAttribute(name, value);
  }
  element.append(...children.flat().filter((child) => child !== null && child !== undefined && child !== false));
  return element;
}

export const find = (id) => document.getElementById(id);

/** Turns one of this page's own SVG texts into an element. */
export function svg(text) {
  return document.importNode(new DOMParser().parseFromString(text, "image/svg+xml").documentElement, true);
}

export const euros = (amount) => new Intl.NumberFormat("en-IE", {style: "currency", currency: "EUR"}).format(amount);

/** 83 s as "1 min 23 s", for countdowns. */
export function span(milliseconds) {
  const seconds = Math.max(0, Math.round(milliseconds / 1000));
  if (seconds < 60) return `${seconds} s`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
  if (seconds < 172800) return `${Math.floor(seconds / 3600)} h ${Math.floor(seconds / 60) % 60} min`;
  return `${Math.floor(seconds / 86400)} days`;
}

/** An identifier's words, for people: "shoe_views_7d" as "shoe views 7d". */
export const words = (name) => String(name).replaceAll("_", " ");
