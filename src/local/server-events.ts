/** One server-sent event of Muse; `data` is its parsed JSON. */
export interface ServerEvent {
  readonly id: string | undefined;
  readonly event: string;
  // biome-ignore lint/suspicious/noExplicitAny: whoever reads it knows which event has which data
  readonly data: any;
}

/** The events of a response as they come. Comments and whatever has no data are passed over. */
export async function* readServerEvents(response: Response): AsyncGenerator<ServerEvent> {
  let pending = "";
  const decoder = new TextDecoder();
  for await (const chunk of response.body ?? []) {
    pending += decoder.decode(chunk, { stream: true });
    const blocks = pending.split("\n\n");
    pending = blocks.pop() ?? "";
    for (const block of blocks) {
      const event = /^event: (.*)$/m.exec(block)?.[1];
      const data = /^data: (.*)$/m.exec(block)?.[1];
      if (event === undefined || data === undefined) continue;
      yield { id: /^id: (.*)$/m.exec(block)?.[1], event, data: JSON.parse(data) };
    }
  }
}
