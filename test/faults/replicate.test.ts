import { randomBytes } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer, type Server, type ServerResponse } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import sharp from "sharp";
import { Webhook } from "standardwebhooks";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { type Answer, Client, eventually, guest } from "../support/client.ts";
import { listen } from "../support/loopback.ts";
import { type RunningMuse, startMuse } from "../support/muse.ts";

/** Muse with a stand-in of Replicate, whose predictions cost money: each that is begun counts. */

interface Prediction {
  readonly id: string;
  readonly input: { readonly prompt: string; readonly seed: number };
  readonly webhook: string | undefined;
  readonly created_at: string;
  status: "processing" | "succeeded" | "failed" | "canceled";
  error: string | null;
}

/** What the stand-in does with the next request for a prediction. */
type Mode = "answer" | "lose the answer" | "keep silent" | "call back first";

const secret = `whsec_${randomBytes(24).toString("base64")}`;
const predictions = new Map<string, Prediction>();
let mode: Mode = "answer";
/** Status of predictions as they are begun. */
let begunAs: Prediction["status"] = "succeeded";
let creations = 0;
/** So many of the next pictures are only half of one. */
let cutPictures = 0;
let vendor: Server;
let vendorUrl: string;
let picture: Buffer;
let muse: RunningMuse;
let folder: string;
let crash: Awaited<ReturnType<typeof leaveCrashed>>;

function begin(body: { input: Prediction["input"]; webhook?: string }): Prediction {
  creations += 1;
  const prediction: Prediction = {
    id: `pred${randomBytes(8).toString("hex")}`,
    input: body.input,
    webhook: body.webhook,
    created_at: new Date().toISOString(),
    status: begunAs,
    error: begunAs === "failed" ? "NSFW content detected. Try running it again." : null,
  };
  predictions.set(prediction.id, prediction);
  return prediction;
}

const shown = (prediction: Prediction) => ({
  ...prediction,
  model: "acme/painter",
  version: "v1",
  output: prediction.status === "succeeded" ? [`${vendorUrl}/picture.png`] : null,
});

async function answerCreation(response: ServerResponse, body: Parameters<typeof begin>[0]): Promise<void> {
  const prediction = begin(body);
  if (mode === "keep silent") return;
  if (mode === "lose the answer") {
    mode = "answer";
    response.socket?.resetAndDestroy();
    return;
  }
  if (mode === "call back first") {
    await deliver(shown(prediction), { query: new URL(prediction.webhook ?? "").search });
  }
  response
    .writeHead(201, { "content-type": "application/json" })
    .end(JSON.stringify({ ...shown(prediction), status: "starting", output: null }));
}

function answerAbout(response: ServerResponse, method: string, path: string): void {
  const json = (value: unknown) =>
    response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify(value));
  if (path === "/picture.png") {
    const isCut = cutPictures > 0;
    cutPictures -= isCut ? 1 : 0;
    const bytes = isCut ? picture.subarray(0, picture.byteLength / 2) : picture;
    return void response.writeHead(200, { "content-type": "image/png" }).end(bytes);
  }
  if (path === "/v1/predictions")
    return void json({ next: null, results: [...predictions.values()].reverse().map(shown) });
  // A chat provider and a WebUI that are ill; the client of the first is told not to try again by itself.
  if (path.endsWith("/chat/completions")) return void response.writeHead(500, { "x-should-retry": "false" }).end("{}");
  if (path.startsWith("/sdapi/")) return void response.writeHead(500).end("{}");
  const [, id = "", action] = /^\/v1\/predictions\/(\w+)(?:\/(\w+))?$/.exec(path) ?? [];
  const prediction = predictions.get(id);
  if (prediction === undefined) return void response.writeHead(404).end("{}");
  if (method === "POST" && action === "cancel" && prediction.status === "processing") prediction.status = "canceled";
  json(shown(prediction));
}

const start = () =>
  startMuse({
    dataFolder: folder,
    environment: {
      RATE_LIMIT_FACTOR: "1000",
      LOG_LEVEL: "warn",
      PUBLIC_BASE_URL: "https://muse.example",
      REPLICATE_API_TOKEN: "r8_test",
      REPLICATE_BASE_URL: `${vendorUrl}/v1`,
      REPLICATE_WEBHOOK_SECRET: secret,
      SD_WEBUI_URL: vendorUrl,
      OPENAI_API_KEY: "sk-test",
      OPENAI_BASE_URL: `${vendorUrl}/chat`,
      IMAGE_MODELS: "replicate:acme/painter,stable-diffusion-webui:default,simulated:muse-image",
    },
  });

