/** What `[[fail:…]]` can name. */
export type FailureKind = "429" | "500" | "timeout" | "garbage" | "content_filter";

/** What a prompt asked the simulated provider to do, beside being answered. */
export interface Directives {
  /** Milliseconds before the first byte or step. */
  readonly delayMs: number;
  /** Milliseconds between two tokens or steps; undefined leaves the provider its own pace. */
  readonly paceMs: number | undefined;
  /** The exact number of tokens of the answer. */
  readonly tokens: number | undefined;
  readonly failure: FailureKind | undefined;
  /** Tokens or steps after which the provider breaks down. */
  readonly failAfter: number | undefined;
  readonly isStalled: boolean;
}

interface DirectedText {
  /** The text without its directives: what the model sees. */
  readonly text: string;
  readonly directives: Directives;
}

type Writable = { -readonly [Key in keyof Directives]: Directives[Key] };

const directivePattern = /\[\[\s*(delay|pace|tokens|fail|fail-after|stall)\s*(?::\s*([a-z0-9_]+)\s*)?\]\]/gi;

const failureKinds: readonly string[] = ["429", "500", "timeout", "garbage", "content_filter"];

/** A day: the most that a directive may ask to wait. Timers of Node overflow at 24.8 days. */
const maxMilliseconds = 86_400_000;
const maxCount = 1_000_000;

function readNumber(value: string | undefined, limit: number): number | undefined {
  return value !== undefined && /^\d+$/.test(value) ? Math.min(Number(value), limit) : undefined;
}

/** Each puts its value into the directives, or says that the value makes no sense. */
const readers: Readonly<Record<string, (directives: Writable, value: string | undefined) => boolean>> = {
  delay: (directives, value) => {
    const delayMs = readNumber(value, maxMilliseconds);
    directives.delayMs = delayMs ?? directives.delayMs;
    return delayMs !== undefined;
  },
  pace: (directives, value) => {
    const paceMs = readNumber(value, maxMilliseconds);
    directives.paceMs = paceMs ?? directives.paceMs;
    return paceMs !== undefined;
  },
  tokens: (directives, value) => {
    const tokens = readNumber(value, maxCount);
    directives.tokens = tokens ?? directives.tokens;
    return tokens !== undefined;
  },
  "fail-after": (directives, value) => {
    const failAfter = readNumber(value, maxCount);
    directives.failAfter = failAfter ?? directives.failAfter;
    return failAfter !== undefined;
  },
  fail: (directives, value) => {
    const kind = value?.toLowerCase();
    if (kind === undefined || !failureKinds.includes(kind)) {
      return false;
    }
    directives.failure = kind as FailureKind;
    return true;
  },
  stall: (directives, value) => {
    directives.isStalled = value === undefined || directives.isStalled;
    return value === undefined;
  },
};

/**
 * Takes the directives out of a prompt. The last of a kind wins; one that makes no sense, as `[[delay:soon]]`, stays in
 * the text, so that its author sees that it did nothing.
 */
export function readDirectives(prompt: string): DirectedText {
  const directives: Writable = {
    delayMs: 0,
    paceMs: undefined,
    tokens: undefined,
    failure: undefined,
    failAfter: undefined,
    isStalled: false,
  };
  let wasRemoved = false;
  const text = prompt.replace(directivePattern, (whole, name: string, value: string | undefined) => {
    const isUnderstood = readers[name.toLowerCase()]?.(directives, value) ?? false;
    wasRemoved ||= isUnderstood;
    return isUnderstood ? " " : whole;
  });
  return { text: wasRemoved ? text.replace(/ {2,}/g, " ").trim() : prompt, directives };
}
