import { createServer, type ServerResponse } from "node:http";
import { setTimeout as delay } from "node:timers/promises";
import { listen } from "../support/loopback.ts";

export interface StandIn {
  readonly baseUrl: string;
  stop(): Promise<void>;
}

const chunk = (delta: object, finish: string | null = null) =>
  `data: ${JSON.stringify({ id: "c", object: "chat.completion.chunk", created: 0, model: "bench", choices: [{ index: 0, delta, finish_reason: finish }] })}\n\n`;

async function answer(response: ServerResponse, options: { firstTokenMs: number; tokens: number; paceMs: number }) {
  response.writeHead(200, { "content-type": "text/event-stream" });
  await delay(options.firstTokenMs);
  for (let index = 0; index < options.tokens; index += 1) {
    response.write(chunk({ content: `w${index} ` }));
    if (options.paceMs > 0) await delay(options.paceMs);
  }
  response.write(chunk({}, "stop"));
  const usage = { prompt_tokens: 10, completion_tokens: options.tokens, total_tokens: options.tokens + 10 };
  response.write(
    `data: ${JSON.stringify({ id: "c", object: "chat.completion.chunk", created: 0, model: "bench", choices: [], usage })}\n\n`,
  );
  response.end("data: [DONE]\n\n");
}

/** A provider that speaks OpenAI's protocol on loopback, at a pace that is known. */
export async function startStandIn(options: {
  firstTokenMs: number;
  tokens: number;
  paceMs: number;
}): Promise<StandIn> {
  const server = createServer((request, response) => {
    request.resume();
    request.on("end", () => void answer(response, options));
  });
  const port = await listen(server);
  return {
    baseUrl: `http://127.0.0.1:${port}/v1`,
    stop: async () => {
      server.closeAllConnections();
      server.close();
    },
  };
}
