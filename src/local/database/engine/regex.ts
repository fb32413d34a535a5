import { BSONRegExp } from "bson";
import { commandError, numberedError, unsupported } from "./errors.ts";

interface RegexSource {
  readonly pattern: string;
  readonly options: string;
}

export function isRegex(value: unknown): value is BSONRegExp | RegExp {
  return value instanceof BSONRegExp || value instanceof RegExp;
}

/** Reads the argument of `$regex` together with `$options`. Throws 2 (BadValue) if it is neither a string nor a regex. */
export function regexSource(argument: unknown, flags: unknown): RegexSource {
  const given = typeof flags === "string" ? flags : undefined;
  if (flags !== undefined && given === undefined) throw commandError("BadValue", "$options has to be a string");
  if (argument instanceof BSONRegExp) return { pattern: argument.pattern, options: given ?? argument.options };
  if (argument instanceof RegExp) return { pattern: argument.source, options: given ?? argument.flags };
  if (typeof argument === "string") return { pattern: argument, options: given ?? "" };
  throw commandError("BadValue", "$regex has to be a string");
}

/**
 * A JavaScript expression for a PCRE one. The leading `(?i)` form and the options i, m and s are understood; `x` is
 * refused, since JavaScript has nothing like it.
 */
export function compileRegex(source: RegexSource): RegExp {
  let { pattern, options } = source;
  const inline = /^\(\?([ims]+)\)/.exec(pattern);
  if (inline !== null) {
    pattern = pattern.slice(inline[0].length);
    options += inline[1] ?? "";
  }
  for (const option of options) {
    if (option === "x") throw unsupported("the regular expression option x");
    if (!"imsu".includes(option)) throw numberedError(51108, `invalid flag in regex options: ${option}`);
  }
  const flags = [...new Set(options)].filter((option) => option !== "u").join("");
  try {
    return new RegExp(pattern, `${flags}u`);
  } catch {
    return compileLoosely(pattern, flags);
  }
}

/** PCRE allows escapes such as `\-` and `\_` that JavaScript refuses in Unicode mode. */
function compileLoosely(pattern: string, flags: string): RegExp {
  try {
    return new RegExp(pattern, flags);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw numberedError(51091, `Regular expression is invalid: ${reason}`);
  }
}
