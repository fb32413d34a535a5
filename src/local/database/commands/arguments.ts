import { commandError, numberedError } from "../engine/errors.ts";
import { type Document, isNumeric, isPlainObject, toNumber, typeName } from "../engine/values.ts";

/** The namespace that a command names in its own field, as in `{find: "messages"}`. Throws 73 (InvalidNamespace). */
export function namespaceOf(command: Document, name: string, database: string): string {
  const collection = command[name];
  if (typeof collection !== "string") {
    throw commandError("InvalidNamespace", `collection name has invalid type ${typeName(collection)}`);
  }
  if (collection === "") throw commandError("InvalidNamespace", `Invalid namespace specified '${database}.'`);
  return `${database}.${collection}`;
}

/** An optional document. Throws 14 (TypeMismatch). */
export function documentArgument(command: Document, field: string): Document {
  const value = command[field];
  if (value === undefined || value === null) return {};
  if (!isPlainObject(value)) {
    throw commandError(
      "TypeMismatch",
      `BSON field '${field}' is the wrong type '${typeName(value)}', expected type 'object'`,
    );
  }
  return value;
}

/** A required list of documents. Throws 40414 when missing, 14 (TypeMismatch) for something else. */
export function documentList(command: Document, field: string): Document[] {
  const value = command[field];
  if (value === undefined) throw numberedError(40414, `BSON field '${field}' is missing but a required field`);
  if (!Array.isArray(value) || !value.every(isPlainObject)) {
    throw commandError(
      "TypeMismatch",
      `BSON field '${field}' is the wrong type '${typeName(value)}', expected type 'array'`,
    );
  }
  return value;
}

/** An optional whole number from 0 up. Throws 51024 for a negative one. */
export function countArgument(command: Document, field: string): number | undefined {
  const value = command[field];
  if (value === undefined || value === null) return undefined;
  if (!isNumeric(value)) {
    throw commandError(
      "TypeMismatch",
      `BSON field '${field}' is the wrong type '${typeName(value)}', expected types '[long, int, decimal, double]'`,
    );
  }
  const number = Math.trunc(toNumber(value));
  if (number < 0) throw numberedError(51024, `BSON field '${field}' value must be >= 0, actual value '${number}'`);
  return number;
}

/** The variables of a command's `let`, with the time at which the command began. */
export function variablesOf(command: Document, field = "let"): Document {
  return { NOW: new Date(), ...documentArgument(command, field) };
}
