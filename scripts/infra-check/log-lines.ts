import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";

/** Which fields a log line with this message can have. */
export type LogLines = ReadonlyMap<string, ReadonlySet<string>>;

/** Fields of each line, whatever its message (see the app's logger). */
const everywhere = ["level", "time", "msg"];

const call = /logger\s*\.(?:debug|info|warn|error)\(\s*\{([^;]*?)\}\s*,\s*"([^"]+)"/g;
const summaryType = /Promise<\{([^}]*)\}>/g;

/** The lines that the app's source can write, by reading its logger calls; `...summary` stands for the counts of the timer jobs. */
export function readLogLines(root: string): LogLines {
  const sources = globSync("src/**/*.ts", { cwd: root, exclude: (name) => /^src\/(local|web)$/.test(String(name)) });
  const lines = new Map<string, Set<string>>();
  const summaries = new Set<string>();
  const texts = sources.filter((path) => !/^src\/(local|web)\//.test(path)).map((path) => ({ path, text: readFileSync(join(root, path), "utf8") }));
  for (const { path, text } of texts) {
    if (!path.startsWith("src/operations/upkeep/")) continue;
    for (const [, body = ""] of text.matchAll(summaryType)) {
      for (const [, name = ""] of body.matchAll(/(\w+):/g)) summaries.add(name);
    }
  }
  for (const { text } of texts) {
    for (const [, body = "", message = ""] of text.matchAll(call)) {
      const fields = lines.get(message) ?? new Set(everywhere);
      for (const field of fieldsOf(body)) fields.add(field);
      if (body.includes("...summary")) for (const name of summaries) fields.add(name);
      lines.set(message, fields);
    }
  }
  return lines;
}

/** "requestId, code: error.code" → requestId, code. Commas inside of brackets do not part fields. */
function fieldsOf(body: string): string[] {
  const parts: string[] = [""];
  let depth = 0;
  for (const character of body) {
    if ("([{".includes(character)) depth += 1;
    if (")]}".includes(character)) depth -= 1;
    if (character === "," && depth === 0) parts.push("");
    else parts[parts.length - 1] += character;
  }
  return parts.map((part) => /^\s*(\w+)/.exec(part)?.[1]).filter((name) => name !== undefined);
}
