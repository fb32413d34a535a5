/**
 * Makes Markdown that somebody else wrote safe to render: HTML in it stays to be read, but no renderer that follows
 * CommonMark takes it as HTML. Code is kept as it is wherever it is certain that a renderer sees code too; where that
 * depends on what stands around it, its `<` are escaped as everywhere else. In doubt, safe before pretty.
 */

interface Fence {
  readonly indent: string;
  readonly run: string;
}

/** CommonMark 0.31 §4.5: up to three spaces, then three or more backticks or tildes. */
function openingFence(line: string): Fence | null {
  const match = /^( {0,3})(?:(`{3,})[^`]*|(~{3,}).*)$/.exec(line);
  const run = match?.[2] ?? match?.[3];
  return match === null || run === undefined ? null : { indent: match[1] ?? "", run };
}

/** CommonMark knows no other space. */
const isBlank = (line: string) => /^[ \t]*$/.test(line);

/** Index of the line that closes the block, or the number of lines when none does; null when that is not certain. */
function closingLine(lines: readonly string[], start: number, fence: Fence): number | null {
  for (let index = start + 1; index < lines.length; index += 1) {
    const line = lines[index] ?? "";
    if (isBlank(line)) continue;
    // A line further left may end a list item around the block, and the block with it.
    if (!line.startsWith(fence.indent)) return null;
    const bare = line.trim();
    const isRun = bare.length >= fence.run.length && [...bare].every((character) => character === fence.run[0]);
    if (!isRun) continue;
    // Indented otherwise, it closes the block or not depending on what is around.
    return line.replace(/[ \t]+$/, "") === fence.indent + bare ? index : null;
  }
  return fence.indent === "" ? lines.length : null;
}

function escapeHtml(text: string): string {
  return text.replaceAll("<", "&lt;");
}

/** Splits a line into text and code spans; null when a run of backticks in it has no partner, or is escaped. */
function codeSpans(line: string): { text: string; isCode: boolean }[] | null {
  if (/\\`/.test(line)) return null;
  const parts: { text: string; isCode: boolean }[] = [];
  let rest = line;
  for (let open = /`+/.exec(rest); open !== null; open = /`+/.exec(rest)) {
    const after = rest.slice(open.index + open[0].length);
    const close = [...after.matchAll(/`+/g)].find((run) => run[0].length === open?.[0].length);
    if (close === undefined) return null;
    const code = after.slice(0, close.index);
    parts.push({ text: rest.slice(0, open.index), isCode: false });
    // A bar in a table's row ends the cell, and a code span with it.
    parts.push({ text: open[0] + code + close[0], isCode: !code.includes("|") });
    rest = after.slice(close.index + close[0].length);
  }
  return [...parts, { text: rest, isCode: false }];
}

/** Lines between blank ones. A code span may go over lines, so one line that does not add up makes all of them doubtful. */
function inertParagraph(lines: readonly string[]): string[] {
  const spans = lines.map(codeSpans);
  if (spans.includes(null)) return lines.map(escapeHtml);
  return spans.map((parts) => (parts ?? []).map(({ text, isCode }) => (isCode ? text : escapeHtml(text))).join(""));
}

/** Schemes of links that a click may follow. */
const harmlessScheme = /^(?:https?|mailto|tel|ftp):/i;

/** Takes the link out of `[text](javascript:…)` and the like, whatever way the scheme is written. */
function withoutActiveLinks(text: string): string {
  return text.replace(/\](\(|:)([\s>]*)(?=([^\s)]+))/g, (whole, opening: string, space: string, target: string) => {
    const isSafe = harmlessScheme.test(target) || !/[:&\\]/.test(target.split(/[/?#]/)[0] ?? "");
    return isSafe ? whole : `\\]${opening}${space}`;
  });
}

const fenceRun = /`{3}|~{3}/;

/**
 * The Markdown with all HTML in it made text. Code that is left open at the end is closed, so that it cannot take in
 * what comes after.
 */
export function inertMarkdown(source: string): string {
  const lines = source.replace(/\r\n?/g, "\n").split("\n");
  const result: string[] = [];
  let paragraph: string[] = [];
  // A block that begins behind a list's or a quotation's mark is not followed here; from then on an indented line of
  // backticks may end that one as well as begin another. Without indentation it ends every list and quotation.
  let hasHiddenBlocks = false;
  const flush = () => {
    if (paragraph.length > 0) result.push(withoutActiveLinks(inertParagraph(paragraph).join("\n")));
    paragraph = [];
  };
  const blockEnd = (index: number, fence: Fence | null) =>
    fence === null || (fence.indent !== "" && hasHiddenBlocks) ? null : closingLine(lines, index, fence);
  for (let index = 0; index < lines.length; index += 1) {
    const line = lines[index] ?? "";
    const fence = openingFence(line);
    const end = blockEnd(index, fence);
    if (fence !== null && end !== null) {
      flush();
      result.push(...lines.slice(index, end + 1), ...(end === lines.length ? [fence.run] : []));
      index = end;
    } else if (isBlank(line)) {
      flush();
      result.push("");
    } else {
      hasHiddenBlocks ||= fenceRun.test(line);
      // A block whose end is not certain must not take in what follows: it is shown as text.
      paragraph.push(fence === null ? line : line.replace(/[`~]/g, "\\$&"));
    }
  }
  flush();
  return result.join("\n");
}

/** One line of plain text, with every character that Markdown or HTML would act on made text. */
export function plainInMarkdown(text: string): string {
  return text
    .replace(/\s+/g, " ")
    .trim()
    .replace(/[\\`*_[\]#|~]/g, "\\$&")
    .replaceAll("<", "&lt;");
}
