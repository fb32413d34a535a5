/** A name or a sign of a Bicep file, with the line it stands in. Strings are left out, what they interpolate is not. */
export interface Token {
  readonly text: string;
  readonly line: number;
}

const namePattern = /[A-Za-z_]\w*/y;
const signPattern = /[^\sA-Za-z_]/y;

/** Bicep's tokens without comments, numbers and the text of strings. Source: the language's grammar (bicep/docs/grammar.md). */
export function tokenize(text: string): Token[] {
  const tokens: Token[] = [];
  let line = 1;
  let at = 0;

  const skip = (length: number): void => {
    line += text.slice(at, at + length).split("\n").length - 1;
    at += length;
  };

  /** Reads up to the sign that ends this level: "}" of an interpolation, or the end of the file. */
  function readCode(isInterpolation: boolean): void {
    let depth = 0;
    while (at < text.length) {
      if (readIgnored()) continue;
      const character = text[at];
      if (character === "'") {
        readString();
        continue;
      }
      if (isInterpolation && character === "}" && depth === 0) return;
      if (character === "{") depth += 1;
      if (character === "}") depth -= 1;
      readToken();
    }
  }

  function readIgnored(): boolean {
    const ignored = /(?:\s+|\/\/[^\n]*|\/\*[\s\S]*?\*\/|\d[\w.]*)/y;
    ignored.lastIndex = at;
    const match = ignored.exec(text);
    if (match === null) return false;
    skip(match[0].length);
    return true;
  }

  function readString(): void {
    if (text.startsWith("'''", at)) {
      const end = text.indexOf("'''", at + 3);
      skip((end === -1 ? text.length : end + 3) - at);
      return;
    }
    skip(1);
    while (at < text.length && text[at] !== "'") {
      if (text[at] === "\\") skip(2);
      else if (text.startsWith("${", at)) {
        skip(2);
        readCode(true);
        skip(1);
      } else skip(1);
    }
    skip(1);
    tokens.push({ text: "''", line });
  }

  function readToken(): void {
    for (const pattern of [namePattern, signPattern]) {
      pattern.lastIndex = at;
      const match = pattern.exec(text);
      if (match === null) continue;
      tokens.push({ text: match[0], line });
      skip(match[0].length);
      return;
    }
    skip(1);
  }

  readCode(false);
  return tokens;
}
