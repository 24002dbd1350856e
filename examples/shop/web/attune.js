// What this page asks of Attune, and nothing else: the same HTTP calls that any shop would make.

const TIMEOUT_MS = 8000;

function randomId(prefix) {
  const bytes = crypto.getRandomValues(new Uint8Array(12));
  return prefix + Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** Settings that outlive the page; a browser that keeps none still gets a visit. */
const memory = {
  values: new Map(),
  get(name) {
    try {
      return localStorage.getItem(name) ?? this.values.get(name) ?? null;
    } catch {
      return this.values.get(name) ?? null;
    }
  },
  set(name, value) {
    this.values.set(name, value);
    try {
      value === null ? localStorage.removeItem(name) : localStorage.setItem(name, value);
    } catch {
      // A browser may forbid storage; the visit then ends with the page.
    }
  },
};

export class Visitor {
  constructor() {
    this.anonymousId = memory.get("attune.anonymous_id");
    this.email = memory.get("attune.email");
    if (!this.anonymousId) this.renew();
  }

  renew() {
    this.anonymousId = randomId("web-");
    this.email = null;
    memory.set("attune.anonymous_id", this.anonymousId);
    memory.set("attune.email", null);
    memory.set("attune.message", null);
  }

  /** The e-mail address is the userId too: whoever logs in with it elsewhere is the same customer. */
  logIn(email) {
    this.email = email;
    memory.set("attune.email", email);
  }

  get identity() {
    return this.email ? {userId: this.email, anonymousId: this.anonymousId} : {anonymousId: this.anonymousId};
  }

  /** Where the reading of messages goes on: the id that the stream gave the last one. */
  get lastMessage() {
    return memory.get("attune.message") ?? "0";
  }

  set lastMessage(id) {
    memory.set("attune.message", id);
  }
}

/** An answer that is none: the server said no, or nothing at all. `message` is for people. */
export class AttuneError extends Error {
  constructor(message, status = 0) {
    super(message);
    this.status = status;
  }
}

async function ask(path, body) {
  const options = {signal: AbortSignal.timeout(TIMEOUT_MS)};
  if (body !== undefined) {
    Object.assign(options, {method: "POST", headers: {"Content-Type": "application/json"}, body: JSON.stringify(body)});
  }
  let response;
  try {
    response = await fetch(path, options);
  } catch {
    throw new AttuneError("Attune does not answer. The shop goes on without it.");
  }
  const answer = await response.json().catch(() => null);
  if (!response.ok) throw new AttuneError(answer?.detail ?? `Attune answers ${response.status}.`, response.status);
  return answer;
}

export class Attune {
  constructor(visitor) {
    this.visitor = visitor;
  }

  call(type, fields) {
    return {type, messageId: randomId("m-"), timestamp: new Date().toISOString(), ...this.visitor.identity, ...fields};
  }

  track(event, properties) {
    return ask("/v1/track", this.call("track", {event, properties}));
  }

  page(name) {
    return ask("/v1/page", this.call("page", {name, properties: {path: location.pathname}}));
  }

  identify(traits) {
    return ask("/v1/identify", this.call("identify", {traits}));
  }

  /** Asks for the offer in `placement`; `events` are told in the same call, and the answer has seen them. */
  async decide(placement, events = []) {
    const question = {...this.visitor.identity, placements: [placement], explain: true, context: {page: "home"}, events};
    const answer = await ask("/v1/decide", question);
    return {...answer.decisions?.[0], customer: answer.customer, program: answer.program};
  }

  /** What is known of this visitor; null while that is nothing. */
  async profile() {
    try {
      return await ask(`/v1/profiles/${encodeURIComponent(this.visitor.anonymousId)}?by=anonymousId`);
    } catch (error) {
      if (error.status === 404) return null;
      throw error;
    }
  }

  async messagesAfter(id) {
    const query = new URLSearchParams({anonymousId: this.visitor.anonymousId, after: id});
    return (await ask(`/v1/messages?${query}`)).messages ?? [];
  }

  messageStream() {
    const query = new URLSearchParams({anonymousId: this.visitor.anonymousId, after: this.visitor.lastMessage});
    return new EventSource(`/v1/messages/stream?${query}`);
  }

  async emails() {
    if (!this.visitor.email) return [];
    const answer = await ask(`/demo/emails?${new URLSearchParams({to: this.visitor.email})}`);
    return Array.isArray(answer) ? answer : answer?.emails ?? [];
  }

  status() {
    return ask("/v1/status");
  }
}
