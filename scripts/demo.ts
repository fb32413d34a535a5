import { execFileSync } from "node:child_process";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { readServerEvents } from "../src/local/server-events.ts";

/**
 * Muse's main job from the outside: a guest chats with a streaming answer, gets a picture out of the queue, and sees
 * what it cost. Talks to a running app (`MUSE_URL`, else the default address); where none runs, it starts one for itself.
 */

const root = fileURLToPath(new URL("..", import.meta.url));
const defaultUrl = `http://127.0.0.1:${process.env.PORT ?? 7071}`;

interface Generation {
  readonly id: string;
  readonly status: string;
  readonly error_message: string | null;
  readonly images: readonly { readonly url: string; readonly mime_type: string }[];
}

async function isMuse(url: string): Promise<boolean> {
  try {
    const response = await fetch(`${url}/api/health`, { signal: AbortSignal.timeout(2_000) });
    return response.ok;
  } catch {
    return false;
  }
}

/** @returns the app's address, and how to end it if it was started here */
async function findOrStart(): Promise<{ url: string; stop(): Promise<void> }> {
  const url = process.env.MUSE_URL ?? defaultUrl;
  if (await isMuse(url)) return { url, stop: async () => undefined };
  if (process.env.MUSE_URL !== undefined) throw new Error(`No Muse answers at ${url}.`);
  console.log("No running app found: starting one for this demo.");
  execFileSync(process.execPath, [join(root, "scripts/build.ts")], { stdio: "inherit" });
  const { startStack } = await import("../src/local/stack.ts");
  return startStack({ appFolder: root, environment: { LOG_LEVEL: "error" }, log: () => undefined });
}

function createClient(url: string, token: string | undefined) {
  return async (method: string, path: string, body?: unknown): Promise<Response> => {
    const response = await fetch(`${url}/api${path}`, {
      method,
      headers: {
        ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
        ...(body === undefined ? {} : { "content-type": "application/json" }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${await response.text()}`);
    return response;
  };
}

async function chat(request: ReturnType<typeof createClient>, content: string): Promise<void> {
  console.log(`\nYou:  ${content}`);
  process.stdout.write("Muse: ");
  for await (const { event, data } of readServerEvents(await request("POST", "/v1/chat", { content, stream: true }))) {
    if (event === "delta") process.stdout.write(String(data.text));
    if (event === "error") throw new Error(`chat: ${data.detail}`);
  }
  process.stdout.write("\n");
}

async function generate(request: ReturnType<typeof createClient>, prompt: string): Promise<Generation> {
  console.log(`\nPicture: ${prompt}`);
  const submitted = (await (await request("POST", "/v1/generations", { prompt })).json()) as Generation;
  let generation = submitted;
  for await (const { event, data } of readServerEvents(
    await request("GET", `/v1/generations/${submitted.id}/events`),
  )) {
    if (event === "status") console.log(`  ${data.status}`);
    if (event === "progress") showProgress(Number(data.progress));
    if ("generation" in data) generation = data.generation as Generation;
  }
  if (generation.status !== "completed")
    throw new Error(`generation ${generation.status}: ${generation.error_message}`);
  return generation;
}

function showProgress(progress: number): void {
  const width = 30;
  const filled = Math.round(progress * width);
  console.log(`  [${"#".repeat(filled)}${".".repeat(width - filled)}] ${Math.round(progress * 100)} %`);
}

async function save(generation: Generation): Promise<void> {
  await mkdir(join(root, "out"), { recursive: true });
  for (const [index, image] of generation.images.entries()) {
    const bytes = new Uint8Array(await (await fetch(image.url)).arrayBuffer());
    const file = join("out", `${generation.id}-${index}.${image.mime_type.split("/")[1]}`);
    await writeFile(join(root, file), bytes);
    console.log(`  saved ${file} (${bytes.byteLength} bytes)`);
  }
}

async function credits(request: ReturnType<typeof createClient>): Promise<number> {
  const { balance } = (await (await request("GET", "/v1/users/me/credits")).json()) as { balance: number };
  return balance;
}

async function run(prompt: string): Promise<void> {
  const app = await findOrStart();
  try {
    const guest = await (await createClient(app.url, undefined)("POST", "/v1/auth/guest")).json();
    const request = createClient(app.url, (guest as { access_token: string }).access_token);
    console.log(`Muse at ${app.url}: signed in as a guest with ${await credits(request)} credits.`);
    await chat(request, `Tell me in a few sentences what makes a good picture of ${prompt}.`);
    await save(await generate(request, prompt));
    console.log(`\n${await credits(request)} credits are left.`);
  } finally {
    await app.stop();
  }
}

const { positionals } = parseArgs({ allowPositionals: true });
try {
  await run(positionals.join(" ") || "a lighthouse at dusk");
  // What the app's parts still hold open must not keep the demo from ending.
  process.exit(0);
} catch (error) {
  console.error(error instanceof Error ? error.message : String(error));
  process.exit(1);
}
