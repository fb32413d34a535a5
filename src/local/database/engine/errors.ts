import type { Document } from "./values.ts";

/** The part of MongoDB's error table that this server answers with. Source: src/mongo/base/error_codes.yml of MongoDB 8. */
const codes = {
  InternalError: 1,
  BadValue: 2,
  FailedToParse: 9,
  TypeMismatch: 14,
  InvalidLength: 16,
  IllegalOperation: 20,
  NamespaceNotFound: 26,
  IndexNotFound: 27,
  PathNotViable: 28,
  ConflictingUpdateOperators: 40,
  CursorNotFound: 43,
  NamespaceExists: 48,
  DollarPrefixedFieldName: 52,
  InvalidIdField: 53,
  NotSingleValueField: 54,
  EmptyFieldName: 56,
  CommandNotFound: 59,
  ImmutableField: 66,
  CannotCreateIndex: 67,
  InvalidOptions: 72,
  InvalidNamespace: 73,
  IndexOptionsConflict: 85,
  IndexKeySpecsConflict: 86,
  CannotIndexParallelArrays: 171,
  InvalidIndexSpecificationOption: 197,
  NotImplemented: 238,
  ConversionFailure: 241,
  BSONObjectTooLarge: 10334,
  DuplicateKey: 11000,
} as const;

type CodeName = keyof typeof codes;

/** An error in MongoDB's shape: it becomes `{ok: 0, code, codeName, errmsg, …details}` or one entry of `writeErrors`. */
export class CommandError extends Error {
  readonly code: number;
  readonly codeName: string;
  readonly details: Document;

  constructor(code: number, codeName: string, message: string, details: Document) {
    super(message);
    this.code = code;
    this.codeName = codeName;
    this.details = details;
  }
}

/** Builds an error that has a name in MongoDB's table. */
export function commandError(name: CodeName, message: string, details: Document = {}): CommandError {
  return new CommandError(codes[name], name, message, details);
}

/** Builds an error that MongoDB knows only by its number, such as 40324 for an unknown pipeline stage. */
export function numberedError(code: number, message: string): CommandError {
  return new CommandError(code, `Location${code}`, message, {});
}

/** For what a real server does and this one does not: refused with NotImplemented (238), never ignored. */
export function unsupported(what: string): CommandError {
  return commandError(
    "NotImplemented",
    `${what} is not supported by the embedded development server; set MONGODB_URI to use a real MongoDB`,
  );
}
