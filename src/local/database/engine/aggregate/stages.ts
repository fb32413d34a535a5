import { commandError, numberedError, unsupported } from "../errors.ts";
import { compileExpression } from "../expression.ts";
import { compileFilter } from "../matcher.ts";
import { compileAddFields, compileProjection, compileUnset } from "../projection.ts";
import { parseSort, sortDocuments } from "../sort.ts";
import { type Document, describe, isNumeric, isPlainObject, toNumber, typeName } from "../values.ts";
import { compileBucket, compileBucketAuto, compileGroup, compileSortByCount } from "./grouping.ts";
import { compileLookup, compileUnionWith } from "./joining.ts";
import { compileUnwind } from "./unwind.ts";

/** What stages may need of the database around them. */
export interface StageContext {
  readonly variables: Document;
  readonly names: readonly string[];
  /** Finds in another collection of the same database; absent where stages that need it are not allowed. */
  readonly find?: ((collection: string, filter: Document) => Document[]) | undefined;
}

type RunStage = (documents: readonly Document[]) => readonly Document[];

/** What a stage gets to compile itself; stages with a pipeline inside compile that by `compileInner`. */
export interface InnerContext extends StageContext {
  readonly compileInner: (pipeline: readonly unknown[], context: StageContext) => RunStage;
}

export type CompileStage = (argument: unknown, context: InnerContext) => RunStage;

function objectArgument(stage: string, argument: unknown, code: number): Document {
  if (!isPlainObject(argument)) throw numberedError(code, `the ${stage} specification must be an object`);
  return argument;
}

/** A whole number from 0 (or 1) up, as `$skip`, `$limit` and `$sample` take it. */
export function wholeNumber(stage: string, value: unknown, least: 0 | 1): number {
  const number = isNumeric(value) ? toNumber(value) : Number.NaN;
  if (!Number.isInteger(number) || number < least) {
    throw numberedError(
      5107201,
      `invalid argument to ${stage} stage: Expected a ${least === 0 ? "non-negative" : "positive"} number in: ${describe(value)}`,
    );
  }
  return number;
}

function compileReplace(stage: string, expression: unknown, context: StageContext): RunStage {
  const evaluate = compileExpression(expression, context.names);
  return (documents) =>
    documents.map((root) => {
      const result = evaluate({ root, variables: context.variables });
      if (!isPlainObject(result)) {
        throw numberedError(
          40228,
          `'${stage === "$replaceRoot" ? "newRoot" : "replacement document"}' expression must evaluate to an object, but resulting value was: ${describe(result)}. Type of resulting value: '${typeName(result)}'.`,
        );
      }
      return result;
    });
}

const compileCount: CompileStage = (argument) => {
  if (typeof argument !== "string" || argument === "")
    throw numberedError(40156, "the count field must be a non-empty string");
  if (argument.startsWith("$")) throw numberedError(40158, "the count field cannot be a $-prefixed path");
  if (argument.includes(".")) throw numberedError(40160, "the count field cannot contain '.'");
  return (documents) => (documents.length === 0 ? [] : [{ [argument]: documents.length }]);
};

const compileFacet: CompileStage = (argument, context) => {
  const facets = Object.entries(objectArgument("$facet", argument, 40169)).map(([name, pipeline]) => {
    if (!Array.isArray(pipeline))
      throw numberedError(40170, `arguments to $facet must be arrays, ${name} is type ${typeName(pipeline)}`);
    for (const stage of pipeline) {
      const [first] = isPlainObject(stage) ? Object.keys(stage) : [];
      if (first === "$facet" || first === "$out" || first === "$merge")
        throw numberedError(40600, `${first} is not allowed to be used within a $facet stage`);
    }
    return { name, run: compileStages(pipeline, context) };
  });
  return (documents) => [Object.fromEntries(facets.map(({ name, run }) => [name, [...run(documents)]]))];
};

