/** How much of a line may wait for the end of a link that has begun. */
const unfinishedLink = /!?\[[^\]\n]{0,200}(?:\](?:\([^)\s]{0,500})?)?$/;

function count(text: string, mark: string): number {
  return text.split(mark).length - 1;
}

/**
 * Markdown that was cut anywhere, made to look as it will when the rest has come: emphasis and code that have begun
 * are closed, a link that has begun waits. Without it the marks would flash up with every word.
 */
export function settled(text: string): string {
  // Inside a block of code nothing is a mark.
  if (count(text, "```") % 2 === 1) return text;
  const start = text.lastIndexOf("\n\n") + 1;
  const before = text.slice(0, start);
  let last = text.slice(start);
  if (count(last, "`") % 2 === 1) return `${before}${last}\``;
  last = last.replace(unfinishedLink, "").replace(/(?<=\s)\*{1,2}$/, "");
  if (count(last, "**") % 2 === 1) last = `${last.replace(/\*+$|\s+$/, (end) => (end === "*" ? "" : end))}**`;
  return before + last;
}
