import type { IconName } from "./icons.ts";

interface ToolWords {
  readonly icon: IconName;
  readonly running: string;
  readonly done: string;
  readonly failed: string;
}

const known: Readonly<Record<string, ToolWords>> = {
  get_time: {
    icon: "clock",
    running: "Looking at the clock…",
    done: "Looked at the clock",
    failed: "Could not read the clock",
  },
  generate_image: {
    icon: "picture",
    running: "Beginning a picture…",
    done: "Began a picture",
    failed: "Could not begin the picture",
  },
  remember: {
    icon: "memory",
    running: "Making a note…",
    done: "Made a note",
    failed: "Could not make a note",
  },
  search_history: {
    icon: "search",
    running: "Looking through earlier conversations…",
    done: "Looked through earlier conversations",
    failed: "Could not look through earlier conversations",
  },
};

/** What a tool does, in words for a person; a tool that this page does not know is told by its name. */
export function wordsOfTool(name: string): ToolWords {
  const own = Object.hasOwn(known, name) ? known[name] : undefined;
  if (own !== undefined) return own;
  const plain = name.replace(/[_-]+/g, " ").trim() || "a tool";
  return { icon: "sliders", running: `Using ${plain}…`, done: `Used ${plain}`, failed: `Could not use ${plain}` };
}

/** JSON laid out for reading; what is no JSON stays as it is. */
export function laidOut(value: unknown): string {
  if (typeof value !== "string") return JSON.stringify(value, null, 2) ?? "";
  try {
    return JSON.stringify(JSON.parse(value), null, 2);
  } catch {
    return value;
  }
}
