import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { answerCall } from "./api.ts";
import { createCatalogue } from "./catalogue.ts";
import { createDeliveries } from "./deliveries.ts";
import { createEngine, type Engine } from "./engine.ts";
import { type FormMap, readForm, textAt } from "./form.ts";
import { clockPage, missingPage, paymentPage, portalPage } from "./pages.ts";
import { loadState, type Portal, type Session, saveState } from "./state.ts";

export interface RunningStripe {
  readonly url: string;
  stop(): Promise<void>;
}

interface StripeServerOptions {
  /** 0: any free one. */
  readonly port: number;
  /** Where its state is kept; undefined: in memory. */
  readonly file: string | undefined;
  /** Address of the webhook that it tells of what happens, and the secret that it signs with. */
  readonly webhookUrl: string;
  readonly webhookSecret: string;
  readonly environment: Readonly<Record<string, string | undefined>>;
}

interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

const maxBodyBytes = 1_000_000;
const htmlHeaders = {
  "content-type": "text/html; charset=utf-8",
  "content-security-policy": "default-src 'none'; style-src 'unsafe-inline'; form-action *; frame-ancestors 'none'",
  "cache-control": "no-store",
};

/**
 * A stand-in for Stripe on this machine: the part of its API that Muse uses, the hosted pages, signed webhooks with
 * retries, and a clock that can be moved (`POST /_control/advance`, `days=31`). Reached by the same client as the real one.
 */
export async function startSimulatedStripe(options: StripeServerOptions): Promise<RunningStripe> {
  const state = loadState(options.file);
  const save = () => saveState(options.file, state);
  const catalogue = new Map(createCatalogue(options.environment).map(({ entry }) => [entry.id, entry]));
  const deliveries = createDeliveries({
    endpoint: options.webhookUrl,
    secret: options.webhookSecret,
    state,
    onDelivered: save,
  });
  const engine: Engine = createEngine(state, catalogue, (type, object) =>
    deliveries.deliver({
      id: engine.newId("evt"),
      object: "event",
      type,
      created: engine.now(),
      api_version: "2025-03-31.basil",
      livemode: false,
      // As it is now: the object itself may change before the event is sent.
      data: { object: JSON.parse(JSON.stringify(object)) },
    }),
  );
  let baseUrl = "";

  const html = (status: number, body: string): Answer => ({ status, headers: htmlHeaders, body });
  const redirect = (location: string): Answer => ({ status: 303, headers: { location }, body: "" });

  function answerPay(session: Session, isPost: boolean, form: FormMap): Answer {
    const action = isPost ? textAt(form, "action") : undefined;
    if (action === "cancel") return redirect(session.cancel_url);
    if (action === "pay") {
      engine.completeSession(session);
      return redirect(session.success_url.replaceAll("{CHECKOUT_SESSION_ID}", session.id));
    }
    return html(200, paymentPage(session, engine, action === "decline" ? "Your card was declined." : null));
  }

  function actOnPortal(portal: Portal, form: FormMap): string {
    const customer = state.customers[portal.customer];
    const owned = Object.values(state.subscriptions).filter(({ customer: owner }) => owner === portal.customer);
    const subscription = owned.sort((left, right) => right.created - left.created)[0];
    const charge = state.charges[textAt(form, "charge") ?? ""];
    const dispute = state.disputes[textAt(form, "dispute") ?? ""];
    const price = textAt(form, "price") ?? "";
    const actions: Readonly<Record<string, () => unknown>> = {
      cancel: () => subscription && engine.setCancelAtPeriodEnd(subscription, true),
      resume: () => subscription && engine.setCancelAtPeriodEnd(subscription, false),
      cancel_now: () => subscription && engine.cancelNow(subscription),
      change: () => subscription && engine.changePrice(subscription, price),
      confirm: () => subscription && engine.changePrice(subscription, price),
      bad_card: () => customer && engine.setCard(customer, true),
      good_card: () => customer && engine.setCard(customer, false),
      refund: () => charge && engine.refund(charge, undefined),
      refund_half: () => charge && engine.refund(charge, Math.floor(charge.amount / 2)),
      refund_fails: () => charge && engine.failRefunds(charge),
      dispute: () => charge && engine.dispute(charge),
      dispute_won: () => dispute && engine.closeDispute(dispute, "won"),
      dispute_lost: () => dispute && engine.closeDispute(dispute, "lost"),
      advance: () => engine.advance(Number(textAt(form, "days") ?? 0) * 86_400),
    };
    const action = textAt(form, "action") ?? "";
    if (Object.hasOwn(actions, action)) actions[action]?.();
    return action === "confirm" ? portal.return_url : portal.url;
  }

  function answerPage(method: string, path: string, form: FormMap): Answer {
    const isPost = method === "POST";
    const [, kind, id = ""] = path.split("/");
    const session = kind === "pay" ? state.sessions[id] : undefined;
    if (session !== undefined) return answerPay(session, isPost, form);
    const portal = kind === "portal" ? state.portals[id] : undefined;
    if (portal !== undefined) {
      if (isPost) return redirect(actOnPortal(portal, form));
      return html(200, portalPage(portal, state, engine, catalogue.values()));
    }
    if (path !== "/") return html(404, missingPage());
    if (isPost) engine.advance(Number(textAt(form, "days") ?? 0) * 86_400);
    return isPost ? redirect("/") : html(200, clockPage(engine));
  }

  async function answer(request: IncomingMessage): Promise<Answer> {
    const method = request.method ?? "GET";
    const url = new URL(request.url ?? "/", "http://localhost");
    const text = await readText(request);
    const isJson = request.headers["content-type"]?.includes("json") ?? false;
    const form = isJson ? readJsonForm(text) : readForm(method === "GET" ? url.search.slice(1) : text);
    engine.catchUp();
    if (!url.pathname.startsWith("/v1/") && !url.pathname.startsWith("/_control/")) {
      return answerPage(method, url.pathname, form);
    }
    const key = request.headers["idempotency-key"];
    const { status, body } = answerCall(
      { state, engine, baseUrl },
      { method, path: url.pathname, form, text, key: typeof key === "string" ? key : null },
    );
    return {
      status,
      headers: { "content-type": "application/json", "request-id": engine.newId("req") },
      body: JSON.stringify(body),
    };
  }

  const server = createServer((request, response) => {
    void answer(request)
      .catch(() => html(500, missingPage()))
      .then(({ status, headers, body }) => {
        save();
        send(response, status, headers, body);
      });
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(options.port, "127.0.0.1", resolve);
  });
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("The simulated Stripe got no port.");
  baseUrl = `http://127.0.0.1:${address.port}`;
  state.port = address.port;
  save();
  deliveries.resume();
  return {
    url: baseUrl,
    stop: async () => {
      deliveries.stop();
      save();
      server.closeAllConnections();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}

function send(response: ServerResponse, status: number, headers: Readonly<Record<string, string>>, body: string): void {
  response.writeHead(status, headers);
  response.end(body);
}

async function readText(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.byteLength;
    if (size > maxBodyBytes) throw new Error("the body is too large");
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString("utf8");
}

/** `{"days": 31}`, for people with curl. */
function readJsonForm(text: string): FormMap {
  try {
    const fields = Object.entries(JSON.parse(text || "{}") as Record<string, unknown>);
    return Object.fromEntries(fields.map(([name, value]) => [name, String(value)]));
  } catch {
    return {};
  }
}