const compileSample: CompileStage = (argument) => {
  const size = wholeNumber("$sample", objectArgument("$sample", argument, 28745).size, 1);
  return (documents) => {
    const pool = [...documents];
    for (let index = 0; index < Math.min(size, pool.length); index += 1) {
      const other = index + Math.floor(Math.random() * (pool.length - index));
      [pool[index], pool[other]] = [pool[other] as Document, pool[index] as Document];
    }
    return pool.slice(0, size);
  };
};

const compileSort: CompileStage = (argument) => {
  const fields = parseSort(objectArgument("$sort", argument, 15973));
  if (fields.length === 0) throw numberedError(15976, "$sort stage must have at least one sort key");
  return (documents) => sortDocuments(documents, fields);
};

const compileAdd: CompileStage = (argument, context) => {
  const specification = objectArgument("$addFields", argument, 40272);
  if (Object.keys(specification).length === 0)
    throw commandError("BadValue", "$addFields specification must have at least one field");
  const add = compileAddFields(specification, context.names, context.variables);
  return (documents) => documents.map(add);
};

const stages: Readonly<Record<string, CompileStage>> = {
  $match: (argument, context) => {
    const matches = compileFilter(objectArgument("$match", argument, 15959), { variables: context.variables });
    return (documents) => documents.filter(matches);
  },
  $project: (argument, context) => {
    const specification = objectArgument("$project", argument, 15969);
    if (Object.keys(specification).length === 0)
      throw numberedError(51272, "projection specification must have at least one field");
    const project = compileProjection(specification, {
      names: context.names,
      variables: context.variables,
      filter: undefined,
    });
    return (documents) => documents.map(project);
  },
  $addFields: compileAdd,
  $set: compileAdd,
  $unset: (argument) => {
    const unset = compileUnset(argument);
    return (documents) => documents.map(unset);
  },
  $group: compileGroup,
  $sort: compileSort,
  $skip: (argument) => {
    const count = wholeNumber("$skip", argument, 0);
    return (documents) => documents.slice(count);
  },
  $limit: (argument) => {
    const count = wholeNumber("$limit", argument, 1);
    return (documents) => documents.slice(0, count);
  },
  $unwind: compileUnwind,
  $lookup: compileLookup,
  $unionWith: compileUnionWith,
  $facet: compileFacet,
  $count: compileCount,
  $sortByCount: compileSortByCount,
  $bucket: compileBucket,
  $bucketAuto: compileBucketAuto,
  $sample: compileSample,
  $replaceRoot: (argument, context) =>
    compileReplace("$replaceRoot", objectArgument("$replaceRoot", argument, 40229).newRoot, context),
  $replaceWith: (argument, context) => compileReplace("$replaceWith", argument, context),
};

const refused = new Set(
  `$out $merge $changeStream $geoNear $graphLookup $redact $setWindowFields $densify $fill $documents $search $searchMeta $vectorSearch
  $collStats $indexStats $planCacheStats $currentOp $listSessions $listLocalSessions`.split(/\s+/),
);

function stageOf(stage: unknown): [name: string, argument: unknown] {
  if (!isPlainObject(stage))
    throw commandError("TypeMismatch", "Each element of the 'pipeline' array must be an object");
  const names = Object.keys(stage);
  const [name] = names;
  if (name === undefined || names.length > 1) {
    throw numberedError(40323, "A pipeline stage specification object must contain exactly one field.");
  }
  return [name, stage[name]];
}

/** Compiles a pipeline. Throws 40324 for an unknown stage, 238 for one that this server does not have. */
export function compileStages(pipeline: readonly unknown[], context: StageContext): RunStage {
  const runs = pipeline.map((stage) => {
    const [name, argument] = stageOf(stage);
    const compile = Object.hasOwn(stages, name) ? stages[name] : undefined;
    if (compile !== undefined) return compile(argument, { ...context, compileInner: compileStages });
    if (refused.has(name)) throw unsupported(`the stage ${name}`);
    throw numberedError(40324, `Unrecognized pipeline stage name: '${name}'`);
  });
  return (documents) => runs.reduce<readonly Document[]>((current, run) => run(current), documents);
}
