import { inject } from "vitest";
import { readServerEvents, type ServerEvent } from "../../src/local/server-events.ts";

/** One parsed answer. `body` is whatever JSON came; tests look at what they assert. */
export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  // biome-ignore lint/suspicious/noExplicitAny: a test reads the contract's fields and asserts them one by one
  readonly body: any;
}

export interface RequestOptions {
  readonly token?: string | undefined;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal;
}

/** Speaks HTTP with one Muse. */
export class Client {
  readonly baseUrl: string;
  readonly token: string | undefined;

  constructor(baseUrl: string, token?: string) {
    this.baseUrl = baseUrl;
    this.token = token;
  }

  raw(method: string, path: string, options: RequestOptions = {}): Promise<Response> {
    const token = "token" in options ? options.token : this.token;
    const isText = typeof options.body === "string";
    return fetch(`${this.baseUrl}/api${path}`, {
      method,
      headers: {
        ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
        ...(options.body === undefined ? {} : { "content-type": "application/json" }),
        ...options.headers,
      },
      ...(options.body === undefined ? {} : { body: isText ? (options.body as string) : JSON.stringify(options.body) }),
      ...(options.signal === undefined ? {} : { signal: options.signal }),
    });
  }

  async call(method: string, path: string, options: RequestOptions = {}): Promise<Answer> {
    const response = await this.raw(method, path, options);
    const text = await response.text();
    const isJson = response.headers.get("content-type")?.includes("json") ?? false;
    return { status: response.status, headers: response.headers, body: isJson ? JSON.parse(text) : text };
  }

  get(path: string, options: RequestOptions = {}): Promise<Answer> {
    return this.call("GET", path, options);
  }

  post(path: string, body?: unknown, options: RequestOptions = {}): Promise<Answer> {
    return this.call("POST", path, { ...options, body });
  }

  /** A request whose answer is a stream, read to its end. */
  async events(method: string, path: string, options: RequestOptions = {}): Promise<ServerEvent[]> {
    const all: ServerEvent[] = [];
    for await (const event of readServerEvents(await this.raw(method, path, options))) all.push(event);
    return all;
  }

  async balance(): Promise<number> {
    return (await this.get("/v1/users/me/credits")).body.balance;
  }
}

export { readServerEvents as readEvents };

/** A fresh guest of the shared app, or of the one given. */
export async function guest(baseUrl: string = inject("baseUrl")): Promise<Client> {
  const { status, body } = await new Client(baseUrl).post("/v1/auth/guest");
  if (status !== 201) throw new Error(`no guest: ${status} ${JSON.stringify(body)}`);
  return new Client(baseUrl, body.access_token);
}

export function anonymous(): Client {
  return new Client(inject("baseUrl"));
}

/** Looks until the answer passes; for what happens in the background. @throws the last failure after `withinMs` */
export async function eventually<T>(
  look: () => Promise<T>,
  isGood: (value: T) => boolean,
  withinMs = 20_000,
): Promise<T> {
  const until = Date.now() + withinMs;
  while (true) {
    const value = await look();
    if (isGood(value)) return value;
    if (Date.now() > until) throw new Error(`not within ${withinMs} ms; last: ${JSON.stringify(value)}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
