import type { CatalogueEntry } from "./catalogue.ts";
import type { Engine } from "./engine.ts";
import type { Charge, Portal, Session, State, StoredSubscription } from "./state.ts";

const entities: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};
const escaped = (text: string) => text.replace(/[&<>"']/g, (sign) => entities[sign] ?? sign);

const style =
  "body{font:16px/1.5 system-ui;max-width:34rem;margin:3rem auto;padding:0 1rem;color:#1a1f36}" +
  "section{border:1px solid #d8dee4;border-radius:8px;padding:1rem 1.25rem;margin:1rem 0}" +
  "button{font:inherit;padding:.4rem .9rem;border:1px solid #8792a2;border-radius:6px;background:#fff;cursor:pointer;margin:.15rem}" +
  "button.main{background:#635bff;border-color:#635bff;color:#fff}form{display:inline}h1{font-size:1.3rem}h2{font-size:1rem}" +
  ".note{color:#687385;font-size:.85rem}.bad{color:#b3093c}";

/** No scripts: every button is a form. */
function page(title: string, body: string): string {
  return `<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>${escaped(title)}</title><style>${style}</style></head><body><h1>${escaped(title)}</h1>${body}<p class="note">Simulated Stripe: no money moves here.</p></body></html>`;
}

function money(amount: number, currency: string): string {
  return `${(amount / 100).toFixed(2)} ${currency.toUpperCase()}`;
}

function priceText({ amount, currency, interval }: CatalogueEntry): string {
  const each = interval === null ? "" : interval === "yearly" ? " a year" : " a month";
  return `${money(amount, currency)}${each}`;
}

const day = (seconds: number) => new Date(seconds * 1_000).toISOString().slice(0, 10);

function button(action: string, label: string, fields: Readonly<Record<string, string>>, kind = ""): string {
  const hidden = Object.entries(fields).map(
    ([name, value]) => `<input type="hidden" name="${escaped(name)}" value="${escaped(value)}">`,
  );
  const isMain = kind === "main" ? ' class="main"' : "";
  return `<form method="post" action="${escaped(action)}">${hidden.join("")}<button${isMain}>${escaped(label)}</button></form>`;
}

/** The hosted page of a checkout. */
export function paymentPage(session: Session, engine: Engine, problem: string | null): string {
  const entry = engine.priceOf(session.price);
  const trial = session.trial_days > 0 ? `<p>Free for ${session.trial_days} days, then:</p>` : "";
  const path = `/pay/${session.id}`;
  const buttons =
    session.status === "open"
      ? button(path, session.trial_days > 0 ? "Start trial" : "Pay", { action: "pay" }, "main") +
        button(path, "Pay with a declined card", { action: "decline" }) +
        button(path, "Cancel", { action: "cancel" })
      : `<p>${session.status === "expired" ? "This page has expired." : "This was paid already."}</p>`;
  const bad = problem === null ? "" : `<p class="bad" role="alert">${escaped(problem)}</p>`;
  return page(
    "Checkout",
    `<section><h2>${escaped(entry.title)}</h2>${trial}<p>${priceText(entry)}</p>${bad}${buttons}</section>`,
  );
}

/** The hosted page to manage a subscription on. */
export function portalPage(portal: Portal, state: State, engine: Engine, catalogue: Iterable<CatalogueEntry>): string {
  const path = `/portal/${portal.id}`;
  const customer = state.customers[portal.customer];
  const owned = Object.values(state.subscriptions).filter(({ customer: owner }) => owner === portal.customer);
  const subscription = owned.sort((left, right) => right.created - left.created)[0];
  const charges = Object.values(state.charges).filter(({ customer: owner }) => owner === portal.customer);
  const cards = customer?.has_failing_card
    ? `<p class="bad">Payments with this card fail.</p>${button(path, "Use a working card", { action: "good_card" })}`
    : `<p>•••• 4242</p>${button(path, "Use a failing card", { action: "bad_card" })}`;
  return page(
    "Billing",
    `${offerSection(portal, engine, subscription)}<section><h2>Plan</h2>${planSection(path, engine, subscription, catalogue)}</section>` +
      `<section><h2>Card</h2>${cards}</section>` +
      `<section><h2>Payments</h2>${chargeRows(path, state, charges)}</section>` +
      `<section><h2>Time</h2><p>It is ${day(engine.now())} here.</p>${[1, 7, 31, 366]
        .map((days) => button(path, `${days} days later`, { action: "advance", days: String(days) }))
        .join("")}</section>` +
      `<p><a href="${escaped(portal.return_url)}">Return to Muse</a></p>`,
  );
}

function offerSection(portal: Portal, engine: Engine, subscription: StoredSubscription | undefined): string {
  const { offered_price: price } = portal;
  if (price === null || subscription === undefined || subscription.price === price) return "";
  const entry = engine.priceOf(price);
  const confirm = button(`/portal/${portal.id}`, "Confirm", { action: "confirm", price }, "main");
  return `<section><h2>Change to ${escaped(entry.title)}</h2><p>${priceText(entry)}; the rest of the period is set off.</p>${confirm}</section>`;
}

function planSection(
  path: string,
  engine: Engine,
  subscription: StoredSubscription | undefined,
  catalogue: Iterable<CatalogueEntry>,
): string {
  if (subscription === undefined) return "<p>No subscription.</p>";
  const current = engine.priceOf(subscription.price);
  const ends = subscription.cancel_at_period_end ? "ends" : "renews";
  const line = `<p>${escaped(current.title)}, ${priceText(current)}: ${subscription.status}, ${ends} ${day(subscription.period_end)}</p>`;
  if (subscription.status === "canceled") return line;
  const others = [...catalogue].filter(({ id, interval }) => interval !== null && id !== subscription.price);
  const changes = others.map((entry) =>
    button(path, `${entry.title}, ${priceText(entry)}`, { action: "change", price: entry.id }),
  );
  const ending = subscription.cancel_at_period_end
    ? button(path, "Go on with the plan", { action: "resume" })
    : button(path, "Cancel at the period's end", { action: "cancel" });
  return `${line}<p>${ending}${button(path, "Cancel now", { action: "cancel_now" })}</p><p>${changes.join("")}</p>`;
}

function chargeRows(path: string, state: State, charges: readonly Charge[]): string {
  if (charges.length === 0) return "<p>None yet.</p>";
  const rows = charges.map((charge) => {
    const { id, amount, amount_refunded: refunded, currency, description, created } = charge;
    const opened = Object.values(state.disputes).find((dispute) => dispute.charge === id);
    const buttons = [
      ...(charge.refunded
        ? []
        : [
            button(path, "Refund", { action: "refund", charge: id }),
            button(path, "Refund half", { action: "refund_half", charge: id }),
          ]),
      ...(refunded > 0 ? [button(path, "Refund fails", { action: "refund_fails", charge: id })] : []),
      ...(opened === undefined ? [button(path, "Dispute", { action: "dispute", charge: id })] : []),
      ...(opened?.status === "needs_response"
        ? [
            button(path, "Dispute won", { action: "dispute_won", dispute: opened.id }),
            button(path, "Dispute lost", { action: "dispute_lost", dispute: opened.id }),
          ]
        : []),
    ];
    const back = refunded > 0 ? `, ${money(refunded, currency)} refunded` : "";
    return `<p>${day(created)} ${escaped(description)}: ${money(amount, currency)}${back}<br>${buttons.join("")}</p>`;
  });
  return rows.join("");
}

/** The front page: the clock. */
export function clockPage(engine: Engine): string {
  const buttons = [1, 7, 31, 366].map((days) => button("/", `${days} days later`, { days: String(days) }));
  return page("Simulated Stripe", `<section><p>It is ${day(engine.now())} here.</p>${buttons.join("")}</section>`);
}

export function missingPage(): string {
  return page("Not found", "<p>There is no such page.</p>");
}
