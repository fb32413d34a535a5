import type { ToolDefinition } from "../../../ports/providers.ts";

/** How a message asks for a tool. */
export interface ToolRequest {
  /** The arguments that the message spells out as JSON. */
  readonly json?: Readonly<Record<string, unknown>>;
  /** What the tool is asked about: the picture's description, what is to be remembered, what is sought. */
  readonly subject?: string;
}

/** A kind of tool that people ask for without knowing its name. */
interface Kind {
  readonly name: string;
  /** How the description of such a tool reads, whatever its name. */
  readonly describes: RegExp;
  /** How a message asks for it; the group `subject` is what it is about. */
  readonly asks: readonly RegExp[];
}

const kinds: readonly Kind[] = [
  {
    name: "generate_image",
    describes: /\b(?:makes?|draws?|paints?|generates?|creates?)\b.*\b(?:picture|image|drawing)s?\b/i,
    asks: [
      /\b(?:make|draw|paint|create|generate|show)(?: me| us)? (?:a |an |the |another )?(?:\w+ )?(?:picture|image|painting|drawing|photo|illustration)s? (?:of|with|showing) (?<subject>.+)/is,
      /\b(?:draw|paint|sketch)(?: me| us)? (?<subject>.+)/is,
    ],
  },
  {
    name: "remember",
    describes: /\bremembers?\b|\b(?:keeps?|saves?|stores?)\b.*\bmemor(?:y|ies)\b/i,
    asks: [/\b(?:remember|don't forget|keep in mind|note)(?: for me| please)? that (?<subject>.+)/is],
  },
  {
    name: "search_history",
    describes: /\b(?:search|look|find)\w*\b.*\b(?:history|earlier|past|previous)\b/i,
    asks: [
      /\bsearch (?:through )?(?:my|our) (?:history|messages|conversations|chats) (?:for|about) (?<subject>.+)/is,
      /\bwhat (?:did|have) (?:i|we) (?:say|said|tell you|told you|talked?|write|written) about (?<subject>.+)/is,
    ],
  },
  {
    name: "get_time",
    describes: /\b(?:current|present)\b.*\b(?:time|date)\b/i,
    asks: [
      /\bwhat(?:'s| is)? (?:the )?(?:current )?(?:time|date)\b(?! (?:of|for|machine))/i,
      /\bwhat (?:day|date) (?:is|of the)\b/i,
      /\btoday's date\b/i,
    ],
  },
];

/** Words of a tool's name that say nothing about when it is of use. */
const commonWords = new Set(
  "get set list find search create update delete fetch read run query the for of current tool function".split(" "),
);

/** Reads whether, and how, a message asks for a tool; undefined when it does not. */
export function readToolRequest(tool: ToolDefinition, text: string): ToolRequest | undefined {
  const plain = text.replace(/[‘’]/g, "'");
  const named = readByName(tool.name, plain);
  if (named !== undefined) {
    return named;
  }
  const kind = kindOf(tool);
  for (const pattern of kind?.asks ?? []) {
    const found = pattern.exec(plain);
    if (found !== null) {
      return withSubject(found.groups?.subject);
    }
  }
  // The words of such a name ("time") turn up everywhere, so they alone do not ask.
  return kind?.name !== tool.name && saysWordsOf(tool.name, plain) ? {} : undefined;
}

function kindOf(tool: ToolDefinition): Kind | undefined {
  return (
    kinds.find(({ name }) => name === tool.name) ?? kinds.find(({ describes }) => describes.test(tool.description))
  );
}

/** "Call get_weather with {…}", "use get_weather for …", or the name alone where it could not be a word of the language. */
function readByName(name: string, text: string): ToolRequest | undefined {
  const verb = /^[a-z]+$/i.test(name) ? "\\b(?:call|use|run|invoke)(?: the)?(?: tool)? " : "(?<![\\w-])";
  const at = new RegExp(`${verb}${name.replace(/[^\w]/g, "\\$&")}(?![\\w-])`, "i").exec(text);
  if (at === null) {
    return undefined;
  }
  const behind = text.slice(at.index + at[0].length);
  const json = readObject(behind);
  if (json !== undefined) {
    return { json };
  }
  return withSubject(/^(?: tool)? (?:for|with|on|about|to) (?<subject>.+)/is.exec(behind)?.groups?.subject);
}

function withSubject(subject: string | undefined): ToolRequest {
  const bare = subject?.replace(/[\s.!?]+$/, "").trim() ?? "";
  return bare === "" ? {} : { subject: bare };
}

/** The JSON object that a text begins with, but for a word or two; undefined when there is none. */
function readObject(text: string): Readonly<Record<string, unknown>> | undefined {
  const begin = /^[\s\w:(`]{0,30}(?=\{)/.exec(text)?.[0].length;
  if (begin === undefined) {
    return undefined;
  }
  for (let end = text.indexOf("}", begin); end >= 0; end = text.indexOf("}", end + 1)) {
    try {
      return JSON.parse(text.slice(begin, end + 1));
    } catch {
      // Not whole yet: this brace closes an inner one.
    }
  }
  return undefined;
}

function saysWordsOf(name: string, text: string): boolean {
  const words = name
    .replace(/([a-z])([A-Z])/g, "$1 $2")
    .toLowerCase()
    .split(/[^a-z0-9]+/)
    .filter((word) => word !== "" && !commonWords.has(word));
  const said = new Set(text.toLowerCase().split(/[^a-z0-9]+/));
  return words.length > 0 && words.every((word) => said.has(word));
}
