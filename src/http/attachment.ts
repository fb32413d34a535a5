/**
 * `content-disposition` of a download: never shown in the page's own context. An ASCII name for old clients, the true
 * one as RFC 8187 writes it.
 * Source: RFC 6266 §4.3 and appendix D; RFC 8187 §3.2.1 (which replaced RFC 5987) for the characters that stay.
 */
export function attachmentDisposition(fileName: string): string {
  const ascii = fileName
    .normalize("NFKD")
    .replace(/\p{M}/gu, "")
    .replace(/[^\x20-\x7E]/g, "_")
    // A percent sign is decoded by some browsers.
    .replace(/["\\%]/g, "_");
  const encoded = encodeURIComponent(fileName.toWellFormed()).replace(
    /['()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
  return `attachment; filename="${ascii}"; filename*=UTF-8''${encoded}`;
}
