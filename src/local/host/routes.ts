/**
 * ASP.NET route templates, as far as an app is likely to use them: literals, `{name}`, `{name?}`, `{name=default}`,
 * `{*rest}`, and the constraints below, which can be chained (`{id:int:min(1)}`).
 */
export interface Route {
  /** The parameters of the path (decoded), or undefined if the path is another one. @param path by `readPath` */
  match(path: readonly string[]): Record<string, string> | undefined;
}

interface Literal {
  readonly kind: "literal";
  readonly text: string;
}

interface Parameter {
  readonly kind: "parameter";
  readonly name: string;
  readonly isCatchAll: boolean;
  readonly isOptional: boolean;
  readonly defaultValue: string | undefined;
  readonly constraints: readonly ((value: string) => boolean)[];
}

type Segment = Literal | Parameter;

const PARAMETER = /^\{(\*{0,2})([a-z_]\w*)((?::[a-z]+(?:\([^)]*\))?)*)(\?|=[^}]*)?\}$/i;
const CONSTRAINT = /:([a-z]+)(?:\(([^)]*)\))?/gi;
const GUID = /^[0-9a-f]{8}(-?)[0-9a-f]{4}\1[0-9a-f]{4}\1[0-9a-f]{4}\1[0-9a-f]{12}$/i;

/**
 * @param template without a leading slash, prefix included
 * @throws Error with one line if the template uses what the local host does not know.
 */
export function parseRoute(template: string): Route {
  const segments = splitPath(template).map((segment) => parseSegment(segment, template));
  return { match: (path) => matchSegments(segments, path) };
}

/**
 * A request's path as routes compare it: its segments, decoded once for all of them. As ASP.NET does, everything is
 * decoded but the slash.
 * @throws URIError if it is not rightly encoded
 */
export function readPath(path: string): string[] {
  return splitPath(path).map((segment) =>
    segment.includes("%") ? segment.split(/%2f/i).map(decodeURIComponent).join("%2F") : segment,
  );
}

/** A slash at either end does not count, as in ASP.NET. */
function splitPath(path: string): string[] {
  const trimmed = path.replace(/^\/|\/$/g, "");
  return trimmed === "" ? [] : trimmed.split("/");
}

function parseSegment(segment: string, template: string): Segment {
  if (!/[{}]/.test(segment)) return { kind: "literal", text: segment.toLowerCase() };
  const match = PARAMETER.exec(segment);
  if (match === null) throw new Error(`The route "${template}" uses "${segment}", which the local host does not know.`);
  const [, stars = "", name = "", constraints = "", ending = ""] = match;
  return {
    kind: "parameter",
    name,
    isCatchAll: stars !== "",
    isOptional: ending === "?",
    defaultValue: ending.startsWith("=") ? ending.slice(1) : undefined,
    constraints: [...constraints.matchAll(CONSTRAINT)].map(([, constraint = "", argument = ""]) =>
      parseConstraint(constraint.toLowerCase(), argument, template),
    ),
  };
}

function parseConstraint(name: string, argument: string, template: string): (value: string) => boolean {
  const [first = Number.NaN, second = first] = argument.split(",").map(Number);
  const isInteger = (value: string) => /^[+-]?\d+$/.test(value);
  switch (name) {
    case "int":
      return (value) => isInteger(value) && Math.abs(Number(value)) < 2 ** 31;
    case "long":
      return isInteger;
    case "alpha":
      return (value) => /^[a-z]*$/i.test(value);
    case "bool":
      return (value) => /^(true|false)$/i.test(value);
    case "guid":
      return (value) => GUID.test(value);
    case "length":
      return (value) => value.length >= first && value.length <= second;
    case "minlength":
      return (value) => value.length >= first;
    case "maxlength":
      return (value) => value.length <= first;
    case "min":
      return (value) => isInteger(value) && Number(value) >= first;
    case "max":
      return (value) => isInteger(value) && Number(value) <= first;
    case "range":
      return (value) => isInteger(value) && Number(value) >= first && Number(value) <= second;
    case "required":
      return (value) => value !== "";
    default:
      throw new Error(`The route "${template}" uses the constraint "${name}", which the local host does not know.`);
  }
}

function matchSegments(segments: readonly Segment[], path: readonly string[]): Record<string, string> | undefined {
  const parameters: Record<string, string> = {};
  let position = 0;
  for (const segment of segments) {
    const text = path[position];
    if (segment.kind === "literal") {
      if (text === undefined || text.toLowerCase() !== segment.text) return undefined;
    } else {
      const value = parameterValue(segment, path.slice(position));
      if (value === null) return undefined;
      if (value !== undefined) parameters[segment.name] = value;
      if (segment.isCatchAll) return parameters;
    }
    position += 1;
  }
  return position < path.length ? undefined : parameters;
}

/** The value, undefined if the parameter is rightly absent, null if the path does not fit. */
function parameterValue(parameter: Parameter, rest: readonly string[]): string | undefined | null {
  const given = parameter.isCatchAll ? rest.join("/") : (rest[0] ?? "");
  if (given === "") {
    if (parameter.defaultValue !== undefined) return parameter.defaultValue;
    // An empty segment in the middle ("a//b") is no absent one.
    return rest.length === 0 && (parameter.isOptional || parameter.isCatchAll) ? undefined : null;
  }
  return parameter.constraints.every((isMet) => isMet(given)) ? given : null;
}
