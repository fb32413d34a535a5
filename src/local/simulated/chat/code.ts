import { type Rule, readTopic } from "./conversation.ts";

interface Sample {
  readonly pattern: RegExp;
  readonly python: string;
  /** What stands between ‹ and › is for TypeScript only. */
  readonly script: string;
  readonly remark: string;
}

const samples: readonly Sample[] = [
  {
    pattern: /\bfizz ?buzz\b/,
    python: `for number in range(1, 101):
    print("Fizz" * (number % 3 == 0) + "Buzz" * (number % 5 == 0) or number)`,
    script: `for (let number = 1; number <= 100; number += 1) {
  const word = (number % 3 ? "" : "Fizz") + (number % 5 ? "" : "Buzz");
  console.log(word || number);
}`,
    remark: "The empty string is falsy, so the number itself shows when neither word does.",
  },
  {
    pattern: /\bfibonacci\b/,
    python: `def fibonacci(count: int) -> list[int]:
    numbers, current, following = [], 0, 1
    for _ in range(count):
        numbers.append(current)
        current, following = following, current + following
    return numbers`,
    script: `function fibonacci(count‹: number›)‹: number[]› {
  const numbers‹: number[]› = [];
  let [current, following] = [0, 1];
  for (let index = 0; index < count; index += 1) {
    numbers.push(current);
    [current, following] = [following, current + following];
  }
  return numbers;
}`,
    remark: "It goes through the sequence once, so its time grows linearly with `count`.",
  },
  {
    pattern: /\bfactorial\b/,
    python: `def factorial(number: int) -> int:
    result = 1
    for factor in range(2, number + 1):
        result *= factor
    return result`,
    script: `function factorial(number‹: number›)‹: bigint› {
  let result = 1n;
  for (let factor = 2n; factor <= BigInt(number); factor += 1n) {
    result *= factor;
  }
  return result;
}`,
    remark: "Factorials grow fast, so the result has to be an integer without a limit.",
  },
  {
    pattern: /\bprimes?\b/,
    python: `def is_prime(number: int) -> bool:
    if number < 2:
        return False
    return all(number % divisor for divisor in range(2, int(number**0.5) + 1))`,
    script: `function isPrime(number‹: number›)‹: boolean› {
  for (let divisor = 2; divisor * divisor <= number; divisor += 1) {
    if (number % divisor === 0) {
      return false;
    }
  }
  return number >= 2;
}`,
    remark: "A divisor above the square root would come with one below it, so the search may stop there.",
  },
  {
    pattern: /\bpalindromes?\b/,
    python: `def is_palindrome(text: str) -> bool:
    letters = [letter for letter in text.lower() if letter.isalnum()]
    return letters == letters[::-1]`,
    script: `function isPalindrome(text‹: string›)‹: boolean› {
  const letters = text.toLowerCase().match(/[\\p{L}\\p{N}]/gu) ?? [];
  return letters.join("") === letters.toReversed().join("");
}`,
    remark: "Spaces and punctuation are left out, so `A man, a plan, a canal: Panama` counts as one.",
  },
  {
    pattern: /\brevers/,
    python: `def reverse(text: str) -> str:
    return text[::-1]`,
    script: `function reverse(text‹: string›)‹: string› {
  return [...text].reverse().join("");
}`,
    remark: "It works on whole characters; letters with combining marks would need more care.",
  },
  {
    pattern: /\bsort/,
    python: `def sort_by(items: list[dict], key: str) -> list[dict]:
    return sorted(items, key=lambda item: item[key])`,
    script: `function sortBy‹<Item>›(items‹: Item[]›, key‹: keyof Item›)‹: Item[]› {
  return items.toSorted((left, right) => (left[key] < right[key] ? -1 : left[key] > right[key] ? 1 : 0));
}`,
    remark: "The original stays as it was, and equal items keep their order.",
  },
  {
    pattern: /\b(?:fetch|http|api|request|download)\b/,
    python: `from urllib.request import urlopen
import json

def read_json(url: str) -> dict:
    with urlopen(url, timeout=10) as response:
        return json.load(response)`,
    script: `async function readJson(url‹: string›)‹: Promise<unknown>› {
  const response = await fetch(url, { signal: AbortSignal.timeout(10_000) });
  if (!response.ok) {
    throw new Error(\`\${url} answered \${response.status}\`);
  }
  return response.json();
}`,
    remark: "The time-out of ten seconds keeps a silent server from holding you for ever.",
  },
  {
    pattern: /\bhello\b/,
    python: `print("Hello, world!")`,
    script: `console.log("Hello, world!");`,
    remark: "Every language begins with it.",
  },
];

