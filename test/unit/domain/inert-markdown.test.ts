import { marked } from "marked";
import { describe, expect, it } from "vitest";
import { inertMarkdown, plainInMarkdown } from "../../../src/domain/inert-markdown.ts";

const html = (source: string) => marked.parse(`${inertMarkdown(source)}\n\n<tail>`, { async: false });

describe("Markdown of others", () => {
  it("keeps prose, lists, tables and code as they are", () => {
    const source =
      "# Title\n\n- one\n- *two*\n\n| a | b |\n|---|---|\n| `<x>` | 2 |\n\n```html\n<b>bold</b>\n```\n\nEnd `<i>`.";
    expect(inertMarkdown(source)).toBe(source);
  });

  it("keeps a list's indented code", () => {
    const source = "1. Do:\n\n   ```html\n   <b>\n   ```\n2. Done";
    expect(inertMarkdown(source)).toBe(source);
  });

  it.each([
    ["inline", "Hi <img src=x onerror=alert(1)>"],
    ["a block", "<script>alert(1)</script>"],
    ["a comment", "<!-- --><script>x</script>"],
    ["behind a code span that never closes", "` <img src=x>"],
    ["between two paragraphs' backticks", "a `b\n\nc` <img src=x>"],
    ["behind an escaped backtick", "\\`<img src=x>`"],
    ["in a code span that a table's cell cuts", "| a |\n|---|\n| `|<img src=x>` |"],
    ["behind a list's code that ends with its indentation", "- x\n  ```\n<img src=x>\n```"],
    ["behind code that began behind a list's mark", "- ```\n  a\n  ```\n  <img src=x>\n  ```"],
    ["behind code in a quotation", "> ```\n<img src=x>\n```"],
    ["behind code that closes with a space of another kind", "```\na\n```\u00a0\n```\n<img src=x>\n```"],
    ["in code that is not code, since it follows text", "text\n    ```\n    <img src=x>\n    ```"],
  ])("has no active HTML: %s", (_name, source) => {
    const rendered = html(source);
    expect(rendered).not.toMatch(/<(?:img|script)\b/);
    // The end of the document is outside of all code.
    expect(rendered).toContain("<tail>");
  });

  it.each([
    "[x](javascript:alert(1))",
    "[x]( JavaScript:alert(1))",
    "[x](\njavascript:alert(1))",
    "[x](java&#115;cript:alert(1))",
    "[x]\n\n[x]: javascript:alert(1)",
    "[x](data:text/html,<b>)",
  ])("has no active link: %j", (source) => {
    expect(html(source)).not.toMatch(/href="\s*(?:javascript|data)/i);
  });

  it.each(["[x](https://example.com/a:b)", "[x](/docs?a=b:c)", "[x](mailto:a@example.com)", "[x](#part)"])(
    "keeps the link %s",
    (source) => {
      expect(inertMarkdown(source)).toBe(source);
      expect(html(source)).toContain("href=");
    },
  );

  it("closes code that was left open", () => {
    expect(inertMarkdown("```js\nlet a;")).toBe("```js\nlet a;\n```");
  });
});

describe("plain text in Markdown", () => {
  it("is nothing but text", () => {
    const rendered = marked.parse(`# ${plainInMarkdown("*a* [b](c)\n\n<img src=x> `d` _e_ # f")}`, { async: false });
    expect(rendered.trim()).toBe("<h1>*a* [b](c) &lt;img src=x&gt; `d` _e_ # f</h1>");
  });
});