beforeAll(async () => {
  picture = await sharp({ create: { width: 64, height: 64, channels: 3, background: "#336699" } })
    .png()
    .toBuffer();
  vendor = createServer(async (request, response) => {
    let text = "";
    for await (const chunk of request) text += chunk;
    const path = request.url ?? "";
    if (request.method === "POST" && path === "/v1/models/acme/painter/predictions")
      await answerCreation(response, JSON.parse(text));
    else answerAbout(response, request.method ?? "", path);
  });
  const port = await listen(vendor);
  vendorUrl = `http://127.0.0.1:${port}`;
  folder = await mkdtemp(join(tmpdir(), "muse-replicate-"));
  muse = await start();
  crash = await leaveCrashed();
});

afterAll(async () => {
  await muse?.stop();
  vendor?.closeAllConnections();
  vendor?.close();
  await rm(folder, { recursive: true, force: true, maxRetries: 3 });
});

beforeEach(() => {
  mode = "answer";
  begunAs = "succeeded";
  creations = 0;
  cutPictures = 0;
});

/** The job that a process left behind in the middle of the call that begins its prediction. */
async function leaveCrashed() {
  mode = "keep silent";
  const owner = await guest(muse.url);
  const { body } = await ask(owner);
  await eventually(
    async () => creations,
    (count) => count === 1,
  );
  await muse.kill();
  const before = onlyPrediction(body.id);
  muse = await start();
  // The webhook alone can tell: the list has forgotten the prediction until it is told.
  predictions.delete(before.id);
  const told = await deliver(shown(before), { query: `?generation_id=${body.id}` });
  predictions.set(before.id, before);
  return { owner, generationId: String(body.id), before, told };
}

const ask = (someone: Client, body: object = {}) =>
  someone.post("/v1/generations", { prompt: "a lighthouse", image_size: "512x512", ...body });
const end = async (someone: Client, { body }: Answer) => (await someone.get(`/v1/generations/${body.id}?wait=40`)).body;
const onlyPrediction = (generationId: string): Prediction => {
  const [own, ...more] = [...predictions.values()].filter(({ webhook }) => webhook?.endsWith(`=${generationId}`));
  if (own === undefined || more.length > 0) throw new Error(`${more.length + 1} predictions`);
  return own;
};

/** Delivers an event as Replicate does. */
function deliver(
  prediction: object,
  options: { id?: string; query?: string; at?: Date; signature?: string } = {},
): Promise<Answer> {
  const { id = `msg_${randomBytes(6).toString("hex")}`, query = "", at = new Date() } = options;
  const body = JSON.stringify(prediction);
  const headers = {
    "webhook-id": id,
    "webhook-timestamp": String(Math.floor(at.getTime() / 1_000)),
    "webhook-signature": options.signature ?? new Webhook(secret).sign(id, at, body),
  };
  return new Client(muse.url).post(`/webhooks/replicate${query}`, body, { headers });
}

describe("a generation by Replicate", () => {
  it("is paid by its user and begun once, and calls back", async () => {
    const someone = await guest(muse.url);
    const accepted = await ask(someone);
    expect(await end(someone, accepted)).toMatchObject({ status: "completed", provider: "replicate", cost_credits: 2 });
    expect(await someone.balance()).toBe(18);
    expect(creations).toBe(1);
    expect(onlyPrediction(accepted.body.id).webhook).toBe(
      `https://muse.example/api/webhooks/replicate?generation_id=${accepted.body.id}`,
    );
  });

  it("whose answer got lost goes on with the prediction that was begun", async () => {
    mode = "lose the answer";
    const someone = await guest(muse.url);
    const accepted = await ask(someone);
    expect(await end(someone, accepted)).toMatchObject({ status: "completed" });
    expect(creations).toBe(1);
  });

  it("whose picture came in part gets it by another try", async () => {
    cutPictures = 1;
    const someone = await guest(muse.url);
    expect(await end(someone, await ask(someone))).toMatchObject({ status: "completed" });
    expect(creations).toBe(1);
  });

  it("that its filter refuses costs nothing", async () => {
    begunAs = "failed";
    const someone = await guest(muse.url);
    expect(await end(someone, await ask(someone))).toMatchObject({ status: "failed", error_code: "content_filter" });
    expect(await someone.balance()).toBe(20);
    expect(creations).toBe(1);
  });

  it("that is cancelled is cancelled there", async () => {
    begunAs = "processing";
    const someone = await guest(muse.url);
    const { body } = await ask(someone);
    await eventually(
      async () => creations,
      (count) => count === 1,
    );
    expect((await someone.post(`/v1/generations/${body.id}/cancel`)).status).toBe(200);
    await eventually(
      async () => onlyPrediction(body.id).status,
      (status) => status === "canceled",
    );
    expect(await someone.balance()).toBe(20);
    const late = await deliver({ ...shown(onlyPrediction(body.id)), status: "succeeded" });
    expect(late.status).toBe(200);
    expect((await someone.get(`/v1/generations/${body.id}`)).body.status).toBe("cancelled");
  });

  it("may be called back before its begin was answered", async () => {
    mode = "call back first";
    const someone = await guest(muse.url);
    expect(await end(someone, await ask(someone))).toMatchObject({ status: "completed" });
    expect(creations).toBe(1);
  });
});

