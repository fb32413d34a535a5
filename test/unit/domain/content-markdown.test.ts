import { describe, expect, it } from "vitest";
import { contentMarkdown, markdownLink } from "../../../src/domain/content-markdown.ts";

const nowhere = () => undefined;

describe("structured content as Markdown", () => {
  it("cannot be left from within a block of code", () => {
    const code = "```\n````\n<script>alert(1)</script>";
    expect(contentMarkdown([{ type: "code", value: { code, language: "html" } }], nowhere)).toBe(
      `\`\`\`\`\`html\n${code}\n\`\`\`\`\``,
    );
  });

  it("makes text of HTML in words, labels and titles", () => {
    const markdown = contentMarkdown(
      [
        { type: "text", value: "<img src=x>" },
        { type: "button", value: { label: "<b>*Go*</b>" } },
        { type: "card", value: { title: "](javascript:1)", text: "<i>" } },
      ],
      nowhere,
    );
    expect(markdown).toBe("&lt;img src=x>\n\n**&lt;b>\\*Go\\*&lt;/b>**\n\n### \\](javascript:1)\n\n&lt;i>");
  });

  it("leaves out pictures that are gone", () => {
    const gone = { type: "image", value: { image_id: "img_1", caption: "A" } } as const;
    expect(contentMarkdown([gone], nowhere)).toBe("");
    expect(contentMarkdown([gone], () => "https://example.com/1")).toBe("[Picture: A](https://example.com/1)");
  });

  it("keeps an address from ending its link", () => {
    expect(markdownLink("a", "https://example.com/a (b)<c>")).toBe("[a](https://example.com/a%20%28b%29%3Cc%3E)");
  });
});
