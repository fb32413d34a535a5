export type FormValue = string | FormMap;
export interface FormMap {
  [name: string]: FormValue;
}

/** Reads a form as Stripe's client writes it: `line_items[0][price]=price_1` is a map of maps. */
export function readForm(text: string): FormMap {
  const form: FormMap = Object.create(null);
  for (const [name, value] of new URLSearchParams(text)) {
    const path = name.split("[").map((part) => part.replace(/\]$/, ""));
    let place = form;
    for (const part of path.slice(0, -1)) {
      const next = place[part];
      const inner: FormMap = typeof next === "object" ? next : Object.create(null);
      place[part] = inner;
      place = inner;
    }
    place[path.at(-1) ?? ""] = value;
  }
  return form;
}

export function textAt(form: FormMap, ...path: readonly string[]): string | undefined {
  const value = valueAt(form, path);
  return typeof value === "string" ? value : undefined;
}

/** The texts of a flat map, as `metadata` is one. */
export function mapAt(form: FormMap, ...path: readonly string[]): Record<string, string> {
  const value = valueAt(form, path);
  if (typeof value !== "object") return {};
  return Object.fromEntries(
    Object.entries(value).filter((entry): entry is [string, string] => typeof entry[1] === "string"),
  );
}

function valueAt(form: FormMap, path: readonly string[]): FormValue | undefined {
  let value: FormValue | undefined = form;
  for (const part of path) value = typeof value === "object" ? value[part] : undefined;
  return value;
}
