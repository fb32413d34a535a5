import type { BicepFile } from "./bicep.ts";
import { type Token, tokenize } from "./lexer.ts";

/** Words of the language that may stand where a symbol stands. */
const keywords = new Set(
  "param var resource module output metadata targetScope existing if for in true false null string int bool array object using type func import from as with provider extension assert test".split(
    " ",
  ),
);

/** Functions of Bicep that this template uses. Source: https://learn.microsoft.com/azure/azure-resource-manager/bicep/bicep-functions */
const functions = new Set(
  "concat contains deployment empty environment first format guid indexOf intersection join json last length loadFileAsBase64 loadJsonContent loadTextContent max min newGuid range replace resourceGroup resourceId split startsWith string subscription subscriptionResourceId substring take tenant toLower toUpper trim union uniqueString uriComponent utcNow".split(
    " ",
  ),
);

const declaring = new Set(["param", "var", "resource", "module"]);

/** Symbols that nothing declares, and parameters, variables and existing resources that nothing uses. */
export function checkSymbols(files: readonly BicepFile[]): string[] {
  return files.flatMap((file) => checkFile(file));
}

function checkFile({ path, text }: BicepFile): string[] {
  const tokens = tokenize(text);
  const declared = new Map<string, { line: number; kind: string; uses: number }>();
  const loopNames = new Set<string>();
  const declarations = new Set<number>();
  tokens.forEach((token, index) => {
    const previous = tokens[index - 1];
    const isStart = previous !== undefined && declaring.has(previous.text) && startsLine(tokens, index - 1);
    if (isStart) {
      declared.set(token.text, { line: token.line, kind: previous.text, uses: 0 });
      declarations.add(index);
    }
    if (previous?.text === "output" && startsLine(tokens, index - 1)) declarations.add(index);
    if (previous?.text === "metadata" && startsLine(tokens, index - 1)) declarations.add(index);
    if (token.text === "for") for (const name of loopVariables(tokens, index)) loopNames.add(name);
  });
  const problems: string[] = [];
  tokens.forEach((token, index) => {
    if (!isUse(tokens, index) || declarations.has(index)) return;
    const symbol = declared.get(token.text);
    if (symbol !== undefined) symbol.uses += 1;
    else if (!loopNames.has(token.text)) problems.push(`${path}:${token.line}: nothing declares "${token.text}"`);
  });
  for (const [name, { line, kind, uses }] of declared) {
    if (uses === 0 && (kind === "param" || kind === "var"))
      problems.push(`${path}:${line}: nothing uses ${kind} "${name}"`);
  }
  return problems;
}

/** Whether the token is the first of its line. */
function startsLine(tokens: readonly Token[], index: number): boolean {
  return tokens[index - 1] === undefined || tokens[index - 1]?.line !== tokens[index]?.line;
}

/** `for item in …` and `for (item, index) in …`. */
function loopVariables(tokens: readonly Token[], index: number): string[] {
  const names: string[] = [];
  for (let at = index + 1; at < tokens.length && tokens[at]?.text !== "in"; at += 1) {
    const text = tokens[at]?.text ?? "";
    if (/^\w/.test(text)) names.push(text);
  }
  return names;
}

/** A name that stands for a value: no key of an object, no property after a dot, no function, no decorator, no word of the language. */
function isUse(tokens: readonly Token[], index: number): boolean {
  const text = tokens[index]?.text ?? "";
  const [previous, next] = [tokens[index - 1]?.text, tokens[index + 1]?.text];
  if (!/^[A-Za-z_]/.test(text) || previous === "." || previous === "@") return false;
  if (next === "(") return !functions.has(text) && !keywords.has(text);
  if (keywords.has(text)) return false;
  if (next === ":" && previous !== "in" && !isAfterQuestion(tokens, index)) return false;
  return true;
}

/** In `a ? b : c` the colon after b does not make b a key. */
function isAfterQuestion(tokens: readonly Token[], index: number): boolean {
  const line = tokens[index]?.line;
  for (let at = index - 1; at >= 0 && tokens[at]?.line === line; at -= 1) {
    if (tokens[at]?.text === "?") return true;
    if (tokens[at]?.text === ":" || tokens[at]?.text === "{") return false;
  }
  return false;
}
