import { describe, expect, it } from "vitest";
import { detectLanguage, summarise } from "../../../src/domain/text-digest.ts";

describe("the language of a text", () => {
  it.each([
    ["en", "The cat sat on the mat and looked at the dog that was in the garden."],
    ["de", "Die Katze saß auf der Matte und sah den Hund an, der nicht im Garten war."],
    ["fr", "Le chat est sur la table et il ne regarde pas les oiseaux qui sont dans le jardin."],
    ["es", "El gato está en la mesa y no mira los pájaros que son de la casa por la tarde."],
    ["ja", "今日は天気がいいですね。散歩に行きましょう。"],
    ["zh", "今天天气很好我们去散步吧"],
    ["ru", "Сегодня хорошая погода, пойдём гулять."],
    ["ar", "الطقس جميل اليوم"],
  ])("%s", (language, text) => {
    expect(detectLanguage(text)).toBe(language);
  });

  it.each(["", "12345 67890", "foo bar baz", "x = y + z; return q * 17 / alpha - beta * gamma + delta"])(
    "is not guessed for %j",
    (text) => {
      expect(detectLanguage(text)).toBeUndefined();
    },
  );
});

describe("a summary", () => {
  it("is headings and the first full sentences", () => {
    const text =
      "# Annual report\n\n3\n\nContents\n\n## Sales\n\nSales of the year grew by a tenth. Costs did not grow at all.\n";
    expect(summarise(text, "markdown")).toBe(
      "Annual report; Sales. Sales of the year grew by a tenth. Costs did not grow at all.",
    );
  });

  it("of a table is its columns", () => {
    expect(summarise('"a","b, c"\n1,2\n3,4\n', "csv")).toContain("2 rows");
    expect(summarise("name\tage\nAda\t36\n", "csv")).toBe("A table of 2 columns and 1 rows: name, age.");
  });

  it("is never long, and never empty for a text", () => {
    expect(summarise("word ".repeat(10_000), "text").length).toBeLessThanOrEqual(601);
    expect(summarise("Only a title", "text")).toBe("Only a title");
    expect(summarise("const a = 1;\nconst b = 2;", "source")).toBe("const a = 1; const b = 2;");
  });
});