const others: readonly (readonly [RegExp, string, string])[] = [
  [
    /\bsql\b/,
    "sql",
    "SELECT user_id, count(*) AS messages\nFROM messages\nGROUP BY user_id\nORDER BY messages DESC\nLIMIT 10;",
  ],
  [
    /\b(?:bash|shell)\b/,
    "bash",
    'set -euo pipefail\nfor file in *.txt; do\n  echo "$file has $(wc -l < "$file") lines"\ndone',
  ],
  [
    /\bhtml\b/,
    "html",
    '<!doctype html>\n<html lang="en">\n  <title>Hello</title>\n  <main>\n    <h1>Hello, world!</h1>\n  </main>\n</html>',
  ],
  [/\bcss\b/, "css", ".card {\n  display: grid;\n  gap: 1rem;\n  padding: 1.5rem;\n  border-radius: 0.75rem;\n}"],
  [/\bjson\b/, "json", '{\n  "name": "example",\n  "tags": ["small", "valid"],\n  "count": 2\n}'],
];

function language(plain: string): "python" | "javascript" | "typescript" {
  if (/\b(?:typescript|ts)\b/.test(plain)) {
    return "typescript";
  }
  return /\b(?:javascript|js|node|node\.js)\b/.test(plain) ? "javascript" : "python";
}

function block(name: string, code: string): string {
  return `\`\`\`${name}\n${code}\n\`\`\``;
}

/** Shows code when it is asked for: a sample that fits, or else a frame with an honest word about it. */
export const answerCode: Rule = ({ plain, text }) => {
  const names =
    /\b(?:code|function|script|program|snippet|class|regex|query|python|javascript|typescript|js|ts|sql|bash|html|css|json|fizz ?buzz)\b/;
  const asks =
    /\b(?:write|show|give|make|create|implement|example|snippet|need|program|fizz ?buzz|hello world)\b|^code\b|\bin (?:python|javascript|typescript|js|ts)$/;
  if (!names.test(plain) || !asks.test(plain)) {
    return undefined;
  }
  const sample = samples.find(({ pattern }) => pattern.test(plain));
  const other = others.find(([pattern]) => pattern.test(plain));
  if (sample === undefined && other !== undefined) {
    return `Here is a small example:\n\n${block(other[1], other[2])}\n\nIt is one that I keep at hand: as a simulated model I do not write new code.`;
  }
  const name = language(plain);
  if (sample === undefined) {
    const comment = readTopic(text);
    const frame =
      name === "python"
        ? `def main() -> None:\n    """${comment}"""\n    raise NotImplementedError\n\n\nif __name__ == "__main__":\n    main()`
        : `/** ${comment} */\nexport function main()${name === "typescript" ? ": void" : ""} {\n  throw new Error("not implemented");\n}`;
    return `Here is a frame to start from:\n\n${block(name, frame)}\n\nThe simulated model knows a few samples by heart, and this is not one of them; a real model would fill it in. Try FizzBuzz, Fibonacci or prime numbers.`;
  }
  const script = name === "typescript" ? sample.script.replace(/[‹›]/g, "") : sample.script.replace(/‹[^›]*›/g, "");
  return `Gladly:\n\n${block(name, name === "python" ? sample.python : script)}\n\n${sample.remark}`;
};
