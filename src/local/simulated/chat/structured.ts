import { readTopic } from "./conversation.ts";

type Schema = Readonly<Record<string, unknown>>;

/** How deep a made-up value goes: a schema may refer to itself in the shape of endless nesting. */
const maxDepth = 6;

function isSchema(value: unknown): value is Schema {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function typeOf(schema: Schema): string {
  const type = Array.isArray(schema.type) ? schema.type.find((name) => name !== "null") : schema.type;
  if (typeof type === "string") {
    return type;
  }
  return isSchema(schema.properties) ? "object" : "string";
}

function readNumber(schema: Schema, text: string): number {
  const said = /-?\d+(?:\.\d+)?/.exec(text)?.[0];
  const { minimum, maximum } = schema;
  const low = typeof minimum === "number" ? minimum : Number.NEGATIVE_INFINITY;
  const high = typeof maximum === "number" ? maximum : Number.POSITIVE_INFINITY;
  const number = Math.min(high, Math.max(low, said === undefined ? 1 : Number(said)));
  return schema.type === "integer" ? Math.round(number) : number;
}

/** The words of the text that fit a name: a place for `city`, what is in quotation marks, or else the topic. */
function readText(name: string, text: string): string {
  if (/city|location|place|town|country/i.test(name)) {
    const place = /\b(?:in|at|for|of|to|from)\s+(\p{Lu}[\p{L}'-]*(?:\s+\p{Lu}[\p{L}'-]*)*)/u.exec(text)?.[1];
    if (place !== undefined) {
      return place;
    }
  }
  if (/date|day/i.test(name)) {
    const day = /\b\d{4}-\d{2}-\d{2}\b/.exec(text)?.[0];
    if (day !== undefined) {
      return day;
    }
  }
  return /["“]([^"”]+)["”]/.exec(text)?.[1] ?? readTopic(text);
}

/**
 * Makes up a value that fits a JSON Schema, out of the words of a text as far as it has fitting ones. It knows what
 * tools commonly use: objects, arrays, strings, numbers, booleans, enumerations, constants and defaults.
 */
export function fillSchema(schema: Schema, text: string, name = "", depth = 0): unknown {
  if ("const" in schema) {
    return schema.const;
  }
  const options: readonly unknown[] = Array.isArray(schema.enum) ? schema.enum : [];
  if (options.length > 0) {
    const lower = text.toLowerCase();
    return options.find((option) => typeof option === "string" && lower.includes(option.toLowerCase())) ?? options[0];
  }
  if ("default" in schema) {
    return schema.default;
  }
  switch (typeOf(schema)) {
    case "object":
      return fillObject(schema, text, depth);
    case "array":
      return isSchema(schema.items) && depth < maxDepth ? [fillSchema(schema.items, text, name, depth + 1)] : [];
    case "number":
    case "integer":
      return readNumber(schema, text);
    case "boolean":
      return !/\b(?:no|not|without|don't)\b/i.test(text);
    case "null":
      return null;
    default:
      return readText(name, text);
  }
}

/** Its required properties; all of them where it requires none. */
function fillObject(schema: Schema, text: string, depth: number): Record<string, unknown> {
  const properties = isSchema(schema.properties) ? schema.properties : {};
  const required: readonly unknown[] = Array.isArray(schema.required) ? schema.required : [];
  const wanted = Object.entries(properties).filter(
    ([name]) => depth < maxDepth && (required.length === 0 || required.includes(name)),
  );
  return Object.fromEntries(
    wanted.map(([name, property]) => [name, isSchema(property) ? fillSchema(property, text, name, depth + 1) : null]),
  );
}

/** An answer in the format that the request asks for; undefined where it asks for none. */
export function formatAnswer(format: Schema | undefined, answer: string, text: string): string | undefined {
  if (format?.type === "json_object") {
    return JSON.stringify({ answer });
  }
  if (format?.type !== "json_schema") {
    return undefined;
  }
  const described = isSchema(format.json_schema) ? format.json_schema : {};
  return JSON.stringify(fillSchema(isSchema(described.schema) ? described.schema : {}, text));
}
