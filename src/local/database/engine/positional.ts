import { compileFilter } from "./matcher.ts";
import { splitPath } from "./paths.ts";
import { type Document, getField, isPlainObject, setField } from "./values.ts";

/** A copy of the document in which the array at `path` holds only the given element. */
function withOnly(document: Document, path: readonly string[], element: unknown): Document {
  const [name = "", ...rest] = path;
  const copy = { ...document };
  const child = getField(document, name);
  setField(copy, name, rest.length === 0 ? [element] : isPlainObject(child) ? withOnly(child, rest, element) : child);
  return copy;
}

/** The parts of a filter that have to hold together, one clause each. */
export function conjuncts(filter: Document): Document[] {
  return Object.entries(filter).flatMap(([name, condition]) => {
    if (name !== "$and" || !Array.isArray(condition)) return [{ [name]: condition }];
    return condition.flatMap((part) => (isPlainObject(part) ? conjuncts(part) : []));
  });
}

function mentions(condition: Document, arrayPath: string): boolean {
  return Object.entries(condition).some(([name, value]) => {
    if (name === arrayPath || name.startsWith(`${arrayPath}.`)) return true;
    return (
      name.startsWith("$") &&
      Array.isArray(value) &&
      value.some((part) => isPlainObject(part) && mentions(part, arrayPath))
    );
  });
}

/**
 * The index that the positional operator `$` stands for: the first element of the array by which the filter's
 * conditions on that array are met. Undefined if the filter has no condition on it.
 */
export function positionalIndex(filter: Document, document: Document, arrayPath: string): number | undefined {
  const path = splitPath(arrayPath);
  let array: unknown = document;
  for (const name of path) array = isPlainObject(array) ? getField(array, name) : undefined;
  const clauses = conjuncts(filter).filter((clause) => mentions(clause, arrayPath));
  if (!Array.isArray(array) || clauses.length === 0) return undefined;
  const predicates = clauses.map((clause) => compileFilter(clause));
  const meets = (element: unknown, some: boolean) => {
    const reduced = withOnly(document, path, element);
    return some ? predicates.some((holds) => holds(reduced)) : predicates.every((holds) => holds(reduced));
  };
  const whole = array.findIndex((element) => meets(element, false));
  const index = whole >= 0 ? whole : array.findIndex((element) => meets(element, true));
  return index >= 0 ? index : undefined;
}
