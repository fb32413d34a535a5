import type { IncomingMessage, ServerResponse } from "node:http";
import type { FunctionSummary } from "./listener.ts";

/** What the host's own endpoints under /admin need. */
interface Admin {
  readonly functions: readonly FunctionSummary[];
  /** Starts one run of a function that is no HTTP one, and does not wait for it. */
  run(name: string, input: string | undefined): void;
}

/**
 * `POST /admin/functions/{name}` with `{"input": …}` → 202 and one run now; `GET /admin/functions`;
 * `GET /admin/host/status`. The real host asks for its master key here, except in Core Tools.
 */
export async function answerAdminRequest(
  request: IncomingMessage,
  response: ServerResponse,
  path: string,
  admin: Admin,
): Promise<void> {
  const [, , area, name] = path.split("/");
  const endpoint = `${request.method} ${area}${name === undefined ? "" : `/${name}`}`;
  if (endpoint === "GET host/status") return answerJson(response, status());
  if (endpoint === "GET functions") return answerJson(response, admin.functions);
  if (request.method !== "POST" || area !== "functions" || name === undefined) {
    response.writeHead(404).end();
    return;
  }
  const input = await readInput(request);
  // As in the real host, a body that is no such JSON is refused; none at all is not.
  if (input === null) {
    response.writeHead(400).end();
    return;
  }
  const wanted = decodeURIComponent(name).toLowerCase();
  const known = admin.functions.find((summary) => summary.kind !== "http" && summary.name.toLowerCase() === wanted);
  if (known !== undefined) admin.run(known.name, input);
  response.writeHead(known === undefined ? 404 : 202).end();
}

const status = () => ({
  id: "muse-local",
  state: "Running",
  version: "4.1040.0",
  processUptime: process.uptime() * 1000,
});

function answerJson(response: ServerResponse, body: unknown): void {
  response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify(body));
}

/** The text of `input`: a value that is no text is given as JSON. Null if the body is not a JSON object. */
async function readInput(request: IncomingMessage): Promise<string | undefined | null> {
  const chunks: Buffer[] = [];
  for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
  const text = Buffer.concat(chunks).toString("utf8").trim();
  if (text === "") return undefined;
  try {
    const { input } = JSON.parse(text) as { input?: unknown };
    return input === undefined || typeof input === "string" ? input : JSON.stringify(input);
  } catch {
    return null;
  }
}
