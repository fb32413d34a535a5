export interface Segment {
  readonly text: string;
  readonly isMatch: boolean;
}

interface Match {
  readonly start: number;
  readonly length: number;
}

/**
 * Cuts a text into what matched and what is between. Places are in UTF-16 code units; those that overlap, lie outside or
 * come in no order do no harm.
 */
export function segmentsOf(text: string, matches: readonly Match[]): readonly Segment[] {
  const segments: Segment[] = [];
  let at = 0;
  for (const { start, length } of [...matches].sort((a, b) => a.start - b.start)) {
    const from = Math.max(start, at);
    const to = Math.min(start + length, text.length);
    if (to <= from) continue;
    if (from > at) segments.push({ text: text.slice(at, from), isMatch: false });
    segments.push({ text: text.slice(from, to), isMatch: true });
    at = to;
  }
  if (at < text.length) segments.push({ text: text.slice(at), isMatch: false });
  return segments;
}
