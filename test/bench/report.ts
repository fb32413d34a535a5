/** One measured subject. */
export interface Report {
  readonly title: string;
  readonly lines: readonly string[];
  /** Whether every figure is within what is promised. */
  readonly isWithin: boolean;
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((left, right) => left - right);
  const middle = Math.floor(sorted.length / 2);
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? Number.NaN) + upper) / 2;
}

/** "what: 120 ms, 1.20× of 100 ms of the reference (allowed: 1.5×)". */
export function ratioLine(
  what: string,
  ownMs: number,
  referenceMs: number,
  reference: string,
  allowed: number,
): string {
  const ratio = ownMs / referenceMs;
  return `${what}: ${ownMs.toFixed(1)} ms, ${ratio.toFixed(2)}× the ${referenceMs.toFixed(1)} ms of ${reference} (allowed: ${allowed}×)`;
}
