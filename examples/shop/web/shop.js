// The shop itself: products, hero, cart, log-in and mailbox. What it tells Attune and asks of it is in attune.js.

import {Attune, Visitor} from "./attune.js";
import {CATEGORIES, PRODUCTS, drawing} from "./catalogue.js";
import {euros, find, h, svg} from "./dom.js";
import {Messages, safeLink} from "./messages.js";
import {noteSent, showDecision, showProfile, showStatus, tick, wireTabs} from "./panel.js";

const PLACEMENT = "home_hero";
const REFRESH_MS = 3000;

const visitor = new Visitor();
const attune = new Attune(visitor);
const messages = new Messages(attune, (message) => {
  noteSent("Message received", message.title ?? message.campaign, null);
  refreshProfile();
});
let cart = [];

// Telling and asking --------------------------------------------------------------------------------------------------

function trouble(error) {
  find("trouble").textContent = error ? error.message : "";
  find("trouble").hidden = !error;
}

/** Runs a call to Attune, notes it in the panel, and returns its answer; null if there was none. */
async function timed(what, detail, call) {
  const started = performance.now();
  try {
    const answer = await call();
    const milliseconds = Math.max(1, Math.round(performance.now() - started));
    if (what) noteSent(what, detail, milliseconds);
    trouble(null);
    return {answer, milliseconds};
  } catch (error) {
    trouble(error);
    return null;
  }
}

/** Tells an event and asks for the hero in the same call, so that the offer has already seen the event. */
async function tellAndDecide(event, properties, detail) {
  const events = event ? [attune.call("track", {event, properties})] : [];
  const done = await timed(event ?? "Asked for the hero", detail, () => attune.decide(PLACEMENT, events));
  if (done) {
    showHero(done.answer);
    showDecision(done.answer, done.milliseconds);
  } else if (event) {
    await timed(event, detail, () => attune.track(event, properties));
    showHero(null);
  } else {
    showHero(null);
  }
  refreshProfile();
}

async function tell(event, properties, detail) {
  await timed(event, detail, () => attune.track(event, properties));
  refreshProfile();
}

let profileRequests = 0;
async function refreshProfile() {
  const request = ++profileRequests;
  const profile = await attune.profile().catch(() => undefined);
  if (profile !== undefined && request === profileRequests) showProfile(profile);
}

async function refresh() {
  if (document.hidden) return;
  refreshProfile();
  showStatus(await attune.status().catch(() => null));
  refreshMailCount();
}

// Hero ----------------------------------------------------------------------------------------------------------------

const HOUSE_OFFER = {title: "Made to be worn out", text: "Six shoes, three jackets and what goes with them.", button: "Look around", link: "#all"};

function heroProduct(content) {
  const category = content.category ?? safeLink(content.link).slice(1);
  return PRODUCTS.find((item) => item.id === content.product_id) ?? PRODUCTS.find((item) => item.category === category) ?? PRODUCTS[0];
}

function showHero(decision) {
  const content = decision?.offer ? decision.content ?? {} : HOUSE_OFFER;
  const hero = find("hero");
  const art = svg(drawing(heroProduct(content)));
  art.setAttribute("preserveAspectRatio", "xMidYMid slice");
  hero.dataset.offer = decision?.offer ?? "";
  hero.replaceChildren(
    h("div", {class: "hero-text"},
      h("p", {class: "eyebrow"}, decision?.offer ? "Chosen for you" : "Harbour"),
      h("h2", {}, content.title ?? decision?.offer ?? HOUSE_OFFER.title),
      h("p", {}, content.text ?? content.body ?? ""),
      content.code && h("p", {class: "code"}, content.code),
      h("a", {class: "button", href: safeLink(content.link)}, content.button ?? "Show me")),
    h("div", {class: "hero-art"}, art));
}

// Products ------------------------------------------------------------------------------------------------------------

const productProperties = (item) => ({
  product_id: item.id, name: item.name, category: item.category, brand: item.brand, price: item.price, currency: "EUR",
});

function currentCategory() {
  const name = location.hash.slice(1);
  return CATEGORIES.includes(name) ? name : "all";
}

function showProducts() {
  const category = currentCategory();
  find("heading").textContent = category === "all" ? "Everything" : category[0].toUpperCase() + category.slice(1);
  find("categories").replaceChildren(...["all", ...CATEGORIES].map((name) =>
    h("a", {href: `#${name}`, "aria-current": name === category ? "page" : null}, name)));
  find("products").replaceChildren(...PRODUCTS
    .filter((item) => category === "all" || item.category === category)
    .map((item) => h("article", {class: "product"},
      h("button", {class: "product-view", type: "button", "data-product": item.id, "aria-label": `View ${item.name}`, onclick: () => viewProduct(item)},
        svg(drawing(item)),
        h("span", {class: "product-brand"}, item.brand),
        h("span", {class: "product-name"}, item.name),
        h("span", {class: "price"}, euros(item.price))))));
}

function viewProduct(item) {
  open("product", item.name,
    h("div", {class: "detail"},
      h("div", {class: "detail-art"}, svg(drawing(item))),
      h("div", {class: "detail-text"},
        h("p", {class: "eyebrow"}, `${item.brand} · ${item.category}`),
        h("p", {}, item.text),
        h("p", {class: "price large"}, euros(item.price)),
        h("button", {class: "button", type: "button", id: "add", onclick: () => addToCart(item)}, "Add to cart"))));
  tellAndDecide("Product Viewed", productProperties(item), item.name);
}

// Cart ----------------------------------------------------------------------------------------------------------------

const total = () => Math.round(cart.reduce((sum, line) => sum + line.item.price * line.quantity, 0) * 100) / 100;

