import { commandError } from "../errors.ts";
import { arrayIndex } from "../paths.ts";
import { type Document, describe, getField, isPlainObject, setField } from "../values.ts";

/** MongoDB refuses to pad an array further than this. */
const largestPadding = 1_500_000;

type Container = Document | unknown[];

function child(container: Container, name: string): unknown {
  if (!Array.isArray(container)) return getField(container, name);
  const index = arrayIndex(name);
  return index === undefined ? undefined : container[index];
}

function notViable(name: string, parentName: string, parent: unknown) {
  return commandError("PathNotViable", `Cannot create field '${name}' in element {${parentName}: ${describe(parent)}}`);
}

function assign(container: Container, name: string, value: unknown, parentName: string): void {
  if (!Array.isArray(container)) {
    setField(container, name, value);
    return;
  }
  const index = arrayIndex(name);
  if (index === undefined) throw notViable(name, parentName, container);
  if (index > container.length + largestPadding) {
    throw commandError("BadValue", `can't backfill more than ${largestPadding} elements`);
  }
  while (container.length < index) container.push(null);
  container[index] = value;
}

/** The value at a concrete path (no `$`), or undefined. */
export function getPath(document: Document, path: readonly string[]): unknown {
  let value: unknown = document;
  for (const name of path) {
    if (!Array.isArray(value) && !isPlainObject(value)) return undefined;
    value = child(value, name);
  }
  return value;
}

/** Writes a value, making the objects on the way. Throws 28 (PathNotViable) if something else is in the way. */
export function setPath(document: Document, path: readonly string[], value: unknown): void {
  let container: Container = document;
  let parentName = "";
  for (const [position, name] of path.entries()) {
    if (position === path.length - 1) {
      assign(container, name, value, parentName);
      return;
    }
    let next = child(container, name);
    if (next === undefined) {
      next = {};
      assign(container, name, next, parentName);
    }
    if (!Array.isArray(next) && !isPlainObject(next)) throw notViable(path[position + 1] ?? "", name, next);
    container = next;
    parentName = name;
  }
}

/** Removes a field; an array's element becomes null so that the others keep their places. */
export function unsetPath(document: Document, path: readonly string[]): void {
  const container = getPath(document, path.slice(0, -1));
  const name = path.at(-1) ?? "";
  if (Array.isArray(container)) {
    const index = arrayIndex(name);
    if (index !== undefined && index < container.length) container[index] = null;
  } else if (isPlainObject(container) && Object.hasOwn(container, name)) {
    delete container[name];
  }
}
