/** A name for a file that every system takes, of a title. */
export function fileNameFrom(title: string, ending: string): string {
  const words = title
    .replace(/[^\p{L}\p{N}]+/gu, "-")
    .replace(/^-+|-+$/g, "")
    .slice(0, 80);
  return `${words === "" ? "conversation" : words}.${ending}`;
}