function showCartCount() {
  find("cart-count").textContent = cart.reduce((sum, line) => sum + line.quantity, 0);
}

function addToCart(item) {
  const line = cart.find((each) => each.item === item);
  if (line) line.quantity += 1;
  else cart.push({item, quantity: 1});
  showCartCount();
  find("product").close();
  tell("Product Added", {...productProperties(item), quantity: 1}, item.name);
}

function showCart() {
  const lines = cart.map((line) => h("li", {},
    h("div", {class: "line-art"}, svg(drawing(line.item))),
    h("div", {}, h("strong", {}, line.item.name), h("p", {}, `${line.quantity} × ${euros(line.item.price)}`)),
    h("button", {class: "link", type: "button", onclick: () => removeLine(line)}, "Remove")));
  open("cart", "Your cart",
    cart.length === 0
      ? h("p", {class: "nothing"}, "Empty. Add something, then leave it alone, and see what happens.")
      : h("div", {},
        h("ul", {class: "lines"}, lines),
        h("p", {class: "total"}, h("span", {}, "Total"), h("strong", {}, euros(total()))),
        h("button", {class: "button full", type: "button", id: "buy", onclick: buy}, "Buy now"),
        h("p", {class: "nothing"}, "Or leave it. Attune notices.")));
}

function removeLine(line) {
  cart = cart.filter((each) => each !== line);
  showCartCount();
  showCart();
  tell("Product Removed", {...productProperties(line.item), quantity: line.quantity}, line.item.name);
}

function buy() {
  const order = {
    order_id: `order-${Date.now().toString(36)}`,
    total: total(),
    currency: "EUR",
    products: cart.map(({item, quantity}) => ({product_id: item.id, category: item.category, price: item.price, quantity})),
  };
  cart = [];
  showCartCount();
  open("cart", "Thank you", h("p", {}, `Your order of ${euros(order.total)} is in. It will never leave this browser.`));
  tellAndDecide("Order Completed", order, euros(order.total));
}

// Account and mailbox -------------------------------------------------------------------------------------------------

function showAccount() {
  if (visitor.email) {
    open("account", "You are logged in",
      h("p", {}, visitor.email),
      h("button", {class: "button", type: "button", onclick: logOut}, "Log out: be somebody new"));
    return;
  }
  const email = h("input", {type: "email", name: "email", required: true, autocomplete: "email", placeholder: "you@example.com"});
  const name = h("input", {type: "text", name: "name", autocomplete: "given-name", placeholder: "Ada"});
  const consent = h("input", {type: "checkbox", name: "consent", checked: true});
  open("account", "Log in",
    h("form", {onsubmit: (event) => {
      event.preventDefault();
      logIn(email.value.trim().toLowerCase(), name.value.trim(), consent.checked);
    }},
      h("label", {}, "E-mail", email),
      h("label", {}, "First name", name),
      h("label", {class: "check"}, consent, "You may write to me about offers"),
      h("button", {class: "button full", type: "submit"}, "Log in"),
      h("p", {class: "nothing"}, "No password: it is a demo. What you looked at so far comes with you.")));
}

async function logIn(email, firstName, consented) {
  visitor.logIn(email);
  find("account").close();
  showVisitor();
  const traits = {email, consent: {marketing: consented}};
  if (firstName) traits.first_name = firstName;
  await timed("Identify", email, () => attune.identify(traits));
  tellAndDecide();
}

function logOut() {
  visitor.renew();
  cart = [];
  showCartCount();
  find("account").close();
  showVisitor();
  arrive();
}

function showVisitor() {
  find("account-button").textContent = visitor.email ?? "Log in";
  find("mail-button").hidden = !visitor.email;
}

async function refreshMailCount() {
  const emails = await attune.emails().catch(() => []);
  find("mail-count").textContent = emails.length;
  find("mail-count").hidden = emails.length === 0;
}

async function showMailbox() {
  const emails = await attune.emails().catch(() => []);
  open("mailbox", `Mailbox of ${visitor.email}`,
    emails.length === 0
      ? h("p", {class: "nothing"}, "No mail yet. Leave something in the cart.")
      : h("ol", {class: "mails"}, [...emails].reverse().map((mail) => h("li", {},
        h("h3", {}, mail.subject ?? "(no subject)"),
        h("p", {class: "meta"}, `from ${mail.from ?? "the shop"}`),
        h("pre", {}, mail.text ?? "")))));
}

// The page ------------------------------------------------------------------------------------------------------------

/** Shows a dialog with this content; a click beside it, Escape and its cross close it. */
function open(id, title, ...content) {
  const dialog = find(id);
  dialog.replaceChildren(
    h("header", {class: "sheet-head"},
      h("h2", {}, title),
      h("button", {class: "close", type: "button", "aria-label": "Close", onclick: () => dialog.close()}, "×")),
    ...content);
  if (!dialog.open) dialog.showModal();
}

/** A visitor is here whom Attune may not know yet: the page view is the first thing that it hears. */
async function arrive() {
  messages.listen();
  await timed("Page viewed", "", () => attune.page("Home"));
  await tellAndDecide();
}

function wire() {
  for (const dialog of document.querySelectorAll("dialog")) {
    dialog.addEventListener("click", (event) => event.target === dialog && dialog.close());
  }
  wireTabs();
  find("cart-button").addEventListener("click", showCart);
  find("account-button").addEventListener("click", showAccount);
  find("mail-button").addEventListener("click", showMailbox);
  addEventListener("hashchange", showProducts);
  addEventListener("visibilitychange", refresh);
  setInterval(refresh, REFRESH_MS);
  setInterval(() => tick() && refreshProfile(), 1000);
}

wire();
showHero(null);
showProducts();
showVisitor();
showProfile(null);
showDecision(null, 0);
arrive().then(refresh);