describe("an event of Replicate", () => {
  const unknown = { id: "predunknown", status: "succeeded" };

  it("about a prediction that is not Muse's is fine, however often it comes", async () => {
    const id = `msg_${randomBytes(6).toString("hex")}`;
    const answers = await Promise.all([1, 2, 3].map(() => deliver(unknown, { id })));
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200]);
    expect((await deliver(unknown, { query: "?generation_id=gen_unknown" })).status).toBe(200);
  });

  it("may carry several signatures, of which one has to be right", async () => {
    const at = new Date();
    const right = new Webhook(secret).sign("msg_several", at, JSON.stringify(unknown));
    const answer = await deliver(unknown, { id: "msg_several", at, signature: `v1,d3Jvbmc= v2,other ${right}` });
    expect(answer.status).toBe(200);
  });

  it.each([
    ["forged", { signature: new Webhook(`whsec_${randomBytes(24).toString("base64")}`).sign("m", new Date(), "{}") }],
    ["without a real signature", { signature: "v1" }],
    ["old", { at: new Date(Date.now() - 6 * 60_000) }],
    ["from the future", { at: new Date(Date.now() + 6 * 60_000) }],
  ])("that is %s is refused", async (_name, options) => {
    const { status, body } = await deliver(unknown, options);
    expect([status, body.code]).toEqual([401, "invalid_credentials"]);
  });

  it("without a signature, or that is no prediction, is refused", async () => {
    const unsigned = await new Client(muse.url).post("/webhooks/replicate", unknown);
    expect([unsigned.status, unsigned.body.code]).toEqual([401, "unauthenticated"]);
    expect((await deliver({ hello: "world" })).body).toMatchObject({
      code: "validation_failed",
      errors: [{ path: "id" }],
    });
    expect((await deliver({ id: "../../etc", status: "succeeded" })).status).toBe(400);
  });
});

describe("a provider that keeps failing", () => {
  it("refuses further generations at once, before their credits are touched; others are made", async () => {
    const ill = { model_type: "stable-diffusion-webui:default" };
    const someone = await guest(muse.url);
    const refused = await eventually(
      async () => ask(await guest(muse.url), ill),
      ({ status }) => status === 503,
    );
    expect(refused.body).toMatchObject({ code: "unavailable" });
    expect(Number(refused.headers.get("retry-after"))).toBeGreaterThan(0);
    expect((await ask(someone, ill)).status).toBe(503);
    expect(await someone.balance()).toBe(20);
    expect(await end(someone, await ask(someone))).toMatchObject({ status: "completed" });
  });

  it("is told from one that fails once: answers fail at once with when to come again, and cost nothing", async () => {
    const someone = await guest(muse.url);
    const first = await someone.post("/v1/chat", { content: "Hello" });
    expect([first.status, first.body.code]).toEqual([502, "provider_failed"]);
    const refused = await eventually(
      async () => someone.post("/v1/chat", { content: "Hello" }),
      ({ status }) => status === 503,
    );
    expect(refused.body).toMatchObject({ code: "unavailable" });
    expect(Number(refused.headers.get("retry-after"))).toBeGreaterThan(0);
    expect(await someone.balance()).toBe(20);
  });
});

describe("a process that died before it knew its prediction's id", () => {
  it("leaves a job that gets it by the webhook, once its lease has lapsed", async () => {
    const { owner, generationId, before, told } = crash;
    expect(told.status).toBe(200);
    const again = new Client(muse.url, owner.token);
    const done = await eventually(
      async () => (await again.get(`/v1/generations/${generationId}?wait=30`)).body,
      ({ status }) => status === "completed",
      60_000,
    );
    expect(done.images).toHaveLength(1);
    const own = [...predictions.values()].filter(({ webhook }) => webhook?.endsWith(`=${generationId}`));
    expect(own).toEqual([before]);
    expect(await again.balance()).toBe(18);
  });
});
