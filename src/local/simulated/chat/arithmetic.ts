import type { Rule } from "./conversation.ts";

const numberWords: Readonly<Record<string, number>> = {
  zero: 0,
  one: 1,
  two: 2,
  three: 3,
  four: 4,
  five: 5,
  six: 6,
  seven: 7,
  eight: 8,
  nine: 9,
  ten: 10,
  eleven: 11,
  twelve: 12,
  twenty: 20,
  hundred: 100,
};

const operatorWords: readonly (readonly [RegExp, string])[] = [
  [/(\d)[,_](?=\d{3}\b)/g, "$1"],
  [/(\d(?:\.\d+)?)\s*(?:%|percent)\s+of\b/g, "$1 / 100 *"],
  [/\b(?:the )?square root of\b/g, "√"],
  [/\bsquared\b/g, "^ 2"],
  [/\bcubed\b/g, "^ 3"],
  [/\bto the (?:power of|power)\b/g, "^"],
  [/\b(?:plus|added to)\b/g, "+"],
  [/\bminus\b/g, "-"],
  [/\b(?:times|multiplied by)\b|×|·/g, "*"],
  [/\b(?:divided by|over)\b|÷/g, "/"],
  [/(?<=[\d)]\s*)x(?=\s*[\d(])/g, "*"],
  [/\*\*/g, "^"],
  [/\s*=\s*$/, ""],
];

function toSymbols(plain: string): string {
  const digits = plain.replace(/\b[a-z]+\b/g, (word) => `${numberWords[word] ?? word}`);
  return operatorWords.reduce((text, [pattern, symbol]) => text.replace(pattern, symbol), digits);
}

/**
 * Evaluates +, -, *, /, ^, √ and parentheses by recursive descent.
 * @returns undefined for what is not an expression
 */
function evaluate(expression: string): number | undefined {
  const tokens = expression.match(/\d+(?:\.\d+)?|\.\d+|[-+*/^()√]/g) ?? [];
  let position = 0;
  const take = (...symbols: string[]): string | undefined => {
    const token = tokens[position];
    if (token === undefined || !symbols.includes(token)) {
      return undefined;
    }
    position += 1;
    return token;
  };
  const atom = (): number => {
    if (take("(") !== undefined) {
      const inner = sum();
      return take(")") === undefined ? Number.NaN : inner;
    }
    const token = tokens[position];
    position += 1;
    return token === undefined ? Number.NaN : Number.parseFloat(token);
  };
  const power = (): number => {
    if (take("√") !== undefined) {
      return Math.sqrt(power());
    }
    const base = atom();
    return take("^") === undefined ? base : base ** signed();
  };
  const signed = (): number => {
    if (take("-") !== undefined) {
      return -signed();
    }
    return take("+") === undefined ? power() : signed();
  };
  const product = (): number => {
    let total = signed();
    for (let operator = take("*", "/"); operator !== undefined; operator = take("*", "/")) {
      total = operator === "*" ? total * signed() : total / signed();
    }
    return total;
  };
  const sum = (): number => {
    let total = product();
    for (let operator = take("+", "-"); operator !== undefined; operator = take("+", "-")) {
      total = operator === "+" ? total + product() : total - product();
    }
    return total;
  };
  const total = sum();
  return position === tokens.length && !Number.isNaN(total) ? total : undefined;
}

/** Fifteen digits are what a double holds for certain. */
function formatNumber(number: number): string {
  return `${Number.parseFloat(number.toPrecision(12))}`;
}

const asksForSum =
  /\b(?:what(?:'s| is)|calculate|compute|how much|how many is|evaluate|solve|result|equals?)\b|=\s*\??$/;

/** Calculates what it is asked to: `what is 12 * (3 + 4)`, `15% of 80`, `two plus two`. */
export const answerArithmetic: Rule = ({ plain }) => {
  const symbols = toSymbols(plain);
  const [found] = symbols.match(/(?:[-√(]\s*)*(?:\d|\.\d)[\d\s.+\-*/^()√]*[\d)]/) ?? [];
  const expression = found?.trim();
  if (expression === undefined || !/√|[\d)]\s*[-+*/^]/.test(expression) || /\d{4}-\d{2}-\d{2}/.test(expression)) {
    return undefined;
  }
  const isAlone = symbols.replace(expression, "").replace(/[\s?=]/g, "") === "";
  if (!isAlone && !asksForSum.test(plain)) {
    return undefined;
  }
  const result = evaluate(expression);
  if (result === undefined) {
    return undefined;
  }
  const shown = expression
    .replace(/\s*([-+*/^])\s*/g, " $1 ")
    .replaceAll("*", "×")
    .replaceAll("/", "÷")
    .trim();
  return Number.isFinite(result)
    ? `${shown} = **${formatNumber(result)}**`
    : `${shown} has no value: nothing can be divided by zero.`;
};
