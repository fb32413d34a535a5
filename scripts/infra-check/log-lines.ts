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
  const sources = globSync("src/**/*.ts", { cwd: root })
    .map((path) => path.replaceAll("\\", "/"))
    .filter((path) => !/^src\/(local|web)\//.test(path))
    .map((path) => ({ path, text: readFileSync(join(root, path), "utf8") }));
  const summaries = sources
    .filter(({ path }) => path.startsWith("src/operations/upkeep/"))
    .flatMap(({ text }) => countsIn(text));
  const lines = new Map<string, Set<string>>();
  for (const { text } of sources) {
    for (const [, body = "", message = ""] of text.matchAll(call)) {
      const own = [...fieldsOf(body), ...(body.includes("...summary") ? summaries : [])];
      lines.set(message, new Set([...(lines.get(message) ?? everywhere), ...own]));
    }
  }
  return lines;
}

/** Names of the counts that a timer job promises: `Promise<{ closed: number; settled: number }>`. */
function countsIn(text: string): string[] {
  return [...text.matchAll(summaryType)].flatMap(([, body = ""]) =>
    [...body.matchAll(/(\w+):/g)].map(([, name = ""]) => name),
  );
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
