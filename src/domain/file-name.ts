/**
 * A `content-disposition` that saves the answer under a name made from a title (RFC 6266): an ASCII name for all, and the
 * title itself for who reads `filename*`. Nothing of the title can leave its place in the header or name a path.
 */
export function attachmentNamed(title: string, fallback: string, extension: string): string {
  const ascii =
    title
      .normalize("NFD")
      .replace(/\p{M}/gu, "")
      .toLowerCase()
      .replace(/[^a-z0-9]+/g, "-")
      .slice(0, 60)
      .replace(/^-+|-+$/g, "") || fallback;
  const full =
    title
      .toWellFormed()
      .replace(/[\p{C}\p{Zl}\p{Zp}/\\:*?"<>|%]+/gu, " ")
      .replace(/\s+/g, " ")
      .replace(/^[.\s]+/, "")
      .slice(0, 100)
      .toWellFormed()
      .trim() || fallback;
  const encoded = encodeURIComponent(`${full}.${extension}`).replace(/['()*!]/g, encodeCharacter);
  return `attachment; filename="${ascii}.${extension}"; filename*=UTF-8''${encoded}`;
}

/** `encodeURIComponent` leaves some characters that RFC 8187 does not allow. */
function encodeCharacter(character: string): string {
  return `%${character.charCodeAt(0).toString(16).toUpperCase()}`;
}
