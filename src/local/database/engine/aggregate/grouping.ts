import { commandError, numberedError } from "../errors.ts";
import { compileExpression, type Scope } from "../expression.ts";
import {
  compareValues,
  type Document,
  describe,
  isNumeric,
  isPlainObject,
  rankOf,
  setField,
  toNumber,
  valueKey,
} from "../values.ts";
import { type Accumulator, compileAccumulator, type MakeAccumulator } from "./accumulators.ts";
import type { CompileStage } from "./stages.ts";

interface Output {
  readonly name: string;
  readonly make: MakeAccumulator;
}

interface Group {
  readonly id: unknown;
  readonly accumulators: readonly Accumulator[];
}

function outputsOf(specification: Document, names: readonly string[]): Output[] {
  return Object.entries(specification).map(([name, accumulator]) => {
    if (name.includes(".")) throw numberedError(40235, `The field name '${name}' cannot contain '.'`);
    if (name.startsWith("$")) throw numberedError(40236, `The field name '${name}' cannot be an operator name`);
    return { name, make: compileAccumulator(accumulator, names) };
  });
}

/** Groups in the order in which their ids first occur. */
function grouper(outputs: readonly Output[]) {
  const groups = new Map<string, Group>();
  return {
    add(id: unknown, scope: Scope): void {
      const key = valueKey(id);
      let group = groups.get(key);
      if (group === undefined) {
        group = { id, accumulators: outputs.map(({ make }) => make()) };
        groups.set(key, group);
      }
      for (const accumulator of group.accumulators) accumulator.add(scope);
    },
    results: (): Document[] => [...groups.values()].map((group) => resultOf(group, outputs)),
  };
}

function resultOf(group: Group, outputs: readonly Output[]): Document {
  const result: Document = { _id: group.id };
  for (const [position, { name }] of outputs.entries()) setField(result, name, group.accumulators[position]?.result());
  return result;
}

export const compileGroup: CompileStage = (argument, { names, variables }) => {
  if (!isPlainObject(argument)) throw numberedError(15947, "a group's fields must be specified in an object");
  if (!Object.hasOwn(argument, "_id")) throw numberedError(15955, "a group specification must include an _id");
  const { _id, ...rest } = argument;
  const id = compileExpression(_id, names);
  const outputs = outputsOf(rest, names);
  return (documents) => {
    const groups = grouper(outputs);
    for (const root of documents) {
      const scope = { root, variables };
      groups.add(id(scope) ?? null, scope);
    }
    return groups.results();
  };
};

export const compileSortByCount: CompileStage = (argument, context) => {
  const run = compileGroup({ _id: argument, count: { $sum: 1 } }, context);
  return (documents) => [...run(documents)].sort((left, right) => compareValues(right.count, left.count));
};

const defaultOutput: Document = { count: { $sum: 1 } };

export const compileBucket: CompileStage = (argument, { names, variables }) => {
  if (!isPlainObject(argument)) throw numberedError(40201, "Argument to $bucket stage must be an object");
  const { groupBy, boundaries, output = defaultOutput, ...rest } = argument;
  if (!Array.isArray(boundaries) || boundaries.length < 2) {
    throw numberedError(40192, "The $bucket 'boundaries' field must have at least 2 values");
  }
  for (let index = 1; index < boundaries.length; index += 1) {
    const [before, here] = [boundaries[index - 1], boundaries[index]];
    if (rankOf(before) !== rankOf(here))
      throw numberedError(40193, "All values in the 'boundaries' option to $bucket must have the same type.");
    if (compareValues(before, here) >= 0)
      throw numberedError(40194, "The 'boundaries' option to $bucket must be sorted in ascending order");
  }
  const hasDefault = Object.hasOwn(rest, "default");
  const evaluate = compileExpression(groupBy, names);
  const outputs = outputsOf(isPlainObject(output) ? output : defaultOutput, names);
  return (documents) => {
    const groups = grouper(outputs);
    for (const root of documents) {
      const scope = { root, variables };
      const value = evaluate(scope);
      const above = boundaries.findIndex((boundary) => compareValues(value, boundary) < 0);
      if (above > 0) groups.add(boundaries[above - 1], scope);
      else if (hasDefault) groups.add(rest.default, scope);
      else
        throw numberedError(
          40066,
          "$switch could not find a matching branch for an input, and no default was specified.",
        );
    }
    return groups.results().sort((left, right) => compareValues(left._id, right._id));
  };
};

export const compileBucketAuto: CompileStage = (argument, { names, variables }) => {
  if (!isPlainObject(argument)) throw numberedError(40240, "The argument to $bucketAuto must be an object");
  const { groupBy, buckets, output = defaultOutput, granularity } = argument;
  if (granularity !== undefined)
    throw commandError(
      "NotImplemented",
      "$bucketAuto with granularity is not supported by the embedded development server",
    );
  const count = isNumeric(buckets) ? toNumber(buckets) : Number.NaN;
  if (!(count > 0))
    throw numberedError(
      40243,
      `The $bucketAuto 'buckets' field must be greater than 0, but found: ${describe(buckets)}`,
    );
  const evaluate = compileExpression(groupBy, names);
  const outputs = outputsOf(isPlainObject(output) ? output : defaultOutput, names);
  return (documents) => {
    const values = documents
      .map((root) => ({ root, value: evaluate({ root, variables }) ?? null }))
      .toSorted((left, right) => compareValues(left.value, right.value));
    const size = Math.max(1, Math.round(values.length / count));
    const results: Document[] = [];
    let start = 0;
    while (start < values.length) {
      let end = results.length === count - 1 ? values.length : Math.min(values.length, start + size);
      while (end < values.length && compareValues(values[end]?.value, values[end - 1]?.value) === 0) end += 1;
      const accumulators = outputs.map(({ make }) => make());
      for (const { root } of values.slice(start, end))
        for (const accumulator of accumulators) accumulator.add({ root, variables });
      const id = { min: values[start]?.value, max: values[Math.min(end, values.length - 1)]?.value };
      results.push(resultOf({ id, accumulators }, outputs));
      start = end;
    }
    return results;
  };
};
