import { once } from "node:events";
import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import sharp from "sharp";

interface ChatRequest {
  readonly model: string;
  readonly messages: readonly { readonly content: unknown }[];
}

export interface StandIn {
  readonly baseUrl: string;
  /** Bodies of the chat requests so far. */
  readonly requests: readonly (ChatRequest & { readonly key: string | undefined; readonly traceparent: unknown })[];
  stop(): Promise<void>;
}

export const answerText = "Packages travel light.";

/** A picture of the size that was asked for, as OpenAI's images API gives it. */
async function pictureAnswer({ size, n = 1 }: { readonly size: string; readonly n?: number }): Promise<object> {
  const [width = 1, height = 1] = size.split("x").map(Number);
  const picture = sharp({ create: { width, height, channels: 3, background: "#336699" } });
  const b64_json = (await picture.png().toBuffer()).toString("base64");
  return { created: 1, data: Array.from({ length: n }, () => ({ b64_json })) };
}

/** An OpenAI-compatible service of chat and pictures on loopback; the model "no-usage" leaves out the count of tokens, as some do. */
export async function startStandIn(): Promise<StandIn> {
  const requests: StandIn["requests"][number][] = [];
  const server = createServer(async (request, response) => {
    const text = await readAll(request);
    if (request.url?.endsWith("/images/generations")) {
      response.writeHead(200, { "content-type": "application/json" });
      response.end(JSON.stringify(await pictureAnswer(JSON.parse(text))));
      return;
    }
    const body = JSON.parse(text) as ChatRequest;
    const { authorization, traceparent } = request.headers;
    requests.push({ ...body, key: authorization, traceparent });
    response.writeHead(200, { "content-type": "text/event-stream" });
    const send = (chunk: object) =>
      response.write(
        `data: ${JSON.stringify({ id: "c1", object: "chat.completion.chunk", created: 1, model: body.model, ...chunk })}\n\n`,
      );
    for (const word of answerText.split(/(?<= )/))
      send({ choices: [{ index: 0, delta: { content: word }, finish_reason: null }] });
    send({ choices: [{ index: 0, delta: {}, finish_reason: "stop" }] });
    if (body.model !== "no-usage")
      send({ choices: [], usage: { prompt_tokens: 21, completion_tokens: 5, total_tokens: 26 } });
    response.end("data: [DONE]\n\n");
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  return {
    baseUrl: `http://127.0.0.1:${port}/v1`,
    requests,
    stop: async () => {
      server.close();
      server.closeAllConnections();
      await once(server, "close");
    },
  };
}

async function readAll(request: IncomingMessage): Promise<string> {
  let text = "";
  for await (const chunk of request) text += String(chunk);
  return text;
}
