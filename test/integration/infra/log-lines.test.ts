// biome-ignore-all lint/suspicious/noTemplateCurlyInString: Bicep interpolates with the same signs as JavaScript
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { tokenize } from "../../../scripts/infra-check/lexer.ts";
import { readLogLines } from "../../../scripts/infra-check/log-lines.ts";

const lines = readLogLines(fileURLToPath(new URL("../../..", import.meta.url)));

describe("the log lines that the source can write", () => {
  it("have the fields of their calls", () => {
    expect([...(lines.get("request") ?? [])]).toEqual(
      expect.arrayContaining(["method", "path", "status", "durationMs", "userId", "msg", "level"]),
    );
    expect(lines.get("request")?.has("generationId")).toBe(false);
  });

  it("have the counts of the timer jobs where a summary is spread into them", () => {
    expect([...(lines.get("timer job done") ?? [])]).toEqual(
      expect.arrayContaining(["job", "durationMs", "expired", "requeued", "closed"]),
    );
  });

  it("are not those of the local host", () => {
    expect([...lines.keys()].some((message) => message.includes("local host"))).toBe(false);
    expect(lines.size).toBeGreaterThan(10);
  });
});

describe("the tokens of a Bicep file", () => {
  const names = (text: string) =>
    tokenize(text)
      .map(({ text: token }) => token)
      .filter((token) => /^\w/.test(token));

  it("leave out comments, texts and numbers", () => {
    expect(names("param a string = 'b' // c\n/* d */ var e = 10m")).toEqual(["param", "a", "string", "var", "e"]);
  });

  it("hold what a text interpolates, also a text inside of that", () => {
    expect(names("var a = 'x${b}y${c('z${d}')}w'")).toEqual(["var", "a", "b", "c", "d"]);
  });

  it("do not end a text at an escaped quote or inside of a raw text", () => {
    expect(names("var a = 'it\\'s b' \nvar c = '''d 'e' ${f}'''\nvar g = 1")).toEqual([
      "var",
      "a",
      "var",
      "c",
      "var",
      "g",
    ]);
  });

  it("know their line", () => {
    expect(tokenize("var a = 'x'\n\nvar b = a").find(({ text }) => text === "b")?.line).toBe(3);
  });
});
