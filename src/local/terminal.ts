/** Writes one aligned line a part. */
export function writeParts(parts: readonly (readonly [name: string, value: string])[]): void {
  const width = Math.max(...parts.map(([name]) => name.length));
  for (const [name, value] of parts) process.stdout.write(`${name.padEnd(width)}  ${value}\n`);
}

/** A URI as it may be shown: with its password left out. */
export function withoutPassword(uri: string): string {
  return uri.replace(/(\/\/[^:/@]*):[^@/]*@/, "$1:***@");
}

/**
 * The port that PORT names, or the one of Azure Functions Core Tools.
 * @throws Error with one line if it is no port.
 */
export function readPort(text: string | undefined): number {
  const port = Number(text || 7071);
  if (Number.isInteger(port) && port >= 1 && port <= 65_535) return port;
  throw new Error(`PORT is "${text}", which is no port (1 to 65535).`);
}
