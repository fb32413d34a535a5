import { commandError, unsupported } from "../errors.ts";
import { compileExpression } from "../expression.ts";
import { fieldPathValue, splitPath } from "../paths.ts";
import { isRegex } from "../regex.ts";
import { type Document, isPlainObject } from "../values.ts";
import type { CompileStage, StageContext } from "./stages.ts";
import { withValue } from "./unwind.ts";

const failed = (message: string) => commandError("FailedToParse", message);

function finder(stage: string, context: StageContext) {
  const { find } = context;
  if (find === undefined) throw commandError("InvalidOptions", `${stage} is not allowed in this context`);
  return find;
}

/** Equality as `$lookup` means it: an array stands for its elements, a missing field for null. */
function joinFilter(foreignField: string, local: unknown): Document {
  const values = (Array.isArray(local) ? local : [local]).map((value) => (value === undefined ? null : value));
  const [only] = values;
  if (values.length === 1) return { [foreignField]: isRegex(only) ? { $in: [only] } : { $eq: only } };
  return { [foreignField]: { $in: values } };
}

/** A leading `$match` of an inner pipeline is joined to the filter, so that an index of the other collection serves it. */
function splitLeadingMatch(pipeline: readonly unknown[]): { match: Document | undefined; rest: readonly unknown[] } {
  const [first, ...rest] = pipeline;
  if (!isPlainObject(first) || !isPlainObject(first.$match) || Object.hasOwn(first.$match, "$expr")) {
    return { match: undefined, rest: pipeline };
  }
  return { match: first.$match, rest };
}

export const compileLookup: CompileStage = (argument, context) => {
  if (!isPlainObject(argument)) throw failed("the $lookup stage specification must be an object");
  const { from, as, localField, foreignField, let: definitions = {}, pipeline = [] } = argument;
  if (typeof from !== "string")
    throw isPlainObject(from)
      ? unsupported("$lookup from another database")
      : failed("missing 'from' option to $lookup stage specification");
  if (typeof as !== "string") throw failed("must specify 'as' field for a $lookup");
  const hasFields = typeof localField === "string" && typeof foreignField === "string";
  if (!hasFields && (localField !== undefined || foreignField !== undefined)) {
    throw failed("$lookup requires both or neither of 'localField' and 'foreignField' to be specified");
  }
  if (!hasFields && argument.pipeline === undefined)
    throw failed("$lookup requires either 'pipeline' or both 'localField' and 'foreignField' to be specified");
  if (!isPlainObject(definitions) || !Array.isArray(pipeline))
    throw failed("$lookup argument 'let' must be an object and 'pipeline' an array");
  const find = finder("$lookup", context);
  const variables = Object.entries(definitions).map(([name, value]) => ({
    name,
    evaluate: compileExpression(value, context.names),
  }));
  const names = [...context.names, ...Object.keys(definitions)];
  const { match, rest } = splitLeadingMatch(pipeline);
  const undefinedVariables = Object.fromEntries(names.map((name) => [name, null]));
  context.compileInner(rest, { ...context, names, variables: { ...context.variables, ...undefinedVariables } });
  const localPath = hasFields ? splitPath(localField) : [];
  const target = splitPath(as);
  return (documents) =>
    documents.map((root) => {
      const added: Document = { ...context.variables };
      for (const { name, evaluate } of variables) added[name] = evaluate({ root, variables: context.variables });
      const filters: Document[] = hasFields ? [joinFilter(foreignField, fieldPathValue(root, localPath))] : [];
      if (match !== undefined) filters.push(match);
      const [only = {}] = filters;
      const found = find(from, filters.length > 1 ? { $and: filters } : only);
      const run = rest.length === 0 ? undefined : context.compileInner(rest, { ...context, names, variables: added });
      return withValue(root, target, [...(run === undefined ? found : run(found))]);
    });
};

export const compileUnionWith: CompileStage = (argument, context) => {
  const options: Document = isPlainObject(argument) ? argument : { coll: argument };
  const { coll, pipeline = [] } = options;
  if (typeof coll !== "string" || !Array.isArray(pipeline))
    throw failed("the $unionWith stage needs a collection name and a pipeline");
  const find = finder("$unionWith", context);
  const run = context.compileInner(pipeline, context);
  return (documents) => [...documents, ...run(find(coll, {}))];
};
