/** An entry of `CHAT_MODELS` or `IMAGE_MODELS`: "provider:model", where the model's name may have colons of its own. */
export interface ModelEntry {
  readonly provider: string;
  readonly model: string;
}

export function readModelEntry(entry: string): ModelEntry {
  const colon = entry.indexOf(":");
  return { provider: entry.slice(0, colon), model: entry.slice(colon + 1) };
}
