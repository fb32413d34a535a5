/** The tags of a line of text, each once: separated by commas, as the server keeps them. */
export function tagsFrom(text: string): string[] {
  const tags = text
    .split(",")
    .map((tag) => tag.trim().replace(/\s+/g, " ").toLowerCase())
    .filter((tag) => tag !== "");
  return [...new Set(tags)];
}
