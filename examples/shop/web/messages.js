// In-app messages: pushed over server-sent events, asked for where a browser or a proxy breaks the stream, shown as cards.

import {find, h} from "./dom.js";

const POLL_MS = 5000;
const CARDS_MAX = 3;

export class Messages {
  /** `onArrival` is called for each message, after it is shown. */
  constructor(attune, onArrival) {
    this.attune = attune;
    this.onArrival = onArrival;
    this.stream = null;
    this.polling = null;
    this.seen = new Set();
  }

  /** Starts listening for the visitor of now; call it again when that is somebody else. */
  listen() {
    this.stop();
    this.stream = this.attune.messageStream();
    this.stream.addEventListener("message", (event) => this.receive(JSON.parse(event.data), event.lastEventId));
    this.stream.addEventListener("error", () => {
      // The browser reconnects by itself, with Last-Event-ID; it gives up only on an answer that is no stream.
      if (this.stream.readyState === EventSource.CLOSED) this.poll();
    });
  }

  stop() {
    this.stream?.close();
    clearInterval(this.polling);
    this.polling = null;
  }

  poll() {
    if (this.polling) return;
    this.polling = setInterval(async () => {
      const messages = await this.attune.messagesAfter(this.attune.visitor.lastMessage).catch(() => []);
      messages.forEach((message) => this.receive(message, String(message.seq)));
    }, POLL_MS);
  }

  receive(message, place) {
    this.attune.visitor.lastMessage = place;
    if (this.seen.has(message.id)) return;  // a visitor who logs in may become a customer with messages of before
    this.seen.add(message.id);
    this.show(message);
    this.tell("Message Shown", message);
    this.onArrival(message);
  }

  tell(event, message) {
    this.attune.track(event, {message_id: message.id, campaign: message.campaign}).catch(() => {});
  }

  show(message) {
    const content = message.content ?? {};
    const answer = (event) => {
      this.tell(event, message);
      card.remove();
    };
    const card = h("article", {class: "toast", "data-campaign": message.campaign ?? "", "data-message": message.id ?? ""},
      h("button", {class: "close", type: "button", "aria-label": "Dismiss", onclick: () => answer("Message Dismissed")}, "×"),
      h("p", {class: "eyebrow"}, "A message for you"),
      h("h3", {}, message.title ?? content.title ?? "News"),
      h("p", {}, message.body ?? content.body ?? ""),
      content.code && h("p", {class: "code"}, content.code),
      h("a", {class: "button", href: safeLink(content.link), onclick: () => answer("Message Clicked")},
        content.button ?? "Show me"));
    const cards = find("toasts");
    cards.prepend(card);
    while (cards.children.length > CARDS_MAX) cards.lastElementChild.remove();
    // Shown anew, it lies above a dialog that was opened since.
    if (cards.matches(":popover-open")) cards.hidePopover();
    cards.showPopover();
  }
}

/** Only places on this page: a message must not lead a visitor elsewhere. */
export function safeLink(link) {
  return typeof link === "string" && link.startsWith("#") ? link : "#all";
}
