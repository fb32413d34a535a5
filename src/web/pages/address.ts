/** Where the person is, besides the conversations: `#/<name>/<rest…>?<query>`. */
export interface PageAddress {
  readonly name: string;
  readonly rest: readonly string[];
  readonly query: Readonly<Record<string, string>>;
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** Reads the part of an address behind `#/`; null when it is no page's. */
export function readPageAddress(hash: string, isPage: (name: string) => boolean): PageAddress | null {
  const match = /^#\/([a-z-]+)((?:\/[^/?]+)*)\/?(?:\?(.*))?$/.exec(hash);
  const name = match?.[1];
  if (name === undefined || !isPage(name)) return null;
  return {
    name,
    rest: (match?.[2] ?? "").split("/").filter(Boolean).map(decode),
    query: Object.fromEntries(new URLSearchParams(match?.[3] ?? "")),
  };
}
